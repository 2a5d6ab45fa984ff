"""Run a plan with a seed, hold it against its promises, and say how it went."""

import collections
import contextlib
import dataclasses
import json
import logging
import os
import shlex
import traceback

import sqlalchemy as sa

from novalite import errors
from novalite import invariants
from novalite.bus import transport
from novalite.db import models
from novalite.faults import inject
from novalite.simulation import accidents
from novalite.simulation import checks
from novalite.simulation import sampling
from novalite.simulation import story
from novalite.simulation import workload
from novalite.simulation import world as worlds

#: How many samples a run has for its report, and how many of them are checks as well.
SAMPLES, CHECKS = 120, 20
#: Seconds until all is there, and the plan begins.
BEGIN = 3.0
#: When the faults are off, so many seconds may pass until all has ended.
END = 7200.0
#: With Nova's semantics much never ends: it is not waited for.
LOST = 300.0
#: A violation more is counted, but not told.
TOLD = 10

_BOUNDS = {'quota__instances': -1, 'quota__cores': -1, 'quota__ram': -1}


@dataclasses.dataclass
class Result:
    """How a run went. All of it goes into JSON.

    ``counts``: 'accepted', 'refused', 'unavailable' and 'no answer' are requests; 'ended' and
    'failed' (with a fault) are actions, whoever began them. ``violations`` have ``promise``,
    ``server``, ``request_id``, ``message``, ``at`` and ``story``. ``boots``: [asked at, seconds].
    ``series``: see ``sampling.Samples``, with ``boots`` by window. ``accidents``: [from, until,
    what, whom].
    """

    plan: str
    seed: int
    order: str
    semantics: str
    hosts: int
    command: str
    counts: dict = dataclasses.field(default_factory=dict)
    asked: dict = dataclasses.field(default_factory=dict)
    violations: list = dataclasses.field(default_factory=list)
    boots: list = dataclasses.field(default_factory=list)
    series: dict = dataclasses.field(default_factory=dict)
    accidents: list = dataclasses.field(default_factory=list)
    trace_hash: str = ''
    events: int = 0
    virtual_seconds: float = 0.0
    cpu_seconds: float = 0.0

    @property
    def broken(self):
        return bool(self.violations)

    def boot(self, percent):
        """Within how many seconds so many percent of the servers had booted; None of none."""
        return sampling.percentile([seconds for _, seconds in self.boots], percent)


def run(plan, seed, name='plan', semantics='durable', trace=None, command=None, progress=None):
    """The Result of a plan with a seed.

    ``trace`` is a file that gets a line of JSON for each event; ``progress(share)`` is
    called from time to time. ``command`` is what replays it.
    """
    began = cpu()
    result = Result(name, seed, plan.order, semantics, plan.cloud.hosts,
                    command or replay(name, seed, semantics))
    with _listening() as surprises, _world(plan, seed, semantics, trace) as world:
        _Run(plan, world, result, surprises, progress).run()
    result.cpu_seconds = round(cpu() - began, 3)
    return result


def replay(name, seed, semantics='durable', hosts=None, seconds=None):
    """The command that runs it again."""
    words = ['novalite', 'simulate', name, '--seed', str(seed)]
    if hosts is not None:
        words += ['--hosts', str(hosts)]
    if seconds is not None:
        words += ['--for', f'{seconds:g}s']
    if semantics != 'durable':
        words += ['--semantics', semantics]
    return shlex.join(words)


def cpu():
    """Seconds that this process has computed so far."""
    times = os.times()
    return times.user + times.system


def _world(plan, seed, semantics, trace):
    cloud = plan.cloud
    settings = _BOUNDS | {'recovery__semantics': semantics}
    for group, values in cloud.options.items():
        for option, value in values.items():
            settings[option if group == 'DEFAULT' else f'{group}__{option}'] = value
    if cloud.timings:
        settings['simulated__timings'] = ', '.join(
            f'{verb}={value}' for verb, value in cloud.timings.items())
    world = worlds.World(seed, cloud.apis, cloud.conductors, 0, 0, plan.order,
                         trace and _Trace(trace), **settings)
    for name, prefix, hosts, rack in cloud.workers():
        world.add('compute', name, compute__hosts=hosts, compute__host_prefix=prefix,
                  compute__zone=rack.zone, simulated__vcpus=rack.vcpus,
                  simulated__memory_mb=rack.memory_mb, simulated__disk_gb=rack.disk_gb,
                  simulated__traits=list(rack.traits))
    return world


class _Trace:
    """Writes what ``Timeline.note`` keeps: an object a line."""

    def __init__(self, file):
        self._file = file

    def append(self, event):
        at, what, process, detail = event
        if 'wire' in detail:
            detail = detail | {'wire': json.loads(detail['wire'])}
        self._file.write(json.dumps({'at': round(at, 9), 'what': what, 'process': process}
                                    | detail) + '\n')


@contextlib.contextmanager
def _listening():
    """The log of the daemons, which nobody sees, is looked through for what surprises."""
    surprises = _Surprises()
    loggers = [logging.getLogger(name) for name in ('novalite', 'oslo_messaging')]
    before = [logger.propagate for logger in loggers]
    for logger in loggers:
        logger.addHandler(surprises)
        logger.propagate = False
    try:
        yield surprises
    finally:
        for logger, propagate in zip(loggers, before, strict=True):
            logger.removeHandler(surprises)
            logger.propagate = propagate


