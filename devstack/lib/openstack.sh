# shellcheck shell=bash
# OpenStack's own Keystone, Glance, Neutron and Cinder in DIR, over a RabbitMQ and a MariaDB.
#
#   openstack_install DIR               from PyPI into DIR/venv, or into $REAL_VENV
#   openstack_configure DIR             once; openstack.rc and clouds.yaml are in DIR
#   openstack_start DIR, openstack_stop DIR
#   openstack_fill DIR                  what a fresh cloud has: users, an image, networks
#
# Nothing is stored in a volume, and no packet flows: cinder_simulated.py is the driver of Cinder,
# agents.py plays the agents of the hosts towards Neutron.

LIB=${BASH_SOURCE[0]%/*}
. "$LIB/messages.sh"
. "$LIB/process.sh"
. "$LIB/ports.sh"
. "$LIB/python.sh"
. "$LIB/rabbitmq.sh"
. "$LIB/mariadb.sh"

# In the order they are started. Each is a process of its own.
OPENSTACK_APIS=(keystone glance neutron cinder)
OPENSTACK_WORKERS=(neutron-rpc-server cinder-scheduler cinder-volume)

openstack_venv() { echo "${REAL_VENV:-$1/venv}"; }

openstack_install() {
    local dir=$1 venv log=$1/log/install.log
    venv=$(openstack_venv "$dir")
    [[ ! -f $venv/.installed ]] || return 0
    mkdir -p "$dir/log"
    "$(find_python)" -m venv "$venv"
    # pkg_resources, which some of them import, left setuptools with its version 80.
    "$venv/bin/pip" install --quiet --disable-pip-version-check --no-input 'setuptools<80' \
        keystone glance neutron cinder pymysql waitress python-openstackclient \
        >"$log" 2>&1 </dev/null || die_with_log "$log" 'pip could not install OpenStack.'
    touch "$venv/.installed"
}

openstack_url() { echo "http://127.0.0.1:$(port_of "$1" "$2")"; }

# How one of them logs in: openstack_login DIR USER.
openstack_login() {
    cat <<CONF
auth_type = password
auth_url = $(openstack_url "$1" keystone)/v3
username = $2
password = $(secret_of "$1" services)
project_name = service
user_domain_name = Default
project_domain_name = Default
region_name = RegionOne
CONF
}

# How one of them asks Keystone who calls: openstack_authtoken DIR USER.
openstack_authtoken() {
    cat <<CONF
[keystone_authtoken]
www_authenticate_uri = $(openstack_url "$1" keystone)/v3
service_token_roles = service
service_token_roles_required = true
$(openstack_login "$1" "$2")
CONF
}

# What they have in common: openstack_common DIR NAME.
openstack_common() {
    local dir=$1 name=$2
    cat <<CONF
[DEFAULT]
transport_url = $(rabbitmq_url "$dir")
state_path = $dir/data/$name
host = $name
my_ip = 127.0.0.1

[database]
connection = $(mariadb_url "$dir" "$name")
max_pool_size = 5

[oslo_concurrency]
lock_path = $dir/run

$(openstack_authtoken "$dir" "$name")
CONF
}

openstack_configure() (
    umask 077
    dir=$1
    venv=$(openstack_venv "$dir")
    for name in "${OPENSTACK_APIS[@]}"; do
        mkdir -p "$dir/data/$name" "$dir/etc/$name"
        openstack_common "$dir" "$name" >"$dir/etc/$name/common.conf"
    done
    {
        cat "$dir/etc/keystone/common.conf"
        printf '\n[%s]\nkey_repository = %s\n' \
            fernet_tokens "$dir/data/keystone/fernet" credential "$dir/data/keystone/credential"
    } >"$dir/etc/keystone/keystone.conf"
    {
        cat "$dir/etc/glance/common.conf"
        cat <<CONF

[DEFAULT]
enabled_backends = files:file
bind_host = 127.0.0.1
worker_self_reference_url = $(openstack_url "$dir" glance)

[glance_store]
default_backend = files

[files]
filesystem_store_datadir = $dir/data/glance/images

[os_glance_staging_store]
filesystem_store_datadir = $dir/data/glance/staging

[os_glance_tasks_store]
filesystem_store_datadir = $dir/data/glance/tasks

[paste_deploy]
flavor = keystone
config_file = $venv/etc/glance/glance-api-paste.ini
CONF
    } >"$dir/etc/glance/glance-api.conf"
    {
        cat "$dir/etc/neutron/common.conf"
        cat <<CONF

[DEFAULT]
core_plugin = ml2
service_plugins = router
api_paste_config = $venv/etc/neutron/api-paste.ini
rpc_workers = 1
rpc_state_report_workers = 0
send_events_interval = 1

[ml2]
type_drivers = flat,vxlan
tenant_network_types = vxlan
mechanism_drivers = openvswitch
extension_drivers = port_security

[ml2_type_flat]
flat_networks = public,elsewhere

[ml2_type_vxlan]
vni_ranges = 1:1000

[nova]
$(openstack_login "$dir" neutron)
CONF
    } >"$dir/etc/neutron/neutron.conf"
    {
        cat "$dir/etc/cinder/common.conf"
        cat <<CONF

[DEFAULT]
api_paste_config = $venv/etc/cinder/api-paste.ini
resource_query_filters_file = $venv/etc/cinder/resource_filters.json
enabled_backends = simulated
default_volume_type = __DEFAULT__
glance_api_servers = $(openstack_url "$dir" glance)
image_conversion_dir = $dir/data/cinder/conversion

[simulated]
volume_driver = cinder_simulated.Driver
volume_backend_name = simulated

[coordination]
backend_url = file://$dir/data/cinder/coordination

[nova]
$(openstack_login "$dir" cinder)

[service_user]
send_service_user_token = true
$(openstack_login "$dir" cinder)
CONF
    } >"$dir/etc/cinder/cinder.conf"
    openstack_clouds "$dir" >"$dir/clouds.yaml"
)

openstack_clouds() {
    local user
    declare -A clouds=([admin]=novalite-admin [demo]=novalite [other]=novalite-other)
    echo 'clouds:'
    for user in admin demo other; do
        cat <<YAML
  ${clouds[$user]}:
    auth:
      auth_url: $(openstack_url "$1" keystone)/v3
      username: $user
      password: $(secret_of "$1" services)
      project_name: $user
      user_domain_name: Default
      project_domain_name: Default
    region_name: RegionOne
    identity_api_version: 3
    volume_api_version: 3
YAML
    done
}

openstack_run() (
    dir=$1
    # The venv's own programs first: some of them call others by name.
    export PATH=$(openstack_venv "$dir")/bin:$PATH PYTHONPATH=$LIB
    export OS_CLIENT_CONFIG_FILE=$dir/clouds.yaml
    "${@:2}"
)

openstack_prepare() {
    local dir=$1 name keystone owner
    for name in "${OPENSTACK_APIS[@]}"; do mariadb_database "$dir" "$name"; done
    keystone=(keystone-manage --config-file "$dir/etc/keystone/keystone.conf")
    owner=(--keystone-user "$(id -un)" --keystone-group "$(id -gn)")
    openstack_do "$dir" "${keystone[@]}" db_sync
    openstack_do "$dir" "${keystone[@]}" fernet_setup "${owner[@]}"
    openstack_do "$dir" "${keystone[@]}" credential_setup "${owner[@]}"
    openstack_do "$dir" "${keystone[@]}" bootstrap --bootstrap-region-id RegionOne \
        --bootstrap-password "$(secret_of "$dir" services)" \
        --bootstrap-public-url "$(openstack_url "$dir" keystone)/v3" \
        --bootstrap-internal-url "$(openstack_url "$dir" keystone)/v3"
    openstack_do "$dir" glance-manage --config-file "$dir/etc/glance/glance-api.conf" db_sync
    openstack_do "$dir" neutron-db-manage --config-file "$dir/etc/neutron/neutron.conf" \
        upgrade heads
    openstack_do "$dir" cinder-manage --config-file "$dir/etc/cinder/cinder.conf" db sync
}

openstack_do() {
    local log=$1/log/prepare.log
    openstack_run "$@" >>"$log" 2>&1 </dev/null || die_with_log "$log" "${*:2:3} failed."
}

openstack_start() {
    local dir=$1 name
    for name in "${OPENSTACK_APIS[@]}"; do
        alive "$dir" "$name" || openstack_run "$dir" spawn "$dir" "$name" python "$LIB/serve.py" \
            "$name" "$dir/etc/$name" "$(port_of "$dir" "$name")"
    done
    for name in "${OPENSTACK_WORKERS[@]}"; do
        alive "$dir" "$name" || openstack_run "$dir" spawn "$dir" "$name" "$name" \
            --config-file "$dir/etc/${name%%-*}/${name%%-*}.conf"
    done
    for name in "${OPENSTACK_APIS[@]}"; do
        await "$dir" "$name" 120 openstack_answers "$dir" "$name" ||
            die_with_log "$dir/log/$name.log" "$name does not answer."
    done
}

openstack_answers() (
    exec 3<>"/dev/tcp/127.0.0.1/$(port_of "$1" "$2")" || exit 1
    printf 'GET / HTTP/1.0\r\n\r\n' >&3
    read -r -t 20 -u 3 answer && [[ $answer == 'HTTP/1.'?' '[23]* ]]
) 2>/dev/null

openstack_stop() {
    local name
    for name in "${OPENSTACK_WORKERS[@]}" "${OPENSTACK_APIS[@]}"; do
        halt "$1" "$name" 10
    done
}

# openstack_fill DIR COMPUTE_URL
openstack_fill() {
    openstack_do "$1" python "$LIB/real_fill.py" "$2" "$(secret_of "$1" services)" \
        "$(openstack_url "$1" glance)" "$(openstack_url "$1" neutron)" "$(openstack_url "$1" cinder)"
}
