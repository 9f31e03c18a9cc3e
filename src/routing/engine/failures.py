"""What a failure may show outside its step, and who caused it."""

import traceback
from pathlib import Path

from routing.delivery import ChannelDown, ChannelStopped
from routing.errors import StepFailed, StoreUnavailable, WaywardenError

ARTIFACT = "artifact"
"""First word of the steps that only report something to Prefect."""


def failure(step: str, error: BaseException) -> StepFailed:
    """What we may show of a failure: step, code or kind of error, and the line of code."""
    if isinstance(error, StepFailed):
        return error
    kind = error.code if isinstance(error, WaywardenError) else type(error).__name__
    frames = traceback.extract_tb(error.__traceback__)
    ours = [
        frame for frame in frames if "routing" in Path(frame.filename).parts or "flows" in Path(frame.filename).parts
    ]
    frame = (ours or frames)[-1]
    return StepFailed(f"{step}: {kind} at {Path(frame.filename).name}:{frame.lineno}", kind)


def is_mail_trouble(message: str | None) -> bool:
    """Whether a run only failed because our own mail server accepted nothing. Everything else in it is done.

    Args:
        message: of the run's state, which contains the text of the ``StepFailed``.
    """
    text = message or ""
    return any(f": {kind.code} at " in text for kind in (ChannelDown, ChannelStopped))


def is_outage(message: str | None) -> bool:
    """Whether a run failed because the database or Prefect was down, and not because of a report.

    Args:
        message: of the run's state, which contains the text of the ``StepFailed``.
    """
    text = message or ""
    return f": {StoreUnavailable.code} at " in text or f": {ARTIFACT} " in text
