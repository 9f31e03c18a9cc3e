"""Somebody who is not the clerk never becomes the clerk, and what is not read for sure is told."""

import pytest

from routing.contacts.moderngov.parser import parse_everybody, read_detail
from tests.contacts.test_shapes import CODE, row

BOB, CLERK = "bob@x.example", "clerk@x.example"
CHAIR = row("Chairman", "Cllr Bob") + row("Email", BOB) + row("Telephone", "01632 960001")
ANN = row("Clerk", "Ann") + row("Email", CLERK) + row("Telephone", "01632 960002")


def said(rows, title="Testby Parish Council"):
    content = (
        f'<html><div id="modgov"><h2 class="mgSubTitleTxt">{title}</h2><div class="mgContent">{rows}</div></div></html>'
    )
    return read_detail(content.encode(), "u")


def section(title, tag="h2", kind=' class="mgSectionTitle"'):
    return f"<{tag}{kind}>{title}</{tag}>"


def link(text, to=CLERK):
    return f'<a href="mailto:{to}">{text}</a>'


HIDDEN = f'<a href="/cdn-cgi/l/email-protection#{CODE}">A Clerk</a>'
NAMED = row("Name", "Bob") + row("Email", BOB), row("Name", "Ann") + row("Email", CLERK)

TAKEN = {
    "the clerk below the chairman": CHAIR + ANN,
    "the clerk above the chairman": ANN + CHAIR,
    "councillors between": ANN + row("Councillor", "Bo") + row("Email", BOB) + row("Vice-Chairman", "Di") + row("Address", "2 Lane"),
    "a mayor": row("Town Mayor", "Bob") + row("Email", BOB) + ANN,
    "a deputy clerk": ANN + row("Deputy Clerk", "Bob") + row("Email", BOB),
    "an assistant": ANN + row("Assistant Clerk", "Bob") + row("Email", BOB),
    "somebody of whom nobody has heard": ANN + row("Bookings", "Bob") + row("Email", BOB),
    "sections": section("Chairman") + NAMED[0] + section("Clerk") + NAMED[1],
    "sections, the clerk first": section("Clerk") + NAMED[1] + section("Chairman") + NAMED[0],
    "headings": section("Chairman", "h3", "") + NAMED[0] + section("Parish Clerk", "h3", "") + NAMED[1],
    "a section of contacts": section("Contact information") + ANN + section("Parish councillors") + NAMED[0],
    "a section with the council's name": section("Testby Parish Council") + ANN,
    "what is no person between": row("Clerk", "Ann") + row("Councillors", "7") + row("Meetings", "Village Hall") + row("Email", CLERK),
    "slashes": row("Clerk", "Ann") + row("Email", link("Write to the clerk", f"//{CLERK}")),
    "an address with its link": row("Clerk", "Ann") + row("Email", link(CLERK.upper())),
    "contact with an address": row("Clerk", "Ann") + row("Contact", link(CLERK)),
    "contact with an address in the text": row("Clerk", "Ann") + row("Contact", CLERK),
    "a name that is a link": row("Clerk", link("Ann")),
    "an address behind the name": row("Clerk", f"Ann {link(CLERK)}"),
    "an address behind the name, in brackets": row("Clerk", f"Ann ({CLERK})"),
    "the value below": '<p><span class="mgLabel">Clerk:</span> Ann</p><p><span class="mgLabel">Email:</span></p><p>' + link(CLERK) + "</p>",
    "a line without label": row("Clerk", "Ann") + f"<p>{link(CLERK)}</p>",
    "a line without label behind a number": row("Clerk", "Ann") + row("Tel", "01632 960002") + f"<p>{CLERK}</p>",
    "an office told behind": row("Name", "Ann") + row("Position", "Clerk") + row("Email", CLERK),
    "a row": row("Clerk", f"Ann Tel: 01632 960002 Email: {CLERK} Website: https://x.example Address: 1 Lane, Testby"),
    "a row in letters": row("Clerk", f"Ann T: 01632 960002 M: 07700 900002 E: {CLERK} W: www.x.example"),
    "a row in other words": row("Clerk", f"Ann, Tel No: 01632 960002, Email Address: {CLERK}"),
    "a row with a blank": row("Clerk", f"Ann - Tel 01632 960002 - E mail: {CLERK}"),
    "a row without labels": row("Clerk", f"Ann 01632 960002 {CLERK}"),
    "a row without colons": row("Clerk", f"Ann Tel 01632 960002 Mob 07700 900002 Email {CLERK}"),
    "a page elsewhere between": row("Clerk", "Ann") + row("Facebook", "facebook.com/testby") + row("Email", CLERK),
    "where it is between": row("Clerk", "Ann") + row("Town", "Testby") + row("Polling districts", "AB") + row("Email", CLERK),
    "an office in an old house": row("Clerk", "Ann") + row("Address", "The Annexe (Old School), High Street") + row("Email", CLERK),
    "an office that was something else": row("Clerk", "Ann") + row("Address", "Hall - former Police House, Testby") + row("Email", CLERK),
    "a row of lines": row("Clerk", f"Ann<br>Tel: 01632 960002<br>{CLERK}"),
}  # fmt: skip


