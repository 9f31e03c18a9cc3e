"""The proxy fails as it is told, seen by an SMTP channel on one side and a mailbox on the other."""

from uuid import uuid4

import pytest

from routing.delivery import Deferred, Handover, MailServer, SmtpChannel
from tests.chaos.checker import LostAnswer
from tests.chaos.proxy import DELAY, DROP, HALF_OPEN, LOSE_ANSWER, TRUNCATE, Proxy

MESSAGE = b"Subject: x\r\nMessage-ID: <1@x.example>\r\n\r\n" + b"Hello\r\n" * 50


@pytest.fixture
def proxy(mailbox):
    made = Proxy(mailbox.port, delay_s=0.05)
    yield made
    made.close()


@pytest.fixture
def channel(proxy):
    made = SmtpChannel(MailServer("127.0.0.1", proxy.port, "none", timeout_s=1))
    yield made
    made.close()


def deliver(channel):
    channel._down_until = 0.0
    return channel.deliver(Handover(uuid4(), "clerk@parish.example", MESSAGE))


@pytest.mark.thorough
@pytest.mark.parametrize(("mode", "arrived"), [(DROP, 0), (HALF_OPEN, 0), (TRUNCATE, 0), (LOSE_ANSWER, 1)])
def test_a_failing_connection_costs_the_answer_and_afterwards_all_is_well(mailbox, proxy, channel, mode, arrived):
    deliver(channel)
    with proxy.failing(mode, 1), pytest.raises(Deferred):
        deliver(channel)
    lost = [each for each in proxy.lost if each.kind == "mail answer lost"]
    assert [each.message_id for each in lost] == ["<1@x.example>"] * arrived
    assert len(mailbox.messages) == 1 + arrived
    assert proxy.cut >= 1
    assert deliver(channel) == "data-250"


def test_an_answer_that_is_dropped_with_its_connection_is_noted_and_one_the_client_has_seen_is_not(
    mailbox, proxy, channel
):
    deliver(channel)
    with proxy.failing(DROP, 1):
        assert proxy.lost == [LostAnswer("<1@x.example>", "mail drop")]  # it may have been on its way
    deliver(channel)
    channel.deliver(Handover(uuid4(), "clerk@parish.example", b"Subject: no id\r\n\r\nHello\r\n"))
    with proxy.failing(DROP, 1):
        assert len(proxy.lost) == 1


def test_a_slow_connection_is_only_slow(mailbox, proxy, channel):
    with proxy.failing(DELAY, 1):
        assert deliver(channel) == "data-250"
    assert proxy.cut == 0
    assert len(mailbox.messages) == 1
