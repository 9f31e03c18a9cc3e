"""Basis for parts of a definition: a frozen model that refuses unknown keys, and the kinds of values and texts."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, ValidationInfo
from pydantic_core import PydanticCustomError

from routing.outside import ONE_LINE, PLAIN
from routing.process.shown import Shown

Slug = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{1,60}$")]
Name = Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
Value = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_-]{0,40}$")]
Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=2000), PLAIN]
Line = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=300), ONE_LINE]

Switch = Annotated[bool, Field(strict=True)]


def _need_whole(given: Any, info: ValidationInfo) -> Any:
    """A whole number, not one in quotes. Files that were stored before may have one."""
    if (info.context or {}).get(STORED) or type(given) is int:
        return given
    raise PydanticCustomError("int_type", "not a whole number")


STORED = "stored"
"""Key of the context in which a stored file is read: it passed the checks of its time."""

Whole = BeforeValidator(_need_whole)
Days = Annotated[int, Field(ge=1, le=3650), Whole]

OnPage = Annotated[Text, Shown()]
OnPageLine = Annotated[Line, Shown()]
"""Texts for citizens, with several lines or one."""

AfterSending = Annotated[Text, Shown(before_sent=False)]
AfterSendingLine = Annotated[Line, Shown(before_sent=False)]
"""Texts for citizens after a report."""

ToRecipient = Annotated[Text, Shown(to_citizens=False, before_sent=False)]
ToRecipientLine = Annotated[Line, Shown(to_citizens=False, before_sent=False)]
"""Texts in a message to a recipient who must act, gets a copy or must decide."""


def listed(value: Any) -> Any:
    """One value as a list."""
    return [value] if isinstance(value, str) else value


When = Mapping[str, Annotated[tuple[str, ...], BeforeValidator(listed, json_schema_input_type=str | tuple[str, ...])]]
"""Conditions: column → the values that match. All must hold."""


class Part(BaseModel):
    """A frozen part of a definition that refuses unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=False)
