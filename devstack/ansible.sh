#!/usr/bin/env bash
# Does Ansible's OpenStack collection manage servers here? The exit status tells.
set -euo pipefail

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$HERE/lib/novalite.sh"

usage() {
    cat <<'TEXT'
Usage: devstack/ansible.sh [--venv DIR] [--keep]

Starts an all-in-one on a free port, and runs the playbooks in devstack/ansible against it:
servers.yml twice, and the second time nothing may change; actions.yml; teardown.yml twice. Then
stops the cloud.

  --venv DIR            where Ansible is, or is installed (default: .ansible, which takes 80 MB)
  --keep                leave the cloud, and what the playbooks have made in it
  --help                this text
TEXT
}

# The newest openstacksdk has lost what the collection reads its version from.
PACKAGES=('ansible-core>=2.17' 'openstacksdk>=4.0,<4.8')
COLLECTION=ansible==12.3.0

venv=$ROOT/.ansible keep=''
while (($#)); do
    case $1 in
        --venv) needs_value "$@" && venv=$(realpath -m -- "$2") && shift ;;
        --keep) keep=yes ;;
        -h | --help) usage && exit ;;
        *) unknown_option "$1" ;;
    esac
    shift
done

# Of the package with all collections, only the one.
install_ansible() {
    [[ ! -d $venv/collections ]] || return 0
    "$(find_python)" -m venv "$venv"
    "$venv/bin/pip" install --quiet --disable-pip-version-check "${PACKAGES[@]}"
    "$venv/bin/pip" download --quiet --disable-pip-version-check --no-deps \
        --dest "$venv/wheels" "$COLLECTION"
    "$venv/bin/python" - "$venv" <<'PYTHON'
import pathlib, sys, zipfile

venv = pathlib.Path(sys.argv[1])
(wheel,) = (venv / 'wheels').glob('*.whl')
with zipfile.ZipFile(wheel) as packed:
    packed.extractall(venv / 'collections.new', [
        name for name in packed.namelist() if name.startswith('ansible_collections/openstack/')])
wheel.unlink()
(venv / 'collections.new').rename(venv / 'collections')
PYTHON
}

# play NAME: its last line tells how many tasks changed something.
play() {
    OS_CLIENT_CONFIG_FILE=$state/clouds.yaml ANSIBLE_HOME=$state/ansible \
        ANSIBLE_COLLECTIONS_PATH=$venv/collections ANSIBLE_LOCALHOST_WARNING=false \
        "$venv/bin/ansible-playbook" -i localhost, \
        -e "ansible_python_interpreter=$venv/bin/python" -e "work=$state" \
        -e "auth_url=http://127.0.0.1:$port/identity/v3" "$HERE/ansible/$1.yml" \
        >"$state/$1.log" 2>&1 </dev/null || die_with_log "$state/$1.log" "$1.yml failed."
}

# passes WORDS NAME [changed=0]
passes() {
    step "$1"
    play "$2"
    [[ -z ${3:-} ]] || grep -q " $3 " "$state/$2.log" ||
        die_with_log "$state/$2.log" "$2.yml has changed something the second time."
    done_in
}

end() {
    if [[ $keep ]]; then
        say "The cloud is in $state; novalite down --state-dir $state stops it."
    else
        "$novalite" down --state-dir "$state" >/dev/null
        rm -rf "$state"
    fi
}

novalite=$VENV/bin/novalite
install_novalite clients
install_ansible
state=$(mktemp -d "${TMPDIR:-/tmp}/novalite-ansible.XXXXXX")
port=$(free_port)
"$novalite" up --detach --state-dir "$state" --port "$port" >/dev/null
trap end EXIT
passes 'servers.yml' servers
passes 'servers.yml once more: changed=0' servers changed=0
passes 'actions.yml' actions
if [[ ! $keep ]]; then
    passes 'teardown.yml' teardown
    passes 'teardown.yml once more: changed=0' teardown changed=0
fi
say 'Ansible manages servers here.'
