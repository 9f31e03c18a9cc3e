"""Resources for sending."""

from collections.abc import Mapping
from dataclasses import dataclass

from routing.casework import Catalogue, OutboxMessage
from routing.council import Council
from routing.database import Database
from routing.delivery.channels import Channel
from routing.delivery.messages import Sender
from routing.process import Definition


@dataclass(frozen=True)
class DeliveryContext:
    """Resources for sending, as arguments, so that a test can use its own.

    Attributes:
        channels: by name.
        retry_after_s: seconds before each retry. After the last one, the delivery goes to review.
        public_url: address of the web, for links to citizens.
        per_citizen_day: most messages to one citizen in 24 hours; 0 for no limit.
    """

    database: Database
    catalogue: Catalogue
    channels: Mapping[str, Channel]
    sender: Sender
    retry_after_s: tuple[float, ...]
    public_url: str
    per_citizen_day: int = 0

    def definition_of(self, delivery: OutboxMessage) -> tuple[Council, Definition]:
        """The council that decided, and the definition at the time of the report."""
        council = self.catalogue.council_of(delivery.council)
        definition = self.catalogue.version(delivery.process_scope, delivery.process, delivery.process_version)
        return council, definition or self.catalogue.definition(council.slug, delivery.process)
