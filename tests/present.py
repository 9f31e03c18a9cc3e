"""What may be None where it comes from, and in a test never is."""

from typing import TypeVar

T = TypeVar("T")


def present(value: T | None) -> T:
    """The value; where there is none the test has failed."""
    assert value is not None
    return value
