"""Labels of a page with their values."""

from dataclasses import dataclass

from routing.contacts.moderngov.fields import LONGEST, addresses_in, clean, written_to
from routing.contacts.moderngov.labels import holds_contact, is_place_alone, kind_of
from routing.contacts.moderngov.marks import Mark, around
from routing.contacts.moderngov.page import KEPT, LINE_LABEL, Element, Page
from routing.contacts.moderngov.rows import is_number

_VALUES = frozenset({"td", "dd", "div", "p", "li", "span"})
_MOST_WORDS = 8


@dataclass(frozen=True, slots=True)
class Entry:
    """One label.

    Attributes:
        kind: from ``kind_of``.
        lines: of its value.
        value: the lines in one, with the addresses of links that are not in them; of one that was cut ``LONGEST``
            characters.
        end: the piece and the element where the value ends. No other text follows up to the next label.
    """

    mark: Mark
    label: str
    kind: str | None
    lines: tuple[str, ...]
    value: str
    end: tuple[int, int]

    @property
    def has_contact(self) -> bool:
        return holds_contact(self.value)


def entry_of(page: Page, mark: Mark) -> Entry:
    """A label with the text after it, up to the next label or the end of its element.

    If there is none, with the text in the next cell or block.
    """
    label = mark.text(page).rstrip(": ")
    kind = kind_of(label)
    holder = around(page, mark)
    end = min(holder.last, mark.before), min(holder.after, mark.before_element)
    if mark.element.tag == LINE_LABEL and kind not in {"address", None}:
        end = _end_of_line(page, mark.element, *end)
    lines, value = _said(page, (mark.element.last, mark.element.after), end)
    if not value and (beside := _beside(page, holder, mark)) is not None:
        to = min(beside.last, mark.before), min(beside.after, mark.before_element)
        said = _said(page, (beside.first, beside.number), to)
        if beside.tag in {"td", "dd"} or _is_certain(kind, said[1]):
            (lines, value), end = said, to
    if kind == "phone" and is_place_alone(label) and not is_number(value):
        kind = "email" if len(addresses_in(value)) == 1 else None
    return Entry(mark, label, kind, lines, value, end)


def _end_of_line(page: Page, label: Element, last: int, last_element: int) -> tuple[int, int]:
    """The end of a label's line, or of the next line that is not empty."""
    has_text = False
    for number in range(label.last, last):
        piece = page.pieces[number]
        if piece is None and has_text:
            last = number
            break
        has_text = has_text or bool(piece and piece.strip())
    element = label.after
    while element < last_element and page.elements[element].first < last:
        element += 1
    return last, element


def _beside(page: Page, holder: Element, mark: Mark) -> Element | None:
    if holder.after >= min(len(page.elements), mark.before_element):
        return None
    found = page.elements[holder.after]
    return found if found.parent == holder.parent and found.tag in _VALUES else None


def _is_certain(kind: str | None, value: str) -> bool:
    """Whether a block that follows an empty one can only be its value."""
    if kind == "email":
        return len(value.split()) == len(addresses_in(value)) == 1
    if kind in {"phone", "mobile"}:
        return is_number(value) and len(value.split()) <= _MOST_WORDS
    is_name = not any(map(str.isdigit, value)) and len(value.split()) <= _MOST_WORDS and "." not in value[4:]
    return kind == "address" or (kind == "clerk" and is_name)


def _said(page: Page, begin: tuple[int, int], end: tuple[int, int]) -> tuple[tuple[str, ...], str]:
    raw = page.lines(begin[0], end[0])
    lines = [part for part in (clean(each, KEPT) for each in raw) if part]
    if lines and lines[0].startswith(":"):
        lines[0] = lines[0].lstrip(": ")
    value = ", ".join(filter(None, lines))
    linked = linked_in(page, begin[1], end[1])
    if linked:
        known = addresses_in(value)
        value = ", ".join(
            filter(None, [value, *(text for text in linked if not addresses_in(text).keys() <= known.keys())])
        )
    is_whole = sum(map(len, raw)) + len(raw) <= KEPT
    return tuple(filter(None, lines)), value[:LONGEST] if is_whole else value[:LONGEST].ljust(LONGEST, "…")


def linked_in(page: Page, first: int, last: int) -> list[str]:
    """The addresses of the links among some elements."""
    return [text for text in dict.fromkeys(map(written_to, page.elements[first:last])) if "@" in text]
