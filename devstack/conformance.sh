#!/usr/bin/env bash
# Writes doc/conformance.md anew, of what the tests ask of the API and what it answers.
set -euo pipefail

HERE=$(cd "${BASH_SOURCE[0]%/*}" && pwd)

if [[ ${1:-} == -h || ${1:-} == --help ]]; then
    cat <<'TEXT'
Usage: devstack/conformance.sh [arguments for pytest]

Runs the tests that need no daemons, notes each operation, version and status that the API answered
as it is declared (tests/samples/conformance.json), and makes doc/conformance.md of it. Paths of
tests narrow what is run, and with it what is noted.
TEXT
    exit
fi

NOVALITE_EVERY_VERSION=1 "$HERE/test.sh" --fast --conformance "$@"
cd "$HERE/.."
.venv/bin/python -m tests.conformance
