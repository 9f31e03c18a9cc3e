"""The SMTP channel against a real SMTP server on loopback: every answer judged by where it was given."""

import re
import socket
import threading
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from routing.cli.supervisor import free_port
from routing.delivery import (
    AddressRefused,
    AnswerLost,
    ChannelDown,
    ChannelStopped,
    Deferred,
    Handover,
    MailServer,
    Refused,
    Sender,
    SmtpChannel,
)
from routing.delivery.errors import DeliveryError
from routing.errors import ConfigurationError
from routing.standins import Guard
from tests.servers import mail_server

MESSAGE = b"Subject: x\r\nMessage-ID: <1@x.example>\r\n\r\nHello\r\n"
TO = "clerk@parish.example"


@pytest.fixture
def channel(mailbox):
    made = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "none", timeout_s=5), Sender("waywarden@merewold.example"))
    yield made
    made.close()


def to(address):
    return Handover(uuid4(), address, MESSAGE)


def deliver(channel):
    return channel.deliver(to(TO))


def test_a_message_is_handed_over_and_the_connection_is_kept(mailbox, channel):
    assert [deliver(channel) for _ in range(3)] == ["data-250"] * 3
    assert len(mailbox.messages) == 3
    assert len(channel._idle) == 1
    assert re.fullmatch(r"waywarden\+[0-9a-f]{32}@merewold\.example", mailbox.messages[0]["envelope_from"])


JUDGED: dict[str, tuple[dict[str, Any], type[DeliveryError], str]] = {
    "refused without a word on why": ({"refuse_rcpt": {TO: 550}}, Refused, "rcpt-550"),
    "relay not permitted, bare": ({"refuse_rcpt": {TO: "550 relay not permitted"}}, Refused, "rcpt-550"),
    "policy, written with a hash": ({"refuse_rcpt": {TO: "550 #5.7.1"}}, Refused, "rcpt-550-5.7.1"),
    "no such mailbox": ({"refuse_rcpt": {TO: "554 5.1.1"}}, AddressRefused, "rcpt-554-5.1.1"),
    "mailbox switched off": ({"refuse_data": {TO: "550 5.2.1"}}, AddressRefused, "data-550-5.2.1"),
    "no mail for the domain": ({"refuse_rcpt": {TO: "556 5.1.10"}}, AddressRefused, "rcpt-556-5.1.10"),
    "relay denied": ({"refuse_rcpt": {TO: "554 5.7.1"}}, Refused, "rcpt-554-5.7.1"),
    "relay denied with 550": ({"refuse_rcpt": {TO: "550 5.7.1"}}, Refused, "rcpt-550-5.7.1"),
    "sender not liked at RCPT": ({"refuse_rcpt": {TO: "550 5.1.8"}}, Refused, "rcpt-550-5.1.8"),
    "relay denied, bare": ({"refuse_rcpt": {TO: 554}}, Refused, "rcpt-554"),
    "not in my list of hosts": ({"refuse_rcpt": {TO: 553}}, Refused, "rcpt-553"),
    "mailbox full": ({"refuse_rcpt": {TO: 552}}, Deferred, "rcpt-552"),
    "mailbox full, enhanced": ({"refuse_rcpt": {TO: "550 5.2.2"}}, Deferred, "rcpt-550-5.2.2"),
    "too many connections at RCPT": ({"refuse_rcpt": {TO: 421}}, Deferred, "rcpt-421"),
    "message too big": ({"refuse_data": {TO: "552 5.3.4"}}, Refused, "data-552-5.3.4"),
    "taken for spam": ({"refuse_data": {TO: 550}}, Refused, "data-550"),
    "recipient not now": ({"refuse_rcpt": {TO: 450}}, Deferred, "rcpt-450"),
    "content refused": ({"refuse_data": {TO: 554}}, Refused, "data-554"),
    "content not now": ({"refuse_data": {TO: 452}}, Deferred, "data-452"),
    "we are refused": ({"refuse_mail": 550}, ChannelStopped, "mail-550"),
    "we are not wanted now": ({"refuse_mail": 421}, ChannelDown, "mail-421"),
    "no room for us now": ({"refuse_mail": "452 4.3.1"}, ChannelDown, "mail-452-4.3.1"),
    "answer lost": ({"lose_answers": 1}, AnswerLost, "data-lost"),
    "greylisted": ({"greylist": True}, Deferred, "rcpt-451"),
}


@pytest.mark.parametrize("name", JUDGED)
def test_an_answer_is_judged_by_where_it_was_given(mailbox, channel, name):
    how, error, answer = JUDGED[name]
    mailbox.behave(**how)
    with pytest.raises(error) as failed:
        deliver(channel)
    assert type(failed.value) is error
    assert failed.value.answer == answer
    assert TO not in str(failed.value)


@pytest.mark.parametrize("reply", ["250 2.0.0 queued as 4711", "251 will forward", "252 taken, not verified"])
def test_any_positive_answer_to_a_message_is_an_acceptance(mailbox, channel, reply):
    mailbox.behave(data_reply=reply)
    assert deliver(channel) == f"data-{reply[:3]}"


def test_a_server_that_relays_no_more_stops_the_channel_though_it_takes_the_councils_own(mailbox, channel):
    mailbox.behave(refuse_rcpt={f"clerk-{n}@p{n}.example": "550 5.7.1" for n in range(9)})
    answers = []
    for n in range(6):
        try:
            channel.deliver(to(f"clerk-{n}@p{n}.example"))
        except (Refused, ChannelStopped) as error:
            answers.append((type(error), error.answer))
        if n < 4:
            assert channel.deliver(to("roads@Merewold.example")) == "data-250"
    assert answers == [(Refused, "rcpt-550-5.7.1")] * 4 + [(ChannelStopped, "relay-refused")] * 2
    assert channel.health.stopped == "relay-refused"


