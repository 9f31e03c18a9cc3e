"""The delivery room: messages, the way they leave the house, and what follows when they are not taken."""

from routing.delivery.boundaries import let_in, take_back
from routing.delivery.compose import compose, outgoing, to_review
from routing.delivery.errors import (
    AddressRefused,
    AnswerLost,
    ChannelDown,
    ChannelStopped,
    Deferred,
    DeliveryError,
    Refused,
)
from routing.delivery.mailserver import MailServer
from routing.delivery.messages import Sender, write_message
from routing.delivery.news import Links, write_news
from routing.delivery.review import tell_review
from routing.delivery.sending import Post, need_channel, send_all
from routing.delivery.smtp import SmtpChannel

__all__ = [
    "AddressRefused",
    "AnswerLost",
    "ChannelDown",
    "ChannelStopped",
    "Deferred",
    "DeliveryError",
    "Links",
    "MailServer",
    "Post",
    "Refused",
    "Sender",
    "SmtpChannel",
    "compose",
    "let_in",
    "need_channel",
    "outgoing",
    "send_all",
    "take_back",
    "tell_review",
    "to_review",
    "write_message",
    "write_news",
]
