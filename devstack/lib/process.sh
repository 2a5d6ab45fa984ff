# shellcheck shell=bash
# One process by its name: DIR/run/NAME.pid says which, DIR/log/NAME.log what it said.
#
# A pid file whose process is gone, or is another program by now, is that of a dead process. Every
# process started here has DIR in its command line, which is how it is recognised.

# spawn DIR NAME COMMAND...: in a session of its own, so that Ctrl-C ends the script and not
# the servers under it.
spawn() {
    local dir=$1 name=$2
    shift 2
    mkdir -p "$dir/run" "$dir/log"
    setsid "$@" </dev/null >>"$dir/log/$name.log" 2>&1 &
    echo $! >"$dir/run/$name.pid"
    # For a moment it is still a copy of this shell, which pid_of would not take for it.
    while kill -0 $! 2>/dev/null && gone "$dir" "$name"; do sleep 0.01; done
    disown $! 2>/dev/null || true
}

# The pid of a process that is alive and the one we started; fails when there is none.
pid_of() {
    local dir=$1 name=$2 pid command
    [[ -s $dir/run/$name.pid ]] || return 1
    read -r pid <"$dir/run/$name.pid"
    command=$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline") || return 1
    # On its way from one program to the next (setsid, setpriv, the server) it has no command line
    # for a moment; a dead one that nobody has buried yet has none either.
    [[ $command == *"$dir/"* || -z $command && $(<"/proc/$pid/stat") != *') Z '* ]] && echo "$pid"
} 2>/dev/null

alive() { pid_of "$@" >/dev/null; }

gone() { ! alive "$@"; }

# wait_until SECONDS COMMAND...
wait_until() {
    local deadline=$((SECONDS + $1))
    shift
    until "$@"; do
        ((SECONDS < deadline)) || return 1
        sleep 0.05
    done
}

# await DIR NAME SECONDS COMMAND...: until it answers; fails when it is dead or has had its time.
await() {
    local dir=$1 name=$2 deadline=$((SECONDS + $3))
    shift 3
    while alive "$dir" "$name" && ((SECONDS < deadline)); do
        "$@" && return
        sleep 0.05
    done
    return 1
}

# halt DIR NAME SECONDS [SIGNAL]: ask, wait, insist. The whole session goes when we insist.
halt() {
    local dir=$1 name=$2 seconds=$3 signal=${4:-TERM} pid
    if pid=$(pid_of "$dir" "$name"); then
        kill -s "$signal" "$pid" 2>/dev/null || true
        wait_until "$seconds" gone "$dir" "$name" || kill -KILL -- "-$pid" 2>/dev/null || true
    fi
    rm -f "$dir/run/$name.pid"
}
