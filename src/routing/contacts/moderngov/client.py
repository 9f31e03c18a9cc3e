"""The operations of a Modern.Gov that Waywarden needs, with transport and parser."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from routing.contacts.model import Published
from routing.contacts.moderngov.errors import Blocked, ModernGovError, OtherPage, UnexpectedShape, Unreachable
from routing.contacts.moderngov.parser import (
    ParishCouncilRef,
    identifier_of,
    is_cut,
    parse_everybody,
    parse_index,
    parse_list,
    read_detail,
)
from routing.contacts.moderngov.protection import is_protection
from routing.contacts.moderngov.transport import NONE, Body, Transport, Validators

T = TypeVar("T")

SERVICE = "mgWebService.asmx/GetParishCouncils"
INDEX = "mgParishCouncilDetails.aspx?bcr=1"
EVERYBODY = "mgParishCouncilDetailsList.aspx"


@dataclass(frozen=True, slots=True)
class Listing:
    """The list of parish councils; ``refs`` is None if it has not changed."""

    url: str
    refs: tuple[ParishCouncilRef, ...] | None
    validators: Validators


@dataclass(frozen=True, slots=True)
class Detail:
    """One council's page; ``published`` is None if it has not changed.

    Attributes:
        unread: unknown labels that have a contact.
    """

    url: str
    published: Published | None
    validators: Validators
    unread: tuple[str, ...] = ()


def _parsed(body: Body, parse: Callable[[bytes, str, str | None], T]) -> T:
    """Parse an answer. If the parser finds nothing, check for the page of a robot protection.

    A good page may contain such scripts too. An answer without a length that ends in the middle of the page is an
    error.
    """
    assert body.content is not None
    if not body.has_length and is_cut(body.content, body.charset) and not is_protection(body.content):
        raise Unreachable(body.url)
    try:
        return parse(body.content, body.url, body.charset)
    except UnexpectedShape:
        if is_protection(body.content):
            raise Blocked(body.url, 200) from None
        raise


class ModernGov:
    """One council's Modern.Gov."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def parish_councils(self, validators: Validators = NONE, given_by: str = "") -> Listing:
        """The list from the service; or from the index page if the service gives none, or an empty one.

        Args:
            validators: sent to the source that gave them.
            given_by: its address.

        Raises:
            ModernGovError: from the service, if the index does not help either.
        """
        of_index = given_by.endswith(INDEX)
        try:
            listing = self.service_list(NONE if of_index else validators)
        except Unreachable:
            raise
        except ModernGovError as error:
            try:
                index = self.index(validators if of_index else NONE)
            except ModernGovError:
                raise error from None
            if (
                index.refs == ()
            ):  # many indexes have no links (facts E29), which does not mean that there are no councils
                raise
            return index
        if listing.refs != ():
            return listing
        try:
            index = self.index()
        except ModernGovError:
            return listing
        return index if index.refs else listing

    def service_list(self, validators: Validators = NONE) -> Listing:
        """The list from ``GetParishCouncils``; empty if the council has none."""
        body = self.transport.get(SERVICE, validators)
        refs = None if body.content is None else tuple(_parsed(body, parse_list))
        return Listing(body.url, refs, body.validators)

    def index(self, validators: Validators = NONE) -> Listing:
        """The list from the index page."""
        body = self.transport.get(INDEX, validators)
        refs = None if body.content is None else tuple(_parsed(body, parse_index))
        return Listing(body.url, refs, body.validators)

    def parish_council(self, identifier: int, validators: Validators = NONE) -> Detail:
        """The page of one parish council.

        Raises:
            OtherPage: the address leads to another page, or the page of another council.
        """
        body = self.transport.get(f"mgParishCouncilDetails.aspx?ID={identifier}", validators)
        if identifier_of(body.url) != identifier:
            raise OtherPage(body.url)
        if body.content is None:
            return Detail(body.url, None, body.validators)
        said = _parsed(body, read_detail)
        return Detail(body.url, said.published, body.validators, said.unread)

    def everybody(self) -> list[Published]:
        """All parish councils from the page that lists them with contact information."""
        body = self.transport.get(EVERYBODY)
        return _parsed(body, parse_everybody) if body.content is not None else []
