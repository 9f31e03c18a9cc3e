"""What a recipient reads: content, headers, and nothing that should not be there."""

import datetime
import email
import email.policy
import math
import re
from dataclasses import replace
from uuid import uuid4

import html5lib
import pytest

from routing.casework import Other, OutboxMessage, Reporter
from routing.council.model import Replies
from routing.council.pages import MapLook
from routing.delivery import Sender, write_message
from routing.place import read_point
from routing.vocabulary import Role
from tests.present import present
from tests.samples import ANSWERS, VERSION

NOW = datetime.datetime(2026, 11, 21, 12, tzinfo=datetime.UTC)
SENDER = Sender("waywarden@reports.example", "office@merewold.example")
PLACE = {"state": "parish", "code": "E04999001", "name": "Testley", "district": "E07999001", "candidates": []}
OUTBOX_MESSAGE = OutboxMessage(
    uuid4(), uuid4(), "WW-7K3M-Q2XD", "merewold", "speeding-traffic", "", VERSION, 1, "parish-clerk", Role.TO,
    "clerk@parish.example", "<one@reports.example>", "The parish council can help.", None, 0, None, ANSWERS,
    566153.7, 444759.1, NOW, "Most mornings.\nNear the school.", Reporter("Ada", "ada@citizen.example", None, False),
    {"place": PLACE, "parish_council": "Testley Town Council"},
)  # fmt: skip


def write(catalogue, **changes):
    delivery = replace(OUTBOX_MESSAGE, **changes)
    definition = catalogue.definition("merewold", "speeding-traffic")
    raw = write_message(delivery, catalogue.council("merewold"), definition, SENDER, NOW)
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    return email.message_from_bytes(raw, policy=email.policy.default)


def parts(message):
    text = message.get_body(("plain",)).get_content()
    html = message.get_body(("html",)).get_content()
    html5lib.HTMLParser(strict=True).parse(html)
    return text, html


def test_an_answer_that_is_not_offered_any_more_is_shown_as_it_is_stored(catalogue):
    for text in parts(write(catalogue, answers=ANSWERS | {"nature": "former"})):
        assert "This answer is no longer offered: former" in text


@pytest.mark.parametrize(
    ("reason", "begins"),
    [
        ("The person who reported this has withdrawn it.", "Withdrawn: "),
        ("Whoever reported this has withdrawn it.", "Withdrawn: "),
        ("You do not need to do anything more about this report. An officer has sent it to somebody else.", "Moved: "),
        ("An officer has sent this report to somebody else. You do not have to do anything more about it.", "Moved: "),
        ("The person who reported this has added information.", "Re: "),
    ],
)
def test_a_follow_up_says_in_its_subject_what_happened_also_in_the_words_of_a_former_version(catalogue, reason, begins):
    message = write(catalogue, role=Role.FOLLOW_UP, reason=reason)
    assert message["Subject"].startswith(begins)
    assert reason in parts(message)[0]


def test_the_clerk_reads_what_where_when_and_what_to_do(catalogue):
    message = write(catalogue)
    assert message["Subject"] == "Speeding traffic in Testley: report WW-7K3M-Q2XD"
    assert message["To"] == "clerk@parish.example"
    assert message["From"] == "Merewold District Council <waywarden@reports.example>"
    assert message["Reply-To"] == "office@merewold.example"
    assert message["Message-ID"] == "<one@reports.example>"
    assert message["Auto-Submitted"] == "auto-generated"
    for text in parts(message):
        for words in (
            "WW-7K3M-Q2XD", "Testley (E04999001)", "easting 566154, northing 444759", "21 November 2026",
            "Vehicles often go too fast", "30mph", "Daytime", "Most mornings.", "speed indicator device",
            "The parish council can help.",
        ):  # fmt: skip
            assert words in text, words


