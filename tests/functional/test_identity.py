"""The identity neighbour, as stock clients and the services behind its tokens see it."""

import datetime
import json
import os
import subprocess
import sys
import threading

import openstack
from oslo_config import cfg
from oslo_context import context
from oslo_db import options as db_options
import pytest
import requests
from waitress import server as waitress

import novalite.conf
from novalite.db import engine
from novalite.db import identity as rows
from novalite.db import models
from novalite.neighbours import identity
from novalite.runtime import Runtime


class Cloud:
    """The identity neighbour on a port, and a service that says what it was told."""

    def __init__(self, directory):
        conf = cfg.ConfigOpts()
        novalite.conf.register_opts(conf)
        db_options.set_defaults(conf, connection=f'sqlite:///{directory}/test.db')
        conf([])
        conf.set_override('enabled', ['identity', 'networks'], group='neighbours')
        self.conf, self.runtime = conf, Runtime()
        self.db = engine.Database(conf)
        with self.db.write() as connection:
            models.metadata.create_all(connection)
            rows.seed(connection, self.runtime, 'secret')
        self._apps = {'/identity': identity.app(conf, self.db, self.runtime),
                      '/echo': identity.TokenAuth(echo, self.db, self.runtime)}
        self._server = waitress.create_server(self._dispatch, host='127.0.0.1', port=0)
        self.url = f'http://127.0.0.1:{self._server.effective_port}'
        self.identity = f'{self.url}/identity/v3'
        threading.Thread(target=self._server.run, daemon=True).start()

    def _dispatch(self, environ, start_response):
        mount = '/' + environ['PATH_INFO'].split('/')[1]
        environ['SCRIPT_NAME'] = mount
        environ['PATH_INFO'] = environ['PATH_INFO'][len(mount):]
        return self._apps[mount](environ, start_response)

    def close(self):
        self._server.close()
        self.db.close()

    def log_in(self, user='demo', password='secret', project=None, scope=None, **headers):
        """The response to a login."""
        who = {'name': user, 'domain': {'id': 'default'}, 'password': password}
        auth = {'identity': {'methods': ['password'], 'password': {'user': who}}}
        if project:
            scope = {'project': {'name': project, 'domain': {'name': 'Default'}}}
        if scope:
            auth['scope'] = scope
        return requests.post(f'{self.identity}/auth/tokens', json={'auth': auth}, headers=headers)

    def token(self, user='demo', project=None, **more):
        return self.log_in(user, project=project or user, **more).headers['X-Subject-Token']

    def ask(self, method, path, token=None, **more):
        headers = {'X-Auth-Token': token} if token else {}
        return requests.request(method, self.identity + path,
                                headers=headers | more.pop('headers', {}), **more)

    def echo(self, token=None, **headers):
        """What a service behind the middleware knows of the caller."""
        if token:
            headers['X-Auth-Token'] = token
        return requests.get(f'{self.url}/echo/', headers=headers).json()

    def connect(self, user='demo', password='secret', project=None, **more):
        auth = {'auth_url': f'{self.url}/identity', 'username': user, 'password': password,
                'project_name': project or user, 'user_domain_name': 'Default',
                'project_domain_name': 'Default'}
        return openstack.connect(load_yaml_config=False, load_envvars=False,
                                 region_name='RegionOne', auth=more.pop('auth', auth), **more)


def echo(environ, start_response):
    ctxt = context.RequestContext.from_environ(environ, overwrite=False)
    told = {name: value for name, value in environ.items() if name.startswith('HTTP_X')}
    start_response('200 OK', [('Content-Type', 'application/json')])
    return [json.dumps({'context': vars(ctxt), 'told': told}, default=str).encode()]


@pytest.fixture(scope='module')
def cloud(tmp_path_factory):
    cloud = Cloud(tmp_path_factory.mktemp('identity'))
    yield cloud
    cloud.close()


@pytest.fixture(scope='module')
def admin(cloud):
    return cloud.connect('admin')


@pytest.fixture(scope='module')
def admin_token(cloud):
    return cloud.token('admin')


