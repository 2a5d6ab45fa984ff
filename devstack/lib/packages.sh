# shellcheck shell=bash
# Packages of the distribution, installed when they are missing.

as_root() {
    if ((EUID == 0)); then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        die "this needs root, and there is no sudo here. As root: $*"
    fi
}

# install_packages LOG PACKAGE...
install_packages() {
    local log=$1
    shift
    command -v apt-get >/dev/null ||
        die "$* is missing, and only apt-get is known here: install it, then run this again"
    mkdir -p "${log%/*}"
    as_root true
    without_starting_services apt_install "$@" >>"$log" 2>&1 </dev/null ||
        die_with_log "$log" "apt-get could not install $*."
}

# --no-remove: an installed MySQL server is not thrown out for MariaDB.
apt_install() {
    local apt=(env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120)
    local install=(install --yes --no-install-recommends --no-remove "$@")
    as_root "${apt[@]}" "${install[@]}" ||
        { as_root "${apt[@]}" update && as_root "${apt[@]}" "${install[@]}"; }
}

POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='written by novalite devstack'

# The servers are run from here, privately; the distribution's own service stays down. Debian asks
# policy-rc.d whether it may start one: ours says no, and is there only while packages install.
without_starting_services() (
    if [[ -e $POLICY ]] && ! grep -q "$POLICY_MARK" "$POLICY"; then
        "$@"    # a container image has its own, which says no already
        exit
    fi
    trap 'as_root rm -f "$POLICY"' EXIT
    trap 'exit 130' INT TERM HUP
    printf '#!/bin/sh\n# %s\nexit 101\n' "$POLICY_MARK" | as_root tee "$POLICY" >/dev/null
    as_root chmod 755 "$POLICY"
    "$@"
)

# It would start with the next boot: only what was installed here just now is turned off.
leave_service_off() {
    if [[ -d /run/systemd/system ]]; then
        as_root systemctl disable --quiet "$1" 2>/dev/null || true
    fi
}
