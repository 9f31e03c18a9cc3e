"""Mail to people who did not ask for it: a cap for each mailbox, digests for recipients, and a word that stops it."""

import re

import pytest
import requests

from routing import casework
from routing.casework import Reporter, mailbox_of
from routing.casework.outbox.digests import MOST_BYTES
from routing.delivery import DeliveryContext, MailServer, Sender, SmtpChannel, send_all
from tests.casework.factory import claim, decide_batch, events_of, know_clerk, state_of, submit
from tests.delivery.sending import send
from tests.present import present
from tests.samples import code, submission
from tests.web.citizen import check_page, text_of

pytestmark = pytest.mark.thorough

CLERK, ROADS, REVIEW = "clerk@parish.example", "road-safety@merewold.example", "review@merewold.example"
VICTIM = "victim@elsewhere.example"


@pytest.fixture
def make_post(database, catalogue, mailbox):
    channel = SmtpChannel(
        MailServer("127.0.0.1", mailbox.port, "none", timeout_s=5), Sender("waywarden@reports.example")
    )
    made = DeliveryContext(
        database,
        catalogue,
        {channel.name: channel},
        Sender("waywarden@reports.example"),
        (60.0, 300.0),
        "https://r.example",
        20,
    )
    yield made
    channel.close()


def route(post, catalogue, per_hour: int = 0):
    batch = claim(post.database, size=1000)
    decide_batch(post.database, catalogue, batch)
    return send(post, batch, per_hour)


def send_due(post, per_hour: int = 0):
    with post.database.transaction() as tx:
        batch = casework.claim_deliveries(tx, "test", 1000, 60)
    return send(post, batch, per_hour) if batch is not None else {}


def an_hour_later(post):
    """The clock of what was put off, set ahead."""
    with post.database.transaction() as tx:
        tx.execute("UPDATE delivery SET due_at = now() WHERE held_at IS NOT NULL AND state = 'pending'")
        tx.execute("UPDATE delivery SET sent_at = sent_at - interval '1 hour' WHERE sent_at IS NOT NULL")


def got(mailbox, address):
    return [message for message in mailbox.parsed() if message["To"] == address]


class TestACitizensMailbox:
    def test_a_burst_of_540_messages_ends_at_the_cap(self, make_post, catalogue, mailbox):
        """Seen before there was one: 180 reports with the address of somebody else, three messages each."""
        know_clerk(make_post.database, code("parish"), CLERK)
        tagged = [VICTIM, VICTIM.upper(), "victim+a@elsewhere.example", "Victim+b.c@Elsewhere.example"]
        for number in range(180):
            submit(make_post.database, "parish", reporter=Reporter(None, tagged[number % 4], None, False))
        route(make_post, catalogue)
        for _ in range(3):
            send_due(make_post)
        received = [message for message in mailbox.messages if message["envelope_to"][0].lower().startswith("victim")]
        assert len(received) == 20
        assert len(got(mailbox, CLERK)) == 180, "what somebody is to act on goes out all the same"

    def test_other_mailboxes_get_theirs_and_the_next_day_so_does_this_one(self, make_post, catalogue, mailbox):
        for number in range(25):
            submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
            submit(make_post.database, "unparished", reporter=Reporter(None, f"c{number}@x.example", None, False))
        route(make_post, catalogue)
        assert len(got(mailbox, VICTIM)) == 20
        assert len({m["envelope_to"][0] for m in mailbox.messages if m["envelope_to"][0].endswith("@x.example")}) == 25
        with make_post.database.transaction() as tx:
            tx.execute("UPDATE delivery SET written_at = written_at - interval '25 hours'")
        submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
        route(make_post, catalogue)
        assert len(got(mailbox, VICTIM)) == 21

    def test_withdrawing_in_between_does_not_reset_the_count(self, make_post, catalogue, mailbox):
        for _ in range(30):
            receipt = submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
            route(make_post, catalogue)
            with make_post.database.transaction() as tx:
                casework.withdraw(tx, catalogue, receipt.id)
            send_due(make_post)
        assert len(got(mailbox, VICTIM)) == 20

    def test_the_address_itself_is_kept_nowhere_for_that(self, make_post, catalogue):
        receipt = submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
        route(make_post, catalogue)
        with make_post.database.transaction() as tx:
            casework.withdraw(tx, catalogue, receipt.id)
        send_due(make_post)
        with make_post.database.transaction() as tx:
            rows = tx.execute("SELECT address, address_hash FROM delivery WHERE role = 'citizen'").fetchall()
            assert {row["address"] for row in rows} == {""}
            assert all(row["address_hash"] for row in rows)
            assert tx.execute("SELECT count(*) AS n FROM reporter").fetchone()["n"] == 0

    @pytest.mark.parametrize(
        ("address", "mailbox"),
        [
            ("Ada@Example.org", "ada@example.org"),
            ("ada+anything@example.org", "ada@example.org"),
            ("a.d.a@gmail.com", "ada@gmail.com"),
            ("a.d.a+x@googlemail.com", "ada@gmail.com"),
            ("a.d.a@example.org", "a.d.a@example.org"),
            ("+x@example.org", "+x@example.org"),
        ],
    )
    def test_addresses_of_one_mailbox_count_together(self, address, mailbox):
        assert mailbox_of(address) == mailbox