def error(response):
    """The status and the message of an answer that is Keystone's in every respect."""
    body = response.json()['error']
    assert body.keys() == {'code', 'message', 'title'}
    assert body['code'] == response.status_code
    assert response.headers['X-Openstack-Request-Id'].startswith('req-')
    assert response.headers['Vary'] == 'X-Auth-Token'
    return response.status_code, body['message']


def newcomer(admin, name, roles=('member',)):
    """A user with roles on a project, both of that name."""
    project = admin.identity.create_project(name=name, domain_id='default')
    user = admin.identity.create_user(name=name, domain_id='default', password='secret')
    for role in roles:
        admin.identity.assign_project_role_to_user(project, user, admin.identity.find_role(role))
    return project, user


# Finding the way

def test_the_version_documents_lead_to_v3(cloud):
    listed = requests.get(f'{cloud.url}/identity/')
    assert listed.status_code == 300
    version, = listed.json()['versions']['values']
    assert version['links'] == [{'rel': 'self', 'href': f'{cloud.url}/identity/v3/'}]
    shown = requests.get(version['links'][0]['href'])
    assert (shown.status_code, shown.json()) == (200, {'version': version})


def test_the_catalog_names_what_is_served_and_nothing_else(cloud):
    catalog = cloud.log_in(project='demo').json()['token']['catalog']
    urls = {served['type']: {(each['interface'], each['url'], each['region'])
                             for each in served['endpoints']} for served in catalog}
    assert urls == {
        kind: {(interface, cloud.url + path, 'RegionOne')
               for interface in ('public', 'internal', 'admin')}
        for kind, path in (('compute', '/compute/v2.1'), ('identity', '/identity'),
                           ('network', '/networking'))}


def test_the_sdk_finds_the_catalog_and_who_it_is(cloud):
    demo = cloud.connect()
    assert demo.session.get_endpoint(service_type='network') == f'{cloud.url}/networking'
    assert demo.identity.get_user(demo.current_user_id).name == 'demo'
    assert [project.name for project in demo.identity.user_projects(demo.current_user_id)] == [
        'demo']


def test_the_stock_command_line_works(cloud):
    environ = {name: value for name, value in os.environ.items() if not name.startswith('OS_')}
    command = [os.path.join(os.path.dirname(sys.executable), 'openstack'),
               '--os-auth-url', f'{cloud.url}/identity', '--os-username', 'admin',
               '--os-password', 'secret', '--os-project-name', 'admin',
               '--os-user-domain-name', 'Default', '--os-project-domain-name', 'Default']
    done = subprocess.run([*command, 'role', 'assignment', 'list', '--names', '-f', 'json'],
                          env=environ, check=True, capture_output=True)
    found = {(each['User'], each['Role'], each['Project']) for each in json.loads(done.stdout)}
    assert found >= {(f'{user}@Default', role, f'{project}@Default') for user, role, project in (
        ('admin', 'admin', 'admin'), ('admin', 'admin', 'demo'), ('demo', 'member', 'demo'),
        ('alt_demo', 'member', 'alt_demo'))}


# Logging in

def test_a_token_says_who_has_it_and_which_roles_come_with_it(cloud):
    response = cloud.log_in('admin', project='admin')
    token = response.json()['token']
    assert response.status_code == 201
    assert token['user']['name'] == 'admin'
    assert token['user']['domain'] == {'id': 'default', 'name': 'Default'}
    assert token['project']['name'] == 'admin'
    assert len(token['project']['id']) == 32
    assert [role['name'] for role in token['roles']] == ['admin', 'manager', 'member', 'reader']
    assert token['methods'] == ['password']


def test_a_user_can_be_named_by_id_and_needs_no_scope(cloud):
    user = cloud.log_in().json()['token']['user']['id']
    body = {'auth': {'identity': {'methods': ['password'], 'password': {
        'user': {'id': user, 'password': 'secret'}}}, 'scope': 'unscoped'}}
    token = cloud.ask('POST', '/auth/tokens', json=body).json()['token']
    assert token['user']['id'] == user
    assert not {'project', 'roles', 'catalog'} & token.keys()


