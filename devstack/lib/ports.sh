# shellcheck shell=bash
# Ports on 127.0.0.1, and the secrets of those who listen on them.

# port_of DIR NAME: chosen once and remembered, since configuration files name it. Below the range
# the kernel gives to outgoing connections: one of those could sit on it when the server restarts.
port_of() {
    local file=$1/etc/$2.port
    [[ -s $file ]] || free_port >"$file"
    cat "$file"
}

# ports_of DIR NAME...: one in a line.
ports_of() {
    local name
    for name in "${@:2}"; do
        port_of "$1" "$name"
    done
}

free_port() {
    python3 - <<'PYTHON'
import random, socket

while True:
    with socket.socket() as probe:
        port = random.randrange(20000, 32000)
        try:
            probe.bind(('127.0.0.1', port))
        except OSError:
            continue
        print(port)
        break
PYTHON
}

port_is_free() {
    python3 - "$1" "$2" <<'PYTHON'
import socket, sys

with socket.socket() as probe:
    probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        probe.bind((sys.argv[1], int(sys.argv[2])))
    except OSError:
        sys.exit(1)
PYTHON
}

# secret_of DIR NAME: made once, readable by the owner only.
secret_of() {
    local file=$1/etc/$2.secret
    [[ -s $file ]] || (umask 077 && python3 -c 'import secrets; print(secrets.token_hex(16))' >"$file")
    cat "$file"
}

# private_dir DIR: where a set of servers lives; etc/ holds their secrets.
private_dir() {
    mkdir -p "$1"/{run,log,data}
    (umask 077 && mkdir -p "$1/etc")
}
