"""The operations of a Modern.Gov that Waywarden needs: transport and parser joined."""

from routing.contacts.model import Published
from routing.contacts.moderngov.parser import ParishCouncilRef, parse_detail, parse_list
from routing.contacts.moderngov.transport import Transport


class ModernGov:
    """One council's Modern.Gov."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def parish_councils(self) -> list[ParishCouncilRef]:
        """The list of parish councils, by ``GetParishCouncils``; empty where the council keeps none."""
        body = self._transport.get("mgWebService.asmx/GetParishCouncils")
        return parse_list(body.content, body.url)

    def parish_council(self, identifier: int) -> tuple[str, Published]:
        """The page of one parish council, and the address at which it stands."""
        body = self._transport.get(f"mgParishCouncilDetails.aspx?ID={identifier}")
        return body.url, parse_detail(body.content, body.url)
