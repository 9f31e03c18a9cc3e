"""Which id speaks for which parish: proposals, what a person said, what the file says, what a vintage touches."""

import datetime

import pytest

from routing import contacts
from routing.contacts.links import reopen, store_proposals
from routing.contacts.names import Proposal
from routing.errors import InputError

A, B, C = "E04999003", "E04999004", "E04999006"
NOW = datetime.datetime(2026, 11, 21, tzinfo=datetime.UTC)


@pytest.fixture
def tx(database):
    with database.transaction() as opened:
        yield opened


def links(tx):
    return [
        (link.parish_code, link.moderngov_id, link.state.value, link.author) for link in contacts.list_links(tx, "m")
    ]


def work(tx):
    return [(each.parish_code, each.why) for each in contacts.work_list(contacts.list_links(tx, "m"), [A, B, C])]


def known(tx, code):
    page = contacts.Published("P", "C", "clerk@x.example", None, None, None)
    finding = contacts.Finding(code, "https://x.example", page, NOW)
    contacts.apply(tx, "m", contacts.compare({}, [finding]))


def test_proposals_wait_and_only_what_a_person_confirmed_is_used(tx):
    assert store_proposals(tx, "m", [Proposal(A, 1, "A"), Proposal(B, 2, "B"), Proposal(B, 3, "B too")]) == 3
    assert contacts.read_links(tx, "m") == {}
    assert work(tx) == [(A, "proposed"), (B, "ambiguous"), (C, "unmatched")]
    contacts.confirm(tx, "m", B, 3, "officer:ada", "it is the newer one")
    assert contacts.read_links(tx, "m") == {B: 3}
    assert work(tx) == [(A, "proposed"), (C, "unmatched")]
    assert links(tx) == [(A, 1, "proposed", "names"), (B, 3, "confirmed", "officer:ada")]


def test_what_was_rejected_is_not_proposed_again_and_what_no_longer_holds_goes(tx):
    store_proposals(tx, "m", [Proposal(A, 1, "A"), Proposal(B, 2, "B")])
    contacts.reject(tx, "m", A, 1, "officer:ada", "another county")
    assert store_proposals(tx, "m", [Proposal(A, 1, "A")]) == 0
    assert links(tx) == [(A, 1, "rejected", "officer:ada")]
    assert work(tx) == [(A, "unmatched"), (B, "unmatched"), (C, "unmatched")]


def test_the_file_is_taken_over_and_a_person_wins_over_it(tx):
    contacts.store_links(tx, "m", {A: 1, B: 2})
    contacts.confirm(tx, "m", A, 9, "officer:ada")
    contacts.reject(tx, "m", B, 2, "officer:ada", "wrong")
    contacts.store_links(tx, "m", {A: 1, B: 2, C: 3})
    assert contacts.read_links(tx, "m") == {A: 9, C: 3}


@pytest.mark.parametrize("file", [{}, {A: 2}])
def test_a_contact_whose_line_is_gone_from_the_file_is_not_used_any_more(tx, file):
    contacts.store_links(tx, "m", {A: 1})
    known(tx, A)
    contacts.store_links(tx, "m", file)
    found = contacts.read_contacts(tx, ["m"])["m", A]
    assert (found.state, found.reason, found.is_usable) == ("quarantined", "link-changed", False)


def test_a_contact_whose_link_changes_is_not_used_until_its_new_page_is_read(tx):
    contacts.store_links(tx, "m", {A: 1})
    known(tx, A)
    contacts.confirm(tx, "m", A, 5, "officer:ada")
    held = contacts.read_source(tx, "m")
    assert not held[A].is_usable
    page = contacts.Published("P", "C", "clerk@x.example", None, None, None)
    changes = contacts.compare(held, [contacts.Finding(A, "https://x.example", page, NOW)])
    assert [change.kind for change in changes] == ["released"]
    contacts.apply(tx, "m", changes)
    assert contacts.read_contacts(tx, ["m"])["m", A].is_usable


def test_rejecting_what_is_not_there_says_so(tx):
    with pytest.raises(InputError, match="has no link to 4"):
        contacts.reject(tx, "m", A, 4, "officer:ada", "")


