# shellcheck shell=bash
# A private RabbitMQ in DIR: one node, one user, one vhost, on 127.0.0.1.
#
#   rabbitmq_installed
#   rabbitmq_install LOG                from the distribution, if missing
#   rabbitmq_start DIR, rabbitmq_stop DIR, rabbitmq_running DIR
#   rabbitmq_url DIR                    what transport_url wants

LIB=${BASH_SOURCE[0]%/*}
. "$LIB/messages.sh"
. "$LIB/process.sh"
. "$LIB/ports.sh"
. "$LIB/packages.sh"

# Debian's own command insists on its user rabbitmq; this is what that one calls.
RABBITMQ_SERVER=/usr/lib/rabbitmq/bin/rabbitmq-server

rabbitmq_installed() { [[ -x $RABBITMQ_SERVER ]]; }

rabbitmq_install() {
    rabbitmq_installed && return
    install_packages "$1" rabbitmq-server
    leave_service_off rabbitmq-server
}

rabbitmq_running() { alive "$1" rabbitmq; }

rabbitmq_url() {
    echo "rabbit://novalite:$(secret_of "$1" rabbitmq)@127.0.0.1:$(port_of "$1" rabbitmq)/novalite"
}

rabbitmq_start() {
    local dir=$1
    rabbitmq_running "$dir" && return
    private_dir "$dir"
    rabbitmq_configure "$dir"
    rabbitmq_spawn_epmd "$dir"
    rabbitmq_spawn "$dir"
    await "$dir" rabbitmq 60 rabbitmq_answers "$dir" ||
        die_with_log "$dir/log/rabbitmq.log" 'RabbitMQ did not start.'
}

# The broker ends itself on SIGTERM; its name server would outlive it.
rabbitmq_stop() {
    halt "$1" rabbitmq 30
    halt "$1" epmd 5
}

rabbitmq_configure() (
    umask 077
    dir=$1 etc=$1/etc
    mkdir -p "$dir/data/rabbitmq"
    echo '[].' >"$etc/rabbitmq.plugins"
    cat >"$etc/rabbitmq.conf" <<CONF
listeners.tcp.1 = 127.0.0.1:$(port_of "$dir" rabbitmq)
num_acceptors.tcp = 2
load_definitions = $etc/rabbitmq.json
log.file = false
log.console = true
log.console.level = info
log.console.use_colors = off
# For a laptop: what a thousand simulated hosts need, and not a share of all the memory there is.
vm_memory_high_watermark.absolute = 768MB
disk_free_limit.absolute = 64MB
CONF
    rabbitmq_definitions "$(secret_of "$dir" rabbitmq)" >"$etc/rabbitmq.json"
)

# Read at every start, so a start that was cut short is completed by the next; and asking
# rabbitmqctl for the same takes a second for each question.
rabbitmq_definitions() {
    python3 - "$1" <<'PYTHON'
import base64, hashlib, json, os, sys

salt = os.urandom(4)
digest = hashlib.sha256(salt + sys.argv[1].encode()).digest()
print(json.dumps({
    'vhosts': [{'name': 'novalite'}],
    'users': [{
        'name': 'novalite', 'tags': ['administrator'],
        'hashing_algorithm': 'rabbit_password_hashing_sha256',
        'password_hash': base64.b64encode(salt + digest).decode()}],
    'permissions': [{
        'user': 'novalite', 'vhost': 'novalite',
        'configure': '.*', 'write': '.*', 'read': '.*'}],
}, indent=1))
PYTHON
}

# Erlang's name server, our own on our own port; started here and not by Erlang, to know its pid.
rabbitmq_spawn_epmd() {
    alive "$1" epmd && return
    # Its first word in `ps` names the directory, by which pid_of knows it.
    # shellcheck disable=SC2016
    spawn "$1" epmd bash -c 'exec -a "$0" epmd "$@"' "$1/epmd" \
        -port "$(port_of "$1" epmd)" -address 127.0.0.1
}

# RABBITMQ_ALLOW_INPUT makes the script become the broker instead of watching over it, so the pid
# is the broker's. The file limit: Erlang makes a table for as many files as it may open, and in
# containers that is often a thousand million.
rabbitmq_spawn() (
    dir=$1
    ulimit -S -n 16384 2>/dev/null || true
    unset NOTIFY_SOCKET
    export HOME=$dir/data/rabbitmq ERL_CRASH_DUMP_SECONDS=0
    export ERL_EPMD_ADDRESS=127.0.0.1 ERL_EPMD_PORT
    export RABBITMQ_NODENAME=novalite@localhost RABBITMQ_DIST_PORT RABBITMQ_ALLOW_INPUT=1
    export RABBITMQ_CONF_ENV_FILE=$dir/etc/rabbitmq-env.conf
    export RABBITMQ_CONFIG_FILE=$dir/etc/rabbitmq.conf
    export RABBITMQ_ADVANCED_CONFIG_FILE=$dir/etc/rabbitmq-advanced.config
    export RABBITMQ_ENABLED_PLUGINS_FILE=$dir/etc/rabbitmq.plugins
    export RABBITMQ_MNESIA_BASE=$HOME RABBITMQ_LOG_BASE=$dir/log
    export RABBITMQ_GENERATED_CONFIG_DIR=$HOME/config RABBITMQ_SCHEMA_DIR=$HOME/schema
    export RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS='-noinput +S 2:2 -kernel inet_dist_use_interface {127,0,0,1}'
    ERL_EPMD_PORT=$(port_of "$dir" epmd)
    RABBITMQ_DIST_PORT=$(port_of "$dir" rabbitmq-dist)
    spawn "$dir" rabbitmq "$RABBITMQ_SERVER" -novalite "$dir/"
)

# A protocol header gets connection.start, whose first byte is 1, from a broker and from nobody
# else on that port.
rabbitmq_answers() (
    exec 3<>"/dev/tcp/127.0.0.1/$(port_of "$1" rabbitmq)" || exit 1
    printf 'AMQP\0\0\11\1' >&3
    read -r -t 2 -N 1 -u 3 first && [[ $first == $'\1' ]]
) 2>/dev/null