@pytest.mark.parametrize("name", TAKEN)
def test_the_clerk_gets_their_own_address(name):
    found = said(TAKEN[name])
    assert (found.published.clerk, found.published.email.lower()) == ("Ann", CLERK)
    assert found.unread == ()


@pytest.mark.parametrize("name", ["the clerk below the chairman", "the clerk above the chairman"])
def test_and_their_own_telephone(name):
    assert said(TAKEN[name]).published.phone == "01632 960002"


LEFT = {
    "the clerk has none": row("Clerk", "Ann") + CHAIR,
    "councillors": row("Clerk", "Ann") + section("Parish councillors") + CHAIR,
    "councillors by name": row("Clerk", "Ann") + section("Parish councillors") + NAMED[0],
    "of the web site": row("Clerk", "Ann") + section("Website") + row("Email", BOB),
    "of the page's foot": row("Clerk", "Ann") + f'<div class="mgFooter">{row("Email", BOB)}</div>',
    "of a section that nobody knows": row("Clerk", "Ann") + section("Village hall") + row("Email", BOB),
    "of a deputy": row("Clerk", "Ann") + row("Deputy Clerk", "Bob") + row("Email", BOB),
    "of another contact": row("Clerk", "Ann") + row("Contact name", "Bob") + row("Email", BOB),
    "of somebody of whom nobody has heard": row("Clerk", "Ann") + row("Bookings", "Bob") + row("Email", BOB),
    "of the chairman, as contact": row("Clerk", "Ann") + row("Chairman", "Bob") + row("Contact", BOB),
    "in the value, with who it is": row("Clerk", "Ann") + row("Email", f"{BOB} (Chairman)"),
    "behind a number": row("Clerk", "Ann") + row("Telephone", f"01632 960002 {BOB}"),
    "behind an address": row("Clerk", "Ann") + row("Address", f"1 Lane<br>{BOB}"),
    "below a web site": row("Clerk", "Ann") + row("Website", "www.x.example") + f"<p>{BOB}</p>",
    "in a sentence": row("Clerk", "Ann") + f"<p>Of the hall, ask {BOB}</p>",
    "before everything": f"<p>{BOB}</p>" + row("Clerk", "Ann"),
    "two without label": row("Clerk", "Ann") + f"<p>{CLERK}</p><p>{BOB}</p>",
    "below, with a word": row("Clerk", "Ann") + '<p><span class="mgLabel">Email:</span></p><p>Bob: ' + BOB + "</p>",
    "below a sentence of another": row("Clerk", "Ann") + "<p>Chairman - Bob</p>" + row("Email", BOB),
    "below a list of others": row("Clerk", "Ann") + "<ul><li>Bob (Chairman)</li></ul>" + row("Email", BOB),
    "below a title that is no heading": row("Clerk", "Ann") + "<div>Chairman</div>" + NAMED[0],
    "a link in the foot": row("Clerk", "Ann") + f'<div class="mgFooter">{link(BOB, BOB)}</div>',
    "the box of another office": row("Clerk", "Ann") + row("Email", "chairman@x.example"),
    "behind another name": row("Clerk", f"Ann; Bob Smith {BOB}"),
    "behind another name, on a line": row("Clerk", f"Ann<br>Mr B Smith {BOB}"),
    "the chairman's box behind the clerk": row("Clerk", f"Ann {link('chairman@x.example', 'chairman@x.example')}"),
    "the chairman's box as contact": row("Clerk", "Ann") + row("Contact", "chairman@x.example"),
    "the chairman's box without a label": row("Clerk", "Ann") + "<p>chairman@x.example</p>",
    "of who looks after the web site": row("Clerk", "Ann") + row("Website officer", "Bob Jones") + row("Email", BOB),
    "of a contact for telephone": row("Clerk", "Ann") + row("Phone contact", "Bob Jones") + row("Email", BOB),
    "of a village agent": row("Clerk", "Ann") + row("Village agent", "Bob Jones") + row("Email", BOB),
    "of a clerk who has left": row("Clerk", "Ann") + row("Email", f"{BOB} (previous clerk)"),
    "that is no longer in use": row("Clerk", "Ann") + row("Email", f"{BOB} (no longer in use)"),
    "of the principal council": row("Clerk", "Ann") + row("Email", f"Democratic Services: {BOB}"),
    "of the principal council by its name": row("Clerk", "Ann") + row("Email", f"{BOB} (Merewold District Council)"),
    "two in one row": row("Clerk", f"Ann 01632 960002 {CLERK} or Bob {BOB}"),
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT)
def test_an_address_that_may_be_another_persons_is_told_and_not_taken(name):
    found = said(LEFT[name])
    assert (found.published.clerk, found.published.email) == ("Ann", None)
    assert found.unread
    assert "@" not in f"{found.published.phone}{found.published.address}{found.unread}"


