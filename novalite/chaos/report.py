"""The report of a run: one HTML file that needs nothing else, or its time line as a picture."""

import collections
import html

from novalite.chaos.schedule import What

WIDTH, LEFT, RIGHT = 1160, 170, 20
#: Heights of the lane of a process, and of that of a client.
LANE, CLIENT = 26, 22

#: Colours of what was done to whom: read side by side, and without red against green.
_COLOURS = {
    What.KILL: '#c2410c', What.STOP: '#d97706', What.RESTART: '#eab308', What.FREEZE: '#2563eb',
    What.DROP: '#a855f7', What.REFUSE: '#7c3aed', What.STALL: '#0891b2'}
_ENDED, _ERROR, _REFUSED, _SILENT = '#0f766e', '#f59e0b', '#94a3b8', '#be123c'

_STYLE = '''
:root { color-scheme: light dark; --ink: #0f172a; --dim: #64748b; --line: #e2e8f0;
  --paper: #ffffff; --card: #f8fafc; --good: #0f766e; --bad: #be123c }
@media (prefers-color-scheme: dark) { :root { --ink: #e2e8f0; --dim: #94a3b8; --line: #1e293b;
  --paper: #0b1220; --card: #111a2e; --good: #2dd4bf; --bad: #fb7185 } }
body { font: 15px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 1200px; margin: 2.5rem auto; padding: 0 1.25rem }
h1 { font-size: 1.7rem; margin: 0 } h2 { font-size: 1.1rem; margin: 2.4rem 0 .6rem }
p.sub { color: var(--dim); margin: .2rem 0 1.6rem } .good { color: var(--good) }
.bad { color: var(--bad) } .cards { display: flex; flex-wrap: wrap; gap: .8rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 10px;
  padding: .7rem 1.1rem; min-width: 8.5rem } .card b { display: block; font-size: 1.5rem;
  font-variant-numeric: tabular-nums } .card span { color: var(--dim); font-size: .85rem }
table { border-collapse: collapse; width: 100% } td, th { text-align: left; padding: .35rem .6rem;
  border-bottom: 1px solid var(--line) } .n { text-align: right; font-weight: 600;
  font-variant-numeric: tabular-nums } svg { width: 100%; height: auto; display: block }
svg text { font: 12px system-ui, sans-serif; fill: var(--dim) } .lane { stroke: var(--line) }
.key i { display: inline-block; width: .8em; height: .8em; border-radius: 3px;
  margin: 0 .35em 0 1em } li { margin: .2rem 0 } code { font-size: .9em }
'''


def page(outcome, figures):
    """The whole file; ``figures`` is what the table of the terminal counts, by name."""
    wanted = outcome.wanted
    verdict = ('<b class="good">Every promise was kept.</b>' if not outcome.broken else
               f'<b class="bad">{outcome.broken} promises were broken.</b>')
    return f'''<!doctype html><html lang="en"><meta charset="utf-8">
<title>novalite chaos, seed {wanted.seed}</title><style>{_STYLE}</style>
<h1>novalite chaos</h1>
<p class="sub">seed {wanted.seed}, a fault every {wanted.every:g} s, {wanted.clients} clients,
{wanted.hosts} hosts, {html.escape(wanted.database)}, semantics {html.escape(wanted.semantics)}.
{verdict}</p>
{_cards(figures)}
<h2>What was done to whom</h2>{_key(_COLOURS.items())}{_faults(outcome)}
<h2>What became of what was asked</h2>
{_key([('ended in Success', _ENDED), ('ended in Error', _ERROR), ('refused', _REFUSED),
       ('never answered', _SILENT)])}{_operations(outcome)}
<h2>How long it took, by what was asked</h2>{_verbs(outcome)}
<h2>The promises</h2>{_promises(outcome)}
</html>
'''


def picture(outcome):
    """The two time lines as an SVG of their own, for a page that is written elsewhere."""
    faults, operations = _faults(outcome), _operations(outcome)
    high = LANE * len({_lane(one) for one in outcome.happened}) + 20
    low = CLIENT * outcome.wanted.clients + 20
    whole = high + 20 + low
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {whole + 30}" '
            f'font-family="system-ui, sans-serif" font-size="12">'
            f'<style>text {{ fill: #64748b }} .lane {{ stroke: #e2e8f0 }}</style>'
            f'<rect width="100%" height="100%" fill="#ffffff"/>'
            f'{_inside(faults, 0, high)}{_inside(operations, high + 20, low)}'
            f'{_legend(whole + 12)}</svg>\n')


def _inside(drawing, y, height):
    return drawing.replace('<svg ', f'<svg y="{y}" width="{WIDTH}" height="{height}" ', 1)


def _legend(y):
    """The colours of both, in one row."""
    parts, x = [], LEFT
    for name, colour in (*_COLOURS.items(), ('Success', _ENDED), ('Error', _ERROR),
                         ('refused', _REFUSED), ('no answer', _SILENT)):
        parts.append(f'<rect x="{x}" y="{y - 9}" width="10" height="10" rx="2" fill="{colour}"/>'
                     f'<text x="{x + 15}" y="{y}">{html.escape(str(name))}</text>')
        x += 30 + 7 * len(name)
    return ''.join(parts)


def _lane(happened):
    return happened.fault.whom.partition('>')[0]


def _cards(figures):
    return '<div class="cards">' + ''.join(
        f'<div class="card"><b>{html.escape(str(value))}</b><span>{html.escape(name)}</span></div>'
        for name, value in figures.items()) + '</div>'


