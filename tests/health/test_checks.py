"""What was seen → what stands still, since when, and what to do."""

import datetime
import os
import re
from dataclasses import replace
from typing import Any

import pytest

from routing.database.migrate import newest_revision
from routing.health import (
    Asked,
    CasesSeen,
    ChannelSeen,
    Engine,
    Refresh,
    Seen,
    headline,
    judge,
    known_web,
    last_well,
    look,
    mark_well,
    stands_still,
)
from routing.health.channels import BEGINS, KNOWN, what_to_do
from routing.health.check import when
from tests.present import present

NOW = datetime.datetime(2026, 11, 28, 12, tzinfo=datetime.UTC)
SINCE = NOW - datetime.timedelta(hours=3)
WELL = Seen(engine=Engine(living=1), boundaries_at=NOW, free_bytes=10**10)

ILL: dict[str, tuple[dict[str, Any], str, bool, str]] = {
    "the database is away": ({"database": "away"}, "database", True, "WAYWARDEN_DATABASE_URL"),
    "nothing was started": ({"database": "away", "folder": "/srv/ww"}, "database", True, "waywarden up"),
    "the database is read-only": ({"database": "read-only"}, "database", True, "is read-only"),
    "the disk is full": ({"free_bytes": 1000}, "disk", True, "Free some space"),
    "no engine": ({"engine": Engine(0, SINCE)}, "engine", True, "waywarden run engine"),
    "an engine without Prefect": ({"engine": Engine(1, NOW, False, SINCE)}, "prefect", True, "waywarden run prefect"),
    "Prefect refuses the engine": (
        {"engine": Engine(1, NOW, False, SINCE, "refused")}, "prefect", True, "PREFECT_API_AUTH_STRING",
    ),
    "an engine begins": ({"engine": Engine(1, NOW, False, SINCE, "unasked")}, "prefect", True, "engine is starting"),
    "the flows are not deployed": (
        {"engine": Engine(1, NOW, False, SINCE, "not-deployed")}, "prefect", True, "waywarden deploy",
    ),
    "the schema is older": ({"database": "older"}, "database", True, "waywarden db upgrade"),
    "the schema is newer": ({"database": "newer"}, "database", True, "Install"),
    "our role may read nothing": ({"database": "closed"}, "database", True, "grants"),
    "mail is down": ({"channels": {"smtp": ChannelSeen("connect", since=SINCE, waiting=3)}}, "mail", True, "3 messages wait"),
    "mail is stopped": ({"channels": {"smtp": ChannelSeen("sign-in-535", is_stopped=True, since=SINCE)}}, "mail", True, "restart the engine"),
    "every recipient is put off": (
        {"channels": {"smtp": ChannelSeen(last_answer="rcpt-451", waiting=900, oldest=SINCE, unaccepted_since=SINCE)}}, "mail", True, "rcpt-451",
    ),
    "no message can be written": (
        {"channels": {"smtp": ChannelSeen(last_answer="failed-KeyError", waiting=9, oldest=SINCE, unaccepted_since=SINCE)}}, "mail", True,
        "engine's log",
    ),
    "no engine takes up messages": (
        {"channels": {"smtp": ChannelSeen(waiting=900, oldest=SINCE, untaken_since=SINCE)}}, "mail", True, "does not send waiting messages",
    ),
    "one mailbox is full": ({"channels": {"smtp": ChannelSeen(last_answer="rcpt-452", waiting=1, oldest=SINCE)}}, "mail", False, "delayed"),
    "a report waits": ({"received": 1, "received_since": SINCE}, "reports", True, "1 report waits"),
    "a case stands still": (
        {"cases": CasesSeen(stranded=("WW-2222-2222",))}, "cases", False, "reports move",
    ),
    "no case goes on": ({"cases": CasesSeen(3, SINCE)}, "cases", True, "3 cases wait although an engine is running"),
    "the web is away": ({"asked": (Asked("web", "http://x", "refused"),)}, "web", True, "waywarden run web"),
    "a refused definition": ({"refused": "x.toml: no"}, "definitions", False, "process check"),
    "reports that no council takes": ({"not_offered": ("x no longer offers y.",)}, "definitions", False, "Offer it again"),
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
    first = re.split(r"(?<=\w\w|\d\d|.\))[.:] ", said.removeprefix("Reports and messages move. To do: "))[0]
    assert (f"since {when(wrong.since)}" if wrong.since else "since") in first
    assert ("we do not know since when" in first) == (wrong.since is None)
    assert said.startswith("Reports and messages move. To do: ") != stops
    assert ".." not in said.replace("…", "")


def test_a_prefect_that_the_engine_reaches_is_well_wherever_the_doctor_asks():
    asked = (Asked("prefect", "http://127.0.0.1:4200", "Connection refused"),)
    assert stands_still(judge(replace(WELL, asked=asked), NOW)) == []
    without = replace(WELL, engine=Engine(0, SINCE, prefect_seen=SINCE), asked=asked)
    (prefect,) = [each for each in stands_still(judge(without, NOW)) if each.name == "prefect"]
    assert "Connection refused" in prefect.says
    assert prefect.since == SINCE


def test_an_installation_in_which_no_engine_ever_ran_says_so():
    said = headline(judge(replace(WELL, engine=Engine()), NOW))
    assert said.startswith("No engine runs (none has run yet).")


@pytest.mark.parametrize(
    ("changes", "part"),
    [({"database": "away"}, "database"), ({"database": "read-only"}, "database"), ({"free_bytes": 0}, "disk"),
     ({"asked": (Asked("web", "http://x", "refused"),)}, "web")],
    ids=["away", "read-only", "disk", "web"],
)  # fmt: skip
def test_what_no_database_can_tell_began_when_it_was_last_known_to_be_well(changes, part):
    checks = judge(replace(WELL, **changes, last_well={part: SINCE}), NOW)
    assert f"since {when(SINCE)}" in headline(checks)


class TestMarks:
    def test_what_is_well_is_known_by_the_time_of_a_private_file(self, tmp_path):
        assert last_well(tmp_path) == {}
        assert known_web(tmp_path) is None
        before = datetime.datetime.now(datetime.UTC) - datetime.timedelta(seconds=1)
        mark_well(tmp_path, "database", web="http://127.0.0.1:8080")
        assert set(last_well(tmp_path)) == {"database", "disk", "web"}
        assert min(last_well(tmp_path).values()) > before
        assert known_web(tmp_path) == "http://127.0.0.1:8080"
        assert {path.stat().st_mode & 0o077 for path in tmp_path.rglob("*")} == {0}

    def test_a_mark_is_touched_and_not_written_again_so_that_a_full_disk_is_no_hindrance(self, tmp_path):
        mark_well(tmp_path, "database")
        path = tmp_path / "last-well" / "database"
        os.utime(path, (0, 0))
        inode = path.stat().st_ino
        mark_well(tmp_path, "database")
        assert path.stat().st_ino == inode
        assert last_well(tmp_path)["database"].year > 2000

    def test_where_nothing_can_be_noted_nothing_fails(self, tmp_path):
        mark_well(tmp_path / "none", "database", web="http://127.0.0.1:8080")
        assert last_well(tmp_path / "none") == last_well(None) == {}
        assert not (tmp_path / "none").exists()


def test_what_stops_reports_comes_before_what_a_person_should_look_at():
    seen = replace(
        WELL, channels={"smtp": ChannelSeen("connect", since=NOW)}, refreshes=(Refresh("merewold", held_at=SINCE),)
    )
    checks = judge(seen, NOW)
    assert [each.name for each in stands_still(checks)] == ["mail", "contacts"]
    assert headline(checks).endswith("(1 more below.)")


@pytest.mark.parametrize("answer", [*KNOWN, *(f"{begin}550" for begin in BEGINS), "something-new"])
def test_every_answer_of_the_channel_has_something_to_do(answer):
    text = what_to_do("smtp", answer, is_stopped=False)
    assert answer in text
    assert any(words in text for words in ("WAYWARDEN_", "Allow", "Ask", "Check"))
    assert "restart the engine" in what_to_do("smtp", answer, is_stopped=True)


def test_a_report_that_waits_for_prefect_is_no_riddle_of_its_own():
    seen = replace(WELL, engine=Engine(1, NOW, False, SINCE), received=4, received_since=SINCE)
    assert [each.name for each in stands_still(judge(seen, NOW))] == ["prefect"]


def test_messages_that_wait_for_prefect_or_an_engine_are_no_riddle_of_their_own():
    mail = ChannelSeen(waiting=4, oldest=SINCE, untaken_since=SINCE, unaccepted_since=SINCE)
    for engine, part in ((Engine(1, NOW, False, SINCE), "prefect"), (Engine(0, SINCE), "engine")):
        seen = replace(WELL, engine=engine, channels={"smtp": mail})
        assert [each.name for each in stands_still(judge(seen, NOW))] == [part]


class TestMessagesThatWait:
    """Told by the database alone: no engine says that anything is wrong."""

    @pytest.fixture
    def put(self, database, catalogue):
        """Set columns of the one message of a decided report, in SQL, and look."""
        from tests.casework.factory import decided

        decided(database, catalogue, "unparished")

        def put(columns: str) -> ChannelSeen:
            with database.transaction() as tx:
                tx.execute("DELETE FROM heartbeat")
                tx.execute(
                    "INSERT INTO heartbeat (engine, prefect_reachable, mail_accepted)"
                    " VALUES ('e', true, now() - interval '5 hours')"
                )
                tx.execute(f"UPDATE delivery SET batch = NULL, {columns}")
            seen = look(database, [], None)
            now = datetime.datetime.now(datetime.UTC)
            (self.check,) = [each for each in judge(seen, now) if each.name == "mail"]
            self.hours = round((now - self.check.since).total_seconds() / 3600) if self.check.since else None
            return seen.channels["smtp"]

        return put

    def test_put_off_again_and_again_they_are_late_since_they_were_written(self, put):
        put(
            "created_at = now() - interval '4 hours', due_at = now() + interval '1 hour', attempt = 3, answer = 'rcpt-451'"
        )
        assert (self.check.ok, self.check.stops, self.hours) == (False, True, 4)
        assert "rcpt-451" in self.check.says

    def test_where_others_were_accepted_since_a_person_should_look_and_nothing_stands_still(self, put):
        put(
            "created_at = now() - interval '9 hours', due_at = now() + interval '1 hour', attempt = 4, answer = 'rcpt-452'"
        )
        assert (self.check.ok, self.check.stops, self.hours) == (False, False, 9)

    def test_taken_up_by_nobody_they_are_late_since_they_were_due(self, put):
        put("created_at = now() - interval '4 hours', due_at = now() - interval '4 hours'")
        assert (self.check.ok, self.check.stops, self.hours) == (False, True, 4)
        assert "does not send waiting messages" in self.check.says

    @pytest.mark.parametrize(
        "columns",
        [
            "created_at = now(), due_at = now()",
            "created_at = now() - interval '4 hours', held_at = now(), due_at = now() + interval '1 hour'",
            "created_at = now() - interval '4 hours', held_at = now() - interval '1 hour', due_at = now()",
        ],
        ids=["new", "held for the end of the hour", "held until just now"],
    )
    def test_what_waits_on_purpose_is_not_late(self, put, columns):
        put(columns)
        assert self.check.ok, self.check.says

    def test_members_of_a_digest_wait_for_its_head(self, put, database):
        with database.transaction() as tx:
            tx.execute(
                "INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason,"
                " state, due_at) SELECT gen_random_uuid(), report, 9, 'head', 'copy', 'smtp', address, 'head', '',"
                " 'pending', now() FROM delivery LIMIT 1"
            )
            tx.execute("UPDATE delivery SET digest = (SELECT id FROM delivery WHERE recipient = 'head')")
        mail = put(
            "due_at = now() - interval '4 hours' * (recipient <> 'head')::int,"
            " created_at = now() - interval '4 hours' * (recipient <> 'head')::int"
        )
        assert self.check.ok, self.check.says
        assert mail.waiting == 1

    def test_a_follow_up_waits_for_what_it_follows_and_is_late_since_that_left(self, put, database):
        with database.transaction() as tx:
            tx.execute(
                "INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason,"
                " state, follows) SELECT gen_random_uuid(), report, 9, 'after', 'follow-up', 'smtp', address, 'after', '',"
                " 'pending', id FROM delivery LIMIT 1"
            )
        waits = (
            "created_at = now() - interval '4 hours', due_at = now() - interval '4 hours' * (recipient = 'after')::int"
        )
        assert put(f"{waits}, held_at = CASE WHEN recipient <> 'after' THEN now() END").waiting == 1
        assert self.check.ok, self.check.says
        left = "state = CASE WHEN recipient = 'after' THEN 'pending' ELSE 'sent' END, sent_at = now(), due_at = now()"
        put(f"created_at = now() - interval '4 hours', {left}")
        assert self.check.ok, self.check.says


class TestLooking:
    def test_an_empty_installation_has_no_engine(self, database, tmp_path):
        seen = look(database, ["merewold"], tmp_path)
        assert (seen.database, seen.engine.living, seen.channels["smtp"].trouble, seen.is_shipped) == (
            "ok",
            0,
            None,
            True,
        )
        assert present(seen.free_bytes) > 0

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
        assert (
            seen.channels["smtp"].trouble,
            present(seen.channels["smtp"].since).hour,
            present(seen.channels["smtp"].last_sent).hour,
        ) == ("connect", 11, 10)

    def test_a_schema_of_a_newer_waywarden_that_lacks_what_is_read_is_no_traceback(self, database, tmp_path):
        with database.transaction() as tx:
            tx.execute("UPDATE alembic_version SET version_num = '9999'")
            tx.execute("ALTER TABLE heartbeat RENAME TO pulse")
        try:
            assert look(database, [], tmp_path).database == "newer"
        finally:
            with database.transaction() as tx:
                tx.execute("ALTER TABLE pulse RENAME TO heartbeat")
                tx.execute("UPDATE alembic_version SET version_num = %s", (newest_revision(),))

    def test_a_database_that_is_away_or_read_only_is_told_apart(self, database, database_url):
        from routing.database import Database

        away = Database("postgresql://nobody@127.0.0.1:1/none", connections=1, for_people=True)
        away._is_away = True  # it has been waited for before: the next look is short
        assert look(away, [], None).database == "away"
        away.close()
        with database.transaction() as tx:
            tx.execute(
                "INSERT INTO heartbeat (engine, seen_at, prefect_reachable) VALUES ('e', '2026-11-28 10:00Z', true)"
            )
            tx.execute("ALTER ROLE waywarden SET default_transaction_read_only = on")
        try:
            standby = Database(database_url, connections=1)
            seen = look(standby, [], None)
            assert seen.database == "read-only"
            assert seen.last_well["database"] == datetime.datetime(2026, 11, 28, 10, tzinfo=datetime.UTC)
            standby.close()
        finally:
            with database.transaction() as tx:
                tx.execute("SET TRANSACTION READ WRITE")
                tx.execute("ALTER ROLE waywarden RESET default_transaction_read_only")
