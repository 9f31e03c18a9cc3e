"""Whose a page's values are, label by label. Values after another person's name are never the clerk's."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from routing.contacts.moderngov.entries import Entry, entry_of
from routing.contacts.moderngov.fields import LONGEST, addresses_in
from routing.contacts.moderngov.labels import (
    is_box_of_another,
    is_of_clerk,
    is_of_district,
    is_of_office,
    is_role,
    kind_of,
    may_be_persons,
    may_name_anybody,
    names_another,
    rank,
    speaks_of_another,
)
from routing.contacts.moderngov.marks import Mark
from routing.contacts.moderngov.page import Page
from routing.contacts.moderngov.rows import Row, read_row, split_row, without_contacts
from routing.contacts.names import are_akin
from routing.vocabulary import is_garbled

_REACHED_BY = frozenset({"email", "website", "phone", "mobile"})


@dataclass(frozen=True, slots=True)
class Field:
    """One value that may be the clerk's.

    Attributes:
        order: the lowest of several counts.
        of: the name above it; None if there is none.
        is_own: whether it has its own label.
    """

    kind: str
    text: str
    label: str
    order: int
    of: str | None
    is_own: bool = True


@dataclass(slots=True)
class Reading:
    """The state of reading a page's labels.

    Attributes:
        unread: labels of unclear values that have a contact.
        others: labels of other people's contacts.
        is_others: whether the next value is another person's.
        has_turned: whether it was another person's before.
    """

    fields: list[Field] = field(default_factory=list)
    unread: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    is_others: bool = False
    has_turned: bool = False
    name: str | None = None
    title: str = ""

    def take_heading(self, text: str, *, is_section: bool) -> None:
        """Start a section. The council's name before all labels is not a section."""
        if not text:
            return
        if names_another(text):
            self.turn_away()
        elif is_of_clerk(text) or (self.title and are_akin(text, self.title)):
            self.is_others, self.name = False, None
        elif is_section or self.entries:
            self.turn_away()

    def take(self, entry: Entry) -> None:
        """A label, in the order of the page."""
        if entry.mark.is_foot:
            self._leave(entry)
            return
        self.entries.append(entry)
        self._turn(entry)
        if self.is_others:
            self._leave(entry)
        elif entry.kind is None:
            if entry.has_contact:
                self.unread.append(entry.label)
        elif entry.kind == "clerk":
            self._take_name(entry)
        elif entry.value:
            self._take_value(entry)

    def _turn(self, entry: Entry) -> None:
        """Switch to another person, or to the clerk."""
        if names_another(entry.label) and not entry.value.isdigit():
            self.turn_away()
        elif entry.kind is None and is_role(entry.label):
            self._take_role(entry.value)
        elif entry.kind is None:
            if may_name_anybody(entry.label) and (is_of_office(entry.label) or _may_be_name(entry.value)):
                self.turn_away()
        elif entry.kind in _REACHED_BY and may_be_persons(entry.label) and _is_name(entry.value):
            self.turn_away()
        elif is_of_office(entry.label) and entry.kind:
            self.is_others = False

    def _take_role(self, role: str) -> None:
        """Use a label for the office of the person before it."""
        if names_another(role):
            lost = [each for each in self.fields if each.of == self.name]
            self.others += [each.label for each in lost if each.kind == "email"]
            self.fields = [each for each in self.fields if each.of != self.name]
            self.turn_away()
        elif is_of_office(role):
            named = [each for each in self.fields if each.kind == "clerk" and each.of == self.name]
            self.fields += [replace(each, order=0) for each in named]

    def turn_away(self) -> None:
        """Switch to another person, until the clerk is named again."""
        self.is_others, self.has_turned, self.name = True, True, None

    def _leave(self, entry: Entry) -> None:
        is_person = entry.kind in {None, "clerk"} and not entry.mark.is_foot
        if is_person and entry.has_contact:
            self.unread.append(entry.label)
        elif "@" in entry.value:
            self.others.append(entry.label)

    def _take_name(self, entry: Entry) -> None:
        if not entry.value:
            return
        is_postal = "address" in entry.label.lower()
        row = read_row(list(entry.lines) or [""], entry.value, has_address=is_postal)
        if is_garbled(row.name):
            row = Row("", row.others, is_clear=False)
        if not row.is_clear:
            self.unread.append(entry.label)
            self.is_others = not row.name
        if row.name and kind_of(row.name) != "clerk":
            self.name = row.name
        if row.name:
            self._add(Field("clerk", row.name, entry.label, not is_of_office(entry.label), self.name))
            self.is_others = speaks_of_another(row.name)
        for kind, parts in row.others.items():
            self._add_all(kind, parts, entry.label)

    def _take_value(self, entry: Entry) -> None:
        kind, label = entry.kind or "", entry.label
        if kind == "email":
            if speaks_of_another(entry.value) or is_of_district(entry.value):
                self.unread.append(label)
            else:
                self._add(Field(kind, entry.value, label, rank(label), self.name))
            return
        own, *others = split_row(entry.value) if kind != "website" else [entry.value]
        if "@" in own and kind:
            self.others.append(label)
        if speaks_of_another(own) and kind in {"phone", "mobile", "address"}:
            self.unread.append(label)
        elif text := without_contacts(own):
            self._add(Field(kind, text, label, rank(label), self.name))
        for other, text in zip(others[::2], others[1::2], strict=True):
            self._add_all(kind_of(other) or "", [text], label)

    def _add_all(self, kind: str, parts: Sequence[str], label: str) -> None:
        for text in parts:
            self._add(Field(kind, text, label, 0, self.name, is_own=False))

    def _add(self, field_: Field) -> None:
        text = field_.text
        is_anothers = field_.kind == "email" and all(map(is_box_of_another, addresses_in(text) or [""]))
        if is_anothers or (field_.kind in {"phone", "mobile"} and "@" in text):
            self.unread.append(field_.label)
            text = "" if is_anothers else without_contacts(text)
        if text:
            self.fields.append(replace(field_, text=text))

    def clerk(self) -> Field | None:
        """The clerk's name; None if there is none, or several without the office."""
        named = [each for each in self.fields if each.kind == "clerk"]
        first = min(named, key=lambda each: each.order, default=None)
        if first is None or first.order == 0 or len({each.of for each in named}) == 1:
            return first
        return None

    def chosen(self, kind: str) -> str:
        """The value to use; for several email addresses, all of them."""
        clerk = self.clerk()
        if kind == "clerk":
            return clerk.text if clerk else ""
        mine = {None, clerk.of} if clerk else {None}
        pool = [each for each in self.fields if each.kind == kind and each.of in mine]
        pool = [each for each in pool if each.is_own] or pool
        best = min((each.order for each in pool), default=0)
        pool = [each for each in pool if each.order == best]
        parts = list(dict.fromkeys(each.text for each in [each for each in pool if each.of is not None] or pool))
        is_all = kind == "email" or not all(each.is_own for each in pool)
        return ", ".join(parts if is_all else parts[:1])[:LONGEST]


def _is_name(value: str) -> bool:
    """Whether a value that should be an address, a number or a link is a name."""
    return _may_be_name(value) and not any(each in value for each in "@/.") and len(value.split()) > 1


def _may_be_name(value: str) -> bool:
    words = value.split()
    return "@" in value or (0 < len(words) <= 6 and not any(map(str.isdigit, value)))


def read_marks(page: Page, marks: Sequence[Mark], title: str) -> Reading:
    """Everything from the labels of a page, or of one council's part of it."""
    found = Reading(title=title)
    for mark in marks:
        end = mark.element.last
        if mark.is_label:
            entry = entry_of(page, mark)
            found.take(entry)
            end = entry.end[0]
        elif mark.is_heading:
            found.take_heading(mark.text(page), is_section=mark.is_section)
        if not mark.is_foot and speaks_of_another(" ".join(page.lines(end, mark.before))):
            found.turn_away()
    return found
