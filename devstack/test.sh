#!/usr/bin/env bash
# Runs the tests, with all that they need: the servers are private, temporary and ended again.
set -euo pipefail

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$HERE/lib/python.sh"
. "$HERE/lib/rabbitmq.sh"
. "$HERE/lib/postgresql.sh"
. "$HERE/lib/mariadb.sh"

usage() {
    cat <<'TEXT'
Usage: devstack/test.sh [--fast] [arguments for pytest]

Runs the tests over a private RabbitMQ, PostgreSQL and MariaDB, which are installed from the
distribution when they are missing, run on free ports in a temporary directory, and are stopped
at the end. The exit status is that of pytest; -k, paths and its other arguments are passed on.

  --fast                leave out the tests with real daemons, and the servers they need
  --help                this text
TEXT
}

fast='' pytest=()
while (($#)); do
    case $1 in
        --fast) fast=yes ;;
        -h | --help) usage && exit ;;
        *) pytest+=("$1") ;;
    esac
    shift
done

# Two workers, unless the caller has a mind of his own, or wants to debug.
workers() {
    local word
    for word in "${pytest[@]}"; do
        [[ $word != -n* && $word != --numprocesses* && $word != --pdb ]] || return 0
    done
    printf '%s\n' -n 2 --dist worksteal
}

start_servers() {
    local name pids=() pid
    for name in rabbitmq postgresql mariadb; do
        "${name}_installed" && continue
        step "Packages for $name"
        "${name}_install" "$VENV/packages.log"
        done_in
    done
    servers=$(mktemp -d "${TMPDIR:-/tmp}/novalite-test.XXXXXX")
    chmod 755 "$servers"    # user postgres passes through when we are root
    private_dir "$servers"
    step 'RabbitMQ, PostgreSQL, MariaDB'
    for name in rabbitmq postgresql mariadb; do
        "${name}_start" "$servers" &
        pids+=($!)
    done
    for pid in "${pids[@]}"; do
        wait "$pid"
    done
    done_in
    NOVALITE_TEST_TRANSPORT_URL=$(rabbitmq_url "$servers")
    NOVALITE_TEST_POSTGRESQL_URL=$(postgresql_url "$servers")
    NOVALITE_TEST_MYSQL_URL=$(mariadb_url "$servers")
    export NOVALITE_TEST_TRANSPORT_URL NOVALITE_TEST_POSTGRESQL_URL NOVALITE_TEST_MYSQL_URL
}

servers=''
stop_servers() {
    trap '' INT TERM
    [[ -n $servers ]] || return 0
    wait    # for those that are just being started: half a start is hard to undo
    rabbitmq_stop "$servers" &
    postgresql_stop "$servers" &
    mariadb_stop "$servers" &
    wait
    rm -rf "$servers"
}
trap stop_servers EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# In the background and waited for, as a signal would wait for the end of a command in front. TERM
# comes to us alone, so we pass it on, as the interrupt after which pytest ends its servers; Ctrl-C
# reaches pytest by itself, and a second one would cut that short.
run_pytest() {
    local status=0 pid
    cd "$ROOT"
    env --default-signal=INT "$VENV/bin/python" -m pytest "$@" <&0 &
    pid=$!
    trap ':' INT
    trap 'kill -INT $pid' TERM
    wait "$pid" || status=$?
    while kill -0 "$pid" 2>/dev/null; do
        wait "$pid" || status=$?
    done
    return "$status"
}

say "novalite's tests"
step 'Python packages'
install_novalite test
done_in
mapfile -t arguments < <(workers)
if [[ -n $fast ]]; then
    arguments+=(-m 'not daemons')
else
    start_servers
fi
run_pytest "${arguments[@]}" "${pytest[@]}"
