"""A refresh: resumed where it was, whole or not at all, asked of each page no more than it must."""

import datetime
from dataclasses import replace

import pytest
import requests

from routing import contacts
from routing.contacts.moderngov import Busy, ModernGov, Throttle, Transport, accept, discard, gather, need_held
from routing.contacts.moderngov.rounds import open_round, read_pages
from routing.standins import Rule
from tests.contacts.conftest import SLUG

pytestmark = pytest.mark.thorough


def held(database):
    with database.transaction() as tx:
        return contacts.read_source(tx, SLUG)


def rounds(database):
    with database.transaction() as tx:
        rows = tx.execute("SELECT outcome FROM contact_round ORDER BY id").fetchall()
    return [row["outcome"] for row in rows]


def test_every_linked_parish_is_found_and_a_shared_page_is_read_once(database, refresh, faulty, links):
    faulty.asked.clear()
    found = refresh()
    assert (found.outcome, dict(found.problems), found.unlisted) == ("applied", {}, ())
    known = held(database)
    assert set(known) == set(links)
    joint = [each for each in known.values() if each.published.council_name.startswith("Joint")]
    assert len(joint) == 2
    assert len({each.source_url for each in joint}) == 1
    assert len(faulty.asked) == 1 + len(set(links.values()))


def test_words_in_the_email_field_are_kept_for_a_person_and_never_used(database, refresh):
    refresh()
    pages = [each.published for each in held(database).values()]
    (two,) = [page for page in pages if page.raw_email]
    assert two.email is None
    assert ";" in two.raw_email
    assert sum(page.is_vacant for page in pages) == 1


def test_pages_that_have_not_changed_are_not_sent_again_and_count_as_confirmed(database, refresh, faulty):
    refresh()
    before = held(database)
    faulty.asked.clear()
    found = refresh()
    assert {status for _, status in faulty.asked} == {304}
    assert {change.kind for change in found.changes} == {"confirmed"}
    assert all(each.checked_at > before[code].checked_at for code, each in held(database).items())


def test_only_the_page_that_changed_is_sent_whole(database, refresh, faulty, links):
    refresh()
    code, identifier = min(links.items())
    entry = next(each for each in faulty.entries if each.moderngov_id == identifier)
    faulty.entries[faulty.entries.index(entry)] = replace(entry, email="new@beckwith.example")
    faulty.asked.clear()
    found = refresh()
    faulty.entries[:] = [entry if each.moderngov_id == identifier else each for each in faulty.entries]
    assert [where for where, status in faulty.asked if status == 200] == [
        f"/{SLUG}/mgParishCouncilDetails.aspx?id={identifier}"
    ]
    assert [(c.finding.parish_code, c.kind, c.fields) for c in found.changes if c.kind != "confirmed"] == [
        (code, "changed", ("email",))
    ]
    with database.transaction() as tx:
        newest = contacts.read_history(tx, SLUG, code)[0]
    assert newest["before"] == {"email": entry.email}


def test_a_server_without_etags_is_asked_for_everything_again(refresh, faulty):
    faulty.rules = [Rule("no-etag")]
    refresh()
    faulty.asked.clear()
    refresh()
    assert {status for _, status in faulty.asked} == {200}


def test_the_list_comes_from_the_index_page_where_the_service_is_off(refresh, faulty):
    faulty.rules = [Rule("service-off")]
    found = refresh()
    assert (found.outcome, dict(found.problems), found.unlisted) == ("applied", {}, ())
    assert found.listed is not None


LIST_FAULTS = [
    ("bad-gateway", "moderngov-server-fault"),
    ("challenge", "moderngov-blocked"),
    ("error-page", "moderngov-unexpected-shape"),
]


@pytest.mark.parametrize(("fault", "code"), LIST_FAULTS)
def test_a_list_that_fails_is_named_and_the_pages_are_still_read(database, refresh, faulty, links, fault, code):
    faulty.rules = [Rule(fault, "asmx"), Rule(fault, "bcr=1")]
    found = refresh()
    assert dict(found.problems) == {"": code}
    assert set(held(database)) == set(links)


