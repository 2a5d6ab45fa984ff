#!/usr/bin/env bash
# novalite's daemons with OpenStack's own Keystone, Glance, Neutron and Cinder around them.
set -euo pipefail

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$HERE/lib/novalite.sh"
. "$HERE/lib/openstack.sh"

usage() {
    cat <<'TEXT'
Usage: devstack/real.sh start | try | stop [--state-dir DIR] [--hosts N] [--purge]

  start                 installs Keystone, Glance, Neutron and Cinder from PyPI into a virtual
                        environment of their own, a RabbitMQ and a MariaDB from the distribution,
                        starts them on free ports of 127.0.0.1, and novalite's daemons beside them,
                        its own neighbours off. Run again, it starts what has died.
  try                   drives a story through it with the stock `openstack` command, and says of
                        each chapter whether it came out as told
  stop                  stops what start has started; with --purge it forgets it, too

  --state-dir DIR       where all of it is kept (default: .real in the clone)
  --hosts N             how many simulated hypervisors (default: 3)
  --chapter NAME        with try: only this one; may be given more than once
  --help                this text

REAL_VENV names a virtual environment for the services elsewhere, NOVALITE_VENV one that has novalite.
TEXT
}

verb='' state_dir='' hosts=3 purge='' chapters=()
while (($#)); do
    case $1 in
        start | try | stop) verb=$1 ;;
        --state-dir) needs_value "$@" && state_dir=$2 && shift ;;
        --hosts) needs_value "$@" && hosts=$2 && shift ;;
        --chapter) needs_value "$@" && chapters+=("$2") && shift ;;
        --purge) purge=yes ;;
        -h | --help) usage && exit ;;
        *) unknown_option "$1" ;;
    esac
    shift
done
[[ -n $verb ]] || { usage && exit 2; }
DIR=$(realpath -m -- "${state_dir:-$ROOT/.real}")
VENV=${NOVALITE_VENV:-$VENV}

# Their users and their catalogue; the compute service and placement are novalite's.
configure() (
    umask 077
    mkdir -p "$DIR/data/novalite"
    {
        cat <<CONF
[DEFAULT]
transport_url = $(rabbitmq_url "$DIR")
state_dir = $DIR/data/novalite
debug = true

[database]
connection = $(mariadb_url "$DIR" novalite)

[rpc]
signing_keys = $(secret_of "$DIR" rpc)

[api]
listen = 127.0.0.1
port = $(port_of "$DIR" novalite)

[compute]
hosts = $hosts

[neighbours]
enabled = placement

[oslo_concurrency]
lock_path = $DIR/run

$(openstack_authtoken "$DIR" nova)
CONF
        for section in glance neutron cinder; do
            printf '\n[%s]\n' "$section"
            openstack_login "$DIR" nova
        done
    } >"$DIR/etc/novalite.conf"
)

# As novalite_prepare does it, without users of novalite's own.
prepare() {
    local log=$DIR/log/novalite-manage.log
    { novalite_manage "$DIR" db sync &&
        { [[ -f $DIR/etc/bootstrapped ]] || novalite_manage "$DIR" bootstrap; }; } \
        >>"$log" 2>&1 </dev/null || die_with_log "$log" 'The database could not be prepared.'
    touch "$DIR/etc/bootstrapped"
}

agents() {
    local names=() number
    for ((number = 1; number <= hosts; number++)); do names+=("h$number"); done
    alive "$DIR" agents || openstack_run "$DIR" spawn "$DIR" agents python "$LIB/agents.py" \
        novalite-admin "${names[@]}" -- --config-file "$DIR/etc/neutron/neutron.conf"
}

start() {
    local broker name
    [[ ! -f $DIR/etc/novalite.conf ]] || hosts=$(novalite_option "$DIR" compute hosts)
    private_dir "$DIR"
    [[ -n ${NOVALITE_VENV:-} ]] || { step 'novalite' && install_novalite clients,mysql,keystone && done_in; }
    for name in rabbitmq mariadb; do
        "${name}_installed" || { step "Packages for $name" && "${name}_install" "$DIR/log/packages.log" && done_in; }
    done
    step 'Keystone, Glance, Neutron and Cinder'
    openstack_install "$DIR"
    done_in
    step 'RabbitMQ and MariaDB'
    rabbitmq_start "$DIR" &
    broker=$!
    mariadb_start "$DIR"
    mariadb_database "$DIR" novalite
    wait "$broker"
    done_in
    if [[ ! -f $DIR/etc/prepared ]]; then
        step 'Schemas of theirs'
        openstack_configure "$DIR"
        openstack_prepare "$DIR"
        touch "$DIR/etc/prepared"
        done_in
    fi
    step 'Services'
    openstack_start "$DIR"
    done_in
    if [[ ! -f $DIR/etc/filled ]]; then
        step 'Users, an image, networks'
        openstack_fill "$DIR" "http://127.0.0.1:$(port_of "$DIR" novalite)"
        touch "$DIR/etc/filled"
        done_in
    fi
    step 'novalite'
    [[ -f $DIR/etc/novalite.conf ]] || configure
    prepare
    agents
    for name in "${DAEMONS[@]}"; do novalite_start "$DIR" "$name"; done
    novalite_ready "$DIR"
    done_in
    cat <<TEXT

  . $(printf '%q' "$(openstack_venv "$DIR")")/bin/activate
  export OS_CLIENT_CONFIG_FILE=$(printf '%q' "$DIR")/clouds.yaml OS_CLOUD=novalite
TEXT
}

stop() {
    local index
    [[ -d $DIR/run ]] || return 0
    step 'novalite'
    for ((index = ${#DAEMONS[@]} - 1; index >= 0; index--)); do
        novalite_stop "$DIR" "${DAEMONS[index]}"
    done
    halt "$DIR" agents 5
    done_in stopped
    step 'Services'
    openstack_stop "$DIR"
    done_in stopped
    step 'RabbitMQ and MariaDB'
    rabbitmq_stop "$DIR"
    mariadb_stop "$DIR"
    done_in stopped
    [[ -z $purge || ! -f $DIR/etc/prepared ]] || rm -rf "${DIR:?}"/{data,etc,log,run,clouds.yaml}
}

case $verb in
    start) start ;;
    stop) stop ;;
    try)
        [[ -f $DIR/etc/filled ]] || die 'start it first'
        openstack_run "$DIR" python -u "$LIB/real_story.py" "$DIR" "${chapters[@]}"
        ;;
esac
