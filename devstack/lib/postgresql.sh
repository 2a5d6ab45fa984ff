# shellcheck shell=bash
# A private PostgreSQL in DIR, on 127.0.0.1, with one user who may do everything in it.
#
#   postgresql_installed
#   postgresql_install LOG              from the distribution, if missing
#   postgresql_start DIR, postgresql_stop DIR, postgresql_running DIR
#   postgresql_url DIR [DATABASE]       for SQLAlchemy
#   postgresql_database DIR DATABASE    makes it, unless it is there

LIB=${BASH_SOURCE[0]%/*}
. "$LIB/messages.sh"
. "$LIB/process.sh"
. "$LIB/ports.sh"
. "$LIB/packages.sh"

# Debian keeps the server's programs out of PATH, by version: the newest.
postgresql_bin() {
    local newest
    newest=$(printf '%s\n' /usr/lib/postgresql/*/bin/postgres | sort -V | tail -n 1)
    if [[ -x $newest ]]; then
        echo "${newest%/postgres}"
    else
        newest=$(command -v postgres) && echo "${newest%/postgres}"
    fi
}

postgresql_installed() { postgresql_bin >/dev/null; }

postgresql_install() {
    postgresql_installed && return
    install_packages "$1" postgresql
    leave_service_off postgresql
}

postgresql_running() { alive "$1" postgresql; }

postgresql_url() {
    local login
    login=novalite:$(secret_of "$1" postgresql)
    echo "postgresql+psycopg2://$login@127.0.0.1:$(port_of "$1" postgresql)/${2:-postgres}"
}

postgresql_start() {
    local dir=$1 log=$1/log/postgresql.log try
    postgresql_running "$dir" && return
    private_dir "$dir"
    [[ -d $dir/data/postgresql/cluster ]] || postgresql_init "$dir" || exit 1
    postgresql_bury "$dir/data/postgresql/cluster/postmaster.pid"
    # After a kill -9 the old server's children may take a moment to notice, and the new one
    # refuses to start beside them.
    for try in 1 2 3; do
        postgresql_spawn "$dir"
        await "$dir" postgresql 30 postgresql_answers "$dir" && return
        sleep "0.$try"
    done
    die_with_log "$log" 'PostgreSQL did not start.'
}

# Many a container has an init that does not reap the dead, and PostgreSQL takes a dead server that
# still has its number for a living one. We know better: the lock file gets a number that no
# process can have. The rest of the file stays, for by it the old server's children are noticed.
postgresql_bury() {
    [[ ! -f $1 ]] || sed -i '1s/.*/4194305/' "$1"
}

# INT is its fast way down: it ends the sessions and does not wait for them to go.
postgresql_stop() { halt "$1" postgresql 20 INT; }

postgresql_answers() {
    "$(postgresql_bin)/pg_isready" -q -h 127.0.0.1 -p "$(port_of "$1" postgresql)" -d postgres
}

postgresql_database() {
    local exists="SELECT 1 FROM pg_database WHERE datname = '$2'"
    [[ -n $(postgresql_ask "$1" "$exists") ]] || postgresql_ask "$1" "CREATE DATABASE \"$2\""
}

postgresql_ask() {
    PGPASSWORD=$(secret_of "$1" postgresql) "$(postgresql_bin)/psql" -X -q -t -A \
        -h 127.0.0.1 -p "$(port_of "$1" postgresql)" -U novalite -d postgres -c "$2"
}

# The server will not run as root; root lends it the package's user, by the words it puts into the
# caller's array `as`. A clone under /root is closed to that user: then it may pass through
# directories as root would, and nothing more changes.
postgresql_as() {
    as=()
    ((EUID == 0)) || return 0
    as=(setpriv --reuid=postgres --regid=postgres --init-groups)
    "${as[@]}" test -x "$1" || as+=('--inh-caps=-all,+dac_override' --ambient-caps=+dac_override)
}

# Made aside and renamed: one that was cut short is never taken for a whole one.
postgresql_init() (
    home=$1/data/postgresql log=$1/log/postgresql.log
    rm -rf "$home"
    (umask 077 && mkdir -p "$home" && secret_of "$1" postgresql >"$home/password")
    ((EUID != 0)) || chown -R postgres "$home"
    postgresql_as "$1"
    cd "$home" || exit 1
    "${as[@]}" "$(postgresql_bin)/initdb" --pgdata="$home/unfinished" --username=novalite \
        --pwfile="$home/password" --auth=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8 \
        --no-sync --no-instructions >>"$log" 2>&1 ||
        die_with_log "$log" 'PostgreSQL could not make its files.'
    rm "$home/password"
    mv "$home/unfinished" "$home/cluster"
)

# No fsync, but synchronous_commit stays: what was committed survives the death of the server, as
# the tests want it to, and not a power cut. Over TCP only: the path of a socket may be 107 characters, and some clones
# are deep.
postgresql_spawn() {
    local dir=$1 as
    postgresql_as "$dir"
    spawn "$dir" postgresql "${as[@]}" "$(postgresql_bin)/postgres" -D "$dir/data/postgresql/cluster" \
        -c listen_addresses=127.0.0.1 -c port="$(port_of "$dir" postgresql)" \
        -c unix_socket_directories= -c max_connections=200 \
        -c fsync=off -c full_page_writes=off
}