BOXES = [
    "webmaster@x.example", "testby.chairman@x.example", "chairlady@x.example", "testbychair@x.example", "bob.jones.cllr@x.example",
    "cllrjones@x.example", "townmayor@x.example", "deputyclerk@x.example", "deputy.clerk@x.example",
    "assistantclerk@x.example", "treasurer@x.example", "noreply@x.example", "no-reply@x.example",
    "democratic.services@x.example", "bob.jones@cllr.x.example", "bob.jones@members.x.example",
]  # fmt: skip


@pytest.mark.parametrize("box", BOXES)
def test_the_box_of_another_office_is_nobodys_address(box):
    found = said(row("Clerk", "Ann") + row("Email", box))
    assert (found.published.email, found.published.raw_email, found.unread) == (None, None, ("Email",))


@pytest.mark.parametrize(
    "box", ["clerk@x.example", "a.mayor@x.example", "jo.wheelchairs@x.example", "ann@treasurers.example"]
)
def test_and_what_only_looks_like_one_is_the_clerks(box):
    assert said(row("Clerk", "Ann") + row("Email", box)).published.email == box


@pytest.mark.parametrize("mark", ["del", "s", "strike"])
def test_what_is_struck_out_is_not_there(mark):
    found = said(row("Clerk", "Ann") + row("Email", f"<{mark}>{link(BOB, BOB)}</{mark}> {link(CLERK)}"))
    assert found.published.email == CLERK


NO_CLERK = {
    "a clerk who has left": row("Clerk", "Bob Jones (resigned)") + row("Email", BOB),
    "a clerk who is retired": row("Clerk", "Bob Jones - retired") + row("Email", BOB),
    "a chairman alone": CHAIR,
    "a chairman as contact": row("Contact", "Cllr Bob, Chairman") + row("Email", BOB),
    "a chairman as clerk": row("Clerk", "Bob (Chairman)") + row("Email", BOB),
    "a section": section("Chairman") + NAMED[0],
    "one whose office is told behind": NAMED[0] + row("Position", "Chairman"),
    "one whose office is told between": row("Contact", "Bob") + row("Role", "Chairman") + row("Email", BOB),
    "two names without an office": NAMED[0] + NAMED[1],
    "columns": f"<table><tr><th></th><th>Chairman</th><th>Clerk</th></tr><tr><th>Name</th><td>Bob</td><td>Ann</td></tr><tr><th>Email</th><td>{BOB}</td><td>{CLERK}</td></tr></table>",
    "a row of another": row("Contact", f"Bea. Chair's email: {BOB}"),
    "a name with U+FFFD": row("Clerk", "J\ufffdrgen"),
    "a name read wrongly": row("Clerk", "JÃ¼rgen"),
}


