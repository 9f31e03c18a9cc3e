"""The stand-in mailbox keeps what it answered for, and nothing of what it did not."""

import requests

from routing.standins import Mailbox, mailbox_app
from tests.servers import http_server

MESSAGE = b"Subject: =?utf-8?q?Caf=C3=A9?=\r\nMessage-ID: <1@x>\r\nX-Waywarden-Reference: WW-1\r\n\r\nHello\r\n"


def kept(path):
    return [(message["reference"], message["subject"]) for message in Mailbox(path).messages]


def test_what_was_accepted_is_there_after_a_restart(tmp_path):
    path = tmp_path / "messages.jsonl"
    box = Mailbox(path)
    box.accept("a@x.example", ["b@x.example"], MESSAGE)
    box.close()
    assert kept(path) == [("WW-1", "Caf\u00e9")]


def test_half_a_line_of_a_mailbox_that_was_killed_is_not_read_and_not_in_the_way(tmp_path):
    path = tmp_path / "messages.jsonl"
    box = Mailbox(path)
    box.accept("a@x.example", ["b@x.example"], MESSAGE)
    box.close()
    with path.open("ab") as file:
        file.write(b'{"number": 2, "reference": "WW-2", "raw": "}')
    again = Mailbox(path)
    assert len(again.messages) == 1
    again.accept("a@x.example", ["b@x.example"], MESSAGE)
    again.close()
    assert len(kept(path)) == 2


def test_a_mailbox_killed_in_its_first_line_begins_anew(tmp_path):
    path = tmp_path / "messages.jsonl"
    path.write_bytes(b'{"number"')
    assert Mailbox(path).messages == []
    assert path.read_bytes() == b""


def test_a_person_reads_the_list_and_a_message_whose_links_can_be_followed(mailbox):
    raw = (
        b"From: a@x.example\r\nTo: b@x.example\r\nSubject: <b>Hello</b>\r\nContent-Type: text/plain\r\n\r\n"
        b"<script>See https://reports.example/reports/WW-1?token=abc\r\n"
    )
    mailbox.mailbox.accept("a@x.example", ["b@x.example"], raw)
    with http_server(mailbox_app(mailbox.mailbox)) as url:
        listed = requests.get(url, timeout=10).text
        read = requests.get(f"{url}/read/1", timeout=10).text
        assert requests.get(f"{url}/read/2", timeout=10).status_code == 404
    assert '<a href="/read/1">&lt;b&gt;Hello&lt;/b&gt;</a>' in listed
    assert 'href="https://reports.example/reports/WW-1?token=abc"' in read
    assert "&lt;script&gt;" in read