class TestThisWasNotMe:
    def link(self, message) -> str:
        for kind in ("plain", "html"):
            found = re.search(r"https://r\.example(/not-me/[0-9a-f]{64})", message.get_body((kind,)).get_content())
            assert found, kind
        return present(found)[1]

    @pytest.fixture
    def told(self, make_post, catalogue, mailbox):
        """A message to somebody who did not ask for it; its link."""
        submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
        route(make_post, catalogue)
        return self.link(got(mailbox, VICTIM)[0])

    def test_every_message_to_a_citizen_has_the_link(self, make_post, catalogue, mailbox):
        receipt = submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
        route(make_post, catalogue)
        with make_post.database.transaction() as tx:
            casework.withdraw(tx, catalogue, receipt.id)
        send_due(make_post)
        messages = got(mailbox, VICTIM)
        assert len(messages) == 2
        assert len({self.link(message) for message in messages}) == 1

    def test_to_look_at_it_does_nothing_and_to_press_its_button_stops_all_further_mail(
        self, told, make_post, catalogue, mailbox, web
    ):
        page = check_page(web.get(told))
        assert text_of(page, "h1").strip() == "Stop emails to your address?"
        submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
        route(make_post, catalogue)
        assert len(got(mailbox, VICTIM)) == 2
        done = requests.post(f"{web.url}{told}", timeout=10)
        assert text_of(check_page(done), "h1").strip() == "Emails stopped"
        other = submit(
            make_post.database, "unparished", reporter=Reporter(None, "VICTIM+x@elsewhere.example", None, False)
        )
        assert route(make_post, catalogue)["dropped"] == 1
        assert len(mailbox.messages) == 2 + 3
        assert state_of(make_post.database, other) == "sent", "the report goes where it belongs"
        assert requests.post(f"{web.url}{told}", timeout=10).ok, "and to press it twice is nothing else"

    def test_an_officer_allows_it_again(self, told, make_post, catalogue, mailbox, web):
        requests.post(f"{web.url}{told}", timeout=10)
        with make_post.database.transaction() as tx:
            assert casework.allow_mail(tx, casework.hash_of(tx, VICTIM))
            assert not casework.allow_mail(tx, casework.hash_of(tx, VICTIM))
        submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
        route(make_post, catalogue)
        assert len(got(mailbox, VICTIM)) == 2

    @pytest.mark.parametrize("key", ["x", "0" * 64, "zz" * 32, "0" * 62, "é" * 64])
    def test_another_key_is_nobodys(self, web, key):
        assert web.get(f"/not-me/{key}").status_code == 404
        assert requests.post(f"{web.url}/not-me/{key}", timeout=10).status_code == 404

    def test_the_link_opens_no_report(self, told, web):
        page = web.get(told).text
        assert "WW-" not in page
        assert "token" not in page


