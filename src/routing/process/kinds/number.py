"""A number: a whole number with a unit, in bands if a table reads it."""

import re
from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from routing.i18n import gettext as _
from routing.i18n import noop
from routing.process.kinds.bands import Band, band_of, complaints
from routing.process.kinds.question import BaseQuestion, Given, Refused
from routing.process.parts import OnPageLine
from routing.vocabulary import folded

LARGEST = 10**12
_POUNDS = "pounds"
_WRITTEN = re.compile(r"([+-]?)(\d{1,3}(?:,\d{3})+|\d{1,3}(?: \d{3})+|\d+)(?:\.(\d+))?")


class NumberQuestion(BaseQuestion):
    """A question for a whole number.

    Attributes:
        kind: kind of the question.
        unit: what it counts, such as tonnes or pounds.
        least: the smallest number.
        most: the largest number.
        bands: its ranges in tables.
    """

    template: ClassVar[str] = "number.html"
    unanswered: ClassVar[str] = noop("Enter a number")

    kind: Literal["number"]
    unit: OnPageLine
    least: Annotated[int, Field(strict=True)] | None = None
    most: Annotated[int, Field(strict=True)] | None = None
    bands: tuple[Band, ...] = ()

    def read(self, said: object, given: Given) -> str | Refused:  # noqa: ARG002  # the same on every day
        """A whole number, or what people write for one: ``1,000``, ``£35``, ``35.00``, ``35 mph``."""
        number = said if isinstance(said, int) and not isinstance(said, bool) else self._number(said)
        if isinstance(number, Refused):
            return number
        low, high = self.least if self.least is not None else -LARGEST, self.most if self.most is not None else LARGEST
        if low <= number <= high:
            return str(number)
        if self.least is not None and self.most is not None:
            return Refused(_("Enter a number from {least} to {most}").format(least=f"{low:,}", most=f"{high:,}"))
        if number < low:
            return Refused(_("Enter a number of {least} or more").format(least=f"{low:,}"))
        return Refused(_("Enter a number of {most} or less").format(most=f"{high:,}"))

    def _number(self, said: object) -> int | Refused:
        if isinstance(said, float) and said.is_integer() and abs(said) < LARGEST:
            return int(said)
        if not isinstance(said, str):
            return Refused(_("Enter a whole number, like {example}").format(example=self._example))
        text = folded(said[:100]).strip().replace("\N{MINUS SIGN}", "-")
        if self.unit == _POUNDS:
            text = text.removeprefix("£").removesuffix("GBP").strip()
        text = re.sub(rf"\s*{re.escape(self.unit)}\.?$", "", text, flags=re.IGNORECASE).strip()
        found = _WRITTEN.fullmatch(text)
        if found is None or len(said) > 100:
            return Refused(_("Enter a whole number, like {example}").format(example=self._example))
        if (found[3] or "0").strip("0"):
            return Refused(_("Enter a whole number, without a decimal point"))
        return int(found[1] + re.sub(r"[ ,]", "", found[2]))

    @property
    def _example(self) -> str:
        middle = self.least if self.least is not None else 0
        return str(max(middle, min(35, self.most if self.most is not None else 35)))

    @property
    def expects(self) -> str:
        low = f" from {self.least}" if self.least is not None else ""
        high = f" up to {self.most}" if self.most is not None else ""
        return f"Send a whole number{low}{high}, in {self.unit}."

    def display(self, value: str) -> str:
        try:
            number = int(value)
        except ValueError:
            raise self.not_offered(value) from None
        return f"£{number:,}" if self.unit == _POUNDS else f"{number:,} {self.unit}"

    @cached_property
    def partitions(self) -> tuple[str, ...]:
        return tuple(band.value for band in self.bands)

    def partition(self, value: str, given: Given) -> str:  # noqa: ARG002  # the same on every day
        return band_of(self.bands, int(value))

    def to_schema(self) -> dict[str, Any]:
        bounds = {"minimum": self.least, "maximum": self.most}
        return {"type": "integer"} | {name: bound for name, bound in bounds.items() if bound is not None}

    def to_json(self, value: str) -> Any:
        return int(value)

    def complaints(self) -> Iterator[str]:
        if self.least is not None and self.most is not None and self.least >= self.most:
            yield f"set least below most. {self.least} is not below {self.most}."
            return
        yield from complaints(self.bands, self.least, self.most)
        yield from super().complaints()
