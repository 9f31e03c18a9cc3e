"""What was seen → what stands still, since when, and what to do."""

import datetime
from dataclasses import replace

import pytest

from routing.health import Asked, Engine, Mail, Refresh, Seen, headline, judge, look, stands_still
from routing.health.mail import BEGINS, KNOWN, what_to_do

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
SINCE = NOW - datetime.timedelta(hours=3)
WELL = Seen(engine=Engine(living=1), boundaries_at=NOW, free_bytes=10**10)

ILL = {
    "the database is away": ({"database": "away"}, "database", True, "WAYWARDEN_DATABASE_URL"),
    "nothing was started": ({"database": "away", "folder": "/srv/ww"}, "database", True, "waywarden up"),
    "the database is read-only": ({"database": "read-only"}, "database", True, "not written"),
    "the disk is full": ({"free_bytes": 1000}, "disk", True, "Make room"),
    "no engine": ({"engine": Engine(0, SINCE)}, "engine", True, "waywarden run engine"),
    "an engine without Prefect": ({"engine": Engine(1, NOW, False, SINCE)}, "prefect", True, "waywarden run prefect"),
    "Prefect does not answer": ({"asked": (Asked("prefect", "http://x", "refused"),)}, "prefect", True, "refused"),
    "mail is down": ({"mail": Mail("connect", since=SINCE, waiting=3)}, "mail", True, "3 messages wait"),
    "mail is stopped": ({"mail": Mail("sign-in-535", is_stopped=True, since=SINCE)}, "mail", True, "restart the engine"),
    "a report waits": ({"received": 1, "received_since": SINCE}, "reports", True, "1 report waits"),
    "the web is away": ({"asked": (Asked("web", "http://x", "refused"),)}, "web", True, "waywarden run web"),
    "a definition": ({"conflicts": ("The process x was changed.",)}, "definitions", False, "new version"),
    "no boundaries": ({"has_boundaries": False}, "boundaries", True, "boundaries refresh"),
    "old boundaries": ({"boundaries_at": NOW - datetime.timedelta(days=500)}, "boundaries", False, "boundaries refresh"),
    "a held refresh": ({"refreshes": (Refresh("merewold", held_at=SINCE),)}, "contacts", False, "contacts held"),
    "no Modern.Gov": (
        {"refreshes": (Refresh("merewold", away_since=SINCE, problem="moderngov-blocked"),)}, "contacts", False, "probe",
    ),
    "wrong links": ({"wrong_links": "http://127.0.0.1"}, "links", False, "WAYWARDEN_PUBLIC_URL"),
}  # fmt: skip


def test_where_all_is_well_nothing_stands_still():
    checks = judge(WELL, NOW)
    assert stands_still(checks) == []
    assert headline(checks) == "Everything works."
    assert {each.name for each in checks} >= {
        "database",
        "engine",
        "prefect",
        "mail",
        "boundaries",
        "contacts",
        "links",
    } - {"prefect" if not WELL.engine.living else ""}


@pytest.mark.parametrize("name", ILL)
def test_what_is_not_well_is_the_first_sentence_with_what_to_do(name):
    changes, part, stops, words = ILL[name]
    checks = judge(replace(WELL, **changes), NOW)
    (wrong,) = stands_still(checks)
    assert (wrong.name, wrong.stops) == (part, stops)
    said = headline(checks)
    assert words in said
    assert ("since" in said) == (wrong.since is not None)
    assert ".." not in said.replace("…", "")


def test_what_stops_reports_comes_before_what_a_person_should_look_at():
    seen = replace(WELL, mail=Mail("connect", since=NOW), refreshes=(Refresh("merewold", held_at=SINCE),))
    checks = judge(seen, NOW)
    assert [each.name for each in stands_still(checks)] == ["mail", "contacts"]
    assert headline(checks).endswith("(1 more below.)")


@pytest.mark.parametrize("answer", [*KNOWN, *(f"{begin}550" for begin in BEGINS), "something-new"])
def test_every_answer_of_the_channel_has_something_to_do(answer):
    text = what_to_do(answer, is_stopped=False)
    assert answer in text
    assert any(words in text for words in ("WAYWARDEN_", "Let it", "Ask", "Look"))
    assert "restart the engine" in what_to_do(answer, is_stopped=True)


def test_a_report_that_waits_for_prefect_is_no_riddle_of_its_own():
    seen = replace(WELL, engine=Engine(1, NOW, False, SINCE), received=4, received_since=SINCE)
    assert [each.name for each in stands_still(judge(seen, NOW))] == ["prefect"]


class TestLooking:
    def test_an_empty_installation_has_no_engine(self, database, tmp_path):
        seen = look(database, ["merewold"], tmp_path)
        assert (seen.database, seen.engine.living, seen.mail.trouble, seen.is_shipped) == ("ok", 0, None, True)
        assert seen.free_bytes > 0

    def test_what_the_living_engines_say_counts_and_what_the_dead_ones_said_does_not(self, database, tmp_path):
        with database.transaction() as tx:
            tx.execute(
                "INSERT INTO heartbeat (engine, seen_at, ended_at, prefect_reachable, mail_trouble, mail_since,"
                " mail_accepted) VALUES"
                " ('well', now(), NULL, true, NULL, NULL, '2026-11-28 10:00Z'),"
                " ('ill', now(), NULL, false, 'connect', '2026-11-28 11:00Z', '2026-11-28 09:00Z'),"
                " ('dead', now() - interval '5 minutes', NULL, false, 'tls', '2020-01-01Z', NULL),"
                " ('ended', now(), now(), false, 'tls', '2020-01-01Z', NULL)"
            )
        seen = look(database, [], None)
        assert (seen.engine.living, seen.engine.is_prefect_there) == (2, True)
        assert (seen.mail.trouble, seen.mail.since.hour, seen.mail.last_sent.hour) == ("connect", 11, 10)

    def test_a_database_that_is_away_or_read_only_is_told_apart(self, database, database_url):
        from routing.database import Database

        away = Database("postgresql://nobody@127.0.0.1:1/none", connections=1, for_people=True)
        away._is_away = True  # it has been waited for before: the next look is short
        assert look(away, [], None).database == "away"
        away.close()
        with database.transaction() as tx:
            tx.execute("ALTER ROLE waywarden SET default_transaction_read_only = on")
        try:
            standby = Database(database_url, connections=1)
            assert look(standby, [], None).database == "read-only"
            standby.close()
        finally:
            with database.transaction() as tx:
                tx.execute("SET TRANSACTION READ WRITE")
                tx.execute("ALTER ROLE waywarden RESET default_transaction_read_only")
