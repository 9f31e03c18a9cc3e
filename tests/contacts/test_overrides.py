"""What is entered by hand wins, ages not, and goes without a trace only in its values."""

import datetime

import pytest

from routing import contacts
from routing.errors import InputError

A = "E04999003"
NOW = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)
THEIRS = contacts.Published("Beckwith Parish Council", "C", "clerk@x.example", None, None, None)
OURS = contacts.Published("Beckwith Parish Council", None, "new@x.example", None, None, None)


@pytest.fixture
def tx(database):
    with database.transaction() as opened:
        contacts.apply(opened, "m", contacts.compare({}, [contacts.Finding(A, "https://x.example", THEIRS, NOW)]))
        yield opened


def address(tx):
    return contacts.read_contacts(tx, ["m"])["m", A].published.email


def test_what_was_set_wins_and_unset_brings_the_source_back(tx):
    contacts.set_override(tx, "m", A, OURS, "officer:ada", "The clerk rang us", NOW)
    found = contacts.read_contacts(tx, ["m"])["m", A]
    assert (found.source, found.author, found.note) == ("override", "officer:ada", "The clerk rang us")
    assert address(tx) == "new@x.example"
    contacts.withdraw(tx, "m", A, "officer:bob", "Modern.Gov has it now")
    assert address(tx) == "clerk@x.example"
    told = [(each["change"], each["author"], each["note"]) for each in contacts.read_history(tx, "m", A)]
    assert told == [
        ("unset", "officer:bob", "Modern.Gov has it now"),
        ("set", "officer:ada", "The clerk rang us"),
        ("new", "moderngov", ""),
    ]


def test_whoever_changes_a_contact_it_is_told_of_once(tx):
    found = contacts.unannounced(tx, "m")
    assert (found.parish_codes, contacts.unannounced(tx, "other").parish_codes) == ((A,), ())
    contacts.set_override(tx, "m", A, OURS, "officer:ada", "The clerk rang us", NOW)
    contacts.mark_announced(tx, found)
    again = contacts.unannounced(tx, "m")
    assert again.parish_codes == (A,)  # what changed since the first look
    contacts.mark_announced(tx, again)
    assert contacts.unannounced(tx, "m") == contacts.Unannounced("m", (), ())
    contacts.withdraw(tx, "m", A, "officer:ada", "Modern.Gov has it")
    assert contacts.unannounced(tx, "m").parish_codes == (A,)


def test_set_again_keeps_the_former_value_in_the_history(tx):
    contacts.set_override(tx, "m", A, OURS, "officer:ada", "first", NOW)
    contacts.set_override(tx, "m", A, THEIRS, "officer:ada", "second", NOW)
    newest = contacts.read_history(tx, "m", A)[0]
    assert newest["before"]["email"] == "new@x.example"
    assert set(newest["fields"]) == {"clerk", "email"}
    assert contacts.forget_values(tx, 30) == 0
    tx.execute("UPDATE contact_change SET at = at - interval '31 days'")
    assert contacts.forget_values(tx, 30) == 1
    assert [each["before"] for each in contacts.read_history(tx, "m", A)] == [{}, {}, {}]


def test_taking_back_what_nobody_entered_says_so(tx):
    with pytest.raises(InputError, match="has no contact entered by hand"):
        contacts.withdraw(tx, "m", A, "officer:ada", "x")


def test_a_quarantine_is_lifted_by_a_person(tx):
    contact = contacts.read_contacts(tx, ["m"])["m", A]
    contacts.quarantine(tx, contact.id, "clerk@x.example", "smtp-rcpt-550")
    assert not contacts.read_contacts(tx, ["m"])["m", A].is_usable
    contacts.release(tx, "m", A, "officer:ada", "They emptied their mailbox")
    assert contacts.read_contacts(tx, ["m"])["m", A].is_usable
    with pytest.raises(InputError, match="in quarantine"):
        contacts.release(tx, "m", A, "officer:ada", "again")