@pytest.mark.parametrize("fault", ["error-page", "silence", "challenge", "drop-late", "no-modgov", "unknown-404"])
def test_pages_that_fail_leave_the_last_good_copy_as_it_is(database, refresh, faulty, links, fault):
    refresh()
    before = held(database)
    faulty.rules = [Rule(fault, "ID=")]
    found = refresh()
    assert set(found.problems) == set(links)
    assert held(database) == before


@pytest.mark.parametrize("fault", ["councillor-redirect", "councillor-page", "other-council", "protected"])
def test_a_page_that_is_another_page_never_becomes_the_clerk(database, refresh, faulty, links, fault):
    refresh()
    before = held(database)
    faulty.rules = [Rule(fault, "ID=")]
    found = refresh()
    assert set(found.problems) == (set(links) if fault != "other-council" else set(found.problems) & set(links))
    assert set(found.problems.values()) <= {"moderngov-other-page", "moderngov-blocked"}
    assert found.problems
    after = held(database)
    assert {code: after[code] for code in found.problems} == {code: before[code] for code in found.problems}


def test_a_label_that_nobody_knows_is_a_finding_and_waits_on_the_work_list(database, refresh, faulty, links):
    from routing.contacts import moderngov

    faulty.rules = [Rule("unknown-labels", "ID=")]
    found = refresh()
    assert set().union(*found.unread.values()) == {"Hotline", "Postbox"}
    assert found.counts["unread"] == len(found.unread) > 1
    with database.transaction() as tx:
        assert set(moderngov.unread_labels(tx, SLUG)) == {links[code] for code in found.unread}
    faulty.rules = []
    assert refresh().unread == {}


def test_what_failed_for_the_time_being_is_tried_three_times(refresh, faulty, links):
    identifier = min(links.values())
    faulty.rules = [Rule("bad-gateway", f"ID={identifier}", times=2)]
    assert dict(refresh().problems) == {}
    faulty.asked.clear()
    faulty.rules = [Rule("bad-gateway", f"ID={identifier}")]
    assert set(refresh().problems.values()) == {"moderngov-server-fault"}
    assert sum(f"id={identifier}" in where.lower() for where, _ in faulty.asked) == 3


def test_what_will_not_help_is_tried_once(refresh, faulty, links):
    identifier = min(links.values())
    faulty.asked.clear()
    faulty.rules = [Rule("unknown-404", f"ID={identifier}")]
    refresh()
    assert sum(f"id={identifier}" in where.lower() for where, _ in faulty.asked) == 1


def test_a_host_that_blocks_is_left_alone_after_three_pages(refresh, faulty):
    faulty.asked.clear()
    faulty.rules = [Rule("challenge")]
    found = refresh()
    assert set(found.problems.values()) == {"moderngov-blocked"}
    assert len(faulty.asked) == 4  # the list by service and by index, and two pages


def test_a_refresh_that_would_lose_more_than_a_fifth_waits_for_a_person(database, refresh, faulty, council):
    refresh()
    before = held(database)
    faulty.rules = [Rule("no-email", "ID=")]
    found = refresh()
    assert found.outcome == "held"
    assert found.lost == found.had > 0
    assert held(database) == before
    with database.transaction() as tx:
        number = need_held(tx, SLUG)
        accepted = accept(tx, council, number, "officer:ada")
    assert accepted is not None
    assert accepted.outcome == "accepted"
    assert not any(each.is_usable for each in held(database).values())
    assert rounds(database) == ["applied", "accepted"]


def test_a_held_refresh_that_a_person_discards_changes_nothing(database, refresh, faulty):
    refresh()
    before = held(database)
    faulty.rules = [Rule("vacant", "ID=")]
    refresh()
    with database.transaction() as tx:
        discard(tx, need_held(tx, SLUG), "officer:ada")
    assert held(database) == before
    assert rounds(database) == ["applied", "discarded"]


def test_a_held_refresh_is_superseded_by_the_next(database, refresh, faulty):
    refresh()
    faulty.rules = [Rule("vacant", "ID=")]
    refresh()
    faulty.rules = []
    refresh()
    assert rounds(database) == ["applied", "superseded", "applied"]


