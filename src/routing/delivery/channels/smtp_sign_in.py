"""Sign in to a mail server with any characters in the password.

The standard library encodes names and passwords as ASCII and fails on a pound sign. SASL uses UTF-8 (RFC 4616, 2).
"""

import base64
import hmac
import smtplib


def sign_in(connection: smtplib.SMTP, user: str, password: str) -> None:
    """Authenticate with the first of these that the server offers: PLAIN, LOGIN, CRAM-MD5.

    Raises:
        smtplib.SMTPNotSupportedError: it offers none of them.
        smtplib.SMTPAuthenticationError: it refuses.
    """
    connection.ehlo_or_helo_if_needed()
    offered = connection.esmtp_features.get("auth", "").upper().split()
    ways = {"PLAIN": _plain, "LOGIN": _login, "CRAM-MD5": _cram_md5}
    for name, way in ways.items():
        if name in offered:
            code, text = way(connection, user.encode(), password.encode())
            if code not in {235, 503}:  # 503: signed in already
                raise smtplib.SMTPAuthenticationError(code, text)
            return
    raise smtplib.SMTPNotSupportedError("The server offers no AUTH mechanism that we support.")


def _plain(connection: smtplib.SMTP, user: bytes, password: bytes) -> tuple[int, bytes]:
    response = _text(b"\0".join((b"", user, password)))
    return connection.docmd("AUTH", f"PLAIN {response}")


def _login(connection: smtplib.SMTP, user: bytes, password: bytes) -> tuple[int, bytes]:
    code, text = connection.docmd("AUTH", f"LOGIN {_text(user)}")
    return connection.docmd(_text(password)) if code == 334 else (code, text)


def _cram_md5(connection: smtplib.SMTP, user: bytes, password: bytes) -> tuple[int, bytes]:
    code, challenge = connection.docmd("AUTH", "CRAM-MD5")
    if code != 334:
        return code, challenge
    digest = hmac.new(password, base64.b64decode(challenge), "md5").hexdigest()
    return connection.docmd(_text(user + b" " + digest.encode()))


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()