class TestARecipient:
    """Gets so many messages in an hour one by one, and then one with the rest."""

    @pytest.fixture
    def many(self, make_post, catalogue, mailbox):
        know_clerk(make_post.database, code("parish"), CLERK)
        receipts = [submit(make_post.database, "parish") for _ in range(12)]
        return receipts, route(make_post, catalogue, per_hour=5)

    def test_letters_to_act_go_singly_also_beyond_the_cap(self, many, mailbox):
        assert len(got(mailbox, CLERK)) == 12
        assert len(got(mailbox, ROADS)) == 5

    def test_the_copies_that_were_put_off_come_as_one_when_the_hour_is_over(self, many, make_post, mailbox):
        receipts, _ = many
        assert send_due(make_post, 5) == {}
        an_hour_later(make_post)
        assert send_due(make_post, 5) == {"sent": 1}
        digest = got(mailbox, ROADS)[-1]
        assert digest["Subject"].startswith("7 messages about reports")
        text = digest.get_body(("plain",)).get_content()
        html = digest.get_body(("html",)).get_content()
        singly = {message["X-Waywarden-Reference"] for message in got(mailbox, ROADS)[:-1]}
        rest = {receipt.reference for receipt in receipts} - singly
        assert len(rest) == 7
        assert all(reference in text and reference in html for reference in rest)
        assert "You do not need to act on these 7 messages" in text
        assert "&lt;" not in html
        with make_post.database.transaction() as tx:
            rows = tx.execute("SELECT state, count(*) AS n FROM delivery WHERE role = 'copy' GROUP BY 1").fetchall()
        assert [(row["state"], row["n"]) for row in rows] == [("sent", 12)]
        assert all(events_of(make_post.database, each).count("copy-sent") == 1 for each in receipts)

    def test_the_same_digest_is_repeated_where_its_answer_was_lost(self, many, make_post, mailbox):
        an_hour_later(make_post)
        with make_post.database.transaction() as tx:
            batch = present(casework.claim_deliveries(tx, "test", 1000, 60))
            casework.bundle(tx, batch.id, 5)
            (first,) = casework.read_outbox(tx, batch.id)
        with make_post.database.transaction() as tx:
            casework.release(tx, batch.id, "crashed", 5, counts=False)
            again = present(casework.claim_deliveries(tx, "other", 1000, 60))
            casework.bundle(tx, again.id, 5)
            (second,) = casework.read_outbox(tx, again.id)
        assert first.message_id == second.message_id
        assert {each.id for each in first.members} == {each.id for each in second.members}
        assert len(first.members) == 7

    def test_a_member_whose_report_is_withdrawn_is_left_out_and_a_head_gives_way(
        self, many, make_post, catalogue, mailbox
    ):
        an_hour_later(make_post)
        with make_post.database.transaction() as tx:
            batch = present(casework.claim_deliveries(tx, "test", 1000, 60))
            casework.bundle(tx, batch.id, 5)
            (head,) = casework.read_outbox(tx, batch.id)
            casework.finish(tx, batch.id)
        member = next(each for each in head.members if each.id != head.id)
        for withdrawn in (member.report, head.report):
            with make_post.database.transaction() as tx:
                casework.withdraw(tx, catalogue, withdrawn)
        send_due(make_post, 5)
        send_due(make_post, 5)
        texts = [message.get_body(("plain",)).get_content() for message in got(mailbox, ROADS)[5:]]
        (digest,) = [text for text in texts if "We put them in one email" in text]
        assert member.reference not in digest
        assert head.reference not in digest
        assert digest.count("Reference: WW-") == 5

    def test_a_digest_that_is_refused_is_told_to_the_officers_once(self, many, make_post, mailbox):
        receipts, _ = many
        an_hour_later(make_post)
        mailbox.behave(refuse_rcpt={ROADS: "550 5.7.1"})
        send_due(make_post, 5)
        mailbox.behave()
        send_due(make_post, 5)
        (told,) = got(mailbox, REVIEW)
        text = told.get_body(("plain",)).get_content()
        assert sum(receipt.reference in text for receipt in receipts) == 7
        with make_post.database.transaction() as tx:
            rows = tx.execute("SELECT count(*) AS n FROM delivery WHERE role = 'copy' AND state = 'refused'").fetchone()
        assert rows["n"] == 7

    def test_additions_wait_too_and_say_in_the_digest_what_they_would_have_said(self, make_post, catalogue, mailbox):
        from uuid import uuid4

        know_clerk(make_post.database, code("parish"), CLERK)
        receipts = [submit(make_post.database, "parish") for _ in range(3)]
        route(make_post, catalogue, per_hour=3)
        for number, receipt in enumerate(receipts):
            with make_post.database.transaction() as tx:
                casework.add_information(tx, catalogue, receipt.id, uuid4(), f"More of <b>number</b> {number}")
        send_due(make_post, 3)
        assert len(got(mailbox, CLERK)) == 3
        an_hour_later(make_post)
        send_due(make_post, 3)
        digest = got(mailbox, CLERK)[-1]
        for number in range(3):
            assert f"More of <b>number</b> {number}" in digest.get_body(("plain",)).get_content()
            assert f"More of &lt;b&gt;number&lt;/b&gt; {number}" in digest.get_body(("html",)).get_content()

    def test_one_that_waits_alone_is_an_ordinary_message(self, make_post, catalogue, mailbox):
        know_clerk(make_post.database, code("parish"), CLERK)
        for _ in range(2):
            submit(make_post.database, "parish")
        route(make_post, catalogue, per_hour=1)
        an_hour_later(make_post)
        send_due(make_post, 1)
        assert not any("We put them in one email" in m.get_body(("plain",)).get_content() for m in got(mailbox, ROADS))
        assert len(got(mailbox, ROADS)) == 2

    def test_what_a_person_has_to_judge_goes_singly(self, make_post, catalogue, mailbox):
        for _ in range(4):
            submit(make_post.database, "corner of three")
        route(make_post, catalogue, per_hour=1)
        assert len(got(mailbox, REVIEW)) == 4


