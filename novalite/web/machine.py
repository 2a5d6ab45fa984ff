"""The table of the state machine as a picture: SVG drawn by hand, and DOT for who has Graphviz.

``active`` is a bar in the middle, every other state a box above or below it.
Actions between a box and the bar are vertical arrows; those between two boxes of
one row run along rails outside of it; what comes from further away is a short
arrow that names where from. A new row of the table, or a new state, finds its
place without a change here.
"""

import dataclasses
from xml.sax import saxutils

from novalite.servers import machine
from novalite.servers import states
from novalite.servers.states import Vm

#: Above the bar, from left to right, and below it; states that are not named come last below.
_ABOVE = ('building', 'error', 'rescued', 'stopped', 'resized')
_BELOW = ('paused', 'suspended', 'shelved', 'shelved_offloaded', 'soft-delete', 'deleted')
_HUB = Vm.ACTIVE

MARGIN, COLUMN, BOX, LINE, RAIL = 24, 236, 188, 15, 28
_STYLE = """
text { font: 12px 'DejaVu Sans', Verdana, sans-serif; fill: #24324a }
.state { font-weight: bold; font-size: 15px; text-anchor: middle }
.status, .note { fill: #64748b; font-size: 11px }
.status, .kept { text-anchor: middle }
.kept { font-size: 11px }
.halo { stroke: #ffffff; stroke-width: 5px; paint-order: stroke; stroke-linejoin: round }
.box { fill: #eef4ff; stroke: #4f6fa8; stroke-width: 1.5px }
.hub { fill: #dcfce7; stroke: #2f855a; stroke-width: 1.5px }
.bad { fill: #fee9e7; stroke: #c0392b; stroke-width: 1.5px }
.gone { fill: #f1f5f9; stroke: #94a3b8; stroke-width: 1.5px; stroke-dasharray: 5 4 }
.edge { fill: none; stroke: #5b6b86; stroke-width: 1.4px }
.mark { fill: #c0392b; font-size: 9px }
"""


# What there is to draw

@dataclasses.dataclass(frozen=True)
class _Edge:
    """Actions that lead from one state to another; a source of None is (almost) any state."""

    source: Vm | None
    target: Vm
    actions: tuple


def _edges():
    """Every way from one state to another, and, by state, the actions that leave it as it is."""
    between, kept = {}, {state: [] for state in Vm}
    for action in machine.VERBS.values():
        sources = [state for state in Vm if state in action.allowed]
        if action.ends and _not_from(action) <= {Vm.BUILDING}:
            between.setdefault((None, action.ends), []).append(action)
            continue
        for source in sources:
            if action.ends in (machine.SAME, source):
                kept[source].append(action)
            else:
                between.setdefault((source, action.ends), []).append(action)
    edges = [_Edge(*ends, tuple(actions)) for ends, actions in between.items()]
    return edges, kept


def _not_from(action):
    """The states it may not begin in, but for those nobody would expect it to."""
    return set(Vm) - {Vm.DELETED, action.ends} - action.allowed


def dot():
    """The picture for Graphviz."""
    edges, kept = _edges()
    lines = ['digraph machine {', '  rankdir=LR;', '  node [shape=box, style=rounded];']
    for state in Vm:
        label = '\\n'.join([state.value, states.status(state, None),
                            *(action.verb for action in kept[state])])
        lines.append(f'  "{state.value}" [label="{label}"];')
    if any(edge.source is None for edge in edges):
        lines.append('  "any state" [shape=plaintext];')
    for edge in edges:
        source = edge.source.value if edge.source else 'any state'
        label = '\\n'.join(action.verb for action in edge.actions)
        lines.append(f'  "{source}" -> "{edge.target.value}" [label="{label}"];')
    return '\n'.join([*lines, '}', ''])


def svg():
    """The picture as SVG, always the same for the same table."""
    return _Picture().drawn()


# How it is drawn

@dataclasses.dataclass
class _Row:
    """A row of boxes; ``out`` is -1 if its outer side is above it, 1 if below."""

    out: int
    boxes: list
    top: float = 0.0
    height: float = 0.0
    #: (target, sources, actions) along the rails, the shortest first.
    rails: list = dataclasses.field(default_factory=list)
    #: Lines of text of the short arrows, by target.
    stubs: dict = dataclasses.field(default_factory=dict)

    @property
    def outer(self):
        return self.top if self.out < 0 else self.top + self.height

    @property
    def inner(self):
        return self.top + self.height if self.out < 0 else self.top

    @property
    def stub(self):
        """How far the short arrows reach out."""
        longest = max((len(lines) for lines in self.stubs.values()), default=0)
        return LINE * longest + 16 if longest else 14

    @property
    def reach(self):
        """How far the row's arrows reach out in all."""
        return self.stub + RAIL * len(self.rails) + (12 if self.rails else 0)


