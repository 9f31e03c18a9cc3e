"""The error tree.

::

    WaywardenError                 code, text for people
    ├── InputError                 a value in a request is wrong: names the field and what to do
    │   └── UnknownError           what the request names does not exist
    ├── DefinitionError            a process or council file is wrong: names file, place in it and what to change
    ├── ConfigurationError         a setting or the machine is wrong: says what to do
    ├── AnswerNotOffered           a definition does not have a stored answer; we show it, and never leave it out
    ├── TransitionError            a report is not in a state that allows this
    ├── StoreUnavailable           the database did not answer; a later try may succeed
    ├── BoundaryError              we cannot use these boundaries; names the check
    ├── BackupError                a backup or restore failed; nothing was changed
    └── StepFailed                 a step of a flow failed; fixed text, safe to store and show anywhere

Errors of Modern.Gov (``contacts.moderngov``) and of channels (``delivery``) are WaywardenErrors too. You may show a
text to the person who caused it. Only ``StepFailed`` may enter Prefect.
"""

from typing import ClassVar


class WaywardenError(Exception):
    """Any error that Waywarden itself reports."""

    code: ClassVar[str] = "failed"


class InputError(WaywardenError):
    """A value from outside is wrong.

    Attributes:
        field: path of the value in the request, such as ``answers.limit``.
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
    """A definition file has an error.

    Attributes:
        source: the file, by the name it was read with.
        where: rule, question or key, with its line, such as ``rule R07 (line 212)``; empty for the whole file.
        others: further errors that were found with it, each with where and what to change.
    """

    code: ClassVar[str] = "definition"

    def __init__(self, source: str, where: str, message: str, others: tuple[str, ...] = ()) -> None:
        super().__init__(": ".join(part for part in (source, where, message) if part))
        self.others = others
        self.source = source
        self.where = where
        self.message = message


class ConfigurationError(WaywardenError):
    """A setting or the machine does not fit Waywarden. The text says what to do."""

    code: ClassVar[str] = "configuration"


class AnswerNotOffered(WaywardenError):
    """The definition does not have this stored answer.

    Attributes:
        question: its id; ``value``: the stored answer.
    """

    code: ClassVar[str] = "answer-not-offered"

    def __init__(self, question: str, value: str) -> None:
        super().__init__(f"{question}: we no longer offer this answer")
        self.question = question
        self.value = value


class TransitionError(WaywardenError):
    """The report's state does not allow this step."""

    code: ClassVar[str] = "transition"


class StoreUnavailable(WaywardenError):
    """The database did not answer, or the connection broke. The transaction changed nothing."""

    code: ClassVar[str] = "store-unavailable"


class BoundaryError(WaywardenError):
    """We cannot use these boundaries. The active vintage stays in use.

    Attributes:
        check: code of the failed check, such as ``crs``. docs/boundaries.md lists the checks.
        text: what is wrong and what to do, without the code.
    """

    code: ClassVar[str] = "boundaries"

    def __init__(self, check: str, text: str) -> None:
        super().__init__(f"{check}: {text}")
        self.check, self.text = check, text


class BackupError(WaywardenError):
    """A backup or restore failed and changed nothing. The text says what to do."""

    code: ClassVar[str] = "backup"


class StepFailed(WaywardenError):
    """The only error that leaves a step of a flow. It names the step and the kind of failure, never a value.

    Attributes:
        kind: code of the original error, or the name of its class if it is not ours.
    """

    code: ClassVar[str] = "step-failed"

    def __init__(self, text: str, kind: str = "") -> None:
        super().__init__(text)
        self.kind = kind