def test_a_reopened_link_stays_in_use_until_somebody_has_looked(tx):
    contacts.store_links(tx, "m", {A: 1, B: 2})
    assert reopen(tx, [A], "the parish has another name") == 1
    contacts.store_links(tx, "m", {A: 1, B: 2})
    assert contacts.read_links(tx, "m") == {A: 1, B: 2}
    assert work(tx) == [(A, "reopened"), (C, "unmatched")]
    contacts.confirm(tx, "m", A, 1, "officer:ada")
    assert work(tx) == [(C, "unmatched")]


def test_a_file_that_takes_most_links_away_is_taken_for_a_broken_one_and_no_file_says_nothing(tx):
    many = {f"E0499910{n}": n + 1 for n in range(9)}
    contacts.store_links(tx, "m", many)
    contacts.store_links(tx, "m", None)
    with pytest.raises(InputError, match="deletes or changes 9 of 9 links"):
        contacts.store_links(tx, "m", {})
    assert contacts.read_links(tx, "m") == many
    contacts.store_links(tx, "m", dict(list(many.items())[1:]))
    assert len(contacts.read_links(tx, "m")) == 8


def test_the_file_takes_over_what_was_only_proposed_and_corrects_what_was_reopened(tx):
    store_proposals(tx, "m", [Proposal(A, 1, "A")])
    contacts.store_links(tx, "m", {A: 1, B: 2})
    assert contacts.read_links(tx, "m") == {A: 1, B: 2}
    reopen(tx, [B], "the parish has another name")
    contacts.store_links(tx, "m", {A: 1, B: 3})
    assert contacts.read_links(tx, "m") == {A: 1, B: 3}


def test_everything_that_becomes_of_a_link_is_kept(tx):
    store_proposals(tx, "m", [Proposal(A, 1, "A"), Proposal(A, 2, "A too")])
    contacts.confirm(tx, "m", A, 2, "officer:ada", "it is the newer one")
    reopen(tx, [A], "the parish has another name")
    contacts.confirm(tx, "m", A, 2, "officer:bob", "still")
    contacts.confirm(tx, "m", A, 2, "officer:bob", "still")
    found = contacts.read_link_history(tx, "m", A)
    assert [(each["moderngov_id"], each["state"], each["reason"]) for each in found[:4]] == [
        (2, "confirmed", "still"),
        (2, "reopened", "the parish has another name"),
        (2, "confirmed", "it is the newer one"),
        (1, None, ""),
    ]
    assert {(each["moderngov_id"], each["state"]) for each in found[4:]} == {(1, "proposed"), (2, "proposed")}
    assert [each["author"] for each in found if each["state"] == "confirmed"] == ["officer:bob", "officer:ada"]


def test_a_line_that_comes_back_brings_its_contact_back(tx):
    contacts.store_links(tx, "m", {A: 1})
    page = contacts.Published("P", "C", "clerk@x.example", None, None, None)
    finding = contacts.Finding(A, "https://x.example/mgParishCouncilDetails.aspx?ID=1", page, NOW)
    contacts.apply(tx, "m", contacts.compare({}, [finding]))
    contacts.store_links(tx, "m", {})
    assert not contacts.read_contacts(tx, ["m"])["m", A].is_usable
    contacts.store_links(tx, "m", {A: 1})
    assert contacts.read_contacts(tx, ["m"])["m", A].is_usable


def test_a_line_of_a_parish_that_the_council_has_not_is_not_taken_over_and_goes_where_it_was(tx):
    contacts.store_links(tx, "m", {A: 1, B: 2, C: 3})
    contacts.store_links(tx, "m", {A: 1, B: 2, C: 3}, [A])
    assert contacts.read_links(tx, "m") == {A: 1}
    contacts.store_links(tx, "m", {A: 1, B: 2}, [])  # no boundaries answer: nothing is known of its parishes
    assert contacts.read_links(tx, "m") == {A: 1, B: 2}
    assert contacts.foreign({A: 1, B: 2, C: 3}, [A]) == [B, C]
    assert contacts.foreign({A: 1}, []) == contacts.foreign(None, [A]) == []
