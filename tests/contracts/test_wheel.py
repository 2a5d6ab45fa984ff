"""What is no Python and must come along when novalite is installed is named in setup.cfg."""

import pathlib

import setuptools

from novalite.simulation import plan as plans

ROOT = pathlib.Path(__file__).parents[2]


def test_a_wheel_has_every_plan_template_and_migration(monkeypatch):
    monkeypatch.chdir(ROOT)
    whole = setuptools.Distribution({'script_name': 'setup.py'})
    whole.parse_config_files()
    build = whole.get_command_obj('build_py')
    build.ensure_finalized()
    packed = {file for _, _, _, files in build.data_files for file in files}
    wanted = {f'simulation/plans/{name}.yaml' for name in plans.ready_made()}
    wanted |= {str(path.relative_to(ROOT / 'novalite'))
               for path in (ROOT / 'novalite').glob('**/templates/*.html')}
    wanted |= {str(path.relative_to(ROOT / 'novalite'))
               for path in (ROOT / 'novalite' / 'db').glob('migrations/*.mako')}
    assert wanted and wanted <= packed