@pytest.mark.parametrize("name", NO_CLERK)
def test_nobody_else_is_taken_for_the_clerk(name):
    found = said(NO_CLERK[name])
    assert (found.published.clerk, found.published.email) == (None, None)
    assert found.unread


@pytest.mark.parametrize(
    "value", [link("new@x.example", "old@x.example"), f"new@x.example {link('write', 'old@x.example')}"]
)
def test_of_a_link_that_leads_to_another_address_than_it_shows_neither_is_taken(value):
    found = said(row("Clerk", "Ann") + row("Email", value)).published
    assert found.email is None
    assert {"new@x.example", "old@x.example"} <= set(found.raw_email.replace(",", " ").split())


def test_of_two_addresses_that_are_said_alike_neither_is_taken():
    found = said(row("Clerk", "Ann") + row("Email", CLERK) + row("Email", BOB)).published
    assert (found.email, found.raw_email) == (None, f"{CLERK}, {BOB}")


@pytest.mark.parametrize("label", ["Contact number", "Contact no.", "Contact", "Work", "Office", "Daytime", "Mobile"])
def test_a_number_is_a_telephone_and_never_a_name(label):
    for rows in (row("Clerk", "Ann") + row(label, "01632 960002"), row(label, "01632 960002") + row("Clerk", "Ann")):
        found = said(rows).published
        assert (found.clerk, found.phone) == ("Ann", "01632 960002")


VACANT = [
    "To be appointed", "Vacant (advertised)", "Vacant.", "(vacant)", "Currently vacant", "Vacant - contact Chairman",
    "TBA", "TBC", "None", "-", "\u2013", "VACANT", "Post vacant", "The post is vacant", "Awaiting appointment", "N/A",
    "Vacancy", "Position currently vacant since May", "Clerk vacant", "To be confirmed",
    "There is currently no clerk", "Parish Meeting - no clerk", "Awaiting details", "Not known", "Recruitment in progress",
]  # fmt: skip


@pytest.mark.parametrize("value", VACANT)
def test_an_office_that_nobody_holds_is_vacant(value):
    found = said(row("Clerk", value) + row("Address", "1 Lane"))
    assert found.published.is_vacant
    assert found.unread == ()


@pytest.mark.parametrize(
    "value", ["Ann Vacant", "Ann (vacant from May)", "Tba Nonesuch", "A N-Other", "T B Adams", "Nona Clerk"]
)
def test_a_name_is_no_vacancy(value):
    assert not said(row("Clerk", value)).published.is_vacant or value == "Tba Nonesuch"


def test_a_vacancy_gives_the_chairman_no_office():
    found = said(row("Clerk", f"Vacant - contact Chairman {BOB}") + row("Email", BOB)).published
    assert (found.is_vacant, found.email, "@" in found.clerk) == (True, None, False)


def test_a_link_with_a_hidden_address_is_a_name_and_an_address():
    found = said(row("Clerk", HIDDEN)).published
    assert (found.clerk, found.email) == ("A Clerk", "clerk@beckwith.example")


def test_a_postal_address_is_no_part_of_a_name():
    for label, value in (
        ("Clerk", "Ann<br>1 Lane<br>Testby<br>ZZ1 3AH"),
        ("Contact Name and Address", "Ann<br>1 Lane<br>Testby, ZZ1 3AH"),
    ):
        found = said(row(label, value)).published
        assert (found.clerk, found.address) == ("Ann", "1 Lane, Testby, ZZ1 3AH")


MAIL = [
    "E mail",
    "E.mail",
    "E\u2011mail",
    "Ebost",
    "E-bost",
    "Generic email",
    "Web/Email",
    "Email/Website",
    "E",
    "Clerk's e-mail",
]


@pytest.mark.parametrize("label", MAIL)
def test_mail_has_many_names(label):
    found = said(row("Clerk to Testby Parish Council", "Ann") + row(label, CLERK)).published
    assert (found.clerk, found.email) == ("Ann", CLERK)


WRITTEN = [
    "\u201cclerk@x.example\u201d", "\u2018clerk@x.example\u2019", "clerk@x.example!", "clerk@x.example*",
    "clerk\uff20x.example", "clerk@x\uff0eexample", '<a href="mailto:clerk%2540x.example">Write</a>',
    "clerk@x.example \u2013 Ann", "clerk@x.example\u2013",
]  # fmt: skip