def test_a_default_project_is_the_scope_when_none_is_asked_for(cloud, admin):
    project, user = newcomer(admin, 'homely')
    admin.identity.update_user(user, default_project_id=project.id)
    assert cloud.log_in('homely').json()['token']['project']['id'] == project.id


def test_a_token_gives_another_that_ends_no_later(cloud):
    first = cloud.log_in()
    body = {'auth': {
        'identity': {'methods': ['token'], 'token': {'id': first.headers['X-Subject-Token']}},
        'scope': {'project': {'name': 'demo', 'domain': {'id': 'default'}}}}}
    second = cloud.ask('POST', '/auth/tokens', json=body).json()['token']
    assert second['project']['name'] == 'demo'
    assert second['expires_at'] == first.json()['token']['expires_at']
    assert second['methods'] == ['password', 'token']
    assert second['audit_ids'][1] == first.json()['token']['audit_ids'][0]


@pytest.mark.parametrize('how', [
    {'password': 'wrong'}, {'user': 'nobody'}, {'project': 'admin'}, {'project': 'nowhere'},
    {'scope': {'system': {'all': True}}}, {'scope': {'domain': {'id': 'default'}}}])
def test_a_login_that_proves_nothing_is_a_401(cloud, how):
    response = cloud.log_in(**how)
    assert error(response)[0] == 401
    assert 'X-Subject-Token' not in response.headers
    assert response.headers['WWW-Authenticate'].startswith('Keystone uri=')


@pytest.mark.parametrize('identity, named', [
    (None, 'identity'), ({}, 'methods'), ({'methods': 'password'}, 'methods'),
    ({'methods': [{}]}, 'methods'), ({'methods': ['password', 'totp']}, 'methods'),
    ({'methods': ['password']}, 'password'),
    ({'methods': ['password'], 'password': {'user': []}}, 'user'),
    ({'methods': ['password'], 'password': {'user': {'name': 'demo', 'password': 'secret'}}},
     'domain'),
    ({'methods': ['password'], 'password': {'user': {'id': 7, 'password': 'secret'}}}, 'id'),
    ({'methods': ['password'], 'password': {'user': {'id': 'x', 'password': 4711}}}, 'password'),
    ({'methods': ['token'], 'token': {'id': None}}, 'id'),
])
def test_a_malformed_login_is_told_which_field_is_wrong(cloud, identity, named):
    status, message = error(cloud.ask('POST', '/auth/tokens', json={'auth': {
        'identity': identity}}))
    assert status == 400
    assert f'attribute {named}.' in message
    assert '4711' not in message


@pytest.mark.parametrize('data, headers, status', [
    (b'{', {}, 400), (b'', {}, 400), (b'[' * 50000, {}, 400), (b'"auth"', {}, 400),
    (b'{"auth": NaN}', {}, 400), (b'{"auth": "\\ud800"}', {}, 400), (b'\xff', {}, 400),
    (b'auth', {'Content-Type': 'text/plain'}, 415), (b' ' * 200000, {}, 413)])
def test_a_body_that_is_no_json_is_refused(cloud, data, headers, status):
    assert error(cloud.ask('POST', '/auth/tokens', data=data, headers=headers))[0] == status


def test_nothing_secret_is_in_the_database(cloud):
    token = cloud.token()
    with cloud.db.read() as connection:
        kept = [str(connection.execute(table.select()).all())
                for table in (rows.tokens, rows.users)]
    assert rows.digest(token) in kept[0]
    assert token not in ''.join(kept)
    assert 'secret' not in ''.join(kept)


# The life of a token

def test_a_token_can_be_shown_and_checked_by_its_bearer(cloud):
    token = cloud.token()
    about = {'X-Subject-Token': token}
    shown = cloud.ask('GET', '/auth/tokens', token, headers=about)
    assert shown.json()['token']['user']['name'] == 'demo'
    assert shown.headers['X-Subject-Token'] == token
    assert cloud.ask('HEAD', '/auth/tokens', token, headers=about).status_code == 200
    assert 'catalog' not in cloud.ask('GET', '/auth/tokens?nocatalog', token,
                                      headers=about).json()['token']


