"""clouds.yaml: how stock clients find a cloud, and as whom."""

import os
import pathlib

import yaml

#: The clouds there are: name -> (user, project).
CLOUDS = {
    'novalite': ('demo', 'demo'),
    'novalite-admin': ('admin', 'admin'),
    'novalite-other': ('alt_demo', 'alt_demo'),
}


def entry(url, name, conf):
    """One cloud's part of clouds.yaml."""
    user, project = CLOUDS[name]
    return {
        'auth': {
            'auth_url': f'{url}/identity/v3', 'username': user, 'project_name': project,
            'password': conf.neighbours.admin_password,
            'user_domain_name': 'Default', 'project_domain_name': 'Default'},
        'region_name': conf.region, 'identity_api_version': '3',
    }


def write(path, url, conf):
    """Write the file, readable by its owner only: it has passwords."""
    path = pathlib.Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = yaml.safe_dump({'clouds': {name: entry(url, name, conf) for name in CLOUDS}},
                          sort_keys=False)
    new = path.with_name(f'{path.name}.new')
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), 'w') as file:
        file.write(text)
    new.replace(path)