def test_the_reporter_is_named_only_if_they_ticked_it(catalogue):
    hidden = "".join(parts(write(catalogue)))
    assert "Ada" not in hidden
    assert "citizen.example" not in hidden
    assert "did not agree" in hidden
    shown = parts(write(catalogue, reporter=replace(OUTBOX_MESSAGE.reporter, may_pass_on=True)))
    assert all("ada@citizen.example" in text for text in shown)


SCRIPT = '<script>alert(1)</script> & "quotes" <img src=x onerror=y>'


def test_what_the_public_typed_is_text_and_never_markup_or_header(catalogue):
    reporter = Reporter(SCRIPT, "a@b.example", "1", may_pass_on=True)
    message = write(catalogue, details=SCRIPT + "\nBcc: victim@x.example\n.\n", reporter=reporter)
    text, html = parts(message)
    assert SCRIPT in text
    assert "<script>" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html
    assert "Bcc" not in message
    assert not any("script" in value for value in message.values())


def test_a_name_with_line_breaks_cannot_break_the_subject(catalogue):
    receipt = {"place": PLACE | {"name": "Test\r\nBcc: x@y.example"}, "parish_council": None}
    assert write(catalogue, receipt=receipt)["Subject"].startswith("Speeding traffic in Test Bcc: x@y.example")


def test_the_officer_reads_the_candidates_of_an_uncertain_place(catalogue):
    candidates = [
        {"code": "E04999001", "name": "Testley", "distance_m": 0.0},
        {"code": "E04999002", "name": "Otherby", "distance_m": 12.4},
    ]
    receipt = {"place": {"state": "uncertain", "name": None, "code": None, "candidates": candidates}}
    message = write(catalogue, recipient="review", role=Role.REVIEW, receipt=receipt)
    assert message["Subject"] == "To review: report WW-7K3M-Q2XD"
    text, _ = parts(message)
    assert "Testley (E04999001)" in text
    assert "Otherby (E04999002), 12 m from its boundary" in text
    for name in ("Testley", "Otherby"):
        assert f'- The parish council of {name}: --to parish-clerk --parish "{name}"' in text
    assert "waywarden reports decide WW-7K3M-Q2XD" in text


OTHERS = (
    Other("road-safety", Role.COPY, "road-safety@merewold.example"),
    Other("parish-clerk", Role.TO, "clerk@parish.example"),
)


def test_what_to_do_stands_before_everything_but_what_it_is(catalogue):
    text, html = parts(write(catalogue, others=OTHERS[:1]))
    first = [
        text.index(words) for words in ("A resident has", "WHAT YOU CAN DO", "WHO ELSE HAS IT", "Reference:", "WHERE")
    ]
    assert first == sorted(first)
    first = [
        html.index(words) for words in ("A resident has", "What you can do", "Who else has it", "Reference:", "Where<")
    ]
    assert first == sorted(first)


def test_a_letter_links_to_a_map_of_the_place(catalogue):
    for text in parts(write(catalogue)):
        link = present(re.search(r"https://www\.openstreetmap\.org/\?mlat=([0-9.-]+)&(?:amp;)?mlon=([0-9.-]+)", text))
        point = read_point({"lat": float(link[1]), "lon": float(link[2])})
        assert (
            math.dist(
                (point.easting, point.northing), (present(OUTBOX_MESSAGE.easting), present(OUTBOX_MESSAGE.northing))
            )
            < 2
        )


def test_the_council_may_name_its_own_map(catalogue, monkeypatch):
    council = catalogue.council("merewold")
    link = "https://maps.merewold.example/?x={easting}&y={northing}"
    own = council.model_copy(update={"map": MapLook(link=link)})
    monkeypatch.setitem(catalogue.councils, "merewold", own)
    assert "https://maps.merewold.example/?x=566154&y=444759" in parts(write(catalogue))[0]


