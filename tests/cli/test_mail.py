"""``waywarden mail`` and the reports of the web mean the same mailbox."""

import pytest

from routing.vocabulary import email_address
from tests.posting import posting, send_reports
from tests.samples import submission


@pytest.mark.parametrize(
    ("given", "asked"),
    [
        ("ada@b\u00fccher.de", "ada@b\u00fccher.de"),
        ("ada@xn--bcher-kva.de", "Ada@B\u00fccher.de"),
        ("a.da@googlemail.com", "ada@gmail.com"),
    ],
    ids=["a domain with an umlaut", "the same as mail servers know it", "the other name of a provider"],
)
def test_to_stop_mail_stops_what_a_report_with_that_address_would_send(web, mailbox, waywarden, given, asked):
    assert web.post(submission("unparished", reporter={"email": given})).status_code == 201
    assert waywarden("mail", "stop", asked).returncode == 0
    with posting(web.ctx.database, web.ctx.catalogue, mailbox) as post:
        assert send_reports(post)["dropped"] == 1
    assert not [each for each in mailbox.messages if each["envelope_to"][0].startswith("a")]


@pytest.mark.parametrize("text", ["nobody", "\u00e4da@example.com", "a@b@example.com", ""])
def test_what_no_report_takes_is_no_address_of_a_command_either(waywarden, text):
    with pytest.raises(ValueError, match=r"."):
        email_address(text)
    assert waywarden("mail", "stop", text).returncode == 2
