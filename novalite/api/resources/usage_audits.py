"""The log of usage audits: for which hosts the servers of a period were counted."""

import datetime

from novalite import errors
from novalite.api import policy
from novalite.api import schema
from novalite.api.schema import Field
from novalite.db import hosts
from novalite.db import usage_audits as store
from novalite.servers import periods

RULES = (
    policy.rule('os-instance-usage-audit-log:list', policy.ADMIN,
                'See for which hosts the usage of the last period was told.'),
    policy.rule('os-instance-usage-audit-log:show', policy.ADMIN,
                'The same of an earlier period.'),
)

_AUDIT = {'type': 'object', 'additionalProperties': False,
          'required': ['state', 'instances', 'errors', 'message'],
          'properties': {'state': schema.STRING, 'message': schema.STRING,
                         'instances': schema.INTEGER, 'errors': schema.INTEGER}}

LOG = (
    Field('period_beginning', schema.STRING, lambda it, req: str(it['period'][0])),
    Field('period_ending', schema.STRING, lambda it, req: str(it['period'][1])),
    Field('num_hosts', schema.INTEGER, lambda it, req: len(it['hosts'])),
    Field('num_hosts_done', schema.INTEGER, lambda it, req: len(it['audits'])),
    # A host is looked at in one transaction.
    Field('num_hosts_running', schema.INTEGER, lambda it, req: 0),
    Field('num_hosts_not_run', schema.INTEGER, lambda it, req: len(_missing(it))),
    Field('hosts_not_run', schema.array(schema.STRING), lambda it, req: _missing(it)),
    Field('total_instances', schema.INTEGER,
          lambda it, req: sum(row.servers for row in it['audits'])),
    Field('total_errors', schema.INTEGER, lambda it, req: _errors(it)),
    Field('overall_status', schema.STRING, lambda it, req: _status(it)),
    Field('log', {'type': 'object', 'additionalProperties': _AUDIT}, lambda it, req: {
        row.host: {'state': row.state, 'instances': row.servers, 'errors': row.errors,
                   'message': row.message} for row in it['audits']}),
)


def _missing(it):
    done = {row.host for row in it['audits']}
    return [host for host in it['hosts'] if host not in done]


def _errors(it):
    return sum(row.errors for row in it['audits'])


def _status(it):
    done, every = len(it['audits']), len(it['hosts'])
    which = 'ALL' if done == every else f'{done} of {every}'
    return f'{which} hosts done. {_errors(it)} errors.'


def _log(req, before):
    period = periods.completed(req.conf.instance_usage_audit_period, before)
    with req.db.read() as connection:
        it = {'period': period, 'hosts': [row.name for row in hosts.listed(connection)],
              'audits': store.of_period(connection, *period)}
    return schema.view(LOG, req, it)


@schema.returns(200, 'instance_usage_audit_logs', LOG)
def index(req):
    """GET /os-instance_usage_audit_log: 200 with the last period that is over."""
    req.authorize('os-instance-usage-audit-log:list')
    return {'instance_usage_audit_logs': _log(req, req.runtime.now())}


@schema.returns(200, 'instance_usage_audit_log', LOG)
def show(req, before):
    """GET /os-instance_usage_audit_log/{before}: 200 with the last that was over then.

    The moment is written as 2026-01-31 12:00:00, with or without a fraction.
    """
    req.authorize('os-instance-usage-audit-log:show')
    form = '%Y-%m-%d %H:%M:%S' + ('.%f' if '.' in before else '')
    try:
        moment = datetime.datetime.strptime(before, form)
        return {'instance_usage_audit_log': _log(req, moment)}
    except (ValueError, OverflowError):
        raise errors.Invalid(f'Invalid timestamp for date {before}') from None
