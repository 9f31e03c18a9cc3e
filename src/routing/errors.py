"""The error tree.

::

    WaywardenError                 code, text for people
    ├── InputError                 a request says something that cannot be: names the field and what to do
    │   └── UnknownError           what was asked for does not exist
    ├── DefinitionError            a process or council file: names file, place in it and what to change
    ├── ConfigurationError         a setting or the machine: says what to do
    ├── AnswerNotOffered           a stored answer that a definition does not know; shown, never left out
    ├── TransitionError            a report is not in a state that allows this
    ├── StoreUnavailable           the database did not answer; a later try may succeed
    ├── BoundaryError              boundaries that are not taken; names the check
    ├── BackupError                a backup is not written, or not restored; what was there stays
    └── StepFailed                 a step of a flow failed; fixed text, safe to store and to show anywhere

Modern.Gov's errors (``contacts.moderngov``) and the channels' (``delivery``) hang below WaywardenError too. A text may
be shown to the person who caused it; only ``StepFailed`` may enter Prefect.
"""

from typing import ClassVar


class WaywardenError(Exception):
    """Anything that Waywarden itself says is wrong."""

    code: ClassVar[str] = "failed"


class InputError(WaywardenError):
    """A value from outside is not taken.

    Attributes:
        field: path of the value in the request, as ``answers.limit``.
        what_to_do: one plain sentence for the person who sent it.
    """

    code: ClassVar[str] = "input"

    def __init__(self, field: str, what_to_do: str) -> None:
        super().__init__(f"{field}: {what_to_do}")
        self.field = field
        self.what_to_do = what_to_do


class UnknownError(InputError):
    """What a request names does not exist here."""

    code: ClassVar[str] = "unknown"


class DefinitionError(WaywardenError):
    """A definition file is refused.

    Attributes:
        source: the file as it was named when it was read.
        where: rule, question or key, with its line, as ``rule R07 (line 212)``; empty for the file as a whole.
    """

    code: ClassVar[str] = "definition"

    def __init__(self, source: str, where: str, message: str) -> None:
        super().__init__(": ".join(part for part in (source, where, message) if part))
        self.source = source
        self.where = where
        self.message = message


class ConfigurationError(WaywardenError):
    """A setting or the machine is not as Waywarden needs it; the text says what to do."""

    code: ClassVar[str] = "configuration"


class AnswerNotOffered(WaywardenError):
    """A stored answer is none that the definition at hand knows.

    Attributes:
        question: its id; ``value``: the answer as it is stored.
    """

    code: ClassVar[str] = "answer-not-offered"

    def __init__(self, question: str, value: str) -> None:
        super().__init__(f"{question}: this answer is no longer offered")
        self.question = question
        self.value = value


class TransitionError(WaywardenError):
    """A report is not in a state from which this step leads on."""

    code: ClassVar[str] = "transition"


class StoreUnavailable(WaywardenError):
    """The database did not answer, or broke off; nothing of the transaction stands."""

    code: ClassVar[str] = "store-unavailable"


class BoundaryError(WaywardenError):
    """Boundaries are not taken; the active vintage stays.

    Attributes:
        check: code of the check that refused them, as ``crs``; the checks are listed in docs/boundaries.md.
        text: what is wrong and what to do, without the code.
    """

    code: ClassVar[str] = "boundaries"

    def __init__(self, check: str, text: str) -> None:
        super().__init__(f"{check}: {text}")
        self.check, self.text = check, text


class BackupError(WaywardenError):
    """A backup is not written, or not restored; what was there is as it was, and the text says what to do."""

    code: ClassVar[str] = "backup"


class StepFailed(WaywardenError):
    """The one error that leaves a step of a flow: names the step and the kind of failure, never a value.

    Attributes:
        kind: code of the error that it was, or the name of a foreign one's class.
    """

    code: ClassVar[str] = "step-failed"

    def __init__(self, text: str, kind: str = "") -> None:
        super().__init__(text)
        self.kind = kind
