"""Keys and types, from the tables of the language."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any], bool]
Keys = Mapping[str, Check]
"""Key → whether a value can stand there. A key that ends with ``!`` must be given."""

PLACES = ("parish", "uncertain", "unparished", "outside_other", "off_map", "no_data")
KINDS = ("choice", "choices", "number", "date", "text", "photo", "person")
UNITS = ("hours", "working_days", "calendar_days", "weeks", "months")


def like(pattern: str) -> Check:
    return lambda value: isinstance(value, str) and re.fullmatch(pattern, value) is not None


def one(*values: str) -> Check:
    return lambda value: isinstance(value, str) and value in values


def integer(least: int, most: int) -> Check:
    return lambda value: type(value) is int and least <= value <= most


def switch(value: Any) -> bool:
    return isinstance(value, bool)


def text(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value.strip()) <= 2000


def line(value: Any) -> bool:
    return isinstance(value, str) and 1 <= len(value.strip()) <= 300 and "\n" not in value.strip()


def listed(check: Check, least: int = 0) -> Check:
    return lambda value: isinstance(value, list) and len(value) >= least and all(map(check, value))


def single(check: Check, least: int = 0) -> Check:
    """One value, or a list of them."""
    return lambda value: check(value) if isinstance(value, str) else listed(check, least)(value)


def table(keys: Keys) -> Check:
    return lambda value: isinstance(value, dict) and not list(wrong(value, keys))


def lone(check: Check) -> Check:
    """One table, or a list of them."""
    return lambda value: check(value) if isinstance(value, dict) else listed(check, 1)(value)


SLUG, NAME = like(r"[a-z][a-z0-9-]{1,60}"), like(r"[a-z][a-z0-9_]{0,40}")
VALUE, RULE = like(r"[a-z0-9][a-z0-9_-]{0,40}"), like(r"[A-Z][A-Z0-9-]{1,15}")
WHO, POUNDS = like(r"(flow:)?[a-z][a-z0-9_-]{1,60}"), like(r"[0-9]{1,6}\.[0-9]{2}")
TO = like(r"(field:[a-z][a-z0-9_]{0,40}|[a-z][a-z0-9-]{1,60})")
DAYS, AMOUNT, NUMBER = integer(1, 3650), integer(1, 3650), integer(-(10**30), 10**30)


def when(value: Any) -> bool:
    return isinstance(value, dict) and all(single(lambda each: isinstance(each, str))(each) for each in value.values())


def anything(value: Any) -> bool:  # a value of any type
    return True


CHOICE = table({"value!": VALUE, "label!": line, "sensitive": switch})
BAND = table({"value!": VALUE, "below": integer(-(10**9), 10**9)})
COMMON: Keys = {
    "id!": NAME, "kind": one(*KINDS), "ask!": line, "hint": line, "error": line, "needed": switch, "personal": switch,
    "sensitive": switch, "only_if": when, "only_if_council_lists": line, "otherwise": VALUE,
}  # fmt: skip
BANDS_IN = one(
    "working_days_ago", "calendar_days_ago", "working_days_ahead", "clear_working_days_ahead", "calendar_days_ahead"
)
OF_KIND: Mapping[str, Keys] = {
    "choice": {"choices!": listed(CHOICE, 2)},
    "choices": {"choices!": listed(CHOICE, 2)},
    "number": {"unit!": line, "least": NUMBER, "most": NUMBER, "bands": listed(BAND)},
    "date": {"most_days_ahead": integer(0, 36_500), "bands": listed(BAND), "bands_in": BANDS_IN},
    "text": {"max_characters": integer(10, 5000)},
    "photo": {},
    "person": {},
}  # fmt: skip


def question(value: Any) -> bool:
    if not isinstance(value, dict):
        return False
    kind = value.get("kind", "choice")
    return kind in KINDS and table({**COMMON, **OF_KIND[kind]})(value)


def field(value: Any) -> bool:
    if isinstance(value, dict) and "again" in value:
        return table({"again!": NAME, "needed": switch, "only_if": when})(value)
    return question(value)


WORDING = table({"subject!": line, "opening!": text})
PERIOD: Keys = dict.fromkeys(UNITS, AMOUNT)
DUE = table(
    {
        **PERIOD,
        "when": when,
        "late!": SLUG,
        "late_at": AMOUNT,
        "remind_at": listed(AMOUNT),
        "after": NAME,
        "before": NAME,
    }
)
OUTCOME = table({
    "id!": SLUG, "when": when, "next": SLUG, "end": SLUG, "extend": table(PERIOD), "at_most": integer(1, 9),
    "otherwise": SLUG, "at_once": switch, "letter": single(SLUG),
})  # fmt: skip
STEP = table(
    {
        "days": integer(1, 36_500),
        "by": WHO,
        "fields": lambda value: isinstance(value, dict) and all(map(NAME, value)),
        "bounce": SLUG,
    }
)
EXPECT = table({"outcomes": listed(lambda each: isinstance(each, str)), "letters": listed(SLUG), "end": SLUG})

TABLES: Mapping[str, Check] = {
    "process": table({
        "slug!": SLUG, "title!": line, "version!": line, "start!": text, "warning": text, "noun": line,
        "reply_within_working_days": integer(1, 100), "place": one("needed", "none"),
        "contact": one("optional", "needed"), "working_days_of": one("council", "any-nation"),
        "withdraw": one("free", "asks"), "public": switch, "nearby": one("ask", "off"), "lawful_basis": line, "privacy": text,
    }),
    "details": table({"ask!": line, "hint": line, "needed": switch, "max_characters": integer(100, 5000)}),
    "retention": table({"reporter_days!": DAYS, "details_days!": DAYS, "unclosed_days": DAYS, "place_days": DAYS}),
    "question": listed(question),
    "recipient": listed(table({
        "id!": SLUG, "kind!": one("parish", "team", "partner"), "title!": line, "message": WORDING, "copy_message": WORDING,
        "next_steps": listed(line), "confirmation": text, "first_stage": SLUG, "fallback": SLUG, "mailbox": SLUG,
    })),
    "signpost": listed(table({"id!": SLUG, "title!": line, "text!": text, "links": listed(table({"label!": line, "url!": line}))})),
    "rule": listed(table({
        "id!": RULE, "when": when, "signpost": SLUG, "to": SLUG, "stage": SLUG, "copy": listed(SLUG), "because!": line, "source!": line,
    }), 1),
    "stage": listed(table({
        "id!": SLUG, "title!": line, "who!": single(WHO, 1), "task": text, "due!": lone(DUE), "clock": one("stops"),
        "not_by": single(SLUG), "source": line, "field": listed(field), "outcome!": listed(OUTCOME, 1),
    })),
    "end": listed(table({
        "id!": SLUG, "title!": line, "kind!": one("answered", "refused", "lapsed", "unanswered"), "holds_until": NAME,
        "renew": table({"letter!": SLUG, "days_before!": integer(1, 366)}),
    })),
    "letter": listed(table({"id!": SLUG, "subject!": line, "text!": text, "to": TO})),
    "fee": listed(table({"id!": NAME, "page!": SLUG, "amounts": listed(table({"when": when, "pounds!": POUNDS})), "amount_of": NAME})),
    "example": listed(table({
        "id!": SLUG, "answers": lambda value: isinstance(value, dict) and all(map(NAME, value)),
        "place": one(*PLACES, "outside_served"), "steps": listed(STEP), "expect!": EXPECT,
    })),
}  # fmt: skip
NEEDED = ("process", "retention", "recipient", "rule")


def wrong(value: Mapping[str, Any], keys: Keys) -> Iterator[str]:
    """The keys of a table that are missing, unknown, or have a value that cannot stand there."""
    known = {name.rstrip("!"): check for name, check in keys.items()}
    yield from (name for name in value if name not in known)
    yield from (name[:-1] for name in keys if name.endswith("!") and name[:-1] not in value)
    yield from (name for name, each in value.items() if name in known and not known[name](each))


def faults(raw: Mapping[str, Any]) -> list[str]:
    """What is wrong with the keys and types of a file."""
    return [*wrong(raw, TABLES), *(name for name in NEEDED if name not in raw)]
