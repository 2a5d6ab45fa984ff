"""The grammar of faults: which verb misbehaves, when, and how.

A rule comes from a YAML file (a list of mappings with ``verb``, ``when``,
``then``, ``message``, ``error``, ``seconds``, ``times``) or from a server's metadata
(``novalite:fault`` = comma-separated ``VERB:fail[=MESSAGE]``, ``VERB:raise[=MESSAGE]``,
``VERB:delay=SECONDS``, ``VERB:stall``, ``VERB:halt[=SECONDS]`` and so on).
"""

import dataclasses
import fnmatch
import pathlib

import yaml

from novalite import errors

METADATA_KEY = 'novalite:fault'

#: The driver's verbs that can be told to misbehave.
VERBS = ('spawn', 'destroy', 'power_off', 'power_on', 'reboot', 'pause', 'unpause', 'suspend',
         'resume', 'rescue', 'unrescue', 'rebuild', 'set_password', 'crash_dump', 'attach_volume',
         'detach_volume', 'swap_volume', 'extend_volume', 'attach_interface', 'detach_interface',
         'mount_share', 'unmount_share', 'console_output', 'diagnostics', 'claim',
         'check_destination', 'live_migrate', 'send_disk', 'snapshot', 'discard_snapshot',
         'upload_snapshot')
#: The verb does its work, and `seconds` later the guest changes though nobody has told it to.
BY_ITSELF = ('halt', 'wake', 'pause', 'panic', 'vanish')
OUTCOMES = ('fail', 'raise', 'delay', 'stall', *BY_ITSELF)
#: What `when` may ask about, and how it is read off a host and a server.
SUBJECTS = {
    'host': lambda host, server: host,
    'server.name': lambda host, server: server.name,
    'server.uuid': lambda host, server: server.uuid,
    'server.project_id': lambda host, server: server.project_id,
    'server.flavor': lambda host, server: server.flavor['name'],
}


class BadRule(errors.Invalid):
    """{rule!r} is no fault rule: {reason}"""


@dataclasses.dataclass(frozen=True)
class Rule:
    """One way to misbehave. ``verb`` and the values of ``when`` may have * and ?."""

    verb: str
    then: str
    when: dict = dataclasses.field(default_factory=dict)
    message: str | None = None
    error: str | None = None        #: of `raise`: the name of a class that nobody knows here
    seconds: float = 0.0
    times: int | None = None        #: how often it applies; None is always

    def matches(self, verb, host, server):
        return fnmatch.fnmatchcase(verb, self.verb) and all(
            fnmatch.fnmatchcase(SUBJECTS[subject](host, server) or '', pattern)
            for subject, pattern in self.when.items())


def from_metadata(metadata):
    """The rules a server's metadata asks for; raises BadRule, naming the one that is wrong."""
    text = metadata.get(METADATA_KEY, '')
    return [_parse(part.strip()) for part in text.split(',') if part.strip()]


def _parse(text):
    verb, colon, rest = text.partition(':')
    then, _, value = rest.partition('=')
    if not colon:
        raise BadRule(rule=text, reason='write VERB:fail, VERB:delay=SECONDS or VERB:stall.')
    if then == 'delay' or then in BY_ITSELF:
        return checked({'verb': verb, 'then': then, 'seconds': value or None}, text)
    if then in ('fail', 'raise'):
        return checked({'verb': verb, 'then': then, 'message': value or None}, text)
    if value:
        raise BadRule(rule=text, reason=f'{then!r} takes no value.')
    return checked({'verb': verb, 'then': then}, text)


def from_file(path):
    """The rules of a YAML file; raises CannotStart with the file and what is wrong in it."""
    try:
        written = yaml.safe_load(pathlib.Path(path).read_text()) or []
        if not isinstance(written, list):
            raise BadRule(rule=str(path), reason='the file is to have a list of rules.')
        # Crashes stand in the same file: see faults.crashes.
        return [checked(rule, rule) for rule in written
                if not (isinstance(rule, dict) and rule.get('then') == 'crash')]
    except (OSError, yaml.YAMLError, BadRule) as exc:
        raise errors.CannotStart(f'The fault rules in {path} cannot be used: {exc}') from exc


def checked(values, shown):
    """The rule of a mapping with the fields of ``Rule``; raises BadRule, which shows ``shown``."""
    if not isinstance(values, dict):
        raise BadRule(rule=shown, reason='a rule is a mapping.')
    unknown = set(values) - {field.name for field in dataclasses.fields(Rule)}
    if unknown:
        raise BadRule(rule=shown, reason=f'it has an unknown key, {sorted(unknown)[0]!r}.')
    verb = str(values.get('verb', ''))
    if not any(fnmatch.fnmatchcase(known, verb) for known in VERBS):
        raise BadRule(rule=shown, reason=f'there is no verb {verb!r}; there are '
                                         f'{", ".join(VERBS)}.')
    if values.get('then') not in OUTCOMES:
        raise BadRule(rule=shown, reason=f'a verb can {", ".join(OUTCOMES)}, but not '
                                         f'{values.get("then")!r}.')
    when = values.get('when') or {}
    if not isinstance(when, dict) or set(when) - set(SUBJECTS):
        raise BadRule(rule=shown, reason=f'`when` may ask for {", ".join(SUBJECTS)}.')
    return Rule(verb=verb, then=values['then'], when={k: str(v) for k, v in when.items()},
                message=values.get('message'), error=_error(values, shown),
                seconds=_seconds(values, shown), times=_times(values, shown))


def plain(rule):
    """The mapping that reads as this rule."""
    return {field.name: getattr(rule, field.name) for field in dataclasses.fields(Rule)
            if field.name == 'then' or getattr(rule, field.name) not in (None, {}, 0.0)}


def _error(values, shown):
    error = values.get('error')
    if error is not None and not (values['then'] == 'raise' and str(error).isidentifier()):
        raise BadRule(rule=shown, reason='`error` is the name of a class, for `raise`.')
    return error


def _seconds(values, shown):
    seconds = values.get('seconds')
    if values['then'] in BY_ITSELF and seconds is None:
        return 0.0
    if values['then'] not in ('delay', *BY_ITSELF):
        return 0.0
    try:
        seconds = float(seconds)
    except (TypeError, ValueError):
        seconds = -1
    if not 0 <= seconds <= 86400:
        raise BadRule(rule=shown, reason='a delay is a number of seconds up to 86400.')
    return seconds


def _times(values, shown):
    times = values.get('times')
    if times is not None and (not isinstance(times, int) or times < 1):
        raise BadRule(rule=shown, reason='`times` is a whole number from 1.')
    return times
