from oslo_config import cfg
import pytest

from novalite import conf as options
from novalite.db import engine


@pytest.fixture
def db(tmp_path):
    """An empty database."""
    conf = cfg.ConfigOpts()
    options.register_opts(conf)
    conf([], project='novalite', default_config_files=[], default_config_dirs=[])
    conf.set_override('connection', f'sqlite:///{tmp_path}/x.db', group='database')
    db = engine.Database(conf)
    yield db
    db.close()