class _Picture:
    def __init__(self):
        self._edges, self._kept = _edges()
        present = {state.value: state for state in Vm if state is not _HUB}
        above = [present.pop(name) for name in _ABOVE if name in present]
        below = [present.pop(name) for name in _BELOW if name in present]
        self._rows = [_Row(-1, above), _Row(1, below + list(present.values()))]
        self._width = 2 * MARGIN + COLUMN * max(len(row.boxes) for row in self._rows)
        self._shapes, self._texts = [], []
        self._leaving, self._arriving = {}, {}
        for row in self._rows:
            self._plan(row)
        self._place()

    # Planning

    def _plan(self, row):
        """Which edges to this row run along rails, and which are short arrows."""
        groups, far = {}, {}
        for edge in self._edges:
            if edge.target not in row.boxes or edge.source is _HUB:
                continue
            if edge.source in row.boxes:
                groups.setdefault((edge.target, edge.actions), []).append(edge.source)
            else:
                far.setdefault((edge.target, edge.actions), []).append(edge.source)
        for (target, actions), sources in far.items():
            row.stubs.setdefault(target, []).extend(
                [(source, None) for source in self._whence(sources, actions)]
                + [(action.verb, action) for action in actions])
        row.rails = sorted(
            ((target, sources, actions) for (target, actions), sources in groups.items()),
            key=lambda rail: self._span(row, rail))
        if Vm.BUILDING in row.boxes:
            row.stubs.setdefault(Vm.BUILDING, []).append(('POST /servers', None))
        if Vm.ERROR in row.boxes:
            row.stubs.setdefault(Vm.ERROR, []).append(('● that failed', None))

    def _whence(self, sources, actions):
        """What a short arrow says of where it comes from."""
        if None not in sources:
            return [f'from {source.value}' for source in sources]
        without = sorted(set.union(*map(_not_from, actions)))
        return ['from any state', *(f'but {state.value}' for state in without)]

    def _span(self, row, rail):
        target, sources, _ = rail
        places = [row.boxes.index(state) for state in (target, *sources)]
        return max(places) - min(places)

    def _place(self):
        """From top to bottom: rails, boxes, arrows, the bar, arrows, boxes, rails."""
        above, below = self._rows
        for row in self._rows:
            row.height = 50 + LINE * max(len(self._kept[state]) for state in row.boxes)
        above.top = MARGIN + above.reach
        self._hub_top = above.top + above.height + self._between(above)
        self._hub_lines = _wrapped(self._kept[_HUB], int((self._width - 2 * MARGIN) / 6.8))
        self._hub_height = 50 + LINE * len(self._hub_lines)
        below.top = self._hub_top + self._hub_height + self._between(below)
        self._height = below.top + below.height + below.reach + 4 * LINE + MARGIN

    def _between(self, row):
        """How long the arrows between a row and the bar are."""
        longest = max((len(edge.actions) for edge in self._edges
                       if {edge.source, edge.target} & set(row.boxes)
                       and _HUB in (edge.source, edge.target)), default=0)
        return 40 + LINE * longest

    def _middle(self, row, state):
        left = (self._width - COLUMN * len(row.boxes)) / 2
        return left + COLUMN * (row.boxes.index(state) + 0.5)

    # Drawing

    def drawn(self):
        for row in self._rows:
            self._draw_rails(row)
            self._draw_stubs(row)
            self._draw_arrows(row)
            for state in row.boxes:
                self._draw_box(row, state)
        self._draw_hub()
        self._draw_legend()
        width, height = _number(self._width), _number(self._height)
        return '\n'.join([
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
            f'width="{width}" height="{height}" role="img" '
            f'aria-label="The server state machine">',
            f'<style>{_STYLE}</style>',
            '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" '
            'markerHeight="8" orient="auto"><path d="M0 0 L10 5 L0 10 z" fill="#5b6b86"/>'
            '</marker></defs>',
            f'<rect width="{width}" height="{height}" fill="#ffffff"/>',
            *self._shapes, *self._texts, '</svg>', ''])

    def _draw_box(self, row, state):
        middle = self._middle(row, state)
        look = {Vm.ERROR: 'bad', Vm.DELETED: 'gone'}.get(state, 'box')
        self._rect(middle - BOX / 2, row.top, BOX, row.height, look)
        self._text(middle, row.top + 21, state.value, 'state')
        self._text(middle, row.top + 36, states.status(state, None), 'status')
        for number, action in enumerate(self._kept[state]):
            self._label(middle, row.top + 54 + LINE * number, action.verb, action, 'kept')

    def _draw_hub(self):
        middle = self._width / 2
        self._rect(MARGIN, self._hub_top, self._width - 2 * MARGIN, self._hub_height, 'hub')
        self._text(middle, self._hub_top + 21, _HUB.value, 'state')
        self._text(middle, self._hub_top + 36, states.status(_HUB, None), 'status')
        for number, line in enumerate(self._hub_lines):
            self._text(middle, self._hub_top + 54 + LINE * number,
                       '   ·   '.join(_marked(action) for action in line), 'kept')

    def _draw_arrows(self, row):
        """Between the boxes and the bar: towards it on the left, away from it on the right."""
        bar = self._hub_top if row.out < 0 else self._hub_top + self._hub_height
        for edge in self._edges:
            if edge.source in row.boxes and edge.target is _HUB:
                x, ends = self._middle(row, edge.source) - BOX / 2 + 14, (row.inner, bar)
            elif edge.target in row.boxes and edge.source is _HUB:
                x, ends = self._middle(row, edge.target) + 46, (bar, row.inner)
            else:
                continue
            self._path(f'M{_number(x)} {_number(ends[0])} V{_number(ends[1])}')
            top = (sum(ends) - LINE * (len(edge.actions) - 1)) / 2 + 4
            for number, action in enumerate(edge.actions):
                self._label(x + 7, top + LINE * number, action.verb, action, 'halo')

    def _draw_rails(self, row):
        for level, (target, sources, actions) in enumerate(row.rails):
            y = row.outer + row.out * (row.stub + 12 + RAIL * level)
            arrival = self._middle(row, target) + BOX / 2 - 14 - 14 * _next(self._arriving, target)
            starts = []
            for source in sources:
                x = self._middle(row, source) - BOX / 2 + 14 + 14 * _next(self._leaving, source)
                starts.append(x)
                self._path(f'M{_number(x)} {_number(row.outer)} V{_number(y)} '
                           f'H{_number(arrival)} V{_number(row.outer)}')
            nearest = min(starts, key=lambda x: abs(x - arrival))
            x = min(nearest, arrival) + 22
            for action in actions:
                self._label(x, y - 5, action.verb, action, 'halo')
                x += 8 * len(_marked(action)) + 8

    def _draw_stubs(self, row):
        for target, lines in row.stubs.items():
            x = self._middle(row, target) - 40
            start = row.outer + row.out * (row.stub - 4)
            self._path(f'M{_number(x)} {_number(start)} V{_number(row.outer)}')
            top = min(start, row.outer) + (row.stub - LINE * len(lines)) / 2 + 8
            for number, (text, action) in enumerate(lines):
                self._label(x + 8, top + LINE * number, text, action,
                            'halo' if action else 'note halo')

    def _draw_legend(self):
        y = self._height - MARGIN - 1.6 * LINE
        for number, line in enumerate((
                '● when it fails the server rests in error; after any other that fails it is '
                'where it came from. In a box: what leaves the server as it is.',
                'Drawn from novalite/servers/machine.py by novalite-manage machine show --svg. '
                'An arrow shows the usual end: a stopped server that is rebuilt stays stopped.')):
            self._text(MARGIN, y + LINE * number, line, 'note')

    # Elements

    def _rect(self, x, y, width, height, look):
        self._shapes.append(
            f'<rect class="{look}" x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" '
            f'height="{_number(height)}" rx="9"/>')

    def _path(self, way):
        self._shapes.append(f'<path class="edge" d="{way}" marker-end="url(#tip)"/>')

    def _text(self, x, y, text, look):
        self._texts.append(f'<text class="{look}" x="{_number(x)}" y="{_number(y)}">'
                           f'{_escaped(text)}</text>')

    def _label(self, x, y, text, action, look):
        """An action's verb, its mark, and what a mouse that rests on it is told."""
        if action is None:
            self._text(x, y, text, look)
            return
        self._texts.append(
            f'<text class="{look}" x="{_number(x)}" y="{_number(y)}"><title>'
            f'{saxutils.escape(_told(action))}</title>{_escaped(_marked(action))}</text>')


def _told(action):
    steps = ', '.join(f'{step.name} ({step.at.name.lower()})' for step in action.steps)
    return f'{action.name}: task_state {action.task_state or "none"}; {steps or "no steps"}'


def _marked(action):
    return action.verb + (' ●' if action.fails is Vm.ERROR else '')


def _escaped(text):
    return saxutils.escape(text).replace('●', '<tspan class="mark">●</tspan>')


def _wrapped(actions, width):
    """Actions in lines of about so many characters."""
    lines, room = [], 0
    for action in actions:
        length = len(_marked(action)) + 7
        if length > room:
            lines.append([])
            room = width
        lines[-1].append(action)
        room -= length
    return lines


def _next(counted, state):
    """How many came before at this state."""
    counted[state] = counted.get(state, -1) + 1
    return counted[state]


def _number(value):
    return f'{value:.1f}'.removesuffix('.0')
