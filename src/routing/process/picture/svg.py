"""The picture of a process as SVG."""

from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from routing.process.definition import Definition
from routing.process.outline import outline, silence_ends
from routing.process.picture.content import boxes
from routing.process.picture.layout import (
    BOX,
    GAP,
    LANE,
    LINE,
    PADDING,
    PILL,
    SIZE,
    SMALL,
    TITLE_LINE,
    TITLE_SIZE,
    Lane,
    PlacedBox,
    PlacedRow,
    lanes,
    placed,
    wrapped,
)

TEXT, SECONDARY, RED, BLUE, GREEN = "#0b0c0c", "#484949", "#ca3535", "#1a65a6", "#0f7a52"
"""Colours of the GOV.UK palette. Each has a contrast of at least 4.5 to white, and none says anything alone."""

MARGIN = 24
FONT = "Arial, Helvetica, 'Liberation Sans', sans-serif"


def draw(definition: Definition, silent_days: int | None) -> str:
    """The picture, a standalone SVG document.

    Args:
        silent_days: how many days a case goes on if nobody acts, for a line below the title; None to leave it out.
    """
    return _Drawing(definition, silent_days).document()


class _Drawing:
    def __init__(self, definition: Definition, silent_days: int | None) -> None:
        self.definition = definition
        silence = f" {silence_ends(definition, silent_days)}" if silent_days is not None else ""
        what = "On the left in red: what silence does. On the right in blue: what an answer does."
        self.legend = f"{what} \N{ENVELOPE}: a letter.{silence}"
        found = list(boxes(definition))
        self.title = wrapped(definition.process.title, BOX + 2 * PILL, 24)
        self.explained = wrapped(self.legend, BOX + 2 * PILL, SIZE)
        top = MARGIN + 30 * len(self.title) + LINE * len(self.explained) + GAP / 2
        self.boxes = placed(found, top)
        self.left, self.right = lanes(self.boxes, is_silent=True), lanes(self.boxes, is_silent=False)
        self.x = MARGIN + LANE * _number_of(self.left) + GAP + PILL
        self.width = self.x + BOX + PILL + GAP + LANE * _number_of(self.right) + MARGIN
        self.height = self.boxes[-1].y + self.boxes[-1].height + MARGIN

    def document(self) -> str:
        """The whole document."""
        return "\n".join([self._begin(), *self._heading(), *self._arrows(), *self._boxes(), "</svg>\n"])

    def _begin(self) -> str:
        name = escape(f"Stages of {self.definition.process.title}")
        words = escape("\n".join((self.legend, *outline(self.definition))))
        return f"""\
<svg xmlns="http://www.w3.org/2000/svg" width="{self.width:g}" height="{self.height:g}"
 viewBox="0 0 {self.width:g} {self.height:g}" role="img" aria-labelledby="name words"
 font-family="{FONT}" font-size="{SIZE}" fill="{TEXT}">
<title id="name">{name}</title>
<desc id="words">{words}</desc>
<defs>{_arrowhead("silence", RED)}{_arrowhead("answer", BLUE)}</defs>
<rect width="100%" height="100%" fill="#ffffff"/>"""

    def _heading(self) -> Iterator[str]:
        x = self.x - PILL
        yield from _text(self.title, x, MARGIN + 22, 30, size=24, weight="bold")
        yield from _text(self.explained, x, MARGIN + 30 * len(self.title) + 12, LINE, fill=SECONDARY)

    def _arrows(self) -> Iterator[str]:
        for lane in self.left:
            yield from _ways(lane, self.x, self.x - PILL - GAP / 2 - LANE * lane.number, "silence", RED, 3)
        for lane in self.right:
            edge = self.x + BOX
            yield from _ways(lane, edge, edge + PILL + GAP / 2 + LANE * lane.number, "answer", BLUE, 2)

    def _boxes(self) -> Iterator[str]:
        return (line for box in self.boxes for line in self._box(box))

    def _box(self, box: PlacedBox) -> Iterator[str]:
        yield (
            f'<rect x="{self.x:g}" y="{box.y:g}" width="{BOX}" height="{box.height:g}" rx="4" fill="#ffffff"'
            f' stroke="{TEXT}" stroke-width="2"/>'
        )
        x, y = self.x + PADDING, box.y + PADDING
        yield from _text(box.begins, x, y + SIZE, LINE, fill=GREEN, weight="bold")
        y += LINE * len(box.begins)
        yield from _text(box.title, x, y + TITLE_SIZE, TITLE_LINE, size=TITLE_SIZE, weight="bold")
        y += TITLE_LINE * len(box.title)
        yield from _text(box.lines, x, y + SIZE, LINE, fill=SECONDARY)
        for row in box.rows:
            yield from self._row(row)

    def _row(self, row: PlacedRow) -> Iterator[str]:
        colour = RED if row.row.is_silent else BLUE
        first = row.y - LINE * (len(row.lines) - 1) / 2 + SIZE * 0.35
        yield from _text(row.lines, self.x + PADDING, first, LINE, fill=colour)
        if row.pill:
            yield from self._pill(row, colour)

    def _pill(self, row: PlacedRow, colour: str) -> Iterator[str]:
        """An end, or more time, beside its row."""
        height = row.pill_height
        edge = self.x if row.row.is_silent else self.x + BOX
        x = self.x - PILL + 4 if row.row.is_silent else self.x + BOX + 16
        near = x + PILL - 20 if row.row.is_silent else x
        yield f'<path d="M{edge:g} {row.y:g}H{near:g}" stroke="{colour}" stroke-width="2" fill="none"/>'
        shape = f'rx="{min(height / 2, 14):g}" fill="#ffffff" stroke="{colour}" stroke-width="2"'
        if not row.row.kind:
            shape += ' stroke-dasharray="5 4"'
        yield f'<rect x="{x:g}" y="{row.y - height / 2:g}" width="{PILL - 20}" height="{height:g}" {shape}/>'
        y = row.y - height / 2 + 4 + SMALL
        yield from _text(row.pill, x + PADDING - 2, y, LINE, size=SMALL, weight="bold" if row.row.kind else "normal")
        if row.row.kind:
            below = y + LINE * len(row.pill)
            yield from _text(row.below, x + PADDING - 2, below, LINE, size=SMALL, fill=SECONDARY)


