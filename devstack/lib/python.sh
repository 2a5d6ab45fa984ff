# shellcheck shell=bash
# The clone's own virtual environment, .venv, with novalite in it.
#
#   install_novalite EXTRAS               such as clients,postgresql

LIB=${BASH_SOURCE[0]%/*}
ROOT=$(cd "$LIB/../.." && pwd)
VENV=$ROOT/.venv
. "$LIB/messages.sh"

# Nothing to do when what is asked for was installed from the same setup.cfg.
install_novalite() {
    local extras=$1 python stamp wanted
    stamp=$VENV/.installed-$extras
    wanted=$(cd "$ROOT" && pwd && sha256sum setup.cfg setup.py pyproject.toml)
    if [[ -f $stamp && $(<"$stamp") == "$wanted" ]] && "$VENV/bin/python" -c '' 2>/dev/null; then
        return
    fi
    python=$(find_python)
    # The clone is the lock: two runs at once must not both write into .venv.
    (
        flock 9
        "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || make_venv "$python"
        # Not compiled: that takes as long as all the rest, and most of it is never imported.
        "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check --no-input \
            --no-compile --editable "${ROOT}[$extras]" >"$VENV/install.log" 2>&1 </dev/null 9<&- ||
            die_with_log "$VENV/install.log" 'pip could not install novalite.'
    ) 9<"$ROOT"
    echo "$wanted" >"$stamp"
}

find_python() {
    local python
    for python in python3 python3.13 python3.12 python3.11; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$python"
            return
        fi
    done
    die "novalite needs Python 3.11 or newer, and here is $(python3 --version 2>&1 || true)"
}

make_venv() {
    "$1" -c 'import ensurepip, venv' 2>/dev/null ||
        die "$1 has no venv module; on Debian and Ubuntu it is in the package python3-venv"
    "$1" -m venv --clear "$VENV"
}
