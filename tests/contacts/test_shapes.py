"""Shapes that pages and lists of real installs have, and those that must not be taken for them."""

import pytest

from routing.contacts.moderngov.charset import charset_of
from routing.contacts.moderngov.errors import OtherPage, UnexpectedShape
from routing.contacts.moderngov.fields import LONGEST, single_address
from routing.contacts.moderngov.labels import kind_of
from routing.contacts.moderngov.page import read_page
from routing.contacts.moderngov.parser import parse_detail, parse_everybody, parse_list, read_detail
from routing.contacts.moderngov.protection import is_protection

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


LABELS = {
    "Clerk to the Council": "clerk", "Parish Clerk": "clerk", "Contact name": "clerk", "Proper Officer": "clerk", "Clerk & RFO": "clerk",
    "Home Address": "address", "Bus. Address": "address", "Correspondence address": "address", "Postal Address": "address",
    "Bus. Phone": "phone", "Home Phone": "phone", "Tel. No.": "phone", "Telephone (daytime)": "phone", "Clerk\u2019s telephone": "phone",
    "Bus. Mobile": "mobile", "Mob": "mobile", "Bus. Email": "email", "E-Mail Address": "email", "Home Email": "email",
    "Web site": "website", "Web address": "website", "Fax": "", "Bus. Fax": "", "Council name": "",
    "Chairman's email": None, "Vice Chairman": None, "Deputy Clerk": None, "Councillor": None, "Party": None, "Meeting place": None,
    "Mayor's telephone": None, "Contact details": None, "": None,
}  # fmt: skip


@pytest.mark.parametrize("label", LABELS)
def test_a_label_means_what_people_mean_by_it_and_nobody_elses_is_the_clerks(label):
    assert kind_of(label) == LABELS[label]


def test_of_two_addresses_that_of_work_counts_and_what_is_said_without_more_before_it():
    work, home, plain = row("Bus. Email", "w@x.example"), row("Home Email", "h@x.example"), row("Email", "p@x.example")
    assert page(home + work).email == page(work + home).email == "w@x.example"
    assert page(home + work + plain).email == "p@x.example"


def test_a_label_that_nobody_knows_with_a_contact_behind_it_is_told():
    rows = (
        row("Clerk", "A Clerk")
        + row("Hotline", "01632 960 001")
        + row("Write to us", '<a href="mailto:a@x.example">here</a>')
    )
    rows += (
        row("Chairman", "Bo (b@x.example)")
        + row("Meets", "on Mondays")
        + row("Electorate", "1,234")
        + row("Fax", "01632 960002")
    )
    said = read_detail(f'<div id="modgov"><h2 class="mgSubTitleTxt">Beckwith</h2>{rows}</div>'.encode(), "u")
    assert said.unread == ("Hotline", "Write to us", "Chairman")
    assert (said.published.email, said.published.phone) == (None, None)


SIAN = "Si\u00e2n \u2013 Clerk"
CHARSETS = {
    "declared in the answer": ("cp1252", "cp1252", ""),
    "declared as Latin-1, which means Windows' own": ("cp1252", "cp1252", ""),
    "declared in the page": ("cp1252", None, '<meta charset="iso-8859-1">'),
    "declared in the page as of old": (
        "cp1252",
        None,
        '<meta http-equiv="Content-Type" content="text/html; charset=windows-1252">',
    ),
    "declared by nobody": ("cp1252", None, ""),
    "declared wrongly": ("cp1252", "utf-8", '<meta charset="utf-8">'),
    "UTF-8 that is called something else": ("utf-8", "nonsense", ""),
    "UTF-8 with a mark": ("utf-8-sig", "cp1252", ""),
    "UTF-16 with a mark": ("utf-16", None, ""),
    "an encoding that could hide tags": ("utf-8", "utf-7", ""),
    "no encoding of text": ("utf-8", "zip", ""),
}


@pytest.mark.parametrize("name", CHARSETS)
def test_a_name_is_read_in_the_encoding_of_its_page(name):
    encoding, told, meta = CHARSETS[name]
    text = f'<html><head>{meta}</head><div id="modgov"><p>{row("Clerk", SIAN)}</p></div></html>'
    charset = charset_of(f"text/html; charset={told}") if told else None
    assert read_detail(text.encode(encoding), "u", charset).published.clerk == SIAN


