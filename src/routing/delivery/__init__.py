"""The delivery room: write messages, send them, and handle those that are refused."""

from routing.delivery.channels import Channel, ChannelHealth, Handover, MailServer, SmtpChannel, make_channels
from routing.delivery.compose import compose
from routing.delivery.context import DeliveryContext
from routing.delivery.errors import (
    AddressRefused,
    AnswerLost,
    ChannelDown,
    ChannelStopped,
    Deferred,
    DeliveryError,
    Refused,
)
from routing.delivery.messages import Sender, write_message
from routing.delivery.notifications import Links, write_notification
from routing.delivery.sending import need_channel, send_all

__all__ = [
    "AddressRefused",
    "AnswerLost",
    "Channel",
    "ChannelDown",
    "ChannelHealth",
    "ChannelStopped",
    "Deferred",
    "DeliveryContext",
    "DeliveryError",
    "Handover",
    "Links",
    "MailServer",
    "Refused",
    "Sender",
    "SmtpChannel",
    "compose",
    "make_channels",
    "need_channel",
    "send_all",
    "write_message",
    "write_notification",
]
