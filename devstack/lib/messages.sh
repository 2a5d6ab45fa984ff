# shellcheck shell=bash
# What the scripts say to the person who runs them.

say() { printf '%s\n' "$*"; }

# One step of work: "step 'RabbitMQ'" opens the line, "done_in" closes it with the time it took.
step() {
    STEP_STARTED=${EPOCHREALTIME/[.,]/}
    printf '  %-42s ' "$1"
}

done_in() {
    local took=$((${EPOCHREALTIME/[.,]/} - STEP_STARTED))
    printf '%s %d.%d s\n' "${1:-ok}" $((took / 1000000)) $((took / 100000 % 10))
}

die() {
    printf '\n%s: %s\n' "${0##*/}" "$*" >&2
    exit 1
}

# die_with_log LOG SENTENCE: the end of the log is most often the answer.
die_with_log() {
    local log=$1
    shift
    printf '\n' >&2
    [[ -s $log ]] && tail -n 25 "$log" | sed 's/^/    | /' >&2
    die "$* The whole log is $log"
}

# Called for an option the script does not know; $usage is the script's own text.
unknown_option() {
    printf '%s: unknown option %s\n\n%s\n' "${0##*/}" "$1" "$(usage)" >&2
    exit 2
}

# needs_value "$@", with the option first.
needs_value() { [[ $# -ge 2 && -n $2 ]] || die "$1 needs a value"; }