def _key(colours):
    return '<p class="key">' + ''.join(
        f'<i style="background:{colour}"></i>{html.escape(str(name))}'
        for name, colour in colours) + '</p>'


class _Axis:
    """Seconds from left to right."""

    def __init__(self, seconds):
        self.seconds = max(seconds, 1.0)

    def x(self, seconds):
        share = min(max(seconds, 0.0), self.seconds) / self.seconds
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)

    def ticks(self, bottom):
        step = next(step for step in (5, 10, 30, 60, 120, 300, 600, 1800, 3600, 86400)
                    if self.seconds / step <= 14)
        for second in range(0, int(self.seconds) + 1, step):
            x = self.x(second)
            yield (f'<line class="lane" x1="{x}" x2="{x}" y1="0" y2="{bottom}"/>'
                   f'<text x="{x}" y="{bottom + 14}" text-anchor="middle">{second} s</text>')


def _drawing(height, parts, says):
    return (f'<svg viewBox="0 0 {WIDTH} {height}" role="img" aria-label="{says}">'
            f'{"".join(parts)}</svg>')


def _length(outcome):
    """Seconds from the first request to the end of the last action."""
    return max([outcome.seconds, *(seconds for seconds, _ in outcome.ended.values())])


def _faults(outcome):
    lanes = {}
    for one in outcome.happened:
        lanes.setdefault(_lane(one), []).append(one)
    axis, bottom = _Axis(_length(outcome)), LANE * len(lanes)
    parts = [*axis.ticks(bottom)]
    for number, (name, faults) in enumerate(sorted(lanes.items())):
        top = number * LANE
        parts.append(f'<text x="{LEFT - 10}" y="{top + 17}" text-anchor="end">'
                     f'{html.escape(name.removeprefix("novalite-"))}</text>'
                     f'<line class="lane" x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{top + LANE}" '
                     f'y2="{top + LANE}"/>')
        parts += [_bar(axis, one, top) for one in faults]
    return _drawing(bottom + 20, parts, 'faults by process over time')


def _bar(axis, one, top):
    until = one.until if one.until is not None else axis.seconds
    x = axis.x(one.began)
    width = max(axis.x(until) - x, 3)
    return (f'<rect x="{x}" y="{top + 5}" width="{width:.1f}" height="{LANE - 10}" rx="3" '
            f'fill="{_COLOURS[one.fault.what]}"><title>{html.escape(str(one.fault))}, '
            f'{one.began:.1f} to {until:.1f} s</title></rect>')


def _operations(outcome):
    """A line for each operation, from the request to its end, a lane for each client."""
    clients = outcome.wanted.clients
    axis, lane = _Axis(_length(outcome)), CLIENT
    parts = [*axis.ticks(lane * clients)]
    for number in range(clients):
        parts.append(f'<text x="{LEFT - 10}" y="{number * lane + 15}" text-anchor="end">'
                     f'client {number + 1}</text>')
    for number, one in enumerate(outcome.operations):
        ended = outcome.ended.get((one.server, one.request_id))
        until = ended[0] if one.accepted and ended else one.answered or one.asked
        # A few pixels apart, so that those that overlap are seen.
        y = (one.client - 1) * lane + 4 + number % 4 * 4
        colour = _colour(one, ended)
        parts.append(
            f'<line x1="{axis.x(one.asked)}" x2="{max(axis.x(until), axis.x(one.asked) + 2)}" '
            f'y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3" stroke-linecap="round">'
            f'<title>{html.escape(one.verb)} {html.escape(one.request_id or "")}, '
            f'{one.asked:.1f} to {until:.1f} s {html.escape(one.message[:120])}</title></line>')
    return _drawing(lane * clients + 20, parts, 'operations by client over time')


def _colour(one, ended):
    if one.code is None:
        return _SILENT
    if not one.accepted:
        return _REFUSED
    return _ERROR if ended and ended[1] == 'Error' else _ENDED


def _verbs(outcome):
    took = collections.defaultdict(list)
    failed = collections.Counter()
    for one in outcome.accepted:
        ended = outcome.ended.get((one.server, one.request_id))
        if ended:
            took[one.verb].append(ended[0] - one.asked)
            failed[one.verb] += ended[1] == 'Error'
    rows = []
    for verb, seconds in sorted(took.items()):
        ordered = sorted(seconds)
        rows.append(f'<tr><td>{html.escape(verb)}<td class="n">{len(ordered)}'
                    f'<td class="n">{failed[verb]}'
                    f'<td class="n">{ordered[len(ordered) // 2]:.1f}'
                    f'<td class="n">{ordered[-1]:.1f}')
    titles = ''.join(f'<th class="n">{title}' for title in (
        'ended', 'in Error', 'seconds, median', 'longest'))
    return f'<table><tr><th>action{titles}{"".join(rows)}</table>'


def _promises(outcome):
    rows = [(name, sentences) for name, sentences in outcome.findings.items()]
    rows.append(('daemons that ended by themselves', [
        f'{name} after {seconds:.1f} s' for seconds, name in outcome.died]))
    return '<table>' + ''.join(
        f'<tr><td>{html.escape(name)}{_list(sentences)}'
        f'<td class="n {"bad" if sentences else "good"}">{len(sentences)}'
        for name, sentences in rows) + '</table>'


def _list(sentences):
    return sentences and '<ul>' + ''.join(
        f'<li><code>{html.escape(one)}</code>' for one in sentences[:50]) + '</ul>' or ''