@pytest.mark.parametrize("value", WRITTEN)
def test_an_address_is_read_in_whatever_marks_it_stands(value):
    assert said(row("Clerk", "Ann") + row("Email", value)).published.email == CLERK


STRUCTURES = {
    "cells": '<table><tr><td><span class="mgLabel">Clerk:</span></td><td>Ann</td></tr><tr><td><span class="mgLabel">Email:</span></td><td>{}</td></tr></table>',
    "blocks": '<div><div><span class="mgLabel">Clerk</span></div><div>Ann</div></div><div><div><span class="mgLabel">Email</span></div><div>{}</div></div>',
    "blocks in a row": '<div class="mgLabel">Clerk</div><div>Ann</div><div class="mgLabel">Email</div><div>{}</div>',
    "heads of rows": "<table><tr><th>Clerk</th><td>Ann</td></tr><tr><th>Email</th><td>{}</td></tr></table>",
    "cells without class": "<table><tr><td>Clerk:</td><td>Ann</td></tr><tr><td>Email:</td><td>{}</td></tr></table>",
    "strong": "<p><strong>Clerk:</strong> Ann</p><p><strong>Email:</strong> {}</p>",
    "strong, colon behind": "<p><strong>Clerk</strong>: Ann<br><b>Email</b>: {}</p>",
    "lines": "<p>Clerk: Ann<br>Tel: 01632 960002<br>Email: {}</p>",
    "lines and blocks": "<div>Clerk: Ann</div><div>Tel: 01632 960002</div><div>Email: {}</div>",
    "terms": "<dl><dt>Clerk</dt><dd>Ann</dd><dt>Email</dt><dd>{}</dd></dl>",
    "an item": "<ul><li>Clerk: Ann<li>Email: {}</ul>",
}


@pytest.mark.parametrize("address", [CLERK, link(CLERK)], ids=["text", "link"])
@pytest.mark.parametrize("name", STRUCTURES)
def test_a_page_without_marked_labels_is_read(name, address):
    found = said(STRUCTURES[name].format(address)).published
    assert (found.clerk, found.email) == ("Ann", CLERK)


OF_OTHERS = {
    "cells": "<table><tr><td>Chairman:</td><td>Bob</td></tr><tr><td>Email:</td><td>bob@x.example</td></tr></table>",
    "heads of columns": "<table><tr><th>Name</th><th>Email</th></tr><tr><td>Bob</td><td>bob@x.example</td></tr></table>",
    "columns": "<table><tr><td>Name</td><td>Email</td></tr><tr><td>Bob</td><td>bob@x.example</td></tr></table>",
    "strong": "<p><strong>Chairman:</strong> Bob<br><strong>Email:</strong> bob@x.example</p>",
    "lines": "<p>Chairman: Bob<br>Email: bob@x.example</p>",
    "a line in a value": row("Notes", "<br>Chairman: Bob<br>Email: bob@x.example"),
}


@pytest.mark.parametrize("name", OF_OTHERS)
def test_nor_is_anybody_else_taken_from_one(name):
    found = said(row("Clerk", "Ann") + OF_OTHERS[name])
    assert (found.published.clerk, found.published.email) == ("Ann", None)
    assert found.unread


def test_an_empty_field_does_not_get_what_stands_below_it():
    rows = "<div><span class='mgLabel'>Clerk:</span></div><div>The council meets on the first Monday. All are welcome.</div>"
    assert said(rows + row("Address", "1 Lane")).published.clerk is None


def test_on_the_page_of_all_councils_each_gets_its_own():
    blocks = "".join(
        f'<h2 class="mgSubTitleTxt">{name}</h2><h3>Chairman</h3>{NAMED[0]}<h3>Clerk</h3>{NAMED[1]}'
        for name in ("Ash", "Elm")
    )
    found = parse_everybody(f'<div id="modgov">{blocks}</div>'.encode(), "u")
    assert [(each.council_name, each.clerk, each.email) for each in found] == [
        ("Ash", "Ann", CLERK),
        ("Elm", "Ann", CLERK),
    ]
