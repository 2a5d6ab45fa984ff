#!/usr/bin/env bash
# Does a running cloud work? Drives one server with the stock client; the exit status tells.
set -euo pipefail

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$HERE/lib/novalite.sh"

usage() {
    cat <<'TEXT'
Usage: devstack/smoke.sh [--state-dir DIR]

Creates, lists, shows, stops and deletes a server with the `openstack` client.

  --state-dir DIR       the cloud to check (default: the one that OS_CLOUD or OS_AUTH_URL names,
                        else the one that stack.sh made: first the all-in-one, then the daemons)
  --help                this text
TEXT
}

state_dir=''
while (($#)); do
    case $1 in
        --state-dir) needs_value "$@" && state_dir=$(realpath -m -- "$2") && shift ;;
        -h | --help) usage && exit ;;
        *) unknown_option "$1" ;;
    esac
    shift
done

choose_cloud() {
    [[ -n $state_dir || -z ${OS_CLOUD:-}${OS_AUTH_URL:-} ]] || return 0
    local dir
    for dir in "${state_dir:-$(all_in_one_dir)}" "${state_dir:-$ROOT/.stack}"; do
        if [[ -f $dir/clouds.yaml ]]; then
            export OS_CLIENT_CONFIG_FILE=$dir/clouds.yaml OS_CLOUD=novalite
            return
        fi
    done
    die "there is no $dir/clouds.yaml: start a cloud with devstack/stack.sh"
}

NAME=smoke-$$
# The clone's client, or that of the one who calls.
PATH=$VENV/bin:$PATH

# check WORDS COMMAND...: what it printed is shown only when it failed.
check() {
    local said
    step "$1"
    shift
    said=$("$@" 2>&1 </dev/null) || die "\`$*\` failed:"$'\n'"$said"
    done_in
}

clean_up() {
    openstack server delete --wait "$NAME" >/dev/null 2>&1 </dev/null || true
}

status_is() {
    [[ $(openstack server show "$NAME" -f value -c status) == "$1" ]]
}

reaches() { wait_until 60 status_is "$1"; }

is_listed() { grep -qx "$NAME" <<<"$(openstack server list -f value -c Name)"; }

is_gone() { ! is_listed; }

choose_cloud
command -v openstack >/dev/null || die 'there is no openstack client: devstack/stack.sh brings one'
trap clean_up EXIT
check 'server create' openstack server create --wait --flavor m1.tiny \
    --image cirros-0.6.2-x86_64-disk --network private "$NAME"
check 'server list' is_listed
check 'server show: ACTIVE' status_is ACTIVE
check 'server stop' openstack server stop "$NAME"
check 'server show: SHUTOFF' reaches SHUTOFF
check 'server delete' openstack server delete --wait "$NAME"
trap - EXIT
check 'server list: gone' is_gone
say 'The cloud works.'
