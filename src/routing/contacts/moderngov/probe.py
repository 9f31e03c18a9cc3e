"""Test the operations of a Modern.Gov one after the other, for the person who connects a council."""

from collections.abc import Callable
from dataclasses import dataclass

from routing.contacts.moderngov.client import ModernGov
from routing.contacts.moderngov.errors import ModernGovError


@dataclass(frozen=True, slots=True)
class Tried:
    """One operation: its answer, or the code of its error and what to do."""

    operation: str
    is_fine: bool
    said: str


def probe(client: ModernGov) -> list[Tried]:
    """Test the service's list, the index page, one council's page, the page of all, and conditional requests."""
    ids: list[int] = []

    def service() -> str:
        listing = client.service_list()
        ids.extend(ref.id for ref in listing.refs or ())
        return f"{len(listing.refs or ())} parish councils"

    def index() -> str:
        listing = client.index()
        ids.extend(ref.id for ref in listing.refs or ())
        return f"{len(listing.refs or ())} links to parish councils"

    def page() -> str | None:
        if not ids:
            return None
        detail = client.parish_council(ids[0])
        if detail.published is None:
            return f"id {ids[0]}: it says that nothing has changed, although we did not ask"
        named = {"clerk": detail.published.clerk, "e-mail": detail.published.email, "telephone": detail.published.phone}
        read = ", ".join(name for name, value in named.items() if value) or "no contact"
        again = client.parish_council(ids[0], detail.validators) if detail.validators.headers() else None
        knows = (
            "says when nothing has changed" if again and again.published is None else "sends the whole page each time"
        )
        return f"id {ids[0]}: read {read}; {knows}"

    def everybody() -> str:
        return f"{len(client.everybody())} parish councils with contact information"

    return [
        _try("service list", service),
        _try("index page", index),
        _try("page of one council", page),
        _try("page of all councils", everybody),
    ]


def _try(operation: str, do: Callable[[], str | None]) -> Tried:
    try:
        said = do()
        return Tried(operation, said is not None, said or "not tested, because neither list has a council")
    except ModernGovError as error:
        return Tried(operation, False, str(error))
