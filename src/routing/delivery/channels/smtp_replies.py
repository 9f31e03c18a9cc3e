"""What a mail server's answer means: who caused it, and whether to retry. Pure.

The basic code (RFC 5321, 4.2) says whether to retry. The enhanced code (RFC 3463), if there is one, says who caused it.
Only the enhanced code proves that an address is wrong: servers also answer a bare 550 if they do not relay for us.
"""

import re

from routing.delivery.errors import AddressRefused, ChannelDown, ChannelStopped, Deferred, DeliveryError, Refused

ENHANCED = re.compile(rb"\s*#?([245]\.\d{1,3}\.\d{1,3})(?![\d.])")

NO_SUCH_MAILBOX = frozenset({"5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1"})
"""Bad mailbox, bad system, bad syntax, moved, null MX, disabled: RFC 3463, 3.2 and 3.3; RFC 7505, 6."""

MAILBOX_FULL = frozenset({"5.2.2"})
"""Permanent by its first digit. But people empty their mailboxes, and RFC 3463, 3.3 expects a retry."""

BARE_FULL = 552
"""Exceeded storage allocation (RFC 5321, 4.2.3): at RCPT, without an enhanced code, we treat it as 5.2.2."""

IN_A_ROW = 5
"""After refusals of this many different recipients in a row because of us, we know that the server does not relay."""


def is_taken(code: int) -> bool:
    """Every 2yz is an acceptance: RFC 5321, 4.2.1."""
    return code // 100 == 2


def judge(stage: str, code: int, text: bytes) -> DeliveryError:
    """What an answer means that is not an acceptance.

    Args:
        stage: ``connect``, ``sign-in``, ``mail``, ``rcpt`` or ``data``.
        text: the text after the code. We only keep the enhanced code from it.
    """
    found = ENHANCED.match(text)
    enhanced = found[1].decode() if found else None
    answer = f"{stage}-{code}" + (f"-{enhanced}" if enhanced else "")
    if stage in {"connect", "sign-in", "mail"}:
        return ChannelStopped(answer) if code // 100 == 5 else ChannelDown(answer)
    if code // 100 != 5 or _is_full(stage, code, enhanced):
        return Deferred(answer)
    return AddressRefused(answer) if enhanced in NO_SUCH_MAILBOX else Refused(answer)


def _is_full(stage: str, code: int, enhanced: str | None) -> bool:
    return enhanced in MAILBOX_FULL or (stage == "rcpt" and enhanced is None and code == BARE_FULL)


class RelayHealth:
    """Whether the mail server still relays for us, judged by its refusals and acceptances in a row.

    A server that stopped relaying refuses every clerk with a policy answer, but still accepts the council's own
    addresses. So these prove nothing.
    """

    def __init__(self) -> None:
        self._refused: set[str] = set()

    def taken(self, sender: str, address: str) -> None:
        """A message was accepted."""
        if _domain(address) != _domain(sender):
            self._refused.clear()

    def refused(self, address: str) -> bool:
        """A message was refused, but not because of its address. Returns True if that is one too many."""
        self._refused.add(address.lower())
        return len(self._refused) >= IN_A_ROW


def _domain(address: str) -> str:
    return address.rpartition("@")[2].lower()
