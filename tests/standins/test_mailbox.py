"""The stand-in mailbox keeps what it answered for, and nothing of what it did not."""

from routing.standins import Mailbox

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
