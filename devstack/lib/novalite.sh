# shellcheck shell=bash
# The daemons in DIR, each a process of its own, and what they share: DIR/etc/novalite.conf.
#
#   novalite_configure DIR TRANSPORT_URL DATABASE_URL HOSTS ADDRESS PORT
#   novalite_prepare DIR                  schema, and once what a fresh cloud has
#   novalite_start DIR NAME, novalite_stop DIR NAME, novalite_running DIR NAME
#                                         NAME may have a number, as in novalite-api-2: such a
#                                         daemon also reads DIR/etc/NAME.conf
#   novalite_ready DIR                    waits until the API answers and every host is up
#   novalite_option DIR GROUP NAME        what the configuration says
#   all_in_one_dir                        where `novalite up` keeps its state

LIB=${BASH_SOURCE[0]%/*}
. "$LIB/messages.sh"
. "$LIB/process.sh"
. "$LIB/ports.sh"
. "$LIB/python.sh"

# In the order they are started; they are stopped the other way round.
DAEMONS=(novalite-api novalite-conductor novalite-compute)

all_in_one_dir() {
    echo "${NOVALITE_STATE_DIR:-${XDG_STATE_HOME:-$HOME/.local/state}/novalite}"
}

novalite_configure() (
    umask 077
    dir=$1
    mkdir -p "$dir/data/novalite"
    cat >"$dir/etc/novalite.conf.new" <<CONF
[DEFAULT]
transport_url = $2
state_dir = $dir/data/novalite

[database]
connection = $3

[rpc]
signing_keys = $(secret_of "$dir" rpc)

[api]
listen = $5
port = $6

[compute]
hosts = $4

[neighbours]
enabled = identity,images,networks,placement,volumes
admin_password = $(secret_of "$dir" admin)

[oslo_concurrency]
lock_path = $dir/run
CONF
    mv "$dir/etc/novalite.conf.new" "$dir/etc/novalite.conf"
)

novalite_option() {
    awk -F ' = ' -v group="[$2]" -v name="$3" \
        '/^\[/ { here = ($0 == group) } here && $1 == name { print $2 }' "$1/etc/novalite.conf"
}

novalite_manage() {
    "$VENV/bin/novalite-manage" --config-file "$1/etc/novalite.conf" "${@:2}"
}

# The second part is for the first time only: flavors that a user has deleted stay deleted.
novalite_prepare() {
    local dir=$1 log=$1/log/novalite-manage.log
    {
        novalite_manage "$dir" db sync &&
            { [[ -f $dir/etc/bootstrapped ]] || novalite_manage "$dir" bootstrap; } &&
            novalite_manage "$dir" clouds --file "$dir/clouds.yaml"
    } >>"$log" 2>&1 </dev/null || die_with_log "$log" 'The database could not be prepared.'
    touch "$dir/etc/bootstrapped"
}

novalite_running() { alive "$1" "$2"; }

novalite_start() {
    local dir=$1 name=$2 own=()
    novalite_running "$dir" "$name" && return
    [[ ! -f $dir/etc/$name.conf ]] || own=(--config-file "$dir/etc/$name.conf")
    spawn "$dir" "$name" "$VENV/bin/${name%-[0-9]*}" --config-file "$dir/etc/novalite.conf" \
        "${own[@]}" --log-file "$dir/log/$name.log"
}

# What a daemon has in hand it may finish: it takes up to a minute for that.
novalite_stop() { halt "$1" "$2" 70; }

novalite_ready() {
    local dir=$1 name
    await "$dir" novalite-api 60 novalite_answers "$dir" ||
        die_with_log "$dir/log/novalite-api.log" 'novalite-api does not answer.'
    novalite_hosts_up "$dir" ||
        die_with_log "$dir/log/novalite-compute.log" 'The hosts do not come up.'
    for name in "${DAEMONS[@]}"; do
        novalite_running "$dir" "$name" ||
            die_with_log "$dir/log/$name.log" "$name has ended."
    done
}

novalite_answers() (
    exec 3<>"/dev/tcp/$(novalite_option "$1" api listen)/$(novalite_option "$1" api port)" ||
        exit 1
    printf 'GET /compute/v2.1 HTTP/1.0\r\n\r\n' >&3
    read -r -t 5 -u 3 answer && [[ $answer == 'HTTP/1.'?' 200'* ]]
) 2>/dev/null

# As an administrator would see it; asked for a minute.
novalite_hosts_up() {
    OS_CLIENT_CONFIG_FILE=$1/clouds.yaml "$VENV/bin/python" - \
        "$(novalite_option "$1" compute hosts)" <<'PYTHON' >>"$1/log/novalite-compute.log" 2>&1
import sys, time
import openstack

cloud = openstack.connect(cloud='novalite-admin')
for _ in range(300):
    hosts = [s for s in cloud.compute.services(binary='nova-compute') if s.state == 'up']
    if len(hosts) >= int(sys.argv[1]):
        sys.exit()
    time.sleep(0.2)
sys.exit(f'{len(hosts)} of {sys.argv[1]} hosts are up')
PYTHON
}