class _Surprises(logging.Handler):
    """What the daemons logged with a traceback of something that nobody raises on purpose."""

    #: What the daemons meet when the cloud is broken on purpose, and say so.
    EXPECTED = (errors.NovaliteError, inject.Unforeseen, *transport.Failed)

    def __init__(self):
        super().__init__(logging.ERROR)
        self.found = []

    def emit(self, record):
        exc = record.exc_info and record.exc_info[1]
        if exc and (isinstance(exc, errors.NotWrittenDown)
                    or not isinstance(exc, self.EXPECTED)):
            self.found.append(f'{record.getMessage()}\n' + ''.join(
                traceback.format_exception(exc)[-6:]))


class _Run:
    def __init__(self, plan, world, result, surprises, progress):
        self._plan, self._world, self._result = plan, world, result
        self._surprises, self._progress = surprises, progress
        self._checks = checks.Checks(world)
        self._samples = sampling.Samples(world)
        self._accidents = accidents.Accidents(world, plan.faults)
        self._workload = workload.Workload(world, self._checks, plan.workload, plan.for_)
        self._found = {}

    def run(self):
        result, world = self._result, self._world
        try:
            self._live()
            self._rest()
        except Exception as exc:
            # Nothing of novalite may end so: it is what a simulation looks for.
            self._violate(invariants.Violation('bug', None, None, ''.join(
                traceback.format_exception(exc)[-8:])))
        self._finish()
        result.trace_hash, result.events = world.timeline.trace_hash(), world.timeline.events
        result.virtual_seconds = round(world.timeline.now, 3)

    def _live(self):
        world, plan = self._world, self._plan
        for kind in ('conductor', 'api', 'compute'):
            for machine in world.of_kind(kind):
                machine.start()
            world.run(BEGIN / 3)
        self._accidents.start()
        self._workload.start()
        for number in range(SAMPLES):
            world.timeline.run(max(BEGIN, plan.for_ * (number + 1) / SAMPLES))
            self._samples.take()
            if number % (SAMPLES // CHECKS) == 0:
                self._check(self._checks.running())
            if self._progress:
                self._progress((number + 1) / SAMPLES)

    def _rest(self):
        """Faults off, all daemons there: everything has to come to its end."""
        world = self._world
        self._accidents.end()
        patience = END if self._result.semantics == 'durable' else LOST
        world.run_until(lambda: not self._workload.running, patience)
        world.run_until(lambda: not self._checks.under_way(), patience)
        world.run_until(lambda: not self._checks.resting(), min(patience, self._tidy()), step=5.0)
        self._samples.take()
        self._check(self._checks.resting())
        self._result.boots = [[round(asked, 3), round(seconds, 3)]
                              for asked, seconds in self._workload.boots]
        self._check(self._kept())

    def _tidy(self):
        """In so many seconds the workers find out by themselves what was left behind."""
        conf = self._world.of_kind('compute')[0].conf
        return 60.0 + 2 * max(conf.running_deleted_instance_poll_interval,
                              conf.sync_power_state_interval)

    def _check(self, violations):
        for violation in violations:
            self._violate(violation)

    def _violate(self, violation):
        self._found.setdefault(violation, round(self._world.timeline.now, 3))

    def _kept(self):
        """What the plan says must hold."""
        must, counts = self._plan.must, self._counted()
        result, requests = self._result, self._workload.counts
        for name, seconds in must.boot.items():
            took = result.boot(int(name[1:]))
            if took is None or took > seconds:
                yield _slo(f'{name} of the boots took {took} s; {seconds:g} s are allowed')
        share = counts['failed'] / max(1, counts['ended'])
        if must.failed is not None and share > must.failed:
            yield _slo(f'{share:.1%} of the actions failed; {must.failed:.1%} may')
        share = (requests['unavailable'] + requests['no answer']) / max(1, requests.total())
        if must.unanswered is not None and share > must.unanswered:
            yield _slo(f'{share:.1%} of the requests had no answer; {must.unanswered:.1%} may')

    def _counted(self):
        with self._world.read() as connection:
            ended, failed = connection.execute(
                sa.select(sa.func.count(), sa.func.count(models.actions.c.message))
                .where(models.actions.c.finish_time.is_not(None))).one()
        return {'ended': ended, 'failed': failed}

    def _finish(self):
        result = self._result
        for surprise in self._surprises.found:
            self._violate(invariants.Violation('bug', None, None, surprise))
        for answer in self._workload.broken:
            self._violate(invariants.Violation('API', None, None, answer))
        result.counts = {
            **{name: self._workload.counts[name]
               for name in ('accepted', 'refused', 'unavailable', 'no answer')},
            **self._counted(), 'servers': len(set(self._checks.accepted.values()))}
        result.asked = dict(sorted(self._workload.asked.items()))
        result.series = self._samples.series()
        result.series['boots'] = sampling.windows(self._workload.boots, result.series['times'])
        result.accidents = [[round(at, 3), until if until is None else round(until, 3), what, whom]
                            for at, until, what, whom in self._accidents.told]
        told = collections.Counter()
        for violation, at in self._found.items():
            told[violation.promise] += 1
            result.violations.append({
                'promise': violation.promise, 'server': violation.server,
                'request_id': violation.request_id, 'message': violation.message, 'at': at,
                'story': self._story(violation) if told[violation.promise] <= TOLD else ''})
        result.counts['violations'] = len(result.violations)

    def _story(self, violation):
        with self._world.read() as connection:
            server = violation.server
            if server is None and violation.request_id is not None:
                server = connection.execute(sa.select(models.actions.c.server).where(
                    models.actions.c.request_id == violation.request_id)).scalar()
            if server is None:
                return ''
            return story.tell(connection, self._result.accidents, server, violation.request_id)


def _slo(message):
    return invariants.Violation('SLO', None, None, message)