def test_only_those_who_look_after_tokens_see_those_of_others(cloud, admin_token):
    theirs = {'X-Subject-Token': cloud.token()}
    other = cloud.token('alt_demo')
    assert cloud.ask('GET', '/auth/tokens', admin_token, headers=theirs).status_code == 200
    assert error(cloud.ask('GET', '/auth/tokens', other, headers=theirs))[0] == 403
    assert error(cloud.ask('GET', '/auth/tokens', headers=theirs))[0] == 401
    unknown = {'X-Subject-Token': 'unknown'}
    assert error(cloud.ask('GET', '/auth/tokens', admin_token, headers=unknown))[0] == 404
    assert error(cloud.ask('GET', '/auth/tokens', admin_token))[0] == 400


def test_a_revoked_token_is_good_for_nothing(cloud):
    token = cloud.token()
    gone = cloud.ask('DELETE', '/auth/tokens', token, headers={'X-Subject-Token': token})
    assert gone.status_code == 204
    assert error(cloud.ask('GET', '/auth/projects', token))[0] == 401
    assert cloud.echo(token)['told']['HTTP_X_IDENTITY_STATUS'] == 'Invalid'


def test_a_token_ends(cloud, monkeypatch):
    token = cloud.token()
    later = cloud.runtime.now() + datetime.timedelta(
        seconds=cloud.conf.neighbours.token_lifetime)
    monkeypatch.setattr(cloud.runtime, 'now', lambda: later)
    assert cloud.echo(token)['told']['HTTP_X_IDENTITY_STATUS'] == 'Invalid'
    assert error(cloud.ask('GET', '/auth/projects', token))[0] == 401


@pytest.mark.parametrize('happens', [
    lambda admin, project, user: admin.identity.update_user(user, password='another'),
    lambda admin, project, user: admin.identity.update_user(user, is_enabled=False),
    lambda admin, project, user: admin.identity.delete_user(user),
    lambda admin, project, user: admin.identity.update_project(project, is_enabled=False),
    lambda admin, project, user: admin.identity.delete_project(project),
    lambda admin, project, user: admin.identity.unassign_project_role_from_user(
        project, user, admin.identity.find_role('member')),
], ids=['password', 'user disabled', 'user deleted', 'project disabled', 'project deleted',
        'role taken away'])
def test_what_takes_something_away_ends_the_token(cloud, admin, happens, request):
    name = request.node.callspec.id
    project, user = newcomer(admin, name)
    token = cloud.token(name)
    assert cloud.echo(token)['told']['HTTP_X_IDENTITY_STATUS'] == 'Confirmed'
    happens(admin, project, user)
    assert cloud.echo(token)['told']['HTTP_X_IDENTITY_STATUS'] == 'Invalid'
    assert error(cloud.log_in(name, project=name))[0] == 401


def test_a_role_that_is_deleted_ends_the_tokens_that_have_it(cloud, admin):
    role = admin.identity.create_role(name='passing')
    newcomer(admin, 'passer-by', roles=('passing',))
    token, bystander = cloud.token('passer-by'), cloud.token('demo')
    admin.identity.delete_role(role)
    assert cloud.echo(token)['told']['HTTP_X_IDENTITY_STATUS'] == 'Invalid'
    assert cloud.echo(bystander)['told']['HTTP_X_IDENTITY_STATUS'] == 'Confirmed'


def test_a_user_changes_the_password_with_the_old_one(cloud, admin):
    _, user = newcomer(admin, 'changing')
    token = cloud.token('changing')
    path = f'/users/{user.id}/password'
    wrong = {'user': {'password': 'new', 'original_password': 'wrong'}}
    assert error(cloud.ask('POST', path, token, json=wrong))[0] == 401
    right = {'user': {'password': 'new', 'original_password': 'secret'}}
    assert cloud.ask('POST', path, token, json=right).status_code == 204
    assert error(cloud.ask('GET', '/auth/projects', token))[0] == 401
    assert cloud.log_in('changing').status_code == 401
    assert cloud.log_in('changing', 'new').status_code == 201


# What the services are told

