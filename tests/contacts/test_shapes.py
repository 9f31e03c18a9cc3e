"""Shapes that pages and lists of real installs have, and those that must not be taken for them."""

import pytest

from routing.contacts.moderngov.fields import LONGEST
from routing.contacts.moderngov.page import read_page
from routing.contacts.moderngov.parser import parse_detail, parse_everybody, parse_list, single_address

CODE = "5a39363f28311a383f39312d332e32743f223b372a363f"
"""clerk@beckwith.example, as Cloudflare hides it."""


def page(rows):
    return parse_detail(f'<div id="modgov"><h2 class="mgSubTitleTxt">Beckwith</h2>{rows}</div>'.encode(), "u")


def row(label, value):
    return f'<p><span  class="mgLabel" >{label}:&nbsp;</span>\r\n\t{value}  </p>'


ADDRESSES = {
    "a full stop": "clerk@beckwith.example.",
    "twice": 'clerk@beckwith.example (<a href="mailto:clerk@beckwith.example">Clerk@Beckwith.example</a>)',
    "its label again": "E-mail:clerk@beckwith.example",
    "in quotes": "'clerk@beckwith.example'",
    "entities": '<a  href="mailto:clerk&#64;beckwith&#46;example"  title="Send&#32;email">clerk&#64;beckwith&#46;example</a>',
    "percent": '<a href="mailto:clerk%40beckwith.example">E-mail the clerk</a>',
    "Cloudflare, text": f'<a href="/cdn-cgi/l/email-protection#{CODE}"><span class="__cf_email__" data-cfemail="{CODE}">[email&#160;protected]</span></a>',
    "Cloudflare, link": f'<a class="__cf_email__" href="/cdn-cgi/l/email-protection" data-cfemail="{CODE}">[email&#160;protected]</a>',
    "Cloudflare, words": f'<a href="/cdn-cgi/l/email-protection#{CODE}">E-mail the clerk</a>',
    "two links to one": '<a href="mailto:clerk@beckwith.example">Write</a> or <a href="mailto:clerk@beckwith.example">mail</a>',
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_one_address_is_read_however_it_is_written(name):
    found = page(row("Clerk", "A Clerk") + row("Email", ADDRESSES[name]))
    assert found.email.lower() == "clerk@beckwith.example"
    assert (found.clerk, found.raw_email) == ("A Clerk", None)


MORE_THAN_ONE = {
    "a full stop between": "a@x.example. b@x.example",
    "two links": '<a href="mailto:a@x.example">A</a> <a href="mailto:b@x.example">B</a>',
    "percent": '<a href="mailto:a@x.example%2Cb@x.example">Write</a>',
    "percent, a header": '<a href="mailto:a@x.example%0D%0ABcc:b@x.example">Write</a>',
    "Cloudflare and another": f'a@x.example <span data-cfemail="{CODE}">[email&#160;protected]</span>',
    "one that is far behind": "a@x.example" + "&#8203;" * 3_000 + ", b@x.example",
    "one that is far behind, escaped twice": "a@x.example" + "&amp;#8203;" * 1_000 + ", b@x.example",
    "one that is far behind, unseen": "a@x.example" + "\u200b" * 300 + "<b></b>" + "\u200b" * 5_000 + ", b@x.example",
    "one behind what is cut": "a@x.example" + " x" * 94 + " b@x.example",
    "an address that is cut": "b" * 180 + " clerk@beckwith.example.org",
}


@pytest.mark.parametrize("name", MORE_THAN_ONE)
def test_no_address_is_taken_where_there_may_be_another(name):
    found = page(row("Email", MORE_THAN_ONE[name]))
    assert found.email is None
    assert 0 < len(found.raw_email) <= LONGEST


@pytest.mark.parametrize("code", ["", "5", "xx", "5a", "5a" * 2_000, "5a39 ff", "\u00b2\u00b2"])
def test_an_address_that_is_hidden_badly_is_none(code):
    assert page(row("Clerk", "A") + row("Email", f'<span data-cfemail="{code}">[email protected]</span>')).email is None
    assert page(row("Clerk", "A") + row("Email", f'<a href="/cdn-cgi/l/email-protection#{code}">x</a>')).email is None


def test_business_telephone_and_e_mail_are_known():
    found = page(row("Bus. Phone", "01234 567890") + row("Bus. Email", "clerk@x.example"))
    assert (found.phone, found.email) == ("01234 567890", "clerk@x.example")


def test_a_row_that_holds_all_is_taken_apart():
    found = page(
        '<p><span class="mgLabel">Contact: </span>Bea Example&nbsp;Tel: 01234 567890 / Email: &nbsp;'
        '<a href="mailto:clerk@x.example">clerk@x.example</a></p>'
    )
    assert (found.clerk, found.phone, found.email) == ("Bea Example", "01234 567890", "clerk@x.example")


def test_a_field_of_its_own_counts_before_one_within_a_row():
    rows = row("Contact", "Bea Tel: 1 / Email: row@x.example"), row("Email", "own@x.example")
    for order in (rows, rows[::-1]):
        found = page("".join(order))
        assert (found.clerk, found.phone, found.email) == ("Bea", "1", "own@x.example")


@pytest.mark.parametrize(
    "value",
    [
        "Bea. Chair's email: chair@x.example",
        "Bea. Chair: Bo / Email: chair@x.example",
        "Bea Email: a@x.example / Email: b@x.example",
        "x" * 190 + " Email: clerk@x.example",
    ],
)
def test_of_a_row_that_may_mean_another_no_address_is_taken(value):
    assert page(row("Contact", value)).email is None


LONG = {"clerk": "Clerk", "phone": "Telephone", "address": "Address", "raw_email": "Email"}


@pytest.mark.parametrize("value", ["A" * 5_000, "<br>".join(["Lane"] * 500), "a\u202e" * 5_000, "&amp;#65;" * 5_000])
def test_no_value_is_longer_than_two_hundred_characters(value):
    found = page(f"<h2>{value}</h2>" + row("Mobile", value) + "".join(row(label, value) for label in LONG.values()))
    for text in (found.clerk, found.phone, found.address, found.raw_email):
        assert len(text) == LONGEST == 200
        assert text.isprintable()


def test_lines_and_blocks_are_joined_with_commas():
    assert page(row("Address", "1 Lane<br />Ash<br>\r\nOak")).address == "1 Lane, Ash, Oak"
    assert (
        page('<div><span class="mgLabel">Address</span><div>1 Lane</div><div>Ash</div></div>').address == "1 Lane, Ash"
    )


SLOPPY = {
    "tags left open": '<span class="mgLabel">Clerk:</span> Ann<p><span class="mgLabel">Email:</span> a@x.example<p>Web',
    "in upper case": "<P><SPAN CLASS=mgLabel>Clerk:</SPAN>Ann<P><SPAN class='x mgLabel'>Email:</SPAN>a@x.example",
    "cells": '<table><tr><td><b class="mgLabel">Clerk</b>Ann<td><b class="mgLabel">Email</b>a@x.example</table>',
    "items": '<ul><li><b class="mgLabel">Clerk</b>Ann<li><b class="mgLabel">Email</b>a@x.example</ul>',
    "badly nested": '<p><i class="mgLabel"><b>Clerk</i></b>Ann</p></table></span></p><p><i class="mgLabel">Email</i>a@x.example',
    "a comment and a script": '<p><b class="mgLabel">Clerk</b><!-- </p> --><script>"</p>"</script>Ann</p><p><b class="mgLabel">Email</b>a@x.example</p>',
    "an open link before": '<a name="top"><p><b class="mgLabel">Clerk</b>Ann</p><p><b class="mgLabel">Email</b><a href="mailto:a@x.example">Write</a></p>',
    "a heading between": '<b class="mgLabel">Clerk</b>Ann<h3>Mail</h3><b class="mgLabel">Email</b>a@x.example<h3>Web</h3>x',
    "tags in attributes": '<p title="</p><b>"><b class="mgLabel" title=\'>\'>Clerk</b>Ann</p><p><b class="mgLabel">Email</b>a@x.example</p>',
    "a picture with a title": '<p><b class="mgLabel">Clerk</b><svg><title>x</title><path d="M0"/></svg>Ann</p><p><b class="mgLabel">Email</b>a@x.example',
}


@pytest.mark.parametrize("name", SLOPPY)
def test_a_page_that_is_not_well_formed_is_read_as_a_browser_shows_it(name):
    found = parse_detail(f'<form><div id="modgov">{SLOPPY[name]}'.encode(), "u")
    assert (found.clerk, found.email) == ("Ann", "a@x.example")


def test_what_follows_modgov_is_the_theme():
    content = '<div><a name="x"><div id="modgov"><b class="mgLabel">Clerk</b>Ann<span></div><b class="mgLabel">Email</b>a@x.example'
    assert parse_detail(content.encode(), "u").email is None


def test_a_page_is_its_text_and_elements_in_order():
    read = read_page("<p>a<b>b&amp;</b> c<br>d")
    assert read.pieces == [None, "a", "b&", " c", None, "d", None]
    assert [(each.tag, each.first, each.last, each.parent, each.after) for each in read.elements] == [
        ("p", 1, 6, -1, 2),
        ("b", 2, 3, 0, 2),
    ]


ITEM = b"<parishcouncils><parishcouncil><parishcouncilid>%s</parishcouncilid><parishcounciltitle>%s</parishcounciltitle></parishcouncil></parishcouncils>"
LISTS = {
    "a line before it": b"\r\n<?xml version='1.0'?>" + ITEM % (b"414", b"Beckwith Parish Council"),
    "a mark before it": b"\xef\xbb\xbf\r\n<?xml version='1.0' encoding='utf-8'?>" + ITEM % (b"414", b"Beckwith Parish Council"),
    "a control character": ITEM % (b"414", b"Beckwith&#x1F; Parish&#0; Council&#27;"),
    "a bare control character": ITEM % (b"4\x0014", b"Beck\x1fwith Parish Council"),
    "line ends": ITEM % (b"\r\n  414\r\n", b"\r\n Beckwith\r\n Parish&#13;&#10;Council"),
}  # fmt: skip


@pytest.mark.parametrize("name", LISTS)
def test_a_list_is_read_with_what_xml_does_not_allow(name):
    assert [(ref.id, ref.title) for ref in parse_list(LISTS[name], "u")] == [(414, "Beckwith Parish Council")]


@pytest.mark.parametrize("number", [b"", b"0", b"-1", b"2147483648", b"0" * 11 + b"7", b"9" * 30, b"1e3", b"\xc2\xb2"])
def test_what_is_no_id_is_not_listed(number):
    assert parse_list(ITEM % (number, b"Beckwith"), "u") == []


@pytest.mark.parametrize("address", ["o'neill@x.example", "clerk+parish@x.example", "a.b@x.example"])
def test_an_address_keeps_what_belongs_to_it(address):
    assert single_address(f"({address})") == address


def test_all_councils_of_a_large_county_fit_on_one_page():
    block = f'<h2 class="mgSubTitleTxt">C</h2><h3 class="mgSectionTitle">Contact</h3>{row("Clerk", "A")}{row("Email", "<a>a@x.example</a>")}'
    found = parse_everybody(f'<div id="modgov">{block * 800}</div>'.encode(), "u")
    assert {(each.council_name, each.clerk, each.email) for each in found} == {("C", "A", "a@x.example")}
    assert len(found) == 800
