"""A submission from outside → signpost or stored report. Gather, decide, apply, for API and form alike."""

import contextlib
import datetime
import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from routing.casework import (
    Assessment,
    IdempotencyKey,
    NewReport,
    Receipt,
    Reporter,
    RetrySubmission,
    assess,
    decided_by,
    filled_signpost,
    submit,
    wording,
)
from routing.council import Council
from routing.days import today
from routing.errors import InputError
from routing.i18n import gettext as _
from routing.place import Place, View, locate_one, read_point
from routing.place import Point as GridPoint
from routing.process import (
    PLACE,
    Definition,
    Needs,
    Signpost,
    asked_after,
    check_answers,
    complete_answers,
    filled,
    kept_apart,
    only_asked,
)
from routing.vocabulary import LONGEST_EMAIL, email_address, has_accent, printable
from routing.web.context import WebContext

SHORTEST_KEY, LONGEST_KEY = 16, 255
KEY_FORM = re.compile(rf"^[\x21-\x7e]{{{SHORTEST_KEY},{LONGEST_KEY}}}$")
CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def without_control(text: str) -> str:
    """A text without control characters, except tabs and line breaks."""
    return CONTROL.sub("", text).encode("utf-8", "replace").decode()  # or half a character


def with_line_feeds(text: str) -> str:
    """A text with one character at the end of each line. Browsers send two."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(text: str) -> str:
    if CONTROL.search(text):
        raise ValueError("Remove the control characters")
    return text


def _one_line(text: str) -> str:
    if any(mark in text for mark in "\r\n\t"):
        raise ValueError("Enter this on one line")
    return printable(_plain(text))


def _email(text: str) -> str:
    try:
        return email_address(text)
    except ValueError:
        raise ValueError(why_no_email(text)) from None


def why_no_email(text: str) -> str:
    """What to do about an email address that we refuse."""
    if has_accent(text):
        return _("Enter an email address without accents or other special letters before the @, like name@example.com")
    return _("Enter an email address in the correct format, like name@example.com")


MOST_WORDS = 20_000


def _words(text: str) -> str:
    said = _plain(with_line_feeds(text)).strip()
    if len(said) > MOST_WORDS:
        raise ValueError(f"Enter at most {MOST_WORDS:,} characters")
    return said


Words = Annotated[str, StringConstraints(strip_whitespace=True, max_length=2 * MOST_WORDS), AfterValidator(_words)]
ShortLine = Annotated[str, StringConstraints(strip_whitespace=True, max_length=120), AfterValidator(_one_line)]
Email = Annotated[str, StringConstraints(strip_whitespace=True, max_length=LONGEST_EMAIL + 80), AfterValidator(_email)]
MaybeEmail = Annotated[Email | None, BeforeValidator(lambda given: None if given == "" else given)]


class ReporterIn(BaseModel):
    """Who reports, if they want to say; ``may_pass_on``: we may share it with the recipient."""

    model_config = ConfigDict(extra="forbid")

    name: ShortLine | None = None
    email: MaybeEmail = None
    phone: ShortLine | None = None
    may_pass_on: bool = False


class ReportIn(BaseModel):
    """A submission. ``place`` is ``{lat, lon}`` in degrees (WGS84) or ``{easting, northing}`` in metres (OSGB36)."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "process": "speeding-traffic",
                    "answers": {"nature": "pattern", "road": "no", "limit": "30", "time": "day"},
                    "place": {"easting": 566008, "northing": 445016},
                    "details": "Most mornings between the school and the bridge.",
                    "reporter": {"email": "name@example.com", "may_pass_on": True},
                }
            ]
        },
    )

    process: Annotated[str, StringConstraints(max_length=60)]
    answers: Annotated[dict[str, Any], Field(max_length=50)]
    place: dict[str, Any] | None = None
    details: Words | None = None
    reporter: ReporterIn = ReporterIn()
    council: Annotated[str, StringConstraints(max_length=60)] | None = None


@dataclass(frozen=True)
class Accepted:
    """A stored report: its receipt, and its council, which depends on the place."""

    receipt: Receipt
    council: Council
    definition: Definition


@dataclass(frozen=True)
class Signposted:
    """A signpost: nothing was stored."""

    signpost: Signpost
    rule: str
    council: Council


def take_report(ctx: WebContext, council: Council, given: ReportIn, key: str | None) -> Accepted | Signposted:
    """Answer a submission.

    Args:
        council: council of the request. The place may belong to another one.

    Raises:
        InputError: something in it must change. Nothing was stored.
    """
    home = ctx.catalogue.definition(council.slug, given.process)
    point = _point(given.place, home)
    place = _look_up(ctx, point, council) if point is not None else None
    deciding, definition, place = decided_by(ctx.catalogue, council, home, place)
    on = today()
    with _named(deciding, council):
        answers = _checked(given.answers, home, deciding, definition, on)
        details = _details(given.details, definition)
        found = assess(ctx.catalogue, deciding, definition, answers, place, on)
        if isinstance(found.result, Needs):
            raise _missing(found.result, found)
        if found.result.signpost is not None:
            return Signposted(filled_signpost(found), found.result.id, found.council)
        if point is None and definition.has_place:
            raise _missing(Needs(PLACE), found)
        answers = _asked(found, answers, on)
        _need_details_and_contact(found, details, given.reporter)
    report = _new_report(found, answers, point, details, given.reporter)
    receipt = _store(ctx, report, _key(key, given))
    ctx.hint()
    return Accepted(receipt, found.council, found.definition)


