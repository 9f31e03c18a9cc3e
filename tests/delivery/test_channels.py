"""Several channels: each has its own slots, health and share of the outbox, and one that is down stops no other."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from routing import casework
from routing.delivery import make_channels, send_all
from routing.delivery.channels import CHANNELS
from routing.engine import make_context
from routing.engine.batches import claim
from routing.engine.heartbeat import Reach, beat
from routing.engine.resources import using
from routing.health import judge, look
from tests.casework.factory import claim as claim_batch
from tests.casework.factory import decide_batch, events_of, know_clerk, state_of, submit
from tests.conftest import until
from tests.delivery.folder import FolderChannel
from tests.posting import posting
from tests.present import present
from tests.samples import code

pytestmark = pytest.mark.fast


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "out").mkdir()
    return FolderChannel(tmp_path / "out")


@pytest.fixture
def post(database, catalogue, mailbox, folder):
    with posting(database, catalogue, mailbox) as made:
        yield replace(made, channels={**made.channels, folder.name: folder})


@pytest.fixture
def batch(database, catalogue):
    """A report to a clerk, whose message leaves as mail; its copy to road safety goes into the folder."""
    know_clerk(database, code("parish"), "clerk@parish.example")
    receipt = submit(database)
    made = claim_batch(database)
    decide_batch(database, catalogue, made)
    with database.transaction() as tx:
        tx.execute("UPDATE delivery SET channel = 'folder', address = 'roads' WHERE role = 'copy'")
    return receipt, made


def send(post, batch):
    with post.database.transaction() as tx:
        outbox = casework.read_outbox(tx, batch.id)
    return send_all(post, outbox)


def test_each_message_leaves_over_its_own_channel(post, batch, mailbox, folder):
    receipt, made = batch
    assert send(post, made) == Counter(sent=2)
    assert [message["To"] for message in mailbox.parsed()] == ["clerk@parish.example"]
    (written,) = folder.folder.iterdir()
    assert written.name.startswith("roads-")
    assert b"X-Waywarden-Reference: " + receipt.reference.encode() in written.read_bytes()


def test_one_that_is_down_stops_no_other_and_catches_up(post, batch, mailbox, folder):
    receipt, made = batch
    folder.is_down = True
    assert send(post, made) == Counter({"sent": 1, "could not leave": 1})
    assert state_of(post.database, receipt) == "sent"
    folder.is_down = False
    with post.database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
        casework.finish(tx, made.id)
        due = casework.claim_deliveries(tx, "test", 10, 60.0, ["smtp", "folder"])
    assert send(post, due) == Counter(sent=1)
    assert [event for event in events_of(post.database, receipt) if event.endswith("sent")] == ["sent", "copy-sent"]


def test_one_that_takes_its_time_keeps_no_other_waiting(post, batch, mailbox, folder):
    _, made = batch
    folder.may_go.clear()
    with ThreadPoolExecutor(1) as pool:
        sending = pool.submit(send, post, made)
        assert folder.has_one.wait(30)
        until(lambda: len(mailbox.messages) == 1, what="the mail leaves meanwhile")
        assert not sending.done()
        folder.may_go.set()
        assert sending.result(30) == Counter(sent=2)


def test_a_channel_that_an_installation_does_not_have_keeps_its_messages(post, batch, caplog):
    _, made = batch
    without = replace(post, channels={"smtp": post.channels["smtp"]})
    assert send(without, made) == Counter(sent=1, stopped=1)
    assert "This installation has no channel folder." in caplog.text
    with post.database.transaction() as tx:
        casework.finish(tx, made.id)
        assert casework.claim_deliveries(tx, "test", 10, 60.0, ["smtp"]) is None
        assert casework.claim_deliveries(tx, "test", 10, 60.0, ["folder"]) is not None


class TestAnEngine:
    @pytest.fixture
    def ctx(self, settings, folder):
        made = make_context(settings.model_copy(update={"smtp_security": "none"}))
        made.channels[folder.name] = folder
        with using(made):
            yield made
        made.close()

    @pytest.mark.parametrize(("stopped", "leaves"), [("folder", "smtp"), ("smtp", "folder")])
    def test_takes_up_what_can_leave_where_a_channel_stopped(self, ctx, batch, stopped, leaves):
        _, made = batch
        with ctx.database.transaction() as tx:
            casework.finish(tx, made.id)
        ctx.channels[stopped].health.stopped = "refused"
        taken = present(claim("deliver"))
        with ctx.database.transaction() as tx:
            assert [each.channel for each in casework.read_outbox(tx, taken.id)] == [leaves]
        assert claim("deliver") is None
        assert not ctx.all_stopped
        ctx.channels[leaves].health.stopped = "refused too"
        assert ctx.all_stopped, "the engine takes up nothing"
        assert claim("deliver") is not None, "a run that a person starts does, fails, and says why"

    def test_says_of_each_how_it_is_and_each_is_a_check_of_its_own(self, ctx, database, folder):
        folder.folder.rmdir()
        with pytest.raises(Exception, match="no-folder"):
            folder.probe()
        reach = Reach()
        reach.found()
        beat(ctx, reach, [], [])
        seen = look(database, [], None)
        assert (seen.channels["folder"].trouble, seen.channels["folder"].is_stopped) == ("no-folder", True)
        assert seen.channels["smtp"].trouble is None
        checks = {each.name: each for each in judge(seen, folder.health.trouble.since)}
        assert checks["mail"].ok
        assert not checks["folder"].ok
        assert "The channel folder cannot send (no-folder)" in checks["folder"].says
        assert "restart the engine" in checks["folder"].says
        folder.health.accepted()
        beat(ctx, reach, [], [])
        accepted = look(database, [], None).channels["folder"].last_sent
        folder.health.accepted_at = None
        beat(ctx, reach, [], [])
        assert look(database, [], None).channels["folder"].last_sent == accepted, (
            "an engine that was restarted knows none"
        )


def test_what_an_engine_of_the_former_version_says_of_mail_is_heard(database, settings):
    """It writes columns of their own, and leaves those of the channels as a newer one has left them."""
    made = make_context(settings.model_copy(update={"smtp_security": "none"}))
    made.channels["smtp"].health.stopped = "sign-in-535"
    reach = Reach()
    beat(made, reach, [], [])
    assert look(database, [], None).channels["smtp"].is_stopped
    with database.transaction() as tx:
        tx.execute("UPDATE heartbeat SET seen_at = now() + interval '5 seconds', channel_stopped = NULL")
    assert not look(database, [], None).channels["smtp"].is_stopped
    made.close()


def test_each_channel_gets_its_share_of_what_is_due(database, catalogue):
    know_clerk(database, code("parish"), "clerk@parish.example")
    for _ in range(4):
        submit(database)
    made = claim_batch(database)
    decide_batch(database, catalogue, made)
    with database.transaction() as tx:
        casework.finish(tx, made.id)
        tx.execute("UPDATE delivery SET channel = 'folder', due_at = now() - interval '1 hour' WHERE role = 'copy'")
        due = present(casework.claim_deliveries(tx, "test", 4, 60.0, ["smtp", "folder"]))
        taken = tx.execute(
            "SELECT channel, count(*) AS n FROM delivery WHERE batch = %s GROUP BY 1", (due.id,)
        ).fetchall()
    assert {row["channel"]: row["n"] for row in taken} == {"smtp": 2, "folder": 2}


def test_every_channel_is_made_from_the_settings_and_knows_its_name(settings):
    made = make_channels(settings.model_copy(update={"smtp_security": "none"}))
    assert made.keys() == CHANNELS.keys()
    for name, channel in made.items():
        assert (channel.name, channel.health.name) == (name, name)
        assert channel.slots >= 1
        channel.close()
