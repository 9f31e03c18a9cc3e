"""The SMTP channel against a real SMTP server on loopback: every answer judged by where it was given."""

import pytest

from routing.delivery import ChannelDown, ChannelStopped, Deferred, MailServer, Refused, SmtpChannel
from routing.errors import ConfigurationError
from routing.standins import Guard
from tests.servers import free_port, mail_server

MESSAGE = b"Subject: x\r\nMessage-ID: <1@x.example>\r\n\r\nHello\r\n"
TO = "clerk@parish.example"


@pytest.fixture
def channel(mailbox):
    made = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "none", timeout_s=5))
    yield made
    made.close()


def deliver(channel):
    return channel.deliver("waywarden+1@reports.example", TO, MESSAGE)


def test_a_message_is_handed_over_and_the_connection_is_kept(mailbox, channel):
    assert [deliver(channel) for _ in range(3)] == ["data-250"] * 3
    assert len(mailbox.messages) == 3
    assert len(channel._idle) == 1
    assert mailbox.messages[0]["envelope_from"] == "waywarden+1@reports.example"


JUDGED = {
    "recipient refused": ({"refuse_rcpt": {TO: 550}}, Refused, "rcpt-550"),
    "recipient not now": ({"refuse_rcpt": {TO: 450}}, Deferred, "rcpt-450"),
    "content refused": ({"refuse_data": {TO: 554}}, Refused, "data-554"),
    "content not now": ({"refuse_data": {TO: 452}}, Deferred, "data-452"),
    "we are refused": ({"refuse_mail": 550}, ChannelStopped, "mail-550"),
    "we are not wanted now": ({"refuse_mail": 421}, Deferred, "mail-421"),
    "answer lost": ({"lose_answers": 1}, ChannelDown, "data-lost"),
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
    assert channel.stopped == "mail-550"
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
def guard(certificate):
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
