"""What sending needs."""

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
    """What sending needs: given in, so that a test brings its own.

    Attributes:
        channels: by their names.
        retry_after_s: waits before each further try; after the last one the delivery is for a person.
        public_url: address of the web, for the links of citizens.
        per_citizen_day: messages that one citizen's mailbox gets in 24 hours; 0 for any number.
    """

    database: Database
    catalogue: Catalogue
    channels: Mapping[str, Channel]
    sender: Sender
    retry_after_s: tuple[float, ...]
    public_url: str
    per_citizen_day: int = 0

    def definition_of(self, delivery: OutboxMessage) -> tuple[Council, Definition]:
        """The council that decided, and the definition under which the report was submitted."""
        council = self.catalogue.council_of(delivery.council)
        definition = self.catalogue.version(delivery.process_scope, delivery.process, delivery.process_version)
        return council, definition or self.catalogue.definition(council.slug, delivery.process)
