#!/usr/bin/env bash
# Stops what stack.sh has started; with --purge it forgets it, too.
set -euo pipefail

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$HERE/lib/novalite.sh"
. "$HERE/lib/rabbitmq.sh"
. "$HERE/lib/postgresql.sh"
. "$HERE/lib/mariadb.sh"

usage() {
    cat <<'TEXT'
Usage: devstack/unstack.sh [--state-dir DIR] [--purge]

Stops the cloud: the all-in-one, or the daemons and the servers they need.

  --state-dir DIR       the cloud to stop (default: those that stack.sh makes without --state-dir)
  --purge               remove its state: servers, images, configuration, logs
  --help                this text
TEXT
}

purge='' state_dir=''
while (($#)); do
    case $1 in
        --purge) purge=yes ;;
        --state-dir) needs_value "$@" && state_dir=$(realpath -m -- "$2") && shift ;;
        -h | --help) usage && exit ;;
        *) unknown_option "$1" ;;
    esac
    shift
done

stop_all_in_one() {
    [[ -e $1/lock ]] || return 0
    [[ -x $VENV/bin/novalite ]] || die "$VENV is gone: run stack.sh --no-demo first, then this again"
    step "Cloud in $1"
    "$VENV/bin/novalite" down --state-dir "$1" >/dev/null
    done_in stopped
}

# Those who ask before those who answer: nobody is left waiting for a server that is gone.
stop_daemons() {
    local dir=$1 index
    [[ -d $dir/run ]] || return 0
    step "Daemons in $dir"
    for ((index = ${#DAEMONS[@]} - 1; index >= 0; index--)); do
        novalite_stop "$dir" "${DAEMONS[index]}"
    done
    done_in stopped
    step 'RabbitMQ and the database'
    rabbitmq_stop "$dir"
    postgresql_stop "$dir"
    mariadb_stop "$dir"
    done_in stopped
}

# By name, and only where one of our clouds was: a slip in --state-dir must not cost a home.
forget() {
    local dir=$1
    [[ ! -f $dir/novalite.db ]] ||
        rm -rf "$dir"/novalite.{db,db-wal,db-shm,log,out} "$dir"/{clouds.yaml,lock,guests}
    [[ ! -f $dir/etc/novalite.conf ]] || rm -rf "${dir:?}"/{data,etc,log,run,clouds.yaml}
    [[ ! -d $dir ]] || rmdir --ignore-fail-on-non-empty "$dir"
}

for dir in "${state_dir:-$(all_in_one_dir)}" "${state_dir:-$ROOT/.stack}"; do
    stop_all_in_one "$dir"
    stop_daemons "$dir"
    [[ -z $purge ]] || forget "$dir"
done
