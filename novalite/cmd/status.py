"""novalite-status: whether a cloud is ready for this version; the command is nova-status's."""

import sys

from oslo_config import cfg
from oslo_log import log as logging
from oslo_upgradecheck import common_checks
from oslo_upgradecheck import upgradecheck

from novalite import conf as options
from novalite import errors
from novalite import runtime
from novalite.bus import compute
from novalite.cmd import exposure
from novalite.cmd import program
from novalite.cmd import startup
from novalite.conf import services
from novalite.db import history
from novalite.db import hosts
from novalite.db import outages
from novalite.db import schema

SUCCESS, WARNING, FAILURE = upgradecheck.Code


class Checks(upgradecheck.UpgradeCommands):
    """What is looked at, from what stops an upgrade to what may not matter.

    Run it with the new version, before its first daemon is started. Nothing is changed.
    """

    def __init__(self, conf):
        self._conf, self._runtime = conf, runtime.Runtime()

    def _of_schema(self):
        def look(db):
            found = schema.revision(db)
            if found == schema.HEAD:
                return _good()
            if schema.is_newer(found):
                return _result(WARNING, f'The schema is at {found}, which is newer than this '
                                        f'version knows.')
            return _result(FAILURE, f'The schema is at {found}, {schema.HEAD} is needed: run '
                                    f'novalite-manage db sync.')
        return self._asked(look)

    def _of_actions(self):
        def look(connection):
            newer = history.newer(connection)
            return _good() if not newer else _result(
                FAILURE, f'{newer} actions under way were begun by a newer version: this one '
                         f'would leave them alone. Start its conductors again.')
        return self._read(look)

    def _of_computes(self):
        def look(connection):
            known = _known_by_worker(hosts.hypervisors(connection))
            major, minor = _number(compute.VERSION)
            strange = [worker for worker, knows in known.items() if _number(knows)[0] != major]
            older = [worker for worker, knows in known.items() if _number(knows) < (major, minor)]
            if strange:
                return _result(FAILURE, f'These compute workers refuse what conductors of this '
                                        f'version say ({compute.VERSION}): {_listed(strange)}.')
            if older:
                oldest = min((known[worker] for worker in older), key=_number)
                return _result(WARNING, f'These compute workers do not know all messages of this '
                                        f'version yet: {_listed(older)}. Until they do, set '
                                        f'[upgrade_levels] compute = {oldest}.')
            return _good()
        return self._read(look)

    def _of_services(self):
        def look(connection):
            since = hosts.alive_since(self._conf, self._runtime.now())
            silent = [f'{one.binary} on {one.host}' for one in hosts.services(connection)
                      if one.last_seen < since and not one.disabled and not one.forced_down]
            return _good() if not silent else _result(
                WARNING, f'Not heard of: {_listed(silent)}. What is gone for good is deleted with '
                         f'openstack compute service delete.')
        return self._read(look)

    def _of_incarnations(self):
        def look(connection):
            stale = [one.name for one in hosts.hypervisors(connection)
                     if not one.incarnation and not one.forced_down]
            return _good() if not stale else _result(
                WARNING, f'These hosts were given up, and have not registered again: '
                         f'{_listed(stale)}. Their workers clear them of what lives elsewhere '
                         f'now before they take work.')
        return self._read(look)

    def _of_options(self):
        unknown = [f'[{group}] {name} in {path}' for path in exposure.files(self._conf)
                   for group, name in _unknown(path)]
        return _good() if not unknown else _result(
            WARNING, f'Nobody reads these options; they have been removed, or misspelt: '
                     f'{_listed(unknown)}.')

    _upgrade_checks = (
        ('Database schema', _of_schema),
        ('Actions under way', _of_actions),
        ('Compute workers', _of_computes),
        ('Services', _of_services),
        ('Hosts that were given up', _of_incarnations),
        ('Options', _of_options),
    )

    def check(self):
        self._upgrade_checks = (*type(self)._upgrade_checks, (
            'Policy file', (common_checks.check_policy_json, {'conf': self._conf})))
        return super().check()

    def _read(self, look):
        """The result of what ``look`` sees over a connection, on a schema that has all it needs."""
        def whole(db):
            if schema.revision(db) != schema.HEAD and not schema.is_newer(schema.revision(db)):
                return _result(WARNING, 'Not looked at before the schema is upgraded.')
            with db.read() as connection:
                return look(connection)
        return self._asked(whole)

    def _asked(self, look):
        try:
            db = startup.database(self._conf)
            try:
                return look(db)
            finally:
                db.close()
        except errors.CannotStart as exc:
            return _result(FAILURE, str(exc))
        except errors.Unavailable as exc:
            return _result(FAILURE, f'The database does not answer ({outages.reason(exc)}).')


def _good():
    return upgradecheck.Result(SUCCESS)


def _result(code, details):
    return upgradecheck.Result(code, details)


def _listed(names, most=10):
    shown = ', '.join(names[:most])
    return shown if len(names) <= most else f'{shown} and {len(names) - most} more'


def _known_by_worker(rows):
    return {row.worker: row.knows for row in rows}


def _number(version):
    return tuple(int(part) for part in version.split('.'))


def _unknown(path):
    """(group, name) of what a file says in a group that is all ours, and that is no option."""
    sections = {}
    cfg.ConfigParser(str(path), sections).parse()
    # What is in those of the services depends on their auth_type.
    ours = {group: {name for option in opts for name in (option.name, option.dest)}
            for group, opts in options.list_opts() if group not in ('DEFAULT', *services.SERVICES)}
    return [(group, name) for group, given in sections.items() if group in ours
            for name in given if name not in ours[group]]


def _main():
    conf = cfg.CONF
    logging.register_options(conf)
    options.register_opts(conf)
    try:
        return upgradecheck.main(conf, 'novalite', Checks(conf), sys.argv[1:])
    except cfg.Error as exc:
        raise errors.CannotStart(str(exc)) from exc


def main():
    program.run(_main)


if __name__ == '__main__':
    main()
