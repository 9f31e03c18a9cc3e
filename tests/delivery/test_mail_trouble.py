"""Mail that cannot leave: signed in with any password, found out at once, told since when, and nobody's failure but ours."""

import base64
import hashlib
import hmac
import socket
import ssl
import threading
from pathlib import Path
from uuid import uuid4

import pytest

from routing.cli.supervisor import free_port
from routing.delivery import ChannelDown, ChannelStopped, Handover, MailServer, Sender, SmtpChannel, need_channel
from routing.delivery.channels.health import Trouble
from routing.errors import ConfigurationError
from routing.settings import Settings, read_settings
from routing.standins import Guard
from tests.present import present
from tests.servers import mail_server

MESSAGE = b"Subject: x\r\n\r\nx\r\n"
POUND = "pass£wörd"


def trouble(channel: SmtpChannel) -> Trouble:
    """What is wrong, where something is."""
    return present(channel.health.trouble)


def password_file(folder: Path, content: bytes) -> Settings:
    path = folder / "password"
    path.write_bytes(content)
    return Settings(smtp_password_file=path)


@pytest.mark.parametrize(
    ("content", "password"),
    [
        (b"secret", "secret"),
        (b"secret\n", "secret"),
        (b"secret\r\nmore\r\n", "secret"),
        (b"\xef\xbb\xbfsecret\r\n", "secret"),
        ("pass£word\n".encode(), "pass£word"),
        (b" with blanks \n", " with blanks "),
    ],
    ids=["bare", "line end", "Windows", "byte order mark", "pound", "blanks"],
)
def test_the_password_is_the_first_line_of_its_file(tmp_path, content, password):
    assert password_file(tmp_path, content).smtp_password() == password


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "empty"), (b"\n", "empty"), (b" \t \n", "empty"), ("\u00a0\n".encode(), "empty"), (b"a\0b", "character"),
        ("pass£".encode("latin-1"), "UTF-8"), ("\ufeff\ufeffsecret\n".encode(), r"U\+FEFF"), ("\ufeff\ufeff".encode(), r"U\+FEFF"),
        ("secret\u200b\n".encode(), r"invisible character \(U\+200B\)"), ("\u00a0secret".encode(), r"U\+00A0"),
        ("secret\u00a0\r\n".encode(), r"U\+00A0"), (b"secret\t\n", r"U\+0009"),
    ],
)  # fmt: skip
def test_a_file_that_holds_none_is_refused_when_the_engine_starts(tmp_path, content, said):
    with pytest.raises(ConfigurationError, match=said):
        password_file(tmp_path, content).smtp_password()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("WAYWARDEN_SMTP_FROM", "réports@council.example"),
        ("WAYWARDEN_SMTP_FROM", "Council <reports@council.example>"),
        ("WAYWARDEN_SMTP_FROM", "reports"),
        ("WAYWARDEN_SMTP_REPLY_TO", "a@b.example, c@d.example"),
        ("WAYWARDEN_RETRY_AFTER_S", "abc"),
        ("WAYWARDEN_PUBLIC_URL", "report.council.example"),
        ("WAYWARDEN_PUBLIC_URL", "https://[::1"),
        ("WAYWARDEN_DATABASE_URL", "mysql://x"),
        ("WAYWARDEN_DATABASE_OWNER_URL", "postgres"),
    ],
)
def test_a_setting_that_no_mail_could_leave_with_is_named_at_the_start(monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=name):
        read_settings()


class TestSignIn:
    def test_a_password_with_a_pound_sign_signs_in_as_utf_8(self, certificate: tuple[Path, Path]):
        with mail_server(Guard(*certificate, "waywarden", POUND)) as server:
            channel = SmtpChannel(
                MailServer("localhost", server.port, "starttls", "waywarden", POUND, certificate[0], timeout_s=5)
            )
            assert channel.deliver(Handover(uuid4(), "c@d.example", MESSAGE)) == "data-250"
            channel.close()

    @pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
    def test_by_whichever_mechanism_the_server_offers(self, mechanism):
        with Scripted(mechanism) as server:
            channel = SmtpChannel(MailServer("127.0.0.1", server.port, "none", "ünser", POUND, timeout_s=5))
            channel.probe()
            channel.close()
        assert server.signed_in == [("ünser", POUND)]

    def test_a_server_that_offers_none_of_them_stops_the_channel(self):
        with Scripted("GSSAPI") as server:
            channel = SmtpChannel(MailServer("127.0.0.1", server.port, "none", "x", "y", timeout_s=5))
            with pytest.raises(ChannelStopped, match="sign-in-not-offered"):
                channel.probe()
            channel.close()


class Scripted:
    """A mail server that knows one mechanism, by the letter of its RFC."""

    def __init__(self, mechanism: str) -> None:
        self.mechanism = mechanism
        self.signed_in: list[tuple[str, str]] = []
        self.listening = socket.create_server(("127.0.0.1", 0))
        self.port = self.listening.getsockname()[1]
        self.thread = threading.Thread(target=self._serve)

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *_):
        self.thread.join(10)
        self.listening.close()

    def _serve(self) -> None:
        taken, _ = self.listening.accept()
        with taken, taken.makefile("rb") as lines:
            self.say, self.lines = lambda text: taken.sendall(f"{text}\r\n".encode()), lines
            self.say("220 scripted")
            for line in lines:
                verb = line.split()[0].upper()
                if verb == b"EHLO":
                    self.say(f"250-scripted\r\n250 AUTH {self.mechanism}")
                elif verb == b"AUTH":
                    self.signed_in.append(self._sign_in(line.split()))
                    self.say("235 welcome")
                else:
                    self.say("221 bye")
                    if verb == b"QUIT":
                        return

    def _sign_in(self, sentence: list[bytes]) -> tuple[str, str]:
        if self.mechanism == "PLAIN":
            _, user, password = base64.b64decode(sentence[2]).split(b"\0")
            return user.decode(), password.decode()
        if self.mechanism == "LOGIN":
            user = base64.b64decode(sentence[2])
            return user.decode(), base64.b64decode(self._ask(b"Password:")).decode()
        user, _, digest = base64.b64decode(self._ask(b"<1.2@scripted>")).rpartition(b" ")
        right = hmac.new(POUND.encode(), b"<1.2@scripted>", hashlib.md5).hexdigest()
        return user.decode(), POUND if digest.decode() == right else "wrong"

    def _ask(self, what: bytes) -> bytes:
        self.say(f"334 {base64.b64encode(what).decode()}")
        return self.lines.readline().strip()


