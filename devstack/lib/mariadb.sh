# shellcheck shell=bash
# A private MariaDB in DIR, on 127.0.0.1, with one user who may do everything in it.
#
#   mariadb_installed
#   mariadb_install LOG                 from the distribution, if missing
#   mariadb_start DIR, mariadb_stop DIR, mariadb_running DIR
#   mariadb_url DIR [DATABASE]          for SQLAlchemy
#   mariadb_database DIR DATABASE       makes it, unless it is there

LIB=${BASH_SOURCE[0]%/*}
. "$LIB/messages.sh"
. "$LIB/process.sh"
. "$LIB/ports.sh"
. "$LIB/packages.sh"

mariadb_bin() {
    PATH=$PATH:/usr/sbin command -v mariadbd
}

mariadb_installed() { mariadb_bin >/dev/null; }

mariadb_install() {
    mariadb_installed && return
    install_packages "$1" mariadb-server
    leave_service_off mariadb
}

mariadb_running() { alive "$1" mariadb; }

mariadb_url() {
    local login
    login=novalite:$(secret_of "$1" mariadb)
    echo "mysql+pymysql://$login@127.0.0.1:$(port_of "$1" mariadb)/${2:-}?charset=utf8mb4"
}

mariadb_start() {
    local dir=$1
    mariadb_running "$dir" && return
    private_dir "$dir"
    [[ -d $dir/data/mariadb ]] || mariadb_init "$dir" || exit 1
    mariadb_spawn "$dir"
    await "$dir" mariadb 60 mariadb_answers "$dir" ||
        die_with_log "$dir/log/mariadb.log" 'MariaDB did not start.'
}

mariadb_stop() { halt "$1" mariadb 30; }

mariadb_answers() {
    mariadb_client "$1" mariadb-admin --connect-timeout=2 ping
} >/dev/null 2>&1

mariadb_database() {
    mariadb_client "$1" mariadb -e "CREATE DATABASE IF NOT EXISTS \`$2\`"
}

mariadb_client() {
    MYSQL_PWD=$(secret_of "$1" mariadb) "$2" --no-defaults --protocol=tcp --host=127.0.0.1 \
        --port="$(port_of "$1" mariadb)" --user=novalite "${@:3}"
}

# Made aside and renamed: one that was cut short is never taken for a whole one.
mariadb_init() (
    unfinished=$1/data/mariadb.unfinished log=$1/log/mariadb.log
    rm -rf "$unfinished"
    (umask 077 && mkdir -p "$unfinished")
    mariadb-install-db --no-defaults --user="$(id -un)" --datadir="$unfinished" \
        --skip-test-db --innodb-log-file-size=16M --innodb-flush-method=nosync >>"$log" 2>&1 ||
        die_with_log "$log" 'MariaDB could not make its files.'
    mv "$unfinished" "$1/data/mariadb"
)

# The user is made by a file that is read at every start, before the first connection is let in.
mariadb_spawn() {
    local dir=$1 first=$1/etc/mariadb.sql
    (umask 077 && cat >"$first") <<SQL
CREATE OR REPLACE USER novalite@'127.0.0.1' IDENTIFIED BY '$(secret_of "$dir" mariadb)';
GRANT ALL ON *.* TO novalite@'127.0.0.1' WITH GRANT OPTION;
SQL
    # Committed work is written at once and synced each second: it survives the death of the
    # server, as the tests want it to, and not a power cut. The socket, which it insists on, is
    # relative to the data: the path of one may be 107 characters, and some clones are deep.
    spawn "$dir" mariadb "$(mariadb_bin)" --no-defaults --user="$(id -un)" \
        --datadir="$dir/data/mariadb" --socket=mariadb.sock --pid-file=mariadb.pid \
        --bind-address=127.0.0.1 --port="$(port_of "$dir" mariadb)" --skip-name-resolve \
        --init-file="$first" --character-set-server=utf8mb4 --collation-server=utf8mb4_bin \
        --innodb-flush-log-at-trx-commit=2 --innodb-log-file-size=16M \
        --innodb-buffer-pool-size=64M --max-connections=200 --skip-log-bin
}