def _new_report(
    found: Assessment, answers: Mapping[str, str], point: GridPoint | None, details: str | None, who: ReporterIn
) -> NewReport:
    kept = kept_apart(found.definition, answers)
    return NewReport(
        found.council.slug,
        found.definition.slug,
        found.definition.scope,
        found.definition.version,
        kept.answers,
        point.easting if point is not None and found.definition.has_place else None,
        point.northing if point is not None and found.definition.has_place else None,
        details,
        Reporter(who.name or None, who.email, who.phone or None, who.may_pass_on, kept.personal),
        words=kept.words,
    )


@contextlib.contextmanager
def _named(deciding: Council, asked: Council) -> Iterator[None]:
    """Errors name the council that decides, if it is another one than was asked: its questions may differ."""
    try:
        yield
    except InputError as error:
        if deciding.slug == asked.slug:
            raise
        text = f"{error.what_to_do} {deciding.name} decides about this place."
        raise InputError(error.field, text) from None


def _checked(
    said: Mapping[str, Any], home: Definition, deciding: Council, definition: Definition, on: datetime.date
) -> dict[str, str]:
    """The answers to questions of the council that decides. Those that only ours has are not needed."""
    needed = {name: value for name, value in said.items() if name in definition.questions or name not in home.questions}
    asked = filled(definition, wording(deciding, definition))
    return check_answers(asked, needed, definition.given_on(on, deciding.calendar))


def _asked(found: Assessment, answers: Mapping[str, str], on: datetime.date) -> dict[str, str]:
    """The answers to what is asked of such a case. Refuses one without an answer that every such case needs."""
    council, definition = found.council, found.definition
    given = definition.given_on(on, council.calendar)
    fixed = complete_answers(definition, {}, {name: bool(council.listed(name)) for name in council.lists})
    for question in asked_after(definition, {**answers, **fixed}, given, fixed):
        if question.needed and question.id not in answers:
            raise _missing(Needs(question.id), found)
    return only_asked(definition, answers, given, fixed)


def _need_details_and_contact(found: Assessment, details: str | None, who: ReporterIn) -> None:
    """Refuse a case without what its process needs besides answers."""
    if found.definition.needs_details and details is None:
        raise InputError("details", "Enter the details. This process needs them.")
    if found.definition.needs_contact and not (who.email or who.phone):
        text = "Enter an email address or a telephone number. This process needs one."
        raise InputError("reporter", text)


def _point(place: Mapping[str, Any] | None, definition: Definition) -> GridPoint | None:
    if place is None:
        return None
    if not definition.has_place:
        raise InputError("place", "Remove the place. This process does not ask for one.")
    return read_point(place)


def _store(ctx: WebContext, report: NewReport, key: IdempotencyKey | None) -> Receipt:
    while True:
        try:
            with ctx.database.transaction() as tx:
                return submit(tx, report, key)
        except RetrySubmission:  # another request is storing the same key, and has an answer in a moment
            continue


def _look_up(ctx: WebContext, point: GridPoint, council: Council) -> Place:
    view = View(council.gss, ctx.catalogue.served, council.place.tolerance_m)
    return locate_one(point.easting, point.northing, ctx.held, view)


def _missing(needs: Needs, found: Assessment) -> InputError:
    if needs.what == PLACE:
        return InputError("place", "Enter the place: lat and lon, or easting and northing.")
    question = filled(found.definition, wording(found.council, found.definition)).questions[needs.what]
    text = f"{question.missing.text}. {question.expects}"
    return InputError(f"answers.{needs.what}", text)


def _details(details: str | None, definition: Definition) -> str | None:
    most = definition.most_characters
    if details and definition.details is None:
        raise InputError("details", "Remove the details. This process does not ask for them.")
    if details is not None and len(details) > most:
        raise InputError("details", f"Details must be {most:,} characters or less")
    return details or None


def _key(value: str | None, given: ReportIn) -> IdempotencyKey | None:
    if value is None:
        return None
    if not KEY_FORM.match(value):
        raise InputError(
            "Idempotency-Key", f"Send {SHORTEST_KEY} to {LONGEST_KEY} visible ASCII characters, such as a UUID."
        )
    canonical = json.dumps(given.model_dump(mode="json"), sort_keys=True, separators=(",", ":"))
    return IdempotencyKey(value, hashlib.sha256(canonical.encode()).digest())