def broken(certificate, kind: str, port: int) -> SmtpChannel:
    """A channel in whose settings, or server, something is wrong."""
    user, password, ca = "waywarden", POUND, certificate[0]
    servers = {
        "nobody listens": MailServer("127.0.0.1", free_port(), "none", timeout_s=2),
        "the sign-in is refused": MailServer("localhost", port, "starttls", user, "wrong", ca, timeout_s=5),
        "the certificate is not trusted": MailServer("localhost", port, "starttls", user, password, timeout_s=5),
        "it speaks no TLS there": MailServer("localhost", port, "tls", user, password, ca, timeout_s=5),
        "the host is no name": MailServer("a" * 70 + ".example", port, "starttls", user, password, ca, timeout_s=5),
    }
    return SmtpChannel(servers[kind])


@pytest.mark.parametrize(
    ("kind", "answer", "is_stopped"),
    [
        ("nobody listens", "connect", False),
        ("the sign-in is refused", "sign-in-535", True),
        ("the certificate is not trusted", "certificate-not-trusted", True),
        ("it speaks no TLS there", "tls", False),
        ("the host is no name", "setting", True),
    ],
)
def test_what_is_wrong_is_known_without_a_message_and_since_when(
    certificate: tuple[Path, Path], kind, answer, is_stopped
):
    with mail_server(Guard(*certificate, "waywarden", POUND)) as server:
        channel = broken(certificate, kind, server.port)
        assert channel.health.trouble is None
        for _ in range(2):
            channel._down_until = 0.0
            with pytest.raises(ChannelStopped if is_stopped else ChannelDown):
                channel.probe()
        first = trouble(channel)
        assert first.answer.startswith(answer)
        assert first.is_stopped is is_stopped
        with pytest.raises(ChannelStopped if is_stopped else ChannelDown):
            channel.deliver(Handover(uuid4(), "c@d.example", MESSAGE))
        assert trouble(channel).since == first.since, "it began when it began"
        channel.close()


def test_an_outage_is_over_as_soon_as_the_server_is_back(mailbox):
    channel = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "none", timeout_s=2), Sender("a@b.example"))
    mailbox.stop()
    with pytest.raises(ChannelDown):
        channel.probe()
    mailbox.start()
    channel._down_until = 0.0
    channel.probe()
    assert (channel.health.trouble, channel.health.accepted_at) == (None, None), "nothing was accepted yet"
    channel.deliver(Handover(uuid4(), "c@d.example", MESSAGE))
    assert channel.health.accepted_at is not None
    channel.close()


def test_a_server_that_puts_off_every_sender_is_in_trouble_since_it_began_however_often_it_is_asked(mailbox):
    channel = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "none", timeout_s=2), Sender("a@b.example"))
    channel.probe()
    mailbox.behave(refuse_mail="451 4.3.2")
    with pytest.raises(ChannelDown):
        channel.deliver(Handover(uuid4(), "c@d.example", MESSAGE))
    first = trouble(channel)
    assert first.answer == "mail-451-4.3.2"
    with pytest.raises(ChannelDown, match="mail-451-4\\.3\\.2"):
        channel.probe()
    assert trouble(channel) == first
    mailbox.behave()
    channel.probe()
    assert channel.health.trouble is None
    channel.deliver(Handover(uuid4(), "c@d.example", MESSAGE))
    assert len(mailbox.messages) == 1, "the probe leaves none behind"
    channel.close()


def test_a_server_that_refuses_our_address_stops_the_channel_before_a_message_waits(mailbox):
    channel = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "none", timeout_s=2), Sender("a@b.example"))
    mailbox.behave(refuse_mail="550 5.7.1")
    with pytest.raises(ChannelStopped):
        channel.probe()
    assert channel.health.stopped == trouble(channel).answer == "mail-550-5.7.1"
    channel.close()


def test_a_recipient_who_refuses_is_no_trouble_of_the_channel(mailbox):
    channel = SmtpChannel(MailServer("127.0.0.1", mailbox.port, "none", timeout_s=2), Sender("a@b.example"))
    mailbox.behave(refuse_rcpt={"*": "550 5.1.1"})
    with pytest.raises(Exception, match="5\\.1\\.1"):
        channel.deliver(Handover(uuid4(), "c@d.example", MESSAGE))
    assert channel.health.trouble is None
    channel.close()


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"sent": 2}, None),
        ({"deferred": 1}, None),
        ({"stopped": 1, "sent": 1}, ChannelStopped),
        ({"could not leave": 1}, ChannelDown),
    ],
)
def test_a_run_in_which_something_was_kept_in_the_house_is_not_well(sent, error):
    if error is None:
        need_channel(sent)
        return
    with pytest.raises(error):
        need_channel(sent)


def test_certificates_are_never_not_verified(certificate):
    assert MailServer("mail.example", 25).tls().verify_mode == ssl.CERT_REQUIRED
