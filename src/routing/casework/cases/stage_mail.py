"""What messages of a case in stages say besides the case itself."""

import datetime
from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Asked:
    """A stage that asks somebody to act.

    Attributes:
        task: what they read.
        due: the end of the time that is promised.
        said: field → answer of those who acted before, without what is about a person.
    """

    task: str
    due: datetime.datetime
    said: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenLetter:
    """A letter with its words.

    Attributes:
        name: its id in the definition.
        asks_citizen: the stage that follows is the citizen's, so the message leads to its form.
        is_renewal: it goes before a permission runs out, so the message leads to a new application.
    """

    id: UUID
    name: str
    subject: str
    text: str
    asks_citizen: bool = False
    is_renewal: bool = False
