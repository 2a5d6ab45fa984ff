"""The projects that a shared image is offered to."""

from novalite import errors
from novalite.db import images
from novalite.neighbours.images import records


def _member(row, project_id):
    return {'member_id': project_id, 'image_id': row.id, 'schema': '/v2/schemas/member',
            **row.members[project_id]}


def _check_shared(row):
    if row.visibility != 'shared':
        raise errors.Forbidden('Only shared images have members.')


def _check_member(row, project_id):
    if project_id not in row.members:
        raise errors.NotFound(f'{project_id} not found in the member list of image {row.id}.')


def index(call, image_id):
    with call.db.read() as connection:
        row = records.visible(call, connection, image_id)
    _check_shared(row)
    all_of_them = call.admin or row.owner == call.ctxt.project_id
    return {'schema': '/v2/schemas/members', 'members': [
        _member(row, project_id) for project_id in sorted(row.members)
        if all_of_them or project_id == call.ctxt.project_id]}


def show(call, image_id, project_id):
    with call.db.read() as connection:
        row = records.visible(call, connection, image_id)
    _check_member(row, project_id)
    if not call.admin and call.ctxt.project_id not in (row.owner, project_id):
        raise errors.NotFound(f'{project_id} not found in the member list of image {image_id}.')
    return _member(row, project_id)


def add(call, image_id):
    body = call.body()
    project_id = body.get('member') if isinstance(body, dict) else None
    if not isinstance(project_id, str) or not 0 < len(project_id) <= 64:
        raise errors.Invalid("Member to be added not specified: send {'member': PROJECT_ID}.")
    with call.db.write() as connection:
        row = records.owned(call, connection, image_id)
        _check_shared(row)
        if project_id in row.members:
            raise errors.Conflict(
                f'Member {project_id} is duplicated for image {image_id}')
        return _set_member(call, connection, row, project_id, 'pending')


def answer(call, image_id, project_id):
    """A member's own decision whether its lists name the image."""
    body = call.body()
    status = body.get('status') if isinstance(body, dict) else None
    if status not in ('pending', 'accepted', 'rejected'):
        raise errors.Invalid("The status of a member is 'pending', 'accepted' or 'rejected'.")
    with call.db.write() as connection:
        row = records.visible(call, connection, image_id, lock=True)
        _check_shared(row)
        _check_member(row, project_id)
        if not call.admin and call.ctxt.project_id != project_id:
            raise errors.Forbidden('Only the member itself can accept or reject an image.')
        return _set_member(call, connection, row, project_id, status)


def _set_member(call, connection, row, project_id, status):
    now = records.moment(call.runtime.now())
    created_at = row.members.get(project_id, {}).get('created_at', now)
    changed = {'status': status, 'created_at': created_at, 'updated_at': now}
    images.update(connection, call.runtime, row.id, members=row.members | {project_id: changed})
    return _member(images.get(connection, row.id), project_id)


def remove(call, image_id, project_id):
    with call.db.write() as connection:
        row = records.owned(call, connection, image_id)
        _check_shared(row)
        _check_member(row, project_id)
        images.update(connection, call.runtime, row.id, members={
            other: given for other, given in row.members.items() if other != project_id})