class TestADigestInHand:
    """Between the moment its engine reads it and the moment its message is accepted, anything can happen to it."""

    @pytest.fixture
    def in_hand(self, make_post, catalogue, mailbox):
        """The batch, and the digest of seven copies, as an engine has read it."""
        know_clerk(make_post.database, code("parish"), CLERK)
        for _ in range(12):
            submit(make_post.database, "parish")
        route(make_post, catalogue, per_hour=5)
        an_hour_later(make_post)
        with make_post.database.transaction() as tx:
            batch = present(casework.claim_deliveries(tx, "test", 1000, 60))
            casework.bundle(tx, batch.id, 5)
            (digest,) = casework.read_outbox(tx, batch.id)
        assert len(digest.members) == 7
        return batch, digest

    @pytest.fixture
    def withdraw(self, make_post, catalogue):
        def do(delivery):
            with make_post.database.transaction() as tx:
                casework.withdraw(tx, catalogue, delivery.report)

        return do

    def finish(self, post, batch):
        with post.database.transaction() as tx:
            casework.finish(tx, batch.id)

    def rows(self, post):
        with post.database.transaction() as tx:
            found = tx.execute(
                "SELECT state, sent_at IS NOT NULL AS has_left, count(*) AS n FROM delivery WHERE role = 'copy'"
                " GROUP BY 1, 2 ORDER BY 1, 2"
            ).fetchall()
        return [(row["state"], row["has_left"], row["n"]) for row in found]

    def others(self, digest):
        return [each for each in digest.members if each.id != digest.id]

    def test_a_member_that_is_withdrawn_before_it_is_written_stays_in_the_house(
        self, in_hand, make_post, mailbox, withdraw
    ):
        batch, digest = in_hand
        gone = self.others(digest)[2]
        withdraw(gone)
        send_all(make_post, [digest])
        self.finish(make_post, batch)
        text = got(mailbox, ROADS)[-1].get_body(("plain",)).get_content()
        assert "these 6 messages" in text
        assert gone.reference not in text
        assert self.rows(make_post) == [("cancelled", False, 1), ("sent", True, 11)]

    def test_one_whose_others_are_all_withdrawn_is_an_ordinary_message(self, in_hand, make_post, mailbox, withdraw):
        _, digest = in_hand
        for each in self.others(digest):
            withdraw(each)
        send_all(make_post, [digest])
        assert "We put them in one email" not in got(mailbox, ROADS)[-1].get_body(("plain",)).get_content()

    def test_a_member_that_is_withdrawn_while_it_is_handed_over_has_left_on_record(self, in_hand, make_post, withdraw):
        batch, digest = in_hand
        withdraw(self.others(digest)[0])
        with make_post.database.transaction() as tx:
            casework.mark_sent(tx, digest, "250")
        self.finish(make_post, batch)
        assert self.rows(make_post) == [("cancelled", True, 1), ("sent", True, 11)]

    def test_a_head_that_is_withdrawn_while_it_is_handed_over_takes_nobody_a_second_time(
        self, in_hand, make_post, mailbox, withdraw
    ):
        batch, digest = in_hand
        withdraw(digest)
        before = len(got(mailbox, ROADS))
        send_due(make_post, 5)
        assert len(got(mailbox, ROADS)) == before, "the engine that has it has its members"
        with make_post.database.transaction() as tx:
            casework.mark_sent(tx, digest, "250")
        self.finish(make_post, batch)
        send_due(make_post, 5)
        (last,) = got(mailbox, ROADS)[before:]
        assert last["Subject"].startswith("Withdrawn: "), "the head was accepted with the others, so it is taken back"
        assert self.rows(make_post) == [("cancelled", True, 1), ("sent", True, 11)]

    @pytest.mark.parametrize("how", ["put off", "refused", "crashed"])
    def test_where_that_does_not_leave_its_members_go_with_another(self, how, in_hand, make_post, mailbox, withdraw):
        batch, digest = in_hand
        withdraw(digest)
        with make_post.database.transaction() as tx:
            if how == "put off":
                assert not casework.mark_deferred(tx, digest, "451", 60)
            if how == "refused":
                assert not casework.mark_refused(tx, digest, "550")
            if how == "crashed":
                casework.release(tx, batch.id, "crashed", 5)
        self.finish(make_post, batch)
        before = len(got(mailbox, ROADS))
        send_due(make_post, 5)
        assert len(got(mailbox, ROADS)) == before + 1
        text = got(mailbox, ROADS)[-1].get_body(("plain",)).get_content()
        assert "these 6 messages" in text
        assert digest.reference not in text

    def test_one_whose_tries_are_used_up_is_told_to_the_officers_with_all_its_reports(
        self, in_hand, make_post, mailbox
    ):
        batch, digest = in_hand
        mailbox.behave(refuse_rcpt={ROADS: "451 4.3.0"})
        self.finish(make_post, batch)
        for _ in range(3):
            with make_post.database.transaction() as tx:
                tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")
            send_due(make_post, 5)
        mailbox.behave()
        send_due(make_post, 5)
        (told,) = got(mailbox, REVIEW)
        text = told.get_body(("plain",)).get_content()
        assert all(each.reference in text for each in digest.members)
        with make_post.database.transaction() as tx:
            codes = [
                row["codes"] for row in tx.execute("SELECT codes FROM history WHERE event = 'deferred'").fetchall()
            ]
        assert {code["delivery"] for code in codes} == {str(each.id) for each in digest.members}

    def test_messages_that_follow_one_of_its_members_answer_to_the_digest(self, in_hand, make_post, mailbox):
        batch, digest = in_hand
        send_all(make_post, [digest])
        self.finish(make_post, batch)
        member = self.others(digest)[0]
        with make_post.database.transaction() as tx:
            tx.execute("SELECT delivery_follow(%s, 'News of it.', NULL, 'road-safety', %s, NULL)", (member.id, ROADS))
        send_due(make_post)
        assert got(mailbox, ROADS)[-1]["In-Reply-To"] == digest.message_id

    def test_each_member_is_written_by_the_definition_it_was_submitted_under(self, in_hand, make_post, mailbox):
        from dataclasses import replace

        _, digest = in_hand
        keys = casework.versions_of([replace(digest, members=tuple(
            replace(each, process_version=f"2026-0{number}-01") for number, each in enumerate(digest.members, 1)
        ))])  # fmt: skip
        assert {version for _, _, version in keys} >= {f"2026-0{number}-01" for number in range(1, 8)}

    def test_two_batches_side_by_side_do_not_each_find_room_for_all_of_theirs(self, make_post, catalogue, mailbox):
        know_clerk(make_post.database, code("parish"), CLERK)
        batches = []
        for _ in range(3):
            for _ in range(8):
                submit(make_post.database, "parish")
            batches.append(claim(make_post.database, size=1000))
            decide_batch(make_post.database, catalogue, batches[-1])
        outboxes = []
        for batch in batches:
            with make_post.database.transaction() as tx:
                casework.bundle(tx, batch.id, 5)
                outboxes.append(casework.read_outbox(tx, batch.id))
        for outbox in outboxes:
            send_all(make_post, outbox)
        assert len(got(mailbox, ROADS)) == 5
        assert len(got(mailbox, CLERK)) == 24

    def test_a_digest_is_no_larger_than_mail_servers_take(self, make_post, catalogue, mailbox):
        know_clerk(make_post.database, code("parish"), CLERK)
        for _ in range(40):
            submit(make_post.database, "parish", details="£" * 10_000)
        route(make_post, catalogue, per_hour=1)
        an_hour_later(make_post)
        send_due(make_post, 1)
        digests = got(mailbox, ROADS)[1:]
        assert sum(len(message["X-Waywarden-Reference"].split()) for message in digests) == 39
        assert max(len(bytes(message)) for message in digests) < 2 * MOST_BYTES
        assert len(digests) > 1

    def test_digests_to_several_that_share_their_reports_are_settled_beside_each_other(self, make_post, catalogue):
        """Their heads are of the same report, whose lock comes before those of the members: nothing deadlocks."""
        from concurrent.futures import ThreadPoolExecutor

        know_clerk(make_post.database, code("parish"), CLERK)
        for _ in range(40):
            submit(make_post.database, "parish")
        batch = claim(make_post.database, size=1000)
        decide_batch(make_post.database, catalogue, batch)
        addresses = [f"team{number}@merewold.example" for number in range(4)]
        with make_post.database.transaction() as tx:
            for number, address in enumerate(addresses):
                tx.execute(
                    "INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason,"
                    " state, batch, held_at) SELECT gen_random_uuid(), id, 100 + %s, 'team', 'copy', 'email', %s,"
                    " gen_random_uuid()::text, '', 'pending', %s, now() FROM report",
                    (number, address, batch.id),
                )
            casework.bundle(tx, batch.id, 0)
            digests = [each for each in casework.read_outbox(tx, batch.id) if each.members]
        assert len(digests) == len(addresses)
        assert len({each.report for each in digests}) == 1

        def settle(digest):
            with make_post.database.transaction() as tx:
                return casework.mark_sent(tx, digest, "250")

        with ThreadPoolExecutor(4) as pool:
            assert list(pool.map(settle, digests)) == [False] * 4
        with make_post.database.transaction() as tx:
            rows = tx.execute("SELECT count(*) AS n FROM delivery WHERE recipient = 'team' AND state = 'sent'")
            assert rows.fetchone()["n"] == 160