@pytest.mark.parametrize(
    "prolog",
    [
        "",
        '<?xml version="1.0"?>',
        '<?xml version="1.0" encoding="utf-8"?>',
        '<?xml version="1.0" encoding="windows-1252"?>',
    ],
)
@pytest.mark.parametrize("charset", [None, "utf-8", "cp1252"])
def test_a_list_that_is_not_in_utf_8_is_read(prolog, charset):
    content = (prolog + ITEM.decode() % ("414", "Llan\u00f4r")).encode("cp1252")
    assert [ref.title for ref in parse_list(content, "u", charset)] == ["Llan\u00f4r"]


OF_PERSONS = {
    "a title": ("Councillor Jo Example", ""),
    "a short title": ("Cllr. Jo Example", ""),
    "a party": ("Jo Example", row("Party", "Independent")),
    "a ward": ("Jo Example", row("Ward", "Beckwith")),
    "a section": ("Jo Example", '<h2 class="mgSectionTitle">Committee appointments</h2>'),
    "a mayor": ("Mayor Jo", ""),
    "a deputy mayor": ("Deputy Mayor Jo Example", ""),
    "wards": ("Jo Example", row("Wards", "Beckwith")),
    "wards, one or several": ("Jo Example", row("Ward/s", "Beckwith")),
    "a group": ("Jo Example", row("Political group", "Independent")),
    "a party, beside a clerk": ("Jo Example", row("Party", "Independent") + row("Clerk", "Ann")),
}


@pytest.mark.parametrize("name", OF_PERSONS)
def test_the_page_of_a_councillor_is_no_page_of_a_council(name):
    title, rows = OF_PERSONS[name]
    text = f'<div id="modgov"><h2 class="mgSubTitleTxt">{title}</h2>{rows}{row("Email", "jo@x.example")}</div>'
    with pytest.raises(OtherPage):
        read_detail(text.encode(), "u")


@pytest.mark.parametrize("label", ["Ward", "Wards", "Ward/s", "Division"])
def test_a_ward_beside_a_clerk_makes_no_councillor(label):
    found = page(row(label, "Beckwith North") + row("Clerk", "Ann") + row("Email", "a@x.example"))
    assert (found.clerk, found.email) == ("Ann", "a@x.example")


@pytest.mark.parametrize(
    "title",
    ["Parish council details", "Contact details", "Welcome", "Parish Council", "Council", "Town council information"],
)
def test_a_heading_that_any_page_could_have_is_no_name(title):
    assert (
        parse_detail(f'<div id="modgov"><h1>{title}</h1>{row("Clerk", "Ann")}</div>'.encode(), "u").council_name == ""
    )


PROTECTED = {
    "Cloudflare": "<title>Attention Required! | Cloudflare</title>",
    "Imperva": '<iframe src="/_Incapsula_Resource?x=1">Request unsuccessful. Incapsula incident ID: 1-2</iframe>',
    "Akamai": '<H1>Access Denied</H1>You don\'t have permission to access "http&#58;&#47;&#47;x" https://errors.edgesuite.net/18.x',
    "F5": "The requested URL was rejected. Please consult with your administrator. Your support ID is: 123",
    "Amazon": '<script src="https://x.token.awswaf.com/challenge.js"></script>',
    "Fortinet": "<h1>Web Page Blocked!</h1> Attack ID: 20000008",
    "a picture to read": '<div class="g-recaptcha"></div>',
}


@pytest.mark.parametrize("name", PROTECTED)
def test_an_answer_of_a_protection_is_known_as_one_and_its_script_on_a_good_page_is_none(name):
    assert is_protection(f"<html>{PROTECTED[name]}</html>".encode())
    assert not is_protection(f'<html>{PROTECTED[name]}<div id="modgov"></div></html>'.encode())


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
    for text in (found.phone, found.address, found.raw_email):
        assert len(text) == LONGEST == 200
        assert text.isprintable()
    assert found.clerk in (found.address, "Lane"), "a name is one line"


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


def test_a_list_in_an_encoding_that_nobody_knows_is_none():
    content = f'<?xml version="1.0" encoding="u{"1" * 500}"?>'.encode() + ITEM % (b"414", b"Beckwith Parish Council")
    with pytest.raises(UnexpectedShape):
        parse_list(content, "u")


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
