"""Where things stand in the picture of a process: lines of text, boxes below each other, lanes beside them.

All lengths are in SVG units, which browsers show as CSS pixels.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from routing.process.picture.content import Box, Row

BOX, PILL, GAP, LANE = 430, 190, 46, 16
LINE, TITLE_LINE, PADDING = 19, 24, 12
SIZE, TITLE_SIZE, SMALL = 14, 18, 13

BOLD = 0.88
"""Share of a line that bold text may fill by the width of plain text."""

BEGIN = "\N{BLACK RIGHT-POINTING TRIANGLE}"

_NARROW, _WIDE = frozenset("ijlft.,:;'!|()[] "), frozenset("mwMW@—✉=+")


def width_of(text: str, size: int) -> float:
    """About how wide a text is in DejaVu Sans, which a machine without Arial shows; rather too wide than too narrow."""
    return size * sum(0.38 if each in _NARROW else 1.0 if each in _WIDE else 0.78 if each.isupper() else 0.635
                      for each in text)  # fmt: skip


def wrapped(text: str, width: float, size: int) -> tuple[str, ...]:
    """A text in lines of a width. A word that is wider is cut."""
    lines, line = [], ""
    for word in text.split(" "):
        whole = f"{line} {word}" if line else word
        if line and width_of(whole, size) > width:
            lines.append(line)
            whole = word
        while width_of(whole, size) > width:
            fits = next(n for n in range(len(whole), 0, -1) if width_of(whole[:n], size) <= width)
            lines.append(whole[:fits])
            whole = whole[fits:]
        line = whole
    return (*lines, line)


@dataclass(frozen=True)
class PlacedRow:
    """A row, and where it stands.

    Attributes:
        row: what it says.
        lines: its text.
        pill: the text of its pill; empty if a stage follows.
        below: what stands below that: the kind of the end, and its renewal.
        y: the middle of it.
        pill_height: the height of its pill.
    """

    row: Row
    lines: tuple[str, ...]
    pill: tuple[str, ...]
    below: tuple[str, ...]
    y: float
    pill_height: float


@dataclass(frozen=True)
class PlacedBox:
    """A stage, and where it stands.

    Attributes:
        y: its top.
        height: its height.
        begins: who the reports are for that begin here.
        title: its title.
        lines: what stands below the title.
    """

    box: Box
    y: float
    height: float
    begins: tuple[str, ...]
    title: tuple[str, ...]
    lines: tuple[str, ...]
    rows: tuple[PlacedRow, ...]

    @property
    def head(self) -> float:
        """Where arrows arrive: the middle of the first line of the title."""
        return self.y + PADDING + LINE * len(self.begins) + TITLE_LINE / 2


def placed(boxes: Iterable[Box], top: float) -> list[PlacedBox]:
    """Every stage below the one before."""
    found = []
    for box in boxes:
        found.append(_placed(box, top))
        top = found[-1].y + found[-1].height + GAP
    return found


def _placed(box: Box, top: float) -> PlacedBox:
    inside = BOX - 2 * PADDING
    begins = wrapped(f"{BEGIN} Begins here, sent to {box.begins}", inside * BOLD, SIZE) if box.begins else ()
    title = wrapped(box.title, inside * BOLD, TITLE_SIZE)
    lines = tuple(part for line in box.lines for part in wrapped(line, inside, SIZE))
    y = top + PADDING + LINE * len(begins) + TITLE_LINE * len(title) + LINE * len(lines) + PADDING
    rows, free = list[PlacedRow](), {True: y, False: y}
    for row in box.rows:
        text = wrapped(row.text, inside, SIZE)
        pill = wrapped(row.end, (PILL - 20 - 2 * PADDING) * BOLD, SMALL) if row.end else ()
        said = [f"end: {row.kind}", row.renewal] if row.kind else []
        below = tuple(line for each in said if each for line in wrapped(each, PILL - 20 - 2 * PADDING, SMALL))
        pill_height = LINE * (len(pill) + len(below)) + 8 if pill else LINE
        middle = max(y + LINE * len(text) / 2 + 4, free[row.is_silent] + pill_height / 2)
        rows.append(PlacedRow(row, text, pill, below, middle, pill_height))
        y, free[row.is_silent] = middle + LINE * len(text) / 2 + 4, middle + pill_height / 2 + 8
    bottom = max(y + PADDING / 2, *(each - GAP / 2 for each in free.values()))
    return PlacedBox(box, top, bottom - top, begins, title, lines, tuple(rows))


@dataclass
class Lane:
    """A vertical line beside the boxes to a stage, with everything on one side that leads there.

    Attributes:
        to: where it arrives.
        sources: where its arrows begin.
        number: how far from the boxes it is, from 0.
    """

    to: float
    sources: list[float] = field(default_factory=list)
    number: int = 0

    @property
    def span(self) -> tuple[float, float]:
        """Its upper and lower end."""
        return min(self.to, *self.sources), max(self.to, *self.sources)


def lanes(boxes: Sequence[PlacedBox], *, is_silent: bool) -> list[Lane]:
    """The lanes of one side. Short ones are near the boxes, and none covers another."""
    heads: Mapping[str, float] = {each.box.id: each.head for each in boxes}
    found = dict[str, Lane]()
    for each in boxes:
        for placed_row in each.rows:
            for stage in placed_row.row.stages if placed_row.row.is_silent == is_silent else ():
                found.setdefault(stage, Lane(heads[stage])).sources.append(placed_row.y)
    taken: list[list[tuple[float, float]]] = []
    for lane in sorted(found.values(), key=lambda lane: (lane.span[1] - lane.span[0], lane.to)):
        lane.number = next((n for n, spans in enumerate(taken) if _is_free(spans, lane.span)), len(taken))
        taken += [[]] if lane.number == len(taken) else []
        taken[lane.number].append(lane.span)
    return list(found.values())


def _is_free(spans: Iterable[tuple[float, float]], span: tuple[float, float]) -> bool:
    return all(span[1] + LANE < upper or lower + LANE < span[0] for upper, lower in spans)