def test_a_service_is_told_who_asks(cloud):
    told = cloud.log_in(project='demo')
    token = told.json()['token']
    ctxt = cloud.echo(told.headers['X-Subject-Token'])['context']
    assert ctxt['user_id'] == token['user']['id']
    assert ctxt['project_id'] == token['project']['id']
    assert ctxt['user_name'] == ctxt['project_name'] == 'demo'
    assert ctxt['user_domain_id'] == ctxt['project_domain_id'] == 'default'
    assert ctxt['user_domain_name'] == ctxt['project_domain_name'] == 'Default'
    assert ctxt['roles'] == ['member', 'reader']


def test_nobody_becomes_somebody_by_saying_so(cloud):
    claims = {
        'X-Identity-Status': 'Confirmed', 'X-User-Id': 'root', 'X-User': 'root',
        'X-User-Name': 'root', 'X-User-Domain-Id': 'default', 'X-Roles': 'admin',
        'X-Role': 'admin', 'X-Project-Id': 'theirs', 'X-Tenant-Id': 'theirs',
        'X-Tenant': 'theirs', 'X-Project-Domain-Name': 'Default', 'X-Domain-Id': 'default',
        'X-Is-Admin-Project': 'True', 'OpenStack-System-Scope': 'all', 'X-System-Scope': 'all',
        'X-Service-Roles': 'service', 'X-Service-Identity-Status': 'Confirmed',
        'X-Service-User-Id': 'nova', 'X-Service-Project-Name': 'service',
        'X-Service-Catalog': '[]'}
    for token in (None, 'unknown', 'X' * 4000, '\xe9'):
        told = cloud.echo(token, **claims)
        assert told['told'].pop('HTTP_X_IDENTITY_STATUS') == 'Invalid'
        assert not told['told'].keys() - {'HTTP_X_AUTH_TOKEN'}
        assert not told['context']['roles'] and not told['context']['user_id']
    mine = cloud.echo(cloud.token(), **claims)['context']
    assert (mine['roles'], mine['user_name']) == (['member', 'reader'], 'demo')
    assert mine['system_scope'] is None and mine['service_user_id'] is None


def test_a_service_hears_of_a_database_that_does_not_answer(tmp_path):
    conf = cfg.ConfigOpts()
    novalite.conf.register_opts(conf)
    db_options.set_defaults(conf, connection='mysql+pymysql://nobody@127.0.0.1:1/none')
    conf([])
    told = {}
    app = identity.TokenAuth(lambda environ, _: told.update(environ) or [],
                             engine.Database(conf), Runtime())
    app({'HTTP_X_AUTH_TOKEN': 'any', 'HTTP_X_ROLES': 'admin'}, None)
    assert told == {'HTTP_X_AUTH_TOKEN': 'any', 'HTTP_X_IDENTITY_STATUS': 'Unavailable'}


# Domains, projects, users, roles

def test_an_admin_makes_changes_and_removes_projects_users_and_roles(admin):
    project = admin.identity.create_project(name='lab', domain_id='default',
                                            description='Where it is tried')
    user = admin.identity.create_user(name='zoë', domain_id='default', email='zoe@example.org')
    role = admin.identity.create_role(name='tester')
    assert admin.identity.get_project(project).description == 'Where it is tried'
    assert admin.identity.get_user(user).email == 'zoe@example.org'
    assert admin.identity.find_user('zoë').id == user.id
    assert admin.identity.update_project(project, description='').description == ''
    assert not admin.identity.update_user(user, is_enabled=False).is_enabled
    assert admin.identity.update_role(role, name='taster').name == 'taster'
    assert [each.name for each in admin.identity.users(name='zoë', is_enabled=False)] == ['zoë']
    assert list(admin.identity.users(name='zoë', is_enabled=True)) == []
    for delete, it in ((admin.identity.delete_project, project),
                       (admin.identity.delete_user, user), (admin.identity.delete_role, role)):
        delete(it, ignore_missing=False)
        with pytest.raises(openstack.exceptions.NotFoundException):
            delete(it, ignore_missing=False)


