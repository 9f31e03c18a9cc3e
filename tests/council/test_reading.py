import datetime
import re

import pytest
from pydantic import ValidationError

from routing.casework import read_catalogue
from routing.council import parse_council, read_councils
from routing.council.model import Page
from routing.errors import DefinitionError, UnknownError
from tests.conftest import PLAIN
from tests.present import present
from tests.running import folders
from tests.samples import VERSION

TEXT = (PLAIN / "councils" / "merewold" / "council.toml").read_text()


def test_the_shipped_councils_are_read_with_their_links():
    folders = read_councils(PLAIN / "councils")
    assert set(folders) == {"merewold", "saltby"}
    assert len(present(folders["merewold"].links)) == 45
    assert folders["merewold"].council.listed("trunk_roads") == ("the A1990", "the M199")
    assert folders["saltby"].council.listed("trunk_roads") == ()


REFUSED = {
    "no TOML": ("[council]", "[council", "this is not TOML"),
    "unknown key": ('website = "https', 'site = "https', "council.site"),
    "no source": ('source_url = "https://www.merewold.example/about"\n', "", "council.source_url: add this key."),
    "GSS code": ('gss = "E07999001"', 'gss = "Merewold"', "council.gss"),
    "no review mailbox": ("[mailboxes.review]", "[mailboxes.reviews]", "add [mailboxes.review]"),
    "not an address": ('address = "review@merewold.example"', 'address = "review at merewold"', "one email address"),
    "no web address": (
        'website = "https://',
        'website = "',
        "council.website: 'www.merewold.example/' is not a web address",
    ),
    "an address with a name before it": ('feedback = "https://', 'feedback = "https://user:pw@', "council.feedback"),
    "an address with a space": ('feedback = "https://', 'feedback = "https://a b', "council.feedback"),
    "an address that is cut off": ('feedback = "https://www.mere', 'feedback = "https://[::1', "council.feedback"),
    "a tab in an address": ('feedback = "https://', 'feedback = "https://a\\t', "council.feedback"),
    "a script": ('feedback = "https://', 'feedback = "javascript:', "council.feedback"),
    "header injection": (
        'address = "review@merewold.example"',
        'address = "a@b.example\\r\\nBcc: c@d.example"',
        "mailboxes",
    ),
    "a name in another encoding": (
        'name = "Merewold District',
        'name = "Merew\u00c3\u00b4ld District',
        "Save the file as UTF-8",
    ),
    "a name with what nobody sees": (
        'name = "Road safety',
        'name = "Road\u200b safety',
        "an invisible character",
    ),
    "a mailbox with an accent": (
        'address = "review@',
        'address = "revi\u00e9w@',
        "mailboxes.review.address: 'revi\u00e9w@merewold.example' has an accent before its @",
    ),
    "a page of Modern.Gov": (
        'merewold.example/merewold"',
        'merewold.example/merewold/mgWebService.asmx"',
        "moderngov.base_url: enter the folder above mgWebService.asmx, such as https://",
    ),
    "a list of Modern.Gov": (
        'merewold.example/merewold"',
        'merewold.example/merewold/mgListCommittees.aspx?bcr=1"',
        "merewold.example/merewold. This is the address of a page. Correct this key.",
    ),
    "a Modern.Gov with a query": (
        'merewold.example/merewold"',
        'merewold.example/merewold?x=1"',
        "the address of a page",
    ),
    "braces in a name": (
        'name = "Merewold District',
        'name = "{Merewold} District',
        "council.name: write the name without {",
    ),
    "tolerance": ("tolerance_m = 25", "tolerance_m = -1", "place.tolerance_m"),
    "a number without end": ("tolerance_m = 25", "tolerance_m = " + "9" * 4_301, "One has more than 4,300 digits"),
    "brackets without end": (
        'processes = ["',
        "x = " + "[" * 5_000 + '\nprocesses = ["',
        "nest fewer brackets or keys",
    ),
    "a NUL in a name": (
        'name = "Merewold District',
        'name = "Merewold\\u0000District',
        "council.name: it contains an invisible control char",
    ),
    "a separator of lines": (
        'name = "Merewold District',
        'name = "Merewold\u2028District',
        "council.name: write it on one line",
    ),
    "a Modern.Gov that is no address": ('base_url = "https://', 'base_url = "https://[', "moderngov.base_url"),
    "a Modern.Gov at no port": ('merewold.example/merewold"', 'merewold.example:99999/merewold"', "moderngov.base_url"),
    "tiles from nowhere": ("[place]", '[map]\ntiles = "https://[a/{z}/{x}/{y}"\n[place]', "map.tiles"),
    "a map of one number": (
        "[place]",
        '[map]\nlink = "https://a.example/{lat}"\n[place]',
        "map.link: enter an address",
    ),
    "a map of other words": (
        "[place]",
        '[map]\nlink = "https://a.example/{x}/{y}"\n[place]',
        "map.link: enter an address",
    ),
    "a map with half a brace": (
        "[place]",
        '[map]\nlink = "https://a.example/{lat}/{lon"\n[place]',
        "map.link: enter an",
    ),
    "a map that is a script": ("[place]", '[map]\nlink = "javascript:{lat}{lon}"\n[place]', "map.link"),
    "answers to nowhere": (
        "[place]",
        '[[replies]]\nmailbox = "mayor"\n[place]',
        "entry 1: use one of the mailboxes review, road-safety, traffic-authority, highways, grounds. There is no 'mayor'",
    ),
    "answers of no process": (
        "[place]",
        '[[replies]]\nprocess = "potholes"\nmailbox = "review"\n[place]',
        "use one of the processes speeding-traffic, overgrown-hedge. There is no 'potholes'",
    ),
    "answers twice": (
        "[place]",
        '[[replies]]\nmailbox = "review"\n[[replies]]\nmailbox = "grounds"\n[place]',
        "keep one of the 2 entries with the same process and recipient",
    ),
    "used for less than fresh": ("[place]", "[contacts]\nstale_days = 40\n[place]", "contacts"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_council_file_is_refused_by_file_and_key(name):
    old, new, expected = REFUSED[name]
    assert old in TEXT
    with pytest.raises(DefinitionError) as refused:
        parse_council(TEXT.replace(old, new, 1), "merewold", "council.toml")
    assert str(refused.value).startswith("council.toml")
    assert expected in str(refused.value)


def test_a_mailbox_is_written_to_at_its_address_in_plain_letters():
    odd = TEXT.replace("review@merewold.example", "Review\uff20M\u00fcnwold.example\u200b")
    assert parse_council(odd, "merewold", "council.toml").review_address == "Review@xn--mnwold-3ya.example"


def test_a_name_of_a_mailbox_has_no_braces():
    odd = re.sub(r"(\[mailboxes\.review\][^\[]*?name = \")", r"\1{", TEXT, count=1)
    with pytest.raises(DefinitionError, match=r"mailboxes\.review\.name: write the name without"):
        parse_council(odd, "merewold", "council.toml")


@pytest.fixture
def councils(tmp_path):
    """A copy of the shipped councils that a test may change."""
    import shutil

    shutil.copytree(PLAIN / "councils", tmp_path / "councils")
    return tmp_path / "councils"


def change(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_council_that_lacks_a_mailbox_of_its_process_is_refused(councils):
    change(councils / "saltby" / "council.toml", "[mailboxes.road-safety]", "[mailboxes.roads]")
    with pytest.raises(DefinitionError, match=r"add \[mailboxes.road-safety\]"):
        read_catalogue(councils, PLAIN / "processes")


@pytest.mark.parametrize(("recipient", "is_known"), [("parish-clerk", True), ("citizen", True), ("mayor", False)])
def test_answers_are_to_a_message_to_somebody_whom_a_process_names(councils, recipient, is_known):
    entry = f'[[replies]]\nprocess = "speeding-traffic"\nrecipient = "{recipient}"\nmailbox = "road-safety"\n\n[place]'
    change(councils / "merewold" / "council.toml", "[place]", entry)
    if is_known:
        council = read_catalogue(councils, PLAIN / "processes").council("merewold")
        assert council.reply_address("speeding-traffic", recipient) == "road-safety@merewold.example"
        return
    with pytest.raises(DefinitionError, match=r"there is no recipient 'mayor'\. Use one of: citizen, "):
        read_catalogue(councils, PLAIN / "processes")


def test_two_councils_with_one_code_are_refused(councils):
    change(councils / "saltby" / "council.toml", "E07999002", "E07999001")
    with pytest.raises(DefinitionError, match="correct this code or the one of council merewold"):
        read_catalogue(councils, PLAIN / "processes")


def test_a_council_adopts_only_processes_that_exist(councils):
    change(councils / "saltby" / "council.toml", '"overgrown-hedge"', '"potholes"')
    with pytest.raises(DefinitionError, match="there is no process 'potholes'"):
        read_catalogue(councils, PLAIN / "processes")


def test_where_several_councils_are_served_one_must_answer_first(councils):
    change(councils / "merewold" / "council.toml", "answers_first = true\n", "")
    with pytest.raises(DefinitionError, match="answers_first"):
        read_catalogue(councils, PLAIN / "processes")


@pytest.mark.parametrize("line", ["E04999001,x,y", "E04999001", "E04999001,401,twice"])
def test_a_wrong_line_of_links_is_named(councils, line):
    path = councils / "merewold" / "parish-links.csv"
    number = len(path.read_text().splitlines()) + 1
    first = path.read_text().splitlines()[1].split(",")[0]
    path.write_text(path.read_text() + line.replace("E04999001", first) + "\n")
    with pytest.raises(DefinitionError, match=f"line {number}"):
        read_catalogue(councils, PLAIN / "processes")


LINKS = {
    "digits of another kind": ("\u00b2", "line 2"),
    "a digit of another script": ("\u0664", "line 2"),
    "more than any id": (str(2**31), "line 2: .* from 1 to 2147483647"),
    "nothing": ("0", "line 2"),
    "a number without end": ("9" * 4_301, "line 2"),
    "a field without end": ("9" * 140_000, "line 2: this is not CSV"),
    "NUL": ("41\0", "line 2"),
}


@pytest.mark.parametrize("name", LINKS)
def test_an_id_that_modern_gov_cannot_have_is_refused_by_its_line(councils, name):
    identifier, expected = LINKS[name]
    (councils / "merewold" / "parish-links.csv").write_text(f"parish_code,moderngov_id\nE04999003,{identifier}\n")
    with pytest.raises(DefinitionError, match=f"parish-links.csv: {expected}"):
        read_councils(councils)


@pytest.mark.parametrize("code", ["E0499900\0", "E0499900\u0663", "Beckwith", " "])
def test_a_link_of_what_is_no_parish_is_refused_by_its_line(councils, code):
    (councils / "merewold" / "parish-links.csv").write_text(f"parish_code,moderngov_id\n{code},414\n")
    with pytest.raises(DefinitionError, match="line 2: enter parish_code, like E04001234"):
        read_councils(councils)


@pytest.mark.parametrize("text", [
    "parish_code;moderngov_id\nE04999003;414\n", "parish_code\tmoderngov_id\nE04999003\t414\n",
    "sep=;\nparish_code;moderngov_id\nE04999003;414\n", "parish_code,moderngov_id,\nE04999003,414,\n",
    "\u200bparish_code,moderngov_id\nE0499\u200b9003,\u200b414\ufeff\n", 'parish_code, "moderngov_id"\n"E04999003", "414"\n',
])  # fmt: skip
def test_links_are_read_as_spreadsheets_write_them(councils, text):
    (councils / "merewold" / "parish-links.csv").write_text(text)
    assert read_councils(councils)["merewold"].links == {"E04999003": 414}


def test_rows_without_anything_in_them_are_no_links_and_count_as_lines(councils):
    path = councils / "merewold" / "parish-links.csv"
    path.write_text("parish_code,moderngov_id\n\n,\nE04999003,414\n,\n")
    assert read_councils(councils)["merewold"].links == {"E04999003": 414}
    path.write_text("parish_code,moderngov_id\n\n,\nE04999003,x\n")
    with pytest.raises(DefinitionError, match="line 4"):
        read_councils(councils)


def test_a_table_of_links_without_its_columns_is_refused(councils):
    (councils / "merewold" / "parish-links.csv").write_text("code,id\nE04999003,414\n")
    with pytest.raises(DefinitionError, match="line 1: add the columns parish_code, moderngov_id"):
        read_councils(councils)


@pytest.mark.parametrize("file", ["council.toml", "parish-links.csv"])
def test_a_byte_order_mark_is_no_part_of_a_file(councils, file):
    before = read_councils(councils)["merewold"]
    path = councils / "merewold" / file
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())
    after = read_councils(councils)["merewold"]
    assert (after.council, after.text, after.links) == (before.council, before.text, before.links)


@pytest.mark.parametrize("file", ["council.toml", "parish-links.csv"])
def test_a_file_that_is_not_utf_8_is_refused_by_its_line(councils, file):
    path = councils / "merewold" / file
    path.write_bytes(path.read_bytes().replace(b"\n", b"\n# Si\xf4n\n", 1))
    with pytest.raises(DefinitionError, match=f"{file}: line 2: this is not UTF-8 text. Save the file as UTF-8"):
        read_councils(councils)
    path.write_bytes(path.read_bytes().decode("latin-1").encode("utf-16-le"))
    with pytest.raises(DefinitionError, match="UTF-16 without a byte order mark"):
        read_councils(councils)


@pytest.mark.parametrize("file", ["council.toml", "parish-links.csv"])
def test_a_file_is_read_however_an_editor_wrote_it(councils, file):
    before = read_councils(councils)["merewold"]
    path = councils / "merewold" / file
    text = path.read_text()
    for content in (text.encode("utf-16"), text.replace("\n", "\r\n").encode("utf-8-sig"), (text + "\n\n").encode()):
        path.write_bytes(content)
        after = read_councils(councils)["merewold"]
        assert (after.council.mailboxes, after.links) == (before.council.mailboxes, before.links)


def test_a_council_with_its_own_copy_of_a_process_uses_that(councils):
    text = (PLAIN / "processes" / "speeding-traffic" / "process.toml").read_text()
    own = councils / "saltby" / "processes" / "speeding-traffic"
    own.mkdir(parents=True)
    (own / "process.toml").write_text(text.replace(f'version = "{VERSION}"', 'version = "saltby-1"'))
    catalogue = read_catalogue(councils, PLAIN / "processes")
    assert catalogue.definition("saltby", "speeding-traffic").version == "saltby-1"
    assert catalogue.definition("saltby", "speeding-traffic").scope == "saltby"
    assert catalogue.definition("merewold", "speeding-traffic").scope == ""


def test_the_same_version_with_another_text_is_refused_by_the_store(councils, database):
    with database.transaction() as tx:
        read_catalogue(councils, PLAIN / "processes").store(tx)
        read_catalogue(councils, PLAIN / "processes").store(tx)
    change(councils / "saltby" / "council.toml", "Report desk", "Front desk")
    with pytest.raises(DefinitionError, match="Give the changed file a new version"), database.transaction() as tx:
        read_catalogue(councils, PLAIN / "processes").store(tx)


def test_asking_for_what_is_not_served_names_what_is(catalogue):
    with pytest.raises(UnknownError, match="merewold, saltby"):
        catalogue.council("nowhere")
    with pytest.raises(UnknownError, match="speeding-traffic"):
        catalogue.definition("merewold", "potholes")


@pytest.mark.parametrize(
    ("url", "reference", "address"),
    [
        ("https://pay.example/a?for={reference}", "WW-1", "https://pay.example/a?for=WW-1"),
        ("https://pay.example/a?for={reference}", "", "https://pay.example/a"),
        ("https://pay.example/a?x=1&for={reference}&y=2", "", "https://pay.example/a?x=1&y=2"),
        ("https://pay.example/a/{reference}", "WW-1", "https://pay.example/a/WW-1"),
        ("https://pay.example/a/", "WW-1", "https://pay.example/a/"),
    ],
)
def test_the_page_to_pay_has_our_reference_once_there_is_one(url, reference, address):
    page = Page(name="Pay", url=url, source_url="https://pay.example/", checked_on=datetime.date(2026, 11, 30))
    assert page.address(reference) == address


@pytest.mark.parametrize(
    "url",
    [
        "pay.example",
        "https://pay.example{reference}/",
        "{reference}https://pay.example/",
        "https://pay.example/{ref}",
        "https://pay.example/{reference",
        "ftp://pay.example/",
    ],
)
def test_a_page_needs_an_address_that_we_can_fill(url):
    with pytest.raises(ValidationError):
        Page(name="Pay", url=url, source_url="https://pay.example/", checked_on=datetime.date(2026, 11, 30))


def test_a_council_that_adopts_a_fee_needs_the_page_where_it_is_paid(tmp_path):
    where = folders(tmp_path)
    path = where["councils_dir"] / "merewold" / "council.toml"
    path.write_text(path.read_text().replace("[pages.permits]", "[pages.other]"))
    with pytest.raises(DefinitionError) as refused:
        read_catalogue(where["councils_dir"], where["processes_dir"])
    said = "add [pages.permits], because process parking-permit has the fee 'permit', which is paid there."
    assert said in str(refused.value)
