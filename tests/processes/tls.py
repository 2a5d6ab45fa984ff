"""A throw-away certificate authority, and a RabbitMQ and a PostgreSQL whom it vouches for."""

import contextlib
import os
import pathlib
import shutil
import subprocess

LIB = pathlib.Path(__file__).parents[2] / 'devstack' / 'lib'

_START = '''
set -euo pipefail
. "$LIB/rabbitmq.sh"
. "$LIB/postgresql.sh"
dir=$1
private_dir "$dir"

rabbitmq_configure "$dir"
cat >>"$dir/etc/rabbitmq.conf" <<CONF
listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:$(port_of "$dir" rabbitmq)
ssl_options.cacertfile = $dir/etc/ca.pem
ssl_options.certfile = $dir/etc/server.pem
ssl_options.keyfile = $dir/etc/server.key
CONF
sed -i '/^listeners.tcp.1/d; /^num_acceptors.tcp/d' "$dir/etc/rabbitmq.conf"
rabbitmq_spawn_epmd "$dir"
rabbitmq_spawn "$dir"

postgresql_init "$dir"
cluster=$dir/data/postgresql/cluster
install -m 600 "$dir/etc/server.pem" "$dir/etc/server.key" "$cluster"
((EUID != 0)) || chown postgres "$cluster"/server.*
cat >>"$cluster/postgresql.conf" <<CONF
ssl = on
ssl_cert_file = 'server.pem'
ssl_key_file = 'server.key'
CONF
sed -i 's/^host /hostssl /' "$cluster/pg_hba.conf"
postgresql_start "$dir"

answers() { openssl s_client -connect "127.0.0.1:$(port_of "$dir" rabbitmq)" </dev/null; }
wait_until 60 answers >/dev/null 2>&1 || die_with_log "$dir/log/rabbitmq.log" 'RabbitMQ has no TLS.'
rabbitmq_url "$dir"
postgresql_url "$dir"
'''

_STOP = '. "$LIB/rabbitmq.sh"; . "$LIB/postgresql.sh"; rabbitmq_stop "$1"; postgresql_stop "$1"'


@contextlib.contextmanager
def servers(directory):
    """Their URLs, (broker, database), while they run; ``etc/ca.pem`` is who signed for them."""
    etc = directory / 'etc'
    etc.mkdir()
    authority(etc, 'ca')
    _certificate(etc)
    try:
        broker, database = _bash(_START, directory).split()
        yield broker, database
    finally:
        _bash(_STOP, directory)
        shutil.rmtree(directory / 'data', ignore_errors=True)


def authority(directory, name):
    """NAME.pem and NAME.key; its file of certificates."""
    _openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '2',
             '-subj', f'/CN=The throw-away authority {name}', '-keyout', directory / f'{name}.key',
             '-out', directory / f'{name}.pem')
    return directory / f'{name}.pem'


def _certificate(etc):
    _openssl('req', '-newkey', 'rsa:2048', '-nodes', '-subj', '/CN=127.0.0.1',
             '-keyout', etc / 'server.key', '-out', etc / 'server.csr')
    (etc / 'server.ext').write_text('subjectAltName = IP:127.0.0.1\n')
    _openssl('x509', '-req', '-in', etc / 'server.csr', '-CA', etc / 'ca.pem',
             '-CAkey', etc / 'ca.key', '-CAcreateserial', '-days', '2', '-extfile',
             etc / 'server.ext', '-out', etc / 'server.pem')


def _openssl(*arguments):
    subprocess.run(['openssl', *arguments], check=True, capture_output=True)


def _bash(script, directory):
    done = subprocess.run(
        ['bash', '-c', script, 'tls', directory], env=os.environ | {'LIB': str(LIB)},
        capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