def test_a_domain_has_its_own_names_and_goes_only_when_disabled(cloud, admin):
    domain = admin.identity.create_domain(name='elsewhere')
    demo = admin.identity.create_user(name='demo', domain_id=domain.id, password='x')
    assert demo.id != admin.identity.find_user('demo', domain_id='default').id
    with pytest.raises(openstack.exceptions.ForbiddenException):
        admin.identity.delete_domain(domain)
    admin.identity.update_domain(domain, is_enabled=False)
    body = {'auth': {'identity': {'methods': ['password'], 'password': {
        'user': {'id': demo.id, 'password': 'x'}}}}}
    assert error(cloud.ask('POST', '/auth/tokens', json=body))[0] == 401
    admin.identity.delete_domain(domain)
    assert admin.identity.find_user(demo.id) is None


def test_roles_are_given_listed_and_taken(cloud, admin, admin_token):
    project, user = newcomer(admin, 'roleplayer', roles=('manager',))
    path = f'/projects/{project.id}/users/{user.id}/roles'
    listed = cloud.ask('GET', path, admin_token).json()['roles']
    assert [role['name'] for role in listed] == ['manager']
    given = f'{path}/{listed[0]["id"]}'
    assert cloud.ask('HEAD', given, admin_token).status_code == 204
    assert cloud.ask('PUT', given, admin_token).status_code == 204

    query = f'/role_assignments?user.id={user.id}&scope.project.id={project.id}'
    found, = cloud.ask('GET', query, admin_token).json()['role_assignments']
    assert found['role'] == {'id': listed[0]['id']}
    effective = cloud.ask('GET', f'{query}&effective&include_names', admin_token).json()
    assert {each['role']['name'] for each in effective['role_assignments']} == {
        'manager', 'member', 'reader'}
    assert effective['role_assignments'][0]['user']['domain']['name'] == 'Default'

    assert cloud.ask('DELETE', given, admin_token).status_code == 204
    assert error(cloud.ask('DELETE', given, admin_token))[0] == 404
    assert error(cloud.ask('GET', given, admin_token))[0] == 404
    assert error(cloud.ask('PUT', f'{path}/unknown', admin_token))[0] == 404


@pytest.mark.parametrize('method, path', [
    ('GET', '/users'), ('GET', '/projects'), ('GET', '/roles'), ('POST', '/users'),
    ('GET', '/role_assignments'), ('GET', '/users/unknown'), ('DELETE', '/domains/default'),
    ('GET', '/services'), ('GET', '/projects/unknown')])
def test_those_who_are_no_administrators_may_not(cloud, method, path):
    assert error(cloud.ask(method, path))[0] == 401
    assert error(cloud.ask(method, path, cloud.token(), json={}))[0] == 403


def test_users_see_themselves_and_where_they_belong(cloud):
    token = cloud.log_in(project='demo')
    body, token = token.json()['token'], token.headers['X-Subject-Token']
    for path in (f'/users/{body["user"]["id"]}', f'/projects/{body["project"]["id"]}',
                 '/domains/default', '/auth/projects', '/auth/catalog', '/auth/domains'):
        assert cloud.ask('GET', path, token).status_code == 200
    user = cloud.ask('GET', f'/users/{body["user"]["id"]}', token).json()['user']
    assert 'password' not in user


@pytest.mark.parametrize('many, body, status, says', [
    ('users', {'user': {'name': 'demo'}}, 409, 'Duplicate entry'),
    ('projects', {'project': {'name': 'demo'}}, 409, 'Duplicate entry'),
    ('users', {'user': {}}, 400, 'attribute name'),
    ('users', {'user': {'name': ' '}}, 400, 'attribute name'),
    ('users', {'user': {'name': 'x' * 256}}, 400, 'attribute name'),
    ('users', {'user': {'name': 'a\0b'}}, 400, 'attribute name'),
    ('users', {'user': {'name': 'x', 'enabled': 'yes'}}, 400, 'attribute enabled'),
    ('users', {'user': {'name': 'x', 'domain_id': 'nowhere'}}, 404, 'domain: nowhere'),
    ('users', {'name': 'x'}, 400, 'attribute user'),
    ('projects', {'project': {'name': 'x', 'description': 5}}, 400, 'attribute description'),
    ('projects', {'project': {'name': 'x', 'parent_id': 'y'}}, 400, 'attribute parent_id'),
    ('projects', {'project': {'name': 'x', 'is_domain': True}}, 400, 'attribute is_domain')])
