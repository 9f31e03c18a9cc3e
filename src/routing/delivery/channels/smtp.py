"""The SMTP channel: a few open connections to the council's mail server. An answer's meaning depends on its stage."""

import contextlib
import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from uuid import UUID

from routing.delivery.channels.channel import Handover
from routing.delivery.channels.health import ChannelHealth
from routing.delivery.channels.smtp_replies import RelayHealth, is_taken, judge
from routing.delivery.channels.smtp_server import MailServer
from routing.delivery.channels.smtp_sign_in import sign_in
from routing.delivery.errors import (
    AddressRefused,
    AnswerLost,
    ChannelDown,
    ChannelStopped,
    DeliveryError,
    Refused,
)
from routing.delivery.messages import Sender
from routing.settings import Settings
from routing.vocabulary import SMTP

IDLE_S = 20.0
"""Test a connection with NOOP if it was idle for longer."""

DATA_TIMEOUT_S = 600.0
"""Wait this long for the answer to a whole message, because the server may scan it first (RFC 5321, 4.5.3.2.6)."""

AWAY = "connect"
"""The answer if we cannot reach the mail server."""

NO_TLS = "tls"
"""The answer if a server answers, but its TLS does not work."""

RELAY_REFUSED = "relay-refused"
"""Why the channel stopped: the server refused many addresses in a row because of us."""

NO_DELIVERY = UUID(int=0)
"""In the envelope sender of a test without a message. It looks like theirs, so that the server treats it alike."""

DOWN_S = 5.0
"""If we cannot reach the server, we defer all messages for this long."""


