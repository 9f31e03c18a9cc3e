"""The proxy fails as it is told, seen by an SMTP channel on one side and a mailbox on the other."""

import pytest

from routing.delivery import ChannelDown, MailServer, SmtpChannel
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
    return channel.deliver("waywarden@reports.example", "clerk@parish.example", MESSAGE)


@pytest.mark.parametrize(("mode", "arrived"), [(DROP, 0), (HALF_OPEN, 0), (TRUNCATE, 0), (LOSE_ANSWER, 1)])
def test_a_failing_connection_costs_the_answer_and_afterwards_all_is_well(mailbox, proxy, channel, mode, arrived):
    deliver(channel)
    with proxy.failing(mode, 1), pytest.raises(ChannelDown):
        deliver(channel)
    assert len(mailbox.messages) == 1 + arrived
    assert proxy.cut >= 1
    assert deliver(channel) == "data-250"


def test_a_slow_connection_is_only_slow(mailbox, proxy, channel):
    with proxy.failing(DELAY, 1):
        assert deliver(channel) == "data-250"
    assert proxy.cut == 0
    assert len(mailbox.messages) == 1
