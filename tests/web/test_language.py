"""Every text of the pages goes through gettext: a made-up language shows the one that does not."""

import email
import email.policy
import re
import subprocess
import sys
from dataclasses import replace

import pytest
from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from routing import casework
from routing.casework import EVENTS, Reporter, public_status
from routing.delivery import Links, Sender, write_notification
from routing.errors import ConfigurationError
from routing.i18n import choose_language
from routing.process import in_language
from routing.settings import Settings
from routing.vocabulary import Role
from tests.casework.factory import submit
from tests.casework.staging import CITIZEN, body
from tests.conftest import ROOT
from tests.delivery.test_messages import NOW, OUTBOX_MESSAGE
from tests.present import present
from tests.servers import web_server
from tests.web.citizen import Citizen, href_of, know, xy
from tests.web.walking import form_of, pages_of, way_to

pytestmark = pytest.mark.thorough

INNERMOST = re.compile("⟦[^⟦⟧]*⟧")
NO_WORDS = re.compile(r"(/reports/)?WW-\w{4}-\w{4}[^\s⟧]*|/not-me/\w+|x{100,}")
"""References, addresses of reports, and what the test itself types."""


@pytest.fixture(scope="session")
def collected(tmp_path_factory):
    """What ``pybabel extract`` finds in the repository, as a translator gets it, and in the processes of these tests."""
    folder = tmp_path_factory.mktemp("texts")
    file, how = folder / "waywarden.pot", folder / "babel.cfg"
    how.write_text((ROOT / "babel.cfg").read_text().replace("[ignore: tests/**]", "[ignore: tests/**.py]"))
    command = [sys.executable, "-m", "babel.messages.frontend", "-q", "extract", "-F", str(how), "-k", "gettext",
               "-k", "noop", "-o", str(file), "."]  # fmt: skip
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    with file.open("rb") as source:
        return read_po(source)


def compiled(collected, folder, translate):
    """A catalogue of the language xx in a folder."""
    catalogue = Catalog(locale=None, domain="waywarden")
    for message in collected:
        if message.id:
            catalogue.add(message.id, translate(message.id))
    target = folder / "xx" / "LC_MESSAGES"
    target.mkdir(parents=True)
    with (target / "waywarden.mo").open("wb") as file:
        write_mo(file, catalogue)
    return folder


@pytest.fixture
def settings(database_url, tmp_path, collected, request):
    folder = compiled(collected, tmp_path, getattr(request, "param", lambda text: f"⟦{text}⟧"))
    yield Settings(data_dir=tmp_path, database_url=database_url, language="xx", locale_dir=folder)
    choose_language("en-GB", None)


def left(page, data):
    """The texts of a page that no translator saw, but for data."""
    for node in page.css("script, style"):
        node.decompose()
    found = []
    for node in page.css_first("html").traverse(include_text=True):
        text = node.text(deep=False).strip() if node.tag == "-text" else ""
        found += left_in(text, data)
    return found


def left_in(text, data):
    """The text that is left without what a translator saw and without data; none where nothing is."""
    text = NO_WORDS.sub("", text)
    while INNERMOST.search(text):
        text = INNERMOST.sub("", text)
    for known in data:
        text = text.replace(known, "")
    return [text] if re.search("[A-Za-z]", text) else []


class Reader(Citizen):
    """A citizen who notices every text that is not in their language."""

    data: tuple[str, ...] = ()
    read: int = 0

    def _shown(self, answer):
        self.answer, self.url = answer, answer.url
        assert 'lang="xx"' in answer.text
        assert left(self.page, self.data) == [], answer.url
        self.read += 1
        return self.page


def values(model):
    for value in model.model_dump(mode="json").values():
        yield from value if isinstance(value, list) else [str(value)]


@pytest.fixture
def reader(web, catalogue):
    reader = Reader(web.url)
    council = catalogue.council("merewold")
    names = [each.name for each in catalogue.councils.values()]
    texts = [
        *values(council.privacy),
        *values(council.accessibility),
        *names,
        "waywarden_journey_speeding-traffic",
        "waywarden_journey_overgrown-hedge",
        "Merewold",
        "Merewold Town, unparished area",
        "http://reports.example",
        "https://reports.example",
    ]
    reader.data = tuple(sorted(texts, key=len, reverse=True))
    return reader


@pytest.mark.parametrize("process", ["speeding-traffic", "overgrown-hedge"])
def test_no_text_of_a_journey_is_missed(reader, catalogue, process):
    definition = catalogue.definition("merewold", process)
    for rule in definition.rule:
        answers, place = way_to(definition, rule.id)
        reader.get(f"/report/{process}?council=merewold")
        reader.send()
        for page in pages_of(definition, answers, place):
            reader.data = (*reader.data, "Flaxholme", "Northfield", "Southfield")
            if page in definition.questions or page == "place":
                reader.send(**({page: ""} if page in answers else {"where": ""}))
            reader.send(**form_of(definition, page, answers, place))
        if reader.heading == "⟦⟦report⟧ sent⟧":
            reader.get(href_of(reader.page, "main a"))
    assert reader.read > 3 * len(definition.rule)