def test_a_list_that_is_far_shorter_waits_for_a_person(database, refresh, faulty):
    refresh()
    whole = list(faulty.entries)
    faulty.entries[:] = whole[: len(whole) // 2]
    try:
        found = refresh()
    finally:
        faulty.entries[:] = whole
    assert found.outcome == "held"
    assert found.listed < found.listed_before


def test_a_theme_that_shows_the_name_elsewhere_gets_it_from_the_list(database, refresh, faulty):
    faulty.rules = [Rule("h1-outside", "ID=")]
    assert dict(refresh().problems) == {}
    assert all(each.published.council_name for each in held(database).values())


def test_parishes_without_a_link_are_proposed_by_name_and_wait(database, refresh, links):
    found = refresh({})
    assert (found.outcome, found.changes) == ("applied", ())
    with database.transaction() as tx:
        proposed = {(link.parish_code, link.moderngov_id) for link in contacts.list_links(tx, SLUG)}
        assert contacts.read_links(tx, SLUG) == {}
    joint = {code for code, identifier in links.items() if identifier == links["E04999004"]}
    assert {pair for pair in proposed if pair not in links.items()} == {("E04999011", 764), ("E04999053", 470)}, (
        "two parishes have one name"
    )
    assert set(links.items()) - proposed == {(code, links[code]) for code in joint}, "its title names neither"


def test_a_round_that_was_interrupted_asks_only_for_what_it_had_not_read(database, refresh, faulty, links, moderngov):
    class Killed(Exception):
        pass

    def die(done, _of):
        if done == 11:
            raise Killed

    client = ModernGov(Transport(f"{moderngov}/{SLUG}", Throttle(0)))
    with pytest.raises(Killed):
        gather(database, SLUG, client, links, "test", die)
    client.transport.close()
    with database.transaction() as tx:
        read = {page.moderngov_id for page in read_pages(tx, SLUG).values()}
        assert contacts.read_source(tx, SLUG) == {}
    assert len(read) == 11
    faulty.asked.clear()
    refresh()
    assert len(faulty.asked) == 1 + len(set(links.values())) - len(read)
    assert rounds(database) == ["applied"]
    assert set(held(database)) == set(links)


def test_a_round_of_yesterday_is_not_resumed(database, refresh):
    with database.transaction() as tx:
        open_round(tx, SLUG, "test")
        tx.execute("UPDATE contact_round SET started_at = now() - interval '21 hours'")
    refresh()
    assert rounds(database) == ["abandoned", "applied"]


def test_what_an_older_parser_read_is_asked_for_anew(database, refresh, faulty):
    refresh()
    with database.transaction() as tx:
        tx.execute("UPDATE contact_page SET parser = 0")
    faulty.asked.clear()
    refresh()
    assert {status for _, status in faulty.asked} == {200}


def test_two_refreshes_do_not_ask_one_host_at_once(database, moderngov):
    from routing.contacts.moderngov.asking import only_one

    client = ModernGov(Transport(f"{moderngov}/saltby", Throttle(0)))
    with only_one(database, f"{moderngov}/merewold"), pytest.raises(Busy):
        gather(database, "saltby", client, {}, "test")
    client.transport.close()


def test_with_modern_gov_switched_off_the_directory_serves_its_last_good_copy(database, refresh, faulty, links):
    refresh()
    before = held(database)
    faulty.rules = [Rule("drop-early")]
    found = refresh()
    assert set(found.problems) == {"", *links}
    assert set(found.problems.values()) == {"moderngov-unreachable"}
    assert held(database) == before
    now = datetime.datetime.now(datetime.UTC)
    rules = contacts.Freshness(7, 30)
    assert {rules.state(each, now + datetime.timedelta(days=8)).value for each in before.values()} <= {
        "stale",
        "vacant",
    }


def test_the_standin_can_be_told_by_header_what_goes_wrong(moderngov):
    answer = requests.get(
        f"{moderngov}/{SLUG}/mgWebService.asmx/GetParishCouncils", headers={"X-Fault": "challenge"}, timeout=5
    )
    assert answer.status_code == 403