@pytest.mark.parametrize(
    ("role", "recipient", "others", "line"),
    [
        (Role.TO, "parish-clerk", OTHERS[:1], "Road safety team of Merewold District Council (with a copy): road-safety@merewold.example"),
        (Role.COPY, "road-safety", OTHERS[1:], "Testley Town Council (to act on it): clerk@parish.example"),
    ],
)  # fmt: skip
def test_it_says_who_else_has_it_and_how_to_write_to_them(catalogue, role, recipient, others, line):
    for text in parts(write(catalogue, role=role, recipient=recipient, others=others)):
        assert line in text
    assert "WHO ELSE HAS IT" not in parts(write(catalogue))[0]


def test_the_officer_reads_in_words_who_can_get_it(catalogue):
    text, html = parts(write(catalogue, recipient="review", role=Role.REVIEW))
    for line in (
        "- Testley Town Council: --to parish-clerk\r\n",
        "- Road safety team of Merewold District Council: --to road-safety",
        "- Traffic team of Merewold District Council: --to traffic-authority",
    ):
        assert line in text
    assert "<code>--to road-safety</code>" in html
    assert "--to review" not in text
    assert "WHO CAN GET IT" not in parts(write(catalogue))[0]


REPLIES = (
    {"mailbox": "highways"},
    {"recipient": "road-safety", "mailbox": "grounds"},
    {"process": "speeding-traffic", "mailbox": "road-safety"},
    {"process": "speeding-traffic", "recipient": "parish-clerk", "mailbox": "traffic-authority"},
)


@pytest.mark.parametrize(
    ("replies", "set_for_all", "expected"),
    [
        ((), None, "review@merewold.example"),
        ((), "office@merewold.example", "office@merewold.example"),
        (REPLIES[:1], "office@merewold.example", "highways@merewold.example"),
        (REPLIES[:2], None, "highways@merewold.example"),
        (REPLIES[:3], None, "road-safety@merewold.example"),
        (REPLIES, None, "traffic@merewold.example"),
    ],
)
def test_answers_go_where_the_council_says_of_the_process_and_the_recipient(
    catalogue, monkeypatch, replies, set_for_all, expected
):
    council = catalogue.council("merewold")
    own = council.model_copy(update={"replies": tuple(Replies(**each) for each in replies)})
    monkeypatch.setitem(catalogue.councils, "merewold", own)
    definition = catalogue.definition("merewold", "speeding-traffic")
    raw = write_message(OUTBOX_MESSAGE, own, definition, Sender("waywarden@reports.example", set_for_all), NOW)
    assert email.message_from_bytes(raw)["Reply-To"] == expected


def test_a_copy_says_that_it_is_one_and_asks_for_nothing(catalogue):
    text, _ = parts(write(catalogue, recipient="road-safety", role=Role.COPY))
    assert "We sent this report to Testley Town Council" in text
    assert "WHAT YOU CAN DO" not in text


@pytest.mark.parametrize("recipient", ["parish-clerk", "road-safety", "traffic-authority", "review"])
def test_no_message_leaves_a_placeholder_open(catalogue, recipient):
    message = write(catalogue, recipient=recipient)
    assert "{" not in message["Subject"] + "".join(parts(message))


def test_the_envelope_sender_carries_the_delivery():
    assert SENDER.envelope(OUTBOX_MESSAGE.id) == f"waywarden+{OUTBOX_MESSAGE.id.hex}@reports.example"


@pytest.mark.parametrize(
    "details", ["x" * 5000, "Caf\u00e9 \U0001f697 \u2013 too fast", "a\nb\n\n.\nc", "\u00e9" * 3000]
)
def test_what_was_typed_arrives_letter_by_letter(catalogue, details):
    text, html = parts(write(catalogue, details=details))
    for line in details.split("\n"):
        assert line in text
        assert line in html


def test_names_beyond_ascii_are_readable_in_the_headers(catalogue):
    receipt = {"place": PLACE | {"name": "Ynys M\u00f4n " * 12}, "parish_council": None}
    assert "Ynys M\u00f4n Ynys M\u00f4n" in write(catalogue, receipt=receipt)["Subject"]
