"""Channels, which send messages to recipients."""

from collections.abc import Callable, Mapping

from routing.delivery.channels.channel import Channel, Handover
from routing.delivery.channels.health import ChannelHealth, Trouble
from routing.delivery.channels.smtp import SmtpChannel, smtp_channel
from routing.delivery.channels.smtp_server import MailServer
from routing.settings import Settings
from routing.vocabulary import SMTP

CHANNELS: Mapping[str, Callable[[Settings], Channel]] = {
    SMTP: smtp_channel,
}
"""Name of a channel → function that makes it from the settings. A new channel is one module and one line here."""


def make_channels(settings: Settings) -> dict[str, Channel]:
    """Every channel, by its name.

    Raises:
        ConfigurationError: a setting of a channel is wrong.
    """
    return {name: make(settings) for name, make in CHANNELS.items()}


__all__ = ["CHANNELS", "Channel", "ChannelHealth", "Handover", "MailServer", "SmtpChannel", "Trouble", "make_channels"]