def test_refusals_between_acceptances_elsewhere_or_of_one_recipient_do_not_stop_the_channel(mailbox, channel):
    mailbox.behave(refuse_rcpt={f"clerk-{n}@p{n}.example": 554 for n in range(9)})
    for n in range(9):
        with pytest.raises(Refused):
            channel.deliver(to(f"clerk-{n}@p{n}.example"))
        with pytest.raises(Refused):
            channel.deliver(to(f"clerk-{n}@p{n}.example"))
        if n % 4 == 3:
            assert deliver(channel) == "data-250"
    assert channel.health.stopped is None


def test_an_address_beyond_ascii_is_refused_without_a_word_to_the_server(mailbox, channel):
    with pytest.raises(Refused) as failed:
        channel.deliver(to("schrëiber@parish.example"))
    assert (type(failed.value), failed.value.answer) == (AddressRefused, "rcpt-encoding")
    assert channel.health.stopped is None
    assert deliver(channel) == "data-250"


def test_a_server_that_takes_data_without_asking_for_it_has_nothing(channel):
    """A line-by-line server of its own: aiosmtpd cannot be made to say 250 to DATA."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve():
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb", buffering=0) as lines:
            lines.write(b"220 odd\r\n")
            while line := lines.readline():
                lines.write(b"250 fine\r\n" if not line.upper().startswith(b"QUIT") else b"221 bye\r\n")

    thread = threading.Thread(target=serve)
    thread.start()
    odd = SmtpChannel(MailServer("127.0.0.1", listener.getsockname()[1], "none", timeout_s=5))
    with pytest.raises(ChannelDown, match="data-250"):
        deliver(odd)
    odd.close()
    thread.join(5)
    listener.close()


def test_an_outage_is_one_line_for_the_operator(caplog):
    channel = SmtpChannel(MailServer("127.0.0.1", free_port(), "none", timeout_s=1))
    for _ in range(3):
        channel._down_until = 0.0
        with pytest.raises(ChannelDown):
            deliver(channel)
    assert caplog.text.count("The mail server is unavailable (connect)") == 1


def test_after_a_refusal_the_next_message_goes_out(mailbox, channel):
    mailbox.behave(refuse_rcpt={TO: 550})
    with pytest.raises(Refused):
        deliver(channel)
    mailbox.behave()
    assert deliver(channel) == "data-250"


def test_a_channel_that_was_refused_stays_stopped(mailbox, channel):
    mailbox.behave(refuse_mail=550)
    for _ in range(2):
        with pytest.raises(ChannelStopped):
            deliver(channel)
    assert channel.health.stopped == "mail-550"
    mailbox.behave()
    with pytest.raises(ChannelStopped):
        deliver(channel)
    assert mailbox.messages == []


def test_a_mail_server_that_went_away_and_came_back_is_found_again(mailbox, channel):
    deliver(channel)
    mailbox.stop()
    with pytest.raises(ChannelDown):
        deliver(channel)
    mailbox.start()
    channel._down_until = 0.0
    assert deliver(channel) == "data-250"


def test_a_kept_connection_that_the_server_closed_is_replaced_without_a_loss(mailbox, channel):
    deliver(channel)
    mailbox.stop()
    mailbox.start()
    assert deliver(channel) == "data-250"


def test_where_nothing_listens_messages_are_deferred_at_once_for_a_while():
    channel = SmtpChannel(MailServer("127.0.0.1", free_port(), "none", timeout_s=1))
    with pytest.raises(ChannelDown):
        deliver(channel)
    assert channel._down_until > 0
    with pytest.raises(ChannelDown):
        deliver(channel)


@pytest.fixture(scope="module")
def guard(certificate: tuple[Path, Path]) -> Guard:
    return Guard(*certificate, "waywarden", "secret")


def guarded(server, guard, **changes):
    options = {"user": guard.user, "password": guard.password, "ca_file": guard.certificate, "timeout_s": 5} | changes
    return SmtpChannel(MailServer("127.0.0.1", server.port, "starttls", **options))


def test_starttls_and_sign_in_work_with_the_councils_ca_bundle(guard):
    with mail_server(guard) as server:
        channel = guarded(server, guard)
        assert deliver(channel) == "data-250"
        assert deliver(channel) == "data-250"
        channel.close()


def test_an_untrusted_certificate_stops_the_channel(guard):
    with mail_server(guard) as server:
        with pytest.raises(ChannelStopped, match="certificate-not-trusted"):
            deliver(guarded(server, guard, ca_file=None))
        assert server.messages == []


def test_a_wrong_password_stops_the_channel(guard):
    with mail_server(guard) as server, pytest.raises(ChannelStopped, match="sign-in-535"):
        deliver(guarded(server, guard, password="wrong"))


def test_a_server_that_offers_no_starttls_gets_no_message(mailbox):
    channel = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "starttls", timeout_s=5))
    with pytest.raises(ChannelStopped, match="starttls-not-offered"):
        deliver(channel)
    assert mailbox.messages == []


@pytest.mark.parametrize("host", ["mail.council.example", "10.0.0.1", "192.0.2.1"])
def test_plain_smtp_is_refused_off_this_machine(host):
    with pytest.raises(ConfigurationError, match="starttls or tls"):
        MailServer(host, 25, "none")


def test_a_user_without_a_password_is_refused():
    with pytest.raises(ConfigurationError, match="WAYWARDEN_SMTP_PASSWORD_FILE"):
        MailServer("127.0.0.1", 25, "none", user="x")
