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
            "What is for the clerk of Beckwith (E04999003) goes to clerk@beckwith.example today.",
            (
                "Modern.Gov says so since 3 November 2026, last on 20 November 2026, at "
                "https://x.example/mgParishCouncilDetails.aspx?ID=414."
            ),
            "In Modern.Gov it is Beckwith Parish Council (id 414); file said so.",
        ],
    ),
    "a stale one": (
        {"contact": replace(CONTACT, checked_at=NOW - datetime.timedelta(days=9))},
        ["It is stale: nothing has confirmed it for 9 days. It is used until 12 December 2026."],
    ),
    "one that is too old": (
        {"contact": replace(CONTACT, checked_at=NOW - datetime.timedelta(days=31))},
        [
            (
                "What is for the clerk of Beckwith (E04999003) goes to a team instead, because the contact was last confirmed "
                "more than 30 days ago: Speeding traffic: Road safety team (road-safety@merewold.example)."
            )
        ],
    ),
    "entered by hand": (
        {"contact": HAND},
        [
            (
                "officer:ada entered it by hand on 3 November 2026: The clerk rang us. It wins over Modern.Gov until "
                "`waywarden contacts unset E04999003 --because …`."
            )
        ],
    ),
    "in quarantine": (
        {"contact": replace(CONTACT, state=ContactState.QUARANTINED, reason="smtp-rcpt-550")},
        [
            (
                "It is in quarantine (smtp-rcpt-550). Another address at its source lifts that; or, once you know that it "
                "works: waywarden contacts review E04999003 --release"
            )
        ],
    ),
    "its link changed": (
        {"contact": replace(CONTACT, state=ContactState.QUARANTINED, reason="link-changed")},
        ["It is not used until Modern.Gov is read again (link-changed): waywarden contacts refresh"],
    ),
    "two addresses": (
        {"contact": replace(CONTACT, published=replace(CONTACT.published, email=None, raw_email="a@x;b@y"))},
        ["In the e-mail field stands no single address: 'a@x;b@y'."],
    ),
    "nobody known, and two that may be it": (
        {
            "contact": None,
            "links": [replace(LINK, state=LinkState.PROPOSED), replace(LINK, state=LinkState.PROPOSED, moderngov_id=9)],
        },
        [
            (
                "In Modern.Gov it may be Beckwith Parish Council (id 414) or Beckwith Parish Council (id 9): "
                "waywarden contacts review E04999003"
            )
        ],
    ),
    "nobody known, nothing like it": (
        {"contact": None, "links": [replace(LINK, state=LinkState.REJECTED)]},
        ["Nobody has said which council in Modern.Gov speaks for it: waywarden contacts review E04999003"],
    ),
    "reopened": (
        {"links": [replace(LINK, state=LinkState.REOPENED, author="boundaries", reason="the parish has another name")]},
        [
            (
                "In Modern.Gov it is Beckwith Parish Council (id 414); boundaries said so, and is to be looked at again: "
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
    assert said(old)[0] == "What is for the clerk of Beckwith (E04999003) goes to clerk@beckwith.example today."
