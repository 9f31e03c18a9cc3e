"""Email addresses without a label on a page."""

from routing.contacts.moderngov.entries import linked_in
from routing.contacts.moderngov.fields import addresses_in, single_address
from routing.contacts.moderngov.labels import is_box_of_another
from routing.contacts.moderngov.page import Element, Page
from routing.contacts.moderngov.whose import Reading

_BEFORE = frozenset({"clerk", "phone", "mobile", "address", "email"})


def unlabelled_addresses(page: Page, area: Element) -> set[str]:
    """Every address anywhere in an element, in lower case."""
    found: set[str] = set()
    for piece in page.pieces[area.first : area.last]:
        if piece and "@" in piece:
            found |= addresses_in(piece).keys()
    for text in linked_in(page, area.number + 1, area.after):
        found |= addresses_in(text).keys()
    return found


def loose_address(page: Page, page_read: Reading, unlabelled: set[str]) -> str | None:
    """The only address on a page that is just about the clerk, if nothing else follows the clerk's values."""
    if len(unlabelled) != 1 or page_read.others or page_read.unread or page_read.is_others or page_read.has_turned:
        return None
    last = page_read.entries[-1] if page_read.entries else None
    if last is None or last.kind not in _BEFORE or not any(each.kind == "clerk" for each in page_read.fields):
        return None
    behind = " ".join(page.lines(last.end[0], last.mark.before)).strip()
    if any(map(is_box_of_another, unlabelled)):
        return None
    return single_address(behind) if {behind.lower().strip(" .()")} == unlabelled else None
