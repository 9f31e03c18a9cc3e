"""The mailbox for a person: a list, and each message with its links."""

import base64
import email
import email.policy
import html
import re
from collections.abc import Mapping, Sequence
from typing import Any

PAGE = """<!DOCTYPE html>
<html lang="en-GB"><head><meta charset="utf-8"><title>{title}</title></head>
<body style="font-family: Arial, sans-serif; max-width: 60em; margin: 2em auto; padding: 0 1em;"><h1>{title}</h1>
{body}</body></html>
"""
LINK = re.compile(r"https?://[^\s<>&]+")


def list_page(messages: Sequence[Mapping[str, Any]]) -> str:
    """All messages as HTML, newest first."""
    rows = [
        f"<tr><td>{html.escape(', '.join(each['envelope_to']))}</td>"
        f'<td><a href="/read/{each["number"]}">{html.escape(each["subject"] or "no subject")}</a></td></tr>'
        for each in reversed(messages)
    ]
    body = (
        f'<table cellpadding="6"><tr><th align="left">To</th><th align="left">Subject</th></tr>{"".join(rows)}</table>'
    )
    return PAGE.format(
        title="Stand-in mailbox", body=body if rows else "<p>There are no messages yet. Reload this page.</p>"
    )


def message_page(message: Mapping[str, Any]) -> str:
    """One message as HTML, with its text and working links."""
    parsed = email.message_from_bytes(base64.b64decode(message["raw"]), policy=email.policy.default)
    part = parsed.get_body(("plain",))
    text = html.escape(part.get_content() if part is not None else "")
    linked = LINK.sub(lambda found: f'<a href="{found[0]}">{found[0]}</a>', text)
    names = ("From", "To", "Reply-To", "Date", "Message-ID", "In-Reply-To")
    head = "".join(f"{name}: {html.escape(str(parsed[name]))}\n" for name in names if parsed[name])
    body = f'<p><a href="/">All messages</a></p><pre style="white-space: pre-wrap;">{head}\n{linked}</pre>\n'
    return PAGE.format(title=html.escape(str(parsed["Subject"] or "no subject")), body=body)
