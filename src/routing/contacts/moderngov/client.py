"""The operations of a Modern.Gov that Waywarden needs: transport and parser joined."""

from dataclasses import dataclass

from routing.contacts.model import Published
from routing.contacts.moderngov.errors import ModernGovError, Unreachable
from routing.contacts.moderngov.parser import (
    ParishCouncilRef,
    parse_detail,
    parse_everybody,
    parse_index,
    parse_list,
)
from routing.contacts.moderngov.transport import NONE, Transport, Validators

SERVICE = "mgWebService.asmx/GetParishCouncils"
INDEX = "mgParishCouncilDetails.aspx?bcr=1"
EVERYBODY = "mgParishCouncilDetailsList.aspx"


@dataclass(frozen=True, slots=True)
class Listing:
    """The list of parish councils; ``refs`` is None where it has not changed."""

    url: str
    refs: tuple[ParishCouncilRef, ...] | None
    validators: Validators


@dataclass(frozen=True, slots=True)
class Detail:
    """One council's page; ``published`` is None where it has not changed."""

    url: str
    published: Published | None
    validators: Validators


class ModernGov:
    """One council's Modern.Gov."""

    def __init__(self, transport: Transport) -> None:
        self.transport = transport

    def parish_councils(self, validators: Validators = NONE, given_by: str = "") -> Listing:
        """The list, by the service; from the index page where the service does not give one, or gives an empty one.

        Args:
            validators: sent to the one of both that gave them.
            given_by: its address.

        Raises:
            ModernGovError: of the service, where the index does not help either.
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
            if index.refs == ():  # many an index has no links (facts E29): that is not a list without councils
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
        """The list by ``GetParishCouncils``; empty where the council keeps none."""
        body = self.transport.get(SERVICE, validators)
        refs = None if body.content is None else tuple(parse_list(body.content, body.url))
        return Listing(body.url, refs, body.validators)

    def index(self, validators: Validators = NONE) -> Listing:
        """The list from the index page."""
        body = self.transport.get(INDEX, validators)
        refs = None if body.content is None else tuple(parse_index(body.content, body.url))
        return Listing(body.url, refs, body.validators)

    def parish_council(self, identifier: int, validators: Validators = NONE) -> Detail:
        """The page of one parish council."""
        body = self.transport.get(f"mgParishCouncilDetails.aspx?ID={identifier}", validators)
        published = None if body.content is None else parse_detail(body.content, body.url)
        return Detail(body.url, published, body.validators)

    def everybody(self) -> list[Published]:
        """All parish councils from the one page that lists them with their contact information."""
        body = self.transport.get(EVERYBODY)
        return parse_everybody(body.content or b"", body.url)
