"""What an operator has left open is said when a daemon starts."""

import pytest

from novalite import conf as options
from novalite.bus import transport
from novalite.cmd import exposure
from novalite.testing.cloud import cfg

SECRETS = """
[DEFAULT]
transport_url = rabbit://novalite:hunter2@broker.example.org:5672/
debug = true
[database]
connection = postgresql+psycopg2://novalite:hunter2@db.example.org/novalite
[rpc]
signing_keys = {key}
[neighbours]
admin_password = hunter2
[keystone_authtoken]
password = hunter2
[cinder]
auth_type = password
password = hunter2
[api]
port = 8774
"""


@pytest.fixture
def read(tmp_path):
    """Reads a configuration file that has some mode."""
    def read(text, mode, name='novalite.conf'):
        file = tmp_path / name
        file.write_text(text)
        file.chmod(mode)
        conf = cfg.ConfigOpts()
        options.register_opts(conf)
        transport.register_opts(conf)
        conf([], project='novalite', default_config_files=[str(file)], default_config_dirs=[])
        return conf
    return read


def test_a_file_with_secrets_that_everybody_can_read_is_told_of(read, tmp_path, caplog):
    exposure.warn_of_files(read(SECRETS.format(key='k' * 32), 0o644))
    (record,) = caplog.records
    file = tmp_path / 'novalite.conf'
    assert record.getMessage() == (
        f'Everybody on this machine can read {file}, which has secrets ([DEFAULT] transport_url, '
        '[database] connection, [rpc] signing_keys, [neighbours] admin_password, '
        f'[keystone_authtoken] password, [cinder] password): chmod o-rwx {file}')


@pytest.mark.parametrize('text, mode', [
    (SECRETS, 0o640), (SECRETS, 0o600), ('[api]\nport = 1\n', 0o644),
    ('[database]\nconnection = sqlite:////var/lib/novalite.db\n', 0o644)],
    ids=['of a group', 'of its owner', 'nothing secret', 'no password'])
def test_nothing_is_said_where_nothing_is_open(read, text, mode, caplog):
    exposure.warn_of_files(read(text, mode))
    assert caplog.records == []


@pytest.mark.parametrize('text, words', [
    (SECRETS.format(key=''), 'whoever can log in at the broker at broker.example.org commands'),
    (SECRETS.format(key='k' * 32) + '[oslo_messaging_rabbit]\nssl = true\n',
     'ssl without ssl_ca_file takes whoever answers at broker.example.org'),
    (SECRETS.format(key='').replace('broker.example.org', '127.0.0.1'), ''),
    (SECRETS.format(key='k' * 32) + '[oslo_messaging_rabbit]\nssl = true\nssl_ca_file = ca\n', ''),
], ids=['no key', 'no authority', 'this machine', 'closed'])
def test_a_bus_that_is_open_is_told_of(read, text, words, caplog):
    exposure.warn_of_bus(read(text, 0o600))
    assert [words in record.getMessage() for record in caplog.records] == ([True] if words else [])
    assert 'hunter2' not in caplog.text
