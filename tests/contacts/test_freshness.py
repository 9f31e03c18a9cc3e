import datetime
from uuid import uuid4

import pytest

from routing.contacts import Contact, ContactState, Freshness, Published
from tests.present import present

NOW = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
RULES = Freshness(stale_days=7, last_days=30)


def contact(state="fresh", email="clerk@x.example", age_days=0):
    seen = NOW - datetime.timedelta(days=age_days)
    published = Published("X Parish Council", "The Clerk", email, None, None, None)
    return Contact(
        uuid4(), "merewold", "E04999001", "moderngov", "http://x", published, ContactState(state), None, seen, seen
    )


@pytest.mark.parametrize(
    ("given", "state", "why"),
    [
        (contact(), "fresh", None),
        (contact(age_days=8), "stale", None),
        (contact(age_days=31), "stale", "we last confirmed the contact more than 30 days ago"),
        (contact(email=None), "fresh", "no single email address"),
        (contact("vacant"), "vacant", "vacant"),
        (contact("quarantined"), "quarantined", "refused"),
    ],
    ids=["fresh", "a week old", "a month old", "no e-mail", "vacant", "quarantined"],
)
def test_a_contact_is_used_while_it_can_be(given, state, why):
    assert RULES.state(given, NOW) == state
    found = RULES.why_not(given, NOW)
    if why is None:
        assert found is None
    else:
        assert why in present(found)


def test_no_contact_is_a_reason_that_names_nobody():
    assert RULES.why_not(None, NOW) == "we have no contact for this parish"
