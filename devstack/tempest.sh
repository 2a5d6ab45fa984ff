#!/usr/bin/env bash
# Runs the compute API tests of OpenStack's tempest against an all-in-one of its own.
set -euo pipefail

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
. "$HERE/lib/python.sh"

usage() {
    cat <<'TEXT'
Usage: devstack/tempest.sh [--workspace DIR] [--hosts N] [--keep] [--list] [REGEX]

Installs tempest into a virtual environment of its own, starts an all-in-one on a free port with a
state of its own, runs the tests whose names match REGEX against it and stops it again. The exit
status tells whether all passed. What failed, with every request, is in DIR/tempest.txt.

  REGEX                 which tests (default: ^tempest\.api\.compute)
  --workspace DIR       where tempest, its figures and the cloud are kept (default: .tempest in the
                        clone)
  --hosts N             how many simulated hypervisors (default: 4)
  --keep                leave the cloud running
  --list                only list the tests
  --help                this text
TEXT
}

regex='^tempest\.api\.compute' workspace='' hosts=4 keep='' list=''
while (($#)); do
    case $1 in
        --workspace) needs_value "$@" && workspace=$2 && shift ;;
        --hosts) needs_value "$@" && hosts=$2 && shift ;;
        --keep) keep=yes ;;
        --list) list=yes ;;
        -h | --help) usage && exit ;;
        -*) unknown_option "$1" ;;
        *) regex=$1 ;;
    esac
    shift
done
workspace=$(realpath -m -- "${workspace:-$ROOT/.tempest}")
STATE=$workspace/cloud
LOG=$workspace/install.log
OUTPUT=$workspace/tempest.txt
# Where novalite is installed: the clone's own environment, unless told otherwise.
VENV=${NOVALITE_VENV:-$VENV}

install_tempest() {
    [[ -x $workspace/venv/bin/tempest ]] && return
    "$(find_python)" -m venv "$workspace/venv"
    "$workspace/venv/bin/pip" install --quiet --disable-pip-version-check --no-input \
        tempest >"$LOG" 2>&1 </dev/null || die_with_log "$LOG" 'pip could not install tempest.'
}

# What the cloud has decides: the ids of its images, flavors and networks.
configure() {
    mkdir -p "$workspace/etc" "$workspace/lock"
    OS_CLIENT_CONFIG_FILE=$STATE/clouds.yaml "$VENV/bin/python" - "$workspace" <<'PYTHON'
import configparser
import pathlib
import sys

import openstack

workspace = pathlib.Path(sys.argv[1])
cloud = openstack.connect(cloud='novalite-admin')
image, *more = cloud.image.images(visibility='public')
other = more[0] if more else cloud.image.create_image(
    name='tempest', disk_format=image.disk_format, container_format='bare',
    visibility='public', filename=__import__('os').devnull)
flavors = {flavor.name: flavor.id for flavor in cloud.compute.flavors()}
public = next(net for net in cloud.network.networks() if net.is_router_external)
auth = cloud.config.config['auth']
quick = {'build_interval': 0, 'build_timeout': 30}

config = configparser.ConfigParser(interpolation=None)
config.read_dict({
    'DEFAULT': {'log_file': workspace / 'tempest.log'},
    'oslo_concurrency': {'lock_path': workspace / 'lock'},
    'auth': {
        'admin_username': auth['username'], 'admin_password': auth['password'],
        'admin_project_name': auth['project_name'], 'admin_domain_name': 'Default',
        'tempest_roles': 'member', 'use_dynamic_credentials': True},
    'identity': {'uri_v3': auth['auth_url'], 'auth_version': 'v3', 'region': 'RegionOne'},
    'compute': quick | {
        'image_ref': image.id, 'image_ref_alt': other.id, 'flavor_ref': flavors['m1.tiny'],
        'flavor_ref_alt': flavors['m1.small'], 'max_microversion': 'latest',
        'min_compute_nodes': 2},
    # Consoles have addresses, but nothing serves them; a guest has nothing that could be asked.
    'compute-feature-enabled': dict.fromkeys(
        ('change_password', 'resize', 'shelve_migrate', 'live_migrate_back_and_forth',
         'block_migration_for_live_migration', 'volume_backed_live_migration', 'stable_rescue',
         'swap_volume', 'hostname_fqdn_sanitization'), True) | {
        'metadata_service': False, 'attach_encrypted_volume': False,
        'scheduler_enabled_filters': 'ComputeFilter,DifferentHostFilter,SameHostFilter,'
                                     'ServerGroupAffinityFilter,ServerGroupAntiAffinityFilter'},
    'validation': {'run_validation': False},
    'network': quick | {
        'public_network_id': public.id, 'floating_network_name': public.name},
    'image': quick, 'volume': quick | {'min_microversion': '3.0', 'max_microversion': 'latest'},
    'volume-feature-enabled': {'backup': False},
    'service_available': {'swift': False, 'horizon': False},
})
with (workspace / 'etc' / 'tempest.conf').open('w') as file:
    config.write(file)
PYTHON
    printf '[DEFAULT]\ntest_path = %s\ntop_dir = %s\n' \
        "$("$workspace/venv/bin/python" -c 'import pathlib, tempest
print(pathlib.Path(tempest.__file__).parent / "test_discover")')" \
        "$("$workspace/venv/bin/python" -c 'import pathlib, tempest
print(pathlib.Path(tempest.__file__).parent.parent)')" >"$workspace/.stestr.conf"
}

stop_cloud() {
    [[ -n $keep ]] || "$VENV/bin/novalite" down --state-dir "$STATE" >/dev/null 2>&1 || true
}

run_tempest() (
    cd "$workspace"
    env -u PYTHONPATH -u PYTHON TEMPEST_CONFIG_DIR="$workspace/etc" \
        "$workspace/venv/bin/tempest" run --serial --regex "$regex" "$@"
)

say "tempest against novalite"
[[ -x $VENV/bin/novalite ]] || { step 'Python packages' && install_novalite clients && done_in; }
step 'tempest' && install_tempest && done_in
trap stop_cloud EXIT
step 'Cloud'
"$VENV/bin/novalite" up --detach --fresh --port 0 --hosts "$hosts" --state-dir "$STATE" >"$LOG" 2>&1 \
    </dev/null || die_with_log "$LOG" 'The cloud did not start.'
configure
done_in
if [[ -n $list ]]; then
    run_tempest --list-tests
    exit
fi
step "$regex"
status=0
run_tempest >"$OUTPUT" 2>&1 </dev/null || status=$?
done_in
sed -n '/^Totals/,/^Sum/p' "$OUTPUT"
grep -E ' \.\.\. FAILED$' "$OUTPUT" || true
exit "$status"
