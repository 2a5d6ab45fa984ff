"""How many volumes a project may have."""

import re

from novalite import errors
from novalite.db import volumes as db


def index(call):
    with call.db.read() as connection:
        most = db.limits(connection, call.ctxt.project_id)
        used = db.usage(connection, call.ctxt.project_id)
    return {'limits': {'rate': [], 'absolute': {
        'maxTotalVolumes': most['volumes'], 'totalVolumesUsed': used['volumes'],
        'maxTotalSnapshots': most['snapshots'], 'totalSnapshotsUsed': used['snapshots'],
        'maxTotalVolumeGigabytes': most['gigabytes'], 'totalGigabytesUsed': used['gigabytes'],
        'maxTotalBackups': most['backups'], 'totalBackupsUsed': 0,
        'maxTotalBackupGigabytes': most['backup_gigabytes'], 'totalBackupGigabytesUsed': 0}}}


def quota_set(call, target):
    _refuse_others(call, target)
    with call.db.read() as connection:
        most, used = db.limits(connection, target), db.usage(connection, target)
    if (call.param('usage') or '').lower() in ('1', 'true'):
        most = {name: {'limit': limit, 'in_use': used.get(name, 0), 'reserved': 0}
                for name, limit in most.items()}
    return {'quota_set': {'id': target} | most}


def defaults(call, target):
    _refuse_others(call, target)
    return {'quota_set': {'id': target} | db.LIMITS}


def _refuse_others(call, target):
    if not call.admin and target != call.ctxt.project_id:
        raise errors.Forbidden("Policy doesn't allow volume_extension:quotas:show to be "
                               'performed.')


def update(call, target):
    _administrators_only(call)
    if len(target) > 64:
        raise errors.InvalidField(name='project_id', value=target[:255],
                                  reason='It has at most 64 characters.')
    given = call.root('quota_set')
    given = {name: value for name, value in given.items()
             if name not in ('tenant_id', 'project_id', 'force')}
    for name, value in given.items():
        if name not in db.LIMITS:
            raise errors.Invalid(f'Bad key(s) in quota set: {name}')
        if isinstance(value, bool) or not re.fullmatch('-1|[0-9]{1,9}', str(value)):
            raise errors.InvalidField(name=name, value=str(value)[:255],
                                      reason='A limit is a whole number, or -1 for none.')
    with call.db.write() as connection:
        for name, value in given.items():
            db.set_limit(connection, target, name, int(value))
        return {'quota_set': db.limits(connection, target)}


def reset(call, target):
    _administrators_only(call)
    with call.db.write() as connection:
        db.reset(connection, target)


def _administrators_only(call):
    if not call.admin:
        raise errors.Forbidden("Policy doesn't allow volume_extension:quotas:update to be "
                               'performed.')
