"""Who would get a report today, in sentences: one for each reason there is."""

import datetime
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from routing.contacts import Contact, ContactState, Freshness, Link, LinkState, Parish, Published, explain

NOW = datetime.datetime(2026, 11, 21, 9, tzinfo=datetime.UTC)
RULES = Freshness(stale_days=7, last_days=30)
CONTACT = Contact(
    UUID(int=1),
    "merewold",
    "E04999003",
    "moderngov",
    "https://x.example/mgParishCouncilDetails.aspx?ID=414",
    Published("Beckwith Parish Council", "A Clerk", "clerk@beckwith.example", None, None, None),
    ContactState.FRESH,
    None,
    datetime.datetime(2026, 11, 3, tzinfo=datetime.UTC),
    datetime.datetime(2026, 11, 20, tzinfo=datetime.UTC),
)
LINK = Link("E04999003", 414, "Beckwith Parish Council", LinkState.CONFIRMED, "file", "")
HAND = replace(CONTACT, source="override", author="officer:ada", note="The clerk rang us")
INSTEAD = [("Speeding traffic", "Road safety team (road-safety@merewold.example)")]


def said(contact=CONTACT, links=(LINK,)):
    return explain(Parish("E04999003", "Beckwith", contact, links, INSTEAD), RULES, NOW)


CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "a fresh contact": (
        {},
        [
            "Reports for the clerk of Beckwith (E04999003) go to clerk@beckwith.example today.",
            (
                "It is from Modern.Gov, first on 3 November 2026 and last on 20 November 2026, at "
                "https://x.example/mgParishCouncilDetails.aspx?ID=414."
            ),
            "In Modern.Gov it is Beckwith Parish Council (id 414), according to file.",
        ],
    ),
    "a stale one": (
        {"contact": replace(CONTACT, checked_at=NOW - datetime.timedelta(days=9))},
        ["It is stale: nothing has confirmed it for 9 days. We use it until 12 December 2026."],
    ),
    "one that is too old": (
        {"contact": replace(CONTACT, checked_at=NOW - datetime.timedelta(days=31))},
        [
            (
                "Reports for the clerk of Beckwith (E04999003) go to a team instead, because we last confirmed the contact "
                "more than 30 days ago: Speeding traffic: Road safety team (road-safety@merewold.example)."
            )
        ],
    ),
    "entered by hand": (
        {"contact": HAND},
        [
            (
                "officer:ada entered it by hand on 3 November 2026: The clerk rang us. We use it instead of "
                "Modern.Gov's. To undo this, run: waywarden contacts unset E04999003 --because …"
            )
        ],
    ),
    "in quarantine": (
        {"contact": replace(CONTACT, state=ContactState.QUARANTINED, reason="smtp-rcpt-550")},
        [
            (
                "It is in quarantine (smtp-rcpt-550) until its source has another address. If you know that it works, run: "
                "waywarden contacts review E04999003 --release"
            )
        ],
    ),
    "its link changed": (
        {"contact": replace(CONTACT, state=ContactState.QUARANTINED, reason="link-changed")},
        ["We do not use it until we read Modern.Gov again (link-changed). Run: waywarden contacts refresh"],
    ),
    "two addresses": (
        {"contact": replace(CONTACT, published=replace(CONTACT.published, email=None, raw_email="a@x;b@y"))},
        ["The email field does not have exactly one address: 'a@x;b@y'."],
    ),
    "nobody known, and two that may be it": (
        {
            "contact": None,
            "links": [replace(LINK, state=LinkState.PROPOSED), replace(LINK, state=LinkState.PROPOSED, moderngov_id=9)],
        },
        [
            (
                "In Modern.Gov it may be Beckwith Parish Council (id 414) or Beckwith Parish Council (id 9). "
                "To decide, run: waywarden contacts review E04999003"
            )
        ],
    ),
    "nobody known, nothing like it": (
        {"contact": None, "links": [replace(LINK, state=LinkState.REJECTED)]},
        ["It has no council in Modern.Gov yet. To choose one, run: waywarden contacts review E04999003"],
    ),
    "reopened": (
        {"links": [replace(LINK, state=LinkState.REOPENED, author="boundaries", reason="the parish has another name")]},
        [
            (
                "In Modern.Gov it is Beckwith Parish Council (id 414), according to boundaries. Check it again: "
                "the parish has another name."
            )
        ],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_each_reason_is_said_in_a_sentence_with_what_to_do(name):
    given, expected = CASES[name]
    assert [sentence for sentence in said(**given) if sentence in expected] == expected


def test_what_was_entered_by_hand_does_not_age():
    old = replace(HAND, checked_at=NOW - datetime.timedelta(days=900))
    assert said(old)[0] == "Reports for the clerk of Beckwith (E04999003) go to clerk@beckwith.example today."
