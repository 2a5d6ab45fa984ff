"""Serves the API of one of OpenStack's services, by the entry point it has for WSGI servers.

    serve.py SERVICE DIRECTORY PORT

DIRECTORY has its configuration. Neither of the two ways to say so is known to all of them.
"""

import importlib
import os
import sys

import waitress

service, directory, port = sys.argv[1:]
os.environ[f'OS_{service.upper()}_CONFIG_DIR'] = directory
sys.argv = [f'{service}-api']
if service in ('neutron', 'cinder'):
    sys.argv += ['--config-file', f'{directory}/{service}.conf']
application = importlib.import_module(f'{service}.wsgi.api').application
waitress.serve(application, listen=f'127.0.0.1:{port}', threads=8)
