"""What a channel's code means, and what to do about it. Pure."""

from routing.vocabulary import SMTP

KNOWN = {
    "connect": (
        "The mail server does not answer. Check WAYWARDEN_SMTP_HOST and WAYWARDEN_SMTP_PORT, that the server runs, "
        "and that no firewall blocks it."
    ),
    "tls": (
        "The mail server does not use TLS as we expect. Check WAYWARDEN_SMTP_SECURITY and WAYWARDEN_SMTP_PORT: use "
        "starttls with 587 or 25, and tls with 465."
    ),
    "certificate-not-trusted": (
        "We do not trust the mail server's certificate. Set WAYWARDEN_SMTP_HOST to the name in it, or "
        "WAYWARDEN_SMTP_CA_FILE to the certificate of the authority that signed it."
    ),
    "starttls-not-offered": (
        "The mail server does not offer STARTTLS. Turn it on there, or use the server's TLS port with "
        "WAYWARDEN_SMTP_SECURITY=tls."
    ),
    "sign-in-not-offered": (
        "The mail server offers no sign-in that we support. Unset WAYWARDEN_SMTP_USER, or turn on PLAIN or LOGIN on "
        "the server."
    ),
    "relay-refused": (
        "The mail server does not accept mail for other domains from us. Allow it to relay for this machine, or for "
        "this sign-in."
    ),
    "setting": ("A mail setting is wrong. Check WAYWARDEN_SMTP_HOST, WAYWARDEN_SMTP_USER and the password."),
}
BEGINS = {
    "sign-in-": (
        "The mail server refuses our sign-in. Check WAYWARDEN_SMTP_USER, and the first line of the file that "
        "WAYWARDEN_SMTP_PASSWORD_FILE names."
    ),
    "mail-": (
        "The mail server refuses mail from our address. Check WAYWARDEN_SMTP_FROM, and that we may send from it."
    ),
    "connect-": "The mail server refuses this machine. Ask the people who run the server to allow it.",
}


def end_of(channel: str) -> str:
    """The name of a channel's other end in a sentence."""
    return "the mail server" if channel == SMTP else f"the service behind the channel {channel}"


def what_to_do(channel: str, answer: str, *, is_stopped: bool, since: str = "") -> str:
    """Sentences: a channel cannot send, why, since when, and what to do.

    Args:
        answer: of the channel, such as ``connect`` or ``sign-in-535-5.7.8``.
        is_stopped: the engine does not retry by itself.
        since: words to append to the first sentence.
    """
    again = " Then restart the engine. It does not retry by itself." if is_stopped else ""
    if channel != SMTP:
        text = f"The channel {channel} cannot send ({answer}){since}. Reports wait in the outbox."
        return f"{text} Check the log of {end_of(channel)}.{again}"
    begun = next((text for start, text in BEGINS.items() if answer.startswith(start)), None)
    text = KNOWN.get(answer) or begun or "The mail server accepts no email at the moment. Check its log."
    return f"We cannot send email ({answer}){since}. Reports wait in the outbox. {text}{again}"


def nothing_accepted(channel: str, answer: str | None, since: str = "") -> str:
    """Sentences: a channel's other end answers but accepts no message, why, since when, and what to do.

    Args:
        answer: the last answer to a message that was not accepted, such as ``rcpt-451`` or ``failed-KeyError``.
        since: words to append to the first sentence.
    """
    if answer is None:
        return f"No message was accepted{since}. Check the engine's log."
    if answer.startswith("failed-"):
        return f"We cannot write a message ({answer}){since}. Check the engine's log."
    if channel != SMTP:
        return f"The channel {channel} accepts no message ({answer}){since}. Check the log of {end_of(channel)}."
    return f"The mail server accepts no message ({answer}){since}. Check its log."
