"""What a channel's code means for whoever has to act on it. Pure."""

from routing.vocabulary import SMTP

KNOWN = {
    "connect": (
        "Nothing answers at the mail server's address. Check WAYWARDEN_SMTP_HOST and "
        "WAYWARDEN_SMTP_PORT, that it runs, and that no firewall is between."
    ),
    "tls": (
        "The mail server does not speak TLS as it was asked to. Check WAYWARDEN_SMTP_SECURITY and "
        "WAYWARDEN_SMTP_PORT: starttls goes with 587 or 25, tls with 465."
    ),
    "certificate-not-trusted": (
        "The mail server's certificate is not trusted. Let WAYWARDEN_SMTP_HOST be the name in it, "
        "or name the authority that signed it in WAYWARDEN_SMTP_CA_FILE."
    ),
    "starttls-not-offered": (
        "The mail server offers no STARTTLS. Use its port for TLS with WAYWARDEN_SMTP_SECURITY=tls, "
        "or let it offer STARTTLS."
    ),
    "sign-in-not-offered": (
        "The mail server offers no sign-in that is known here. Unset WAYWARDEN_SMTP_USER, or let it "
        "offer PLAIN or LOGIN."
    ),
    "relay-refused": (
        "The mail server takes no mail for other domains from us. Let it relay for this machine, or for this sign-in."
    ),
    "setting": (
        "A setting of the mail server is not right. Check WAYWARDEN_SMTP_HOST, WAYWARDEN_SMTP_USER and the password."
    ),
}
BEGINS = {
    "sign-in-": (
        "The mail server refuses the sign-in. Check WAYWARDEN_SMTP_USER, and the first line of the "
        "file in WAYWARDEN_SMTP_PASSWORD_FILE."
    ),
    "mail-": (
        "The mail server refuses mail from our address. Check WAYWARDEN_SMTP_FROM, and that it may send as that."
    ),
    "connect-": "The mail server refuses this machine. Ask whoever runs it to let it in.",
}


def end_of(channel: str) -> str:
    """What a channel's other end is called in a sentence."""
    return "the mail server" if channel == SMTP else f"whatever the channel {channel} leads to"


def what_to_do(channel: str, answer: str, *, is_stopped: bool, since: str = "") -> str:
    """Sentences: nothing leaves over a channel, why, since when, and what to do.

    Args:
        answer: of the channel, such as ``connect`` or ``sign-in-535-5.7.8``.
        is_stopped: the engine does not try again by itself.
        since: how the first sentence goes on.
    """
    again = " Then restart the engine: it does not try again by itself." if is_stopped else ""
    if channel != SMTP:
        text = f"Nothing leaves over the channel {channel} ({answer}){since}. Reports wait in the outbox."
        return f"{text} Look at the log of {end_of(channel)}.{again}"
    begun = next((text for start, text in BEGINS.items() if answer.startswith(start)), None)
    text = KNOWN.get(answer) or begun or "The mail server takes nothing at present. Look at its log."
    return f"No mail leaves ({answer}){since}. Reports wait in the outbox. {text}{again}"


def nothing_accepted(channel: str, answer: str | None, since: str = "") -> str:
    """Sentences: a channel's other end is there, no message is accepted, why, since when, and what to do.

    Args:
        answer: what became of the last message that was not accepted, such as ``rcpt-451`` or ``failed-KeyError``.
        since: how the first sentence goes on.
    """
    if answer is None:
        return f"No message is accepted{since}. Look at the log of the engine."
    if answer.startswith("failed-"):
        return f"No message can be written ({answer}){since}. Look at the log of the engine."
    if channel != SMTP:
        return f"The channel {channel} accepts no message ({answer}){since}. Look at the log of {end_of(channel)}."
    return f"The mail server accepts no message ({answer}){since}. Look at its log."
