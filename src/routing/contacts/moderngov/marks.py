"""Headings and labels of a Modern.Gov page, in order, and whose they are."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from routing.contacts.moderngov.fields import clean
from routing.contacts.moderngov.labels import is_of_clerk, is_of_office, kind_of, names_another
from routing.contacts.moderngov.page import BLOCKS, LINE_LABEL, Element, Page
from routing.contacts.names import is_generic

HEADINGS = frozenset({"h1", "h2", "h3", "h4", "h5", "h6"})
CELLS = {"th": ("td",), "td": ("td",), "dt": ("dd",)}
"""Tags of labels, and the tags of their values."""

OF_PERSONS = frozenset({"party", "political party", "political grouping", "political group", "term of office"})
OF_WARDS = frozenset({"ward", "wards", "ward/s", "ward(s)", "division", "divisions"})
SECTIONS_OF_PERSONS = frozenset(
    {"committee appointments", "terms of office", "term of office", "appointments to outside bodies"}
)
"""Labels and headings of the product's page of a councillor, which the page of a parish council does not have.

A council's page may name a ward too, so that only counts if there is no clerk.
"""

_COUNCILLOR = re.compile(
    r"(?:county |district |city |town |parish )?(?:councillor|cllr|alderman)\b"
    r"|(?:deputy |lord |town )*mayor (?!of\b)\w",
    re.IGNORECASE,
)
_SMALL = 8
"""Most pieces or elements of a label."""

_FOOTS = frozenset({"footer", "nav", "aside"})


@dataclass(frozen=True, slots=True)
class Mark:
    """A heading, a label or a foot, with the start of the next one: its piece of text and its element.

    Attributes:
        is_foot: whether it is in the foot of the page.
    """

    element: Element
    before: int
    before_element: int
    is_foot: bool = False

    @property
    def is_heading(self) -> bool:
        return self.element.tag in HEADINGS and "mgLabel" not in self.element.classes

    @property
    def is_label(self) -> bool:
        return not self.is_heading and not _is_foot(self.element)

    @property
    def is_section(self) -> bool:
        return "mgSectionTitle" in self.element.classes

    @property
    def is_cell(self) -> bool:
        return self.element.tag in CELLS and "mgLabel" not in self.element.classes

    def text(self, page: Page) -> str:
        return clean(page.text(self.element, self.before))


def marks_of(page: Page, area: Element) -> list[Mark]:
    """All headings and labels in an element."""
    marks, feet = [], []
    inside_to = foot_to = 0
    for each in page.inside(area):
        is_foot = _is_foot(each)
        if is_foot:
            foot_to = max(foot_to, each.after)
        is_marked = each.tag in HEADINGS or "mgLabel" in each.classes
        if is_foot or is_marked or (each.number >= inside_to and _is_label(page, each)):
            marks.append(each)
            feet.append(each.number < foot_to)
            inside_to = inside_to if is_foot else max(inside_to, each.after)
    numbers = [*(each.number for each in marks[1:]), area.after]
    return [Mark(*each) for each in zip(marks, firsts(marks, area), numbers, feet, strict=True)] if marks else []


def _is_foot(element: Element) -> bool:
    return (element.tag in _FOOTS or "mgFooter" in element.classes) and "mgLabel" not in element.classes


def _is_label(page: Page, element: Element) -> bool:
    """Whether an element without a label's markup is a known label, or the label of another person."""
    if element.tag not in {LINE_LABEL, "b", "strong", *CELLS}:
        return False
    if element.last - element.first > _SMALL or element.after - element.number > _SMALL:
        return False
    text = clean(page.text(element, element.last))
    if element.tag in {"b", "strong"}:
        behind = page.pieces[element.last] if element.last < len(page.pieces) else None
        if not text.endswith(":") and not (behind or "").lstrip().startswith(":"):
            return False
    elif element.tag in CELLS:
        own = page.elements[element.number + 1 : element.after]
        if any("mgLabel" in each.classes for each in own) or not _has_value(page, element):
            return False
    return 0 < len(text) <= 60 and (kind_of(text) is not None or names_another(text))


def _has_value(page: Page, cell: Element) -> bool:
    """Whether a cell is the first of its row, and the next cell has its value and is not a label."""
    if cell.after >= len(page.elements):
        return False
    next_ = page.elements[cell.after]
    if next_.tag not in CELLS[cell.tag] or next_.parent != cell.parent:
        return False
    is_first = cell.tag != "td" or cell.number == cell.parent + 1
    text = clean(page.text(next_, next_.first + _SMALL))
    return is_first and (cell.tag != "td" or kind_of(text) in (None, "clerk"))


def firsts(elements: Sequence[Element], area: Element) -> list[int]:
    """The start of the next one's text for each, so that no text is used twice, even if they are nested."""
    return [*(each.first for each in elements[1:]), area.last] if elements else []


def around(page: Page, mark: Mark) -> Element:
    """The element that contains a label and its value."""
    if mark.is_cell:
        return mark.element
    found = page.elements[mark.element.parent]
    if "mgLabel" not in mark.element.classes:
        for _ in range(_SMALL):
            if found.tag in BLOCKS or found.parent < 0:
                break
            found = page.elements[found.parent]
    return found


def title_of(page: Page, marks: Sequence[Mark]) -> str:
    """The name on the page; empty if a theme shows it elsewhere."""
    for tag, kind in (("h2", "mgSubTitleTxt"), ("h1", "mgMainTitleTxt"), ("h1", ""), ("h2", "")):
        for mark in marks:
            if mark.element.tag == tag and (kind in mark.element.classes if kind else not mark.is_section):
                if (title := mark.text(page)) and not is_generic(title) and not kind_of(title):
                    return title
                break
    return ""


def is_part(heading: str) -> bool:
    """Whether a heading is for a part of a page, and not a council's name."""
    return is_generic(heading) or is_of_clerk(heading) or names_another(heading)


def is_of_person(page: Page, marks: Sequence[Mark]) -> bool:
    """Whether the page is a councillor's, which also has a name and an address."""
    labels = {mark.text(page).rstrip(": ").lower() for mark in marks if mark.is_label}
    if labels & OF_PERSONS:
        return True
    if labels & OF_WARDS and not any(kind_of(label) == "clerk" and is_of_office(label) for label in labels):
        return True
    headings = [mark.text(page) for mark in marks if mark.is_heading]
    names = (*headings[:1], title_of(page, marks))
    return any(text.lower() in SECTIONS_OF_PERSONS for text in headings) or any(map(_COUNCILLOR.match, names))
