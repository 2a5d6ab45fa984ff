#!/usr/bin/env bash
# A cloud on this machine: everything in one process, or each daemon on its own.
set -euo pipefail

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$HERE/lib/novalite.sh"
. "$HERE/lib/rabbitmq.sh"
. "$HERE/lib/postgresql.sh"
. "$HERE/lib/mariadb.sh"

usage() {
    cat <<'TEXT'
Usage: devstack/stack.sh [options]
       devstack/stack.sh --daemons [--database postgresql|mysql] [options]

Makes .venv, installs novalite in it, starts a cloud in the background, runs its demo and says
what to type next. Run again, it starts what has died and touches nothing else.

  --daemons             novalite-api, -conductor and -compute as processes of their own, over a
                        private RabbitMQ and a private database, which are installed from the
                        distribution when they are missing
  --database NAME       postgresql (the default) or mysql, which is MariaDB
  --hosts N             how many simulated hypervisors (default: 4)
  --port P              where the API listens on 127.0.0.1 (default: 8774)
  --state-dir DIR       where the cloud is kept (default: ~/.local/state/novalite; with --daemons
                        .stack in the clone); logs are in DIR, with --daemons in DIR/log
  --no-demo             start the cloud only
  --help                this text

devstack/unstack.sh stops it.
TEXT
}

daemons='' database='' hosts='' port='' state_dir='' demo=yes
while (($#)); do
    case $1 in
        --daemons) daemons=yes ;;
        --no-demo) demo='' ;;
        --database) needs_value "$@" && database=$2 && shift ;;
        --hosts) needs_value "$@" && hosts=$2 && shift ;;
        --port) needs_value "$@" && port=$2 && shift ;;
        --state-dir) needs_value "$@" && state_dir=$(realpath -m -- "$2") && shift ;;
        -h | --help) usage && exit ;;
        *) unknown_option "$1" ;;
    esac
    shift
done

[[ -z $hosts || $hosts =~ ^[1-9][0-9]*$ ]] || die "--hosts takes a number from 1, not $hosts"
[[ -z $port || $port =~ ^[1-9][0-9]*$ && $port -le 65535 ]] || die "--port takes a port, not $port"
[[ $database =~ ^(|postgresql|mysql)$ ]] ||
    die "--database takes postgresql or mysql, not $database"
[[ -n $daemons || -z $database ]] || die '--database goes with --daemons'

all_in_one() {
    local log=$VENV/up.log
    local options=(--hosts "${hosts:-4}" --port "${port:-8774}" --state-dir "$state_dir")
    install_python_packages clients
    step 'Cloud'
    "$VENV/bin/novalite" up --detach "${options[@]}" >"$log" 2>&1 </dev/null ||
        die_with_log "$log" 'The cloud did not start.'
    if grep -q 'running already' "$log"; then
        done_in 'runs already, as it was started:'
    else
        done_in
    fi
}

# Servers that do not need each other start side by side.
separate_daemons() {
    local dir=$state_dir sql broker
    agree_with_what_is_there "$dir"
    sql=${database/mysql/mariadb}
    install_python_packages "clients,$database"
    install_servers rabbitmq "$sql"
    private_dir "$dir"
    step 'RabbitMQ and the database'
    rabbitmq_start "$dir" &
    broker=$!
    "${sql}_start" "$dir"
    "${sql}_database" "$dir" novalite
    wait "$broker"
    done_in
    [[ -f $dir/etc/novalite.conf ]] ||
        novalite_configure "$dir" "$(rabbitmq_url "$dir")" "$("${sql}_url" "$dir" novalite)" \
            "${hosts:-4}" 127.0.0.1 "${port:-8774}"
    start_daemons "$dir"
}

start_daemons() {
    local dir=$1 name dead=()
    for name in "${DAEMONS[@]}"; do
        novalite_running "$dir" "$name" || dead+=("$name")
    done
    if ((${#dead[@]})); then
        step 'Schema'
        novalite_prepare "$dir"
        done_in
    fi
    step "Daemons: ${dead[*]#novalite-}"
    for name in "${dead[@]}"; do
        novalite_start "$dir" "$name"
    done
    novalite_ready "$dir"
    done_in
}

# A second run may leave options out; it may not ask for something else than what is there.
agree_with_what_is_there() {
    local dir=$1 there
    if [[ -f $dir/etc/novalite.conf ]]; then
        there=$(novalite_option "$dir" database connection)
        agrees "$dir" --database "$database" "${there%%+*}"
        agrees "$dir" --hosts "$hosts" "$(novalite_option "$dir" compute hosts)"
        agrees "$dir" --port "$port" "$(novalite_option "$dir" api port)"
        database=${there%%+*}
    else
        database=${database:-postgresql}
        port_is_free 127.0.0.1 "${port:-8774}" ||
            die "port ${port:-8774} is taken: is a cloud running already? --port takes another"
    fi
}

agrees() {
    [[ -z $3 || $3 == "$4" ]] || die "the cloud in $1 has $2 $4: for another one take" \
        "another --state-dir, or remove it with devstack/unstack.sh --state-dir $1 --purge"
}

install_python_packages() {
    step 'Python packages'
    install_novalite "$1"
    done_in
}

install_servers() {
    local name
    for name; do
        "${name}_installed" && continue
        step "Packages for $name"
        "${name}_install" "$VENV/packages.log"
        done_in
    done
}

what_to_type_next() {
    local where=''
    [[ $state_dir == "$(all_in_one_dir)" ]] || where=" --state-dir $(printf '%q' "$state_dir")"
    cat <<TEXT

The cloud runs. What to type next:

  . $(printf '%q' "$VENV")/bin/activate
  eval "\$(novalite env$where)"
  openstack server create --flavor m1.tiny --image cirros-0.6.2-x86_64-disk \\
      --network private --wait my-server
  openstack server list

$(printf '%q' "$HERE")/unstack.sh${where} stops it.
TEXT
}

if [[ -n $daemons ]]; then
    state_dir=${state_dir:-$ROOT/.stack}
    say "novalite, each daemon on its own, in $state_dir"
    separate_daemons
else
    state_dir=${state_dir:-$(all_in_one_dir)}
    say "novalite, all in one process, in $state_dir"
    all_in_one
fi
[[ -z $demo ]] || "$VENV/bin/novalite" demo --state-dir "$state_dir" ||
    die 'the cloud runs, but the demo did not end as told'
what_to_type_next
