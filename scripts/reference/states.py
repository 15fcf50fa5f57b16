"""The page of TCP's states: the table of the machine itself, and the diagram drawn from it."""

from notsock.tcp.states import IMPOSSIBLE, STAY, TRANSITIONS, Input, Refuse, State
from reference.page import Page, table

_WIDE, _HIGH = 128, 34
_PLACES = {
    State.CLOSED: (430, 30), State.LISTEN: (430, 130), State.SYN_RECEIVED: (160, 230), State.SYN_SENT: (700, 230),
    State.ESTABLISHED: (430, 330), State.FIN_WAIT_1: (190, 430), State.CLOSE_WAIT: (670, 430),
    State.FIN_WAIT_2: (80, 540), State.CLOSING: (330, 540), State.LAST_ACK: (670, 540), State.TIME_WAIT: (440, 640),
}  # fmt: skip
"""Where the diagram puts each state, as RFC 9293's figure 5 does; the arrows are the table's."""
_CLOSED_AGAIN = (300, 740)
"""CLOSED stands once more at the bottom, for those that come from a close."""
_FROM_BELOW = (State.FIN_WAIT_2, State.LAST_ACK, State.TIME_WAIT)


def pages() -> list[Page]:
    """Return the one page."""
    text = (
        "# TCP's states\n\nThe machine's own table (RFC 9293, sections 3.3.2 and 3.10): eleven states, a row for every "
        "input, also where nothing happens and where the input cannot come. The diagram is drawn from it; arrows to "
        "CLOSED after an abort, a reset or the last retry are left out of the picture and stand in the tables.\n\n"
        f"{_diagram()}\n"
    )
    for state in State:
        rows = [_row(state, given) for given in Input]
        text += f"\n## {state.name}\n" + table(["input", "goes to", "source", "what happens"], rows)
    return [Page("states", text)]


def _row(state: State, given: Input) -> list[str]:
    row = TRANSITIONS[state, given]
    if isinstance(row.next, State):
        goes = f"**{row.next.name}**"
    elif isinstance(row.next, Refuse):
        goes = f"refused: {row.next.error}"
    else:
        goes = {STAY: "stays", IMPOSSIBLE: "cannot come"}[row.next]
    return [f"`{given.name}`", goes, row.rfc, row.note]


_LEFT_OUT = (Input.ABORT, Input.RST, Input.RETRIES_EXHAUSTED, Input.UNWANTED_DATA)


def _arrows() -> dict[tuple[State, State], list[str]]:
    arrows: dict[tuple[State, State], list[str]] = {}
    for (state, given), row in TRANSITIONS.items():
        if isinstance(row.next, State) and row.next is not state:
            if row.next is State.CLOSED and given in _LEFT_OUT:
                continue
            arrows.setdefault((state, row.next), []).append(given.name)
    return arrows


def _diagram() -> str:
    lines = [
        '<svg viewBox="0 0 860 765" role="img" class="states" xmlns="http://www.w3.org/2000/svg"',
        ' aria-label="TCP states and what moves a connection between them; the tables below say the same">',
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8"',
        ' orient="auto"><path d="M0 0L8 4L0 8z"/></marker></defs>',
    ]
    arrows = _arrows()
    for (start, end), names in arrows.items():
        both = (end, start) in arrows
        (x1, y1), (x2, y2) = _ends(start, end, both=both)
        lines.append(f'<line x1="{x1:.0f}" y1="{y1:.0f}" x2="{x2:.0f}" y2="{y2:.0f}" marker-end="url(#tip)"/>')
        at = 0.36 if both else 0.5
        x, y = x1 + (x2 - x1) * at, y1 + (y2 - y1) * at
        lines += [
            f'<text x="{x:.0f}" y="{y + 11 * row - 5 * (len(names) - 1):.0f}" class="label">{name}</text>'
            for row, name in enumerate(names)
        ]
    boxes = [*((state.name, place) for state, place in _PLACES.items()), (State.CLOSED.name, _CLOSED_AGAIN)]
    for name, (x, y) in boxes:
        lines.append(
            f'<rect x="{x - _WIDE / 2:.0f}" y="{y - _HIGH / 2:.0f}" width="{_WIDE}" height="{_HIGH}" rx="6"/>'
            f'<text x="{x}" y="{y + 5}" class="name">{name}</text>'
        )
    lines.append("</svg>")
    return "\n".join(lines)


def _ends(start: State, end: State, *, both: bool) -> tuple[tuple[float, float], tuple[float, float]]:
    """Return where an arrow leaves one box and meets the other; two that run both ways lie side by side."""
    first = _PLACES[start]
    last = _CLOSED_AGAIN if end is State.CLOSED and start in _FROM_BELOW else _PLACES[end]
    dx, dy = last[0] - first[0], last[1] - first[1]
    length = (dx * dx + dy * dy) ** 0.5
    aside = (-dy / length * 10, dx / length * 10) if both else (0, 0)
    return _edge(first, aside, (dx, dy)), _edge(last, aside, (-dx, -dy))


def _edge(
    middle: tuple[float, float], aside: tuple[float, float], towards: tuple[float, float]
) -> tuple[float, float]:
    """Return where a line that passes ``aside`` of the middle of a box leaves the box."""
    shares = [
        ((half if step > 0 else -half) - off) / step
        for half, off, step in zip((_WIDE / 2, _HIGH / 2), aside, towards, strict=True)
        if step
    ]
    share = min(shares)
    return middle[0] + aside[0] + towards[0] * share, middle[1] + aside[1] + towards[1] * share