def _number_of(side: Sequence[Lane]) -> int:
    return max((lane.number + 1 for lane in side), default=0)


def _arrowhead(name: str, colour: str) -> str:
    return (
        f'<marker id="{name}" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="10" markerHeight="10"'
        f' markerUnits="userSpaceOnUse" orient="auto"><path d="M0 0L10 5L0 10z" fill="{colour}"/></marker>'
    )


def _ways(lane: Lane, edge: float, x: float, name: str, colour: str, width: int) -> Iterator[str]:
    """A lane: from each row to the vertical line, along it, and to the stage. White around it, where lines cross."""
    paths = [f"M{edge:g} {source:g}H{x:g}V{lane.to:g}H{edge:g}" for source in lane.sources]
    for path in paths:
        yield f'<path d="{path}" stroke="#ffffff" stroke-width="{width + 4}" fill="none"/>'
    for path in paths:
        yield f'<path d="{path}" stroke="{colour}" stroke-width="{width}" fill="none" marker-end="url(#{name})"/>'


def _text(
    lines: Sequence[str], x: float, y: float, line: float, *, size: int = SIZE, weight: str = "normal", fill: str = TEXT
) -> Iterator[str]:
    for number, each in enumerate(lines):
        yield (
            f'<text x="{x:g}" y="{y + line * number:g}" font-size="{size}" font-weight="{weight}" fill="{fill}">'
            f"{escape(each)}</text>"
        )