def test_what_cannot_be_made_is_told_why(cloud, admin_token, many, body, status, says):
    answer = error(cloud.ask('POST', f'/{many}', admin_token, json=body))
    assert answer[0] == status
    assert says in answer[1]


def test_unknown_things_and_paths_are_answered_as_keystone_does(cloud, admin_token):
    assert error(cloud.ask('GET', '/users/unknown', admin_token)) == (
        404, 'Could not find user: unknown.')
    assert error(cloud.ask('GET', '/unknown', admin_token))[0] == 404
    assert error(cloud.ask('PUT', '/users', admin_token))[0] == 405
    assert error(cloud.ask('GET', '/users?name=%00', admin_token))[0] == 400
    assert error(cloud.ask('GET', '/users?enabled=perhaps', admin_token))[0] == 400


def test_an_unexpected_exception_tells_its_class_only(cloud, admin_token, monkeypatch, caplog):
    def broken():
        raise ZeroDivisionError('something secret')
    monkeypatch.setattr(cloud.runtime, 'uuid', broken)
    answer = error(cloud.ask('POST', '/users', admin_token, json={'user': {'name': 'unlucky'}}))
    assert answer == (500, 'An unexpected error occurred: ZeroDivisionError')
    assert 'something secret' in caplog.text


def test_administrators_list_regions_services_and_endpoints(admin):
    assert [region.id for region in admin.identity.regions()] == ['RegionOne']
    services = {service.type: service.id for service in admin.identity.services()}
    assert services.keys() == {'compute', 'identity', 'network'}
    assert len(list(admin.identity.endpoints(service_id=services['compute']))) == 3
    assert admin.identity.get_service(services['compute']).name == 'nova'


# Application credentials

def test_a_program_logs_in_with_an_application_credential(cloud):
    demo = cloud.connect()
    made = demo.identity.create_application_credential(
        demo.current_user_id, name='robot', roles=[{'name': 'reader'}])
    robot = cloud.connect(auth_type='v3applicationcredential', auth={
        'auth_url': f'{cloud.url}/identity', 'application_credential_id': made.id,
        'application_credential_secret': made.secret})
    ctxt = cloud.echo(robot.auth_token)['context']
    assert (ctxt['project_id'], ctxt['roles']) == (demo.current_project_id, ['reader'])
    with pytest.raises(openstack.exceptions.ForbiddenException):
        robot.identity.create_application_credential(robot.current_user_id, name='offspring')

    listed, = demo.identity.application_credentials(demo.current_user_id)
    assert (listed.name, listed.secret) == ('robot', None)
    demo.identity.delete_application_credential(demo.current_user_id, made)
    assert cloud.echo(robot.auth_token)['told']['HTTP_X_IDENTITY_STATUS'] == 'Invalid'


def test_an_application_credential_gives_no_more_than_its_maker_has(cloud):
    demo = cloud.connect()
    with pytest.raises(openstack.exceptions.BadRequestException):
        demo.identity.create_application_credential(
            demo.current_user_id, name='greedy', roles=[{'name': 'admin'}])
    with pytest.raises(openstack.exceptions.BadRequestException):
        demo.identity.create_application_credential(
            demo.current_user_id, name='late', expires_at='2001-01-01T00:00:00')


# A fresh cloud

def test_seeding_again_changes_nothing(cloud):
    with cloud.db.write() as connection:
        before = [connection.execute(table.select()).all()
                  for table in (rows.users, rows.projects, rows.roles, rows.role_assignments)]
        rows.seed(connection, cloud.runtime, 'another')
        after = [connection.execute(table.select()).all()
                 for table in (rows.users, rows.projects, rows.roles, rows.role_assignments)]
        assert before == after
        assert len(rows.project_ids(connection)) == len(before[1])