def test_no_text_of_a_reports_pages_and_messages_is_missed(reader, web, catalogue):
    receipt = submit(web.ctx.database, reporter=Reporter("Ada", "ada@citizen.example", None, False))
    reader.data = (*reader.data, "Flaxholme")
    definition = catalogue.definition("merewold", "speeding-traffic")
    answers, place = way_to(definition, "R12")
    reader.get("/report/speeding-traffic?council=merewold")
    reader.send()
    for page in pages_of(definition, answers, place)[:-1]:
        reader.send(**form_of(definition, page, answers, place))
    reader.send()
    reader.send()
    reader.send(similar=str(receipt.id))
    reader.send()
    report = f"/reports/{receipt.reference}"
    reader.get(f"{report}/add?token={receipt.token}")
    for text in ("", "x" * 1001, "x" * 100):
        reader.send(text=text)
    reader.get(f"{report}/withdraw?token={receipt.token}")
    assert reader.heading.startswith("⟦Withdraw ⟦report⟧")
    for event, facts in EVENTS.items():
        if facts.after is None or not facts.before:
            continue
        with web.ctx.database.transaction() as tx:
            tx.execute("UPDATE report SET state = %s WHERE id = %s", (min(facts.before), receipt.id))
            casework.move(tx, [receipt.id], event, "test", {"end": "unanswered"})
            told = public_status(
                casework.track(tx, receipt.id, catalogue), catalogue.council("merewold"), in_language(definition), NOW
            )
        assert told.state is facts.after
        assert left_in(message_of(told, receipt), reader.data) == []
        reader.get(f"{report}?token={receipt.token}")


def message_of(told, receipt):
    """The words of an e-mail to a citizen, as plain text."""
    delivery = replace(OUTBOX_MESSAGE, report=receipt.id, reference=receipt.reference, role=Role.CITIZEN)
    links = Links(f"https://reports.example/reports/{receipt.reference}?token=x", "https://reports.example/not-me/x")
    raw = write_notification(told, delivery, links, Sender("waywarden@reports.example"), NOW)
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert present(message.get_body(("html",))).get_content().count('lang="xx"') == 1
    return message["Subject"] + "\n" + present(message.get_body(("plain",))).get_content()


@pytest.fixture
def answering(shipped_office, settings, http):
    """A reader of the pages of cases in stages, on the shipped processes."""
    where = {"councils_dir": ROOT / "councils", "processes_dir": ROOT / "processes"}
    with web_server(settings.model_copy(update=where), http) as running:
        reader = Reader(running.url)
        reader.data = (
            *values(shipped_office.catalogue.council("merewold").privacy),
            *("Merewold District Council", "Merewold", "Flaxholme", "Ada Reporter", CITIZEN, "Most mornings."),
            *("http://reports.example", "https://reports.example"),
        )
        yield reader


def test_no_text_of_a_citizens_page_to_answer_and_letter_is_missed(shipped_office, answering):
    office, reader = shipped_office, answering
    receipt = office.report("missed-bin", {"collection_day": "2027-01-29", "bins": "rubbish"})
    office.begins()
    page, token = f"/reports/{receipt.reference}", f"?token={receipt.token}"
    reader.get(page + token)
    office.answer(receipt, "collections", {"crew_note": "nothing"})
    office.answer(receipt, "collections", {"emptied_on": "2027-02-01"})
    reader.get(page + token)
    reader.get(f"{page}/answer{token}")
    reader.send()
    reader.send(still_full="Nobody came.")
    office.advance()
    office.answer(receipt, "manager", {"emptied_at_last_on": "2027-02-01"})
    reader.get(page + token)
    reader.send(level="2")
    assert reader.read == 7
    mails = office.mails(CITIZEN)
    assert [left_in(f"{each['Subject']} {body(each)}", reader.data) for each in mails] == [[]] * 5


@pytest.mark.parametrize("path", ["/", "/privacy", "/cookies", "/accessibility", "/nothing", "/reports/WW-2222-2222"])
def test_no_text_of_another_page_is_missed(reader, path):
    reader.get(path)
    assert reader.read == 1


def test_no_text_of_an_error_is_missed(reader, web):
    know(web, postcodes=[("ZZ9 9ZZ", *xy("parish")), ("ZZ9 9ZZ", *xy("unparished"))])
    reader.data = (*reader.data, "Flaxholme", "zz9 9zz")
    reader.get("/report/speeding-traffic/nature")  # without a journey
    reader.get("/report/speeding-traffic?council=merewold")
    reader.send()
    reader.send(nature="pattern")
    reader.send(road="no")
    for where in ("RG14", "RG14 5LD", "Nowhere Whatsoever", "48, 2", "?", "x" * 201):
        reader.send(where=where)
    reader.send(where="zz9 9zz")
    reader.send()
    reader.send(which=reader.page.css_first("main input[type=radio]").attributes["value"])
    reader.send(limit="30")
    reader.send(time="day")
    reader.send(details="x" * 1001)
    reader.send(details="")
    reader.send(name="x" * 121, email="nobody", phone="1" * 121)
    assert len(reader.errors) == 3


def test_a_missed_text_is_found(reader):
    page = reader.get("/privacy")
    page.css_first("h1").insert_after("plain words")
    assert left(page, reader.data) == ["plain words"]


@pytest.mark.parametrize("settings", [lambda text: text.replace("{", "<").replace("}", ">") + "!"], indirect=True)
def test_a_translation_that_lost_a_placeholder_of_a_definition_is_not_used(web):
    citizen = Citizen(web.url)
    answer = citizen.session.get(f"{web.url}/privacy", timeout=10)
    assert "the traffic team of Merewold District Council" in answer.text
    assert "<council.name>" not in answer.text


def test_a_language_without_a_catalogue_is_refused_by_name(tmp_path):
    with pytest.raises(
        ConfigurationError, match=r"Create .*waywarden.mo with msgfmt, or unset WAYWARDEN_LANGUAGE. It is cy"
    ):
        choose_language("cy", tmp_path)