class SmtpChannel:
    """Sends messages to a mail server; a channel (see ``Channel``).

    Args:
        sender: sender with the envelope address; None for the empty one of bounces, which every server accepts.
    """

    name = SMTP

    def __init__(self, server: MailServer, sender: Sender | None = None) -> None:
        self.server, self.sender = server, sender
        self.slots = server.connections
        self.health = ChannelHealth(self.name)
        self._tls = server.tls() if server.security != "none" else None
        self._slots = threading.BoundedSemaphore(server.connections)
        self._idle: list[tuple[smtplib.SMTP, float]] = []
        self._relay_health = RelayHealth()
        self._lock = threading.Lock()
        self._down_until = 0.0

    def deliver(self, message: Handover) -> str:
        """Send one message; the acceptance is ``data-250``."""
        sender = self._envelope(message.delivery)
        connection = self._opened()
        try:
            answer = self._hand_over(connection, sender, message.address, message.content)
        except (AnswerLost, ChannelDown) as error:
            connection.close()
            self.health.failed(error)
            raise
        except DeliveryError as error:
            self._keep(connection, reset=True)
            noted = self._noted(error, message.address, affects_relay_health=message.affects_relay_health)
            self.health.failed(noted)
            raise noted from None
        except BaseException:
            connection.close()
            raise
        with self._lock:
            self._relay_health.taken(sender, message.address)
        self.health.accepted()
        self._keep(connection)
        return answer

    def _envelope(self, delivery: UUID) -> str:
        return self.sender.envelope(delivery) if self.sender is not None else ""

    def probe(self) -> None:
        """Start a message and cancel it."""
        with self._slots:
            connection = self._opened()
            try:
                self._begin(connection, self._envelope(NO_DELIVERY))
            except DeliveryError as error:
                connection.close()
                self.health.failed(self._noted(error, "", affects_relay_health=False))
                raise
            self._keep(connection, reset=True)
        self.health.works()

    def _opened(self) -> smtplib.SMTP:
        try:
            return self._open()
        except (ChannelDown, ChannelStopped) as error:
            self.health.failed(error)
            raise

    def _noted(self, error: DeliveryError, address: str, *, affects_relay_health: bool) -> DeliveryError:
        """An answer and its effect on the channel, which stops if the server refuses us."""
        if isinstance(error, ChannelStopped):
            self.health.stopped = error.answer
        elif affects_relay_health and isinstance(error, Refused) and not isinstance(error, AddressRefused):
            with self._lock:
                if self._relay_health.refused(address):
                    self.health.stopped = RELAY_REFUSED
                    return ChannelStopped(RELAY_REFUSED)
        return error

    @contextlib.contextmanager
    def slot(self) -> Iterator[None]:
        """One of the connections."""
        with self._slots:
            yield

    def close(self) -> None:
        """Close the open connections."""
        with self._lock:
            idle, self._idle = self._idle, []
        for connection, _ in idle:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                connection.quit()

    def _open(self) -> smtplib.SMTP:
        if self.health.stopped is not None:
            raise ChannelStopped(self.health.stopped)
        if time.monotonic() < self._down_until:
            raise ChannelDown(AWAY)
        with self._lock:
            kept = self._idle.pop() if self._idle else None
        if kept is not None and self._still_good(*kept):
            return kept[0]
        return self._connect()

    def _still_good(self, connection: smtplib.SMTP, used_at: float) -> bool:
        if time.monotonic() - used_at < IDLE_S and not _has_input(connection):
            return True
        with contextlib.suppress(smtplib.SMTPException, OSError):
            if connection.noop()[0] == 250:
                return True
        connection.close()
        return False

    def _connect(self) -> smtplib.SMTP:
        server = self.server
        with self._judged_connect():
            kind = smtplib.SMTP_SSL if server.security == "tls" else smtplib.SMTP
            options = {"context": self._tls} if server.security == "tls" else {}
            connection = kind(server.host, server.port, timeout=server.timeout_s, **options)  # type: ignore[arg-type]
            try:
                connection.ehlo_or_helo_if_needed()
                if server.security == "starttls":
                    connection.starttls(context=self._tls)
                    connection.ehlo()
                if server.user is not None and server.password is not None:
                    sign_in(connection, server.user, server.password)
            except BaseException:
                connection.close()
                raise
            return connection

    @contextlib.contextmanager
    def _judged_connect(self) -> Iterator[None]:
        """Errors before any message: the server is unavailable, or refuses us."""
        try:
            yield
        except smtplib.SMTPNotSupportedError as error:
            missing = "sign-in" if "AUTH" in str(error) else "starttls"
            raise self._stop(f"{missing}-not-offered") from error
        except ssl.SSLCertVerificationError as error:
            raise self._stop("certificate-not-trusted") from error
        except smtplib.SMTPResponseException as error:
            stage = "sign-in" if isinstance(error, smtplib.SMTPAuthenticationError) else "connect"
            judged = judge(stage, error.smtp_code, _bytes(error.smtp_error))
            if isinstance(judged, ChannelStopped):
                self.health.stopped = judged.answer
            else:
                self._down_until = time.monotonic() + DOWN_S
            raise judged from error
        except ssl.SSLError as error:  # something answers, but not with TLS as requested
            self._down_until = time.monotonic() + DOWN_S
            raise ChannelDown(NO_TLS) from error
        except (smtplib.SMTPException, OSError) as error:
            self._down_until = time.monotonic() + DOWN_S
            raise ChannelDown(AWAY) from error
        except ValueError as error:  # a wrong host name, or characters that no sign-in allows
            raise self._stop("setting") from error

    def _hand_over(self, connection: smtplib.SMTP, sender: str, address: str, message: bytes) -> str:
        self._begin(connection, sender)
        self._ask(connection, "rcpt", "RCPT", f"TO:<{address}>")
        try:
            code, text = self._send_data(connection, message)
        except (smtplib.SMTPException, OSError) as error:
            raise AnswerLost("data-lost") from error
        if not is_taken(code):
            raise judge("data", code, text)
        return f"data-{code}"

    def _begin(self, connection: smtplib.SMTP, sender: str) -> None:
        self._ask(connection, "mail", "MAIL", f"FROM:<{sender}>")

    def _ask(self, connection: smtplib.SMTP, stage: str, verb: str, argument: str) -> None:
        """One command before the message itself, and the meaning of its answer."""
        try:
            code, text = connection.docmd(verb, argument)
        except UnicodeEncodeError as error:
            # We sent nothing to the server: our setting is wrong, or nobody can send mail to the address.
            raise (self._stop if stage == "mail" else AddressRefused)(f"{stage}-encoding") from error
        except (smtplib.SMTPException, OSError) as error:
            raise ChannelDown(f"{stage}-lost") from error
        if not is_taken(code):
            raise judge(stage, code, text)

    def _send_data(self, connection: smtplib.SMTP, message: bytes) -> tuple[int, bytes]:
        if connection.sock is not None:
            connection.sock.settimeout(max(DATA_TIMEOUT_S, self.server.timeout_s))
        try:
            return connection.data(message)
        except smtplib.SMTPDataError as error:  # refused before we sent any of the message
            if error.smtp_code < 400:
                raise ChannelDown(f"data-{error.smtp_code}") from error
            return error.smtp_code, _bytes(error.smtp_error)
        finally:
            if connection.sock is not None:
                connection.sock.settimeout(self.server.timeout_s)

    def _stop(self, answer: str) -> ChannelStopped:
        self.health.stopped = answer
        return ChannelStopped(answer)

    def _keep(self, connection: smtplib.SMTP, *, reset: bool = False) -> None:
        if reset:
            try:
                connection.rset()
            except (smtplib.SMTPException, OSError):
                connection.close()
                return
        with self._lock:
            self._idle.append((connection, time.monotonic()))


def smtp_channel(settings: Settings) -> SmtpChannel:
    """The channel to the mail server in the settings.

    Raises:
        ConfigurationError: a setting is wrong.
    """
    server = MailServer(
        settings.smtp_host,
        settings.smtp_port,
        settings.smtp_security,
        settings.smtp_user,
        settings.smtp_password(),
        settings.smtp_ca_file,
        settings.smtp_timeout_s,
        settings.smtp_connections,
    )
    return SmtpChannel(server, Sender(settings.smtp_from, settings.smtp_reply_to))


def _has_input(connection: smtplib.SMTP) -> bool:
    """Data to read between two messages means that the server is closing the connection."""
    if connection.sock is None:
        return True
    connection.sock.setblocking(False)
    try:
        return connection.sock.recv(1, socket.MSG_PEEK) is not None
    except (BlockingIOError, ssl.SSLWantReadError, ValueError):  # ValueError: a TLS socket does not accept flags
        return False
    except OSError:
        return True
    finally:
        connection.sock.settimeout(connection.timeout)


def _bytes(text: bytes | str) -> bytes:
    """A text from smtplib: bytes from a server, str for its own errors."""
    return text if isinstance(text, bytes) else text.encode()