class TestNewsThatCross:
    def test_a_withdrawal_is_told_also_where_earlier_news_was_just_being_sent(self, make_post, catalogue, mailbox):
        receipt = submit(make_post.database, "unparished", reporter=Reporter(None, VICTIM, None, False))
        batch = claim(make_post.database)
        decide_batch(make_post.database, catalogue, batch)
        with make_post.database.transaction() as tx:
            outbox = casework.read_outbox(tx, batch.id)
        send_all(make_post, [each for each in outbox if each.role.value != "citizen"])
        with make_post.database.transaction() as tx:
            (news,) = [each for each in casework.read_outbox(tx, batch.id) if each.role.value == "citizen"]
            casework.withdraw(tx, catalogue, receipt.id)
        with make_post.database.transaction() as tx:
            casework.mark_sent(tx, news, "250")
            casework.finish(tx, batch.id)
        send_due(make_post)
        (told,) = got(mailbox, VICTIM)
        assert "withdr" in told["Subject"].lower() + told.get_body(("plain",)).get_content().lower()
        with make_post.database.transaction() as tx:
            assert tx.execute("SELECT count(*) AS n FROM reporter").fetchone()["n"] == 0


def test_by_default_there_are_caps_for_everybody_also_from_this_machine(web):
    assert web.ctx.settings.mail_per_citizen_day == 20
    assert web.ctx.settings.mail_per_recipient_hour == 30
    assert web.post(submission()).status_code == 201
