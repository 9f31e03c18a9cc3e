"""Readers of what an operator writes: definitions, tables, the password file, a catalogue of translations."""

import gettext
import tomllib
from pathlib import Path
from urllib.parse import urlsplit

from routing.cli.contact_links_csv import read_links
from routing.cli.location_input import locate_table, read_line
from routing.council import read_council
from routing.i18n import ENGLISH, choose_language
from routing.outside import read_text
from routing.place import View
from routing.place.build import read_mapping
from routing.process import parse
from routing.process.translation import citizens_texts
from routing.settings import Settings
from tests.fuzz.mutate import of_csv, of_json, of_toml
from tests.fuzz.reader import Reader, need_storable
from tests.place.squares import HOME, row, world

ROOT = Path(__file__).parents[2]
COUNCIL = """\
processes = ["hedge"]
[council]
name = "Testshire"
gss = "E07999001"
version = "1"
source_url = "https://testshire.example/"
checked_on = 2026-11-01
[mailboxes.review]
name = "Desk"
address = "review@testshire.example"
source_url = "https://testshire.example/"
checked_on = 2026-11-01
[moderngov]
base_url = "https://democracy.testshire.example/a"
source_url = "https://testshire.example/"
checked_on = 2026-11-01
[place]
tolerance_m = 25.0
[contacts]
stale_days = 7
[look]
brand_colour = "#1d4f5c"
[map]
tiles = "https://tiles.example/{z}/{x}/{y}.png"
attribution = "Testshire"
[lists.trunk_roads]
values = ["the A1990", "the M199"]
source_url = "https://testshire.example/"
checked_on = 2026-11-01
[privacy]
controller = "Testshire"
contact = "dp@testshire.example"
purpose = "to send your report on"
lawful_basis = "a public task"
rights = "You can ask"
complaints = "You can complain"
[accessibility]
contact = "a@testshire.example"
prepared_on = 2026-11-22
reviewed_on = 2026-11-22
tested = "By us"
"""
PROCESS = """\
[process]
slug = "hedge"
title = "Report a hedge"
version = "1"
reply_within_working_days = 15
start = "Tell {council.name}."
[details]
ask = "More?"
max_characters = 1000
[retention]
reporter_days = 1
details_days = 1
unclosed_days = 1
[[question]]
id = "over"
ask = "Over what?"
error = "Select what"
only_if_council_lists = "trunk_roads"
otherwise = "path"
choices = [{ value = "path", label = "A path" }, { value = "trunk", label = "One of {council.trunk_roads}" }]
[[recipient]]
id = "clerk"
kind = "parish"
title = "{parish_council}"
fallback = "review"
message = { subject = "Report {reference}", opening = "Hedge in {place.name}" }
next_steps = ["Look", "Cut"]
confirmation = "Sent."
[[recipient]]
id = "review"
kind = "team"
title = "Officers"
message = { subject = "Report {reference}", opening = "Judge it" }
copy_message = { subject = "Copy of {reference}", opening = "Know it" }
confirmation = "Sent."
[[signpost]]
id = "other"
title = "Not here"
text = "In {place.district}."
links = [{ label = "Find", url = "https://other.example/" }]
[[rule]]
id = "P01"
when = { place = ["outside_other", "off_map"] }
signpost = "other"
because = "It lies elsewhere."
source = "https://law.example/"
[[rule]]
id = "R10"
when = { over = "path", place = "parish" }
to = "clerk"
copy = ["review"]
because = "A path."
source = "https://law.example/"
[[rule]]
id = "R99"
to = "review"
because = "Anything else."
source = "https://law.example/"
"""
LINKS = b"parish_code,moderngov_id,title\nE04999001,414,Beckwith Parish Council\nE04999002,415,Ogwen Town Council\n"
TABLE = (
    b"parish_code,parish,moderngov_id,title,state,author,reason\n"
    b"E04999001,Beckwith,414,Beckwith Parish Council,confirmed,officer:a,\nE04999002,Ogwen,415,'=Ogwen,proposed,names,\n"
    b"E04999003,Marsh,,,unmatched,,\n"
)
MAPPING = b"old_code,new_code,reason\nE04999001,E04999002,merged\nE04999001,E04999003,\n"
POINTS = b"id,easting,northing\na,500,500\nb,1500,500\n"
DEGREES = b"id,lat,lon\na,51.4,-1.3\nb,52,0\n"
LINE = (
    b'{"type": "LineString", "coordinates": [[-1.3, 51.4], [-1.2, 51.4]]}',
    (
        b'{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {}, "geometry":'
        b' {"type": "LineString", "coordinates": [[500, 500], [900, 500, 3]]}}]}'
    ),
)
PARISHES = {"E04999001": "Beckwith", "E04999002": "Ogwen", "E04999003": "Marsh"}
WORLD = world(*row(3))
VIEW = View(HOME, frozenset({HOME}), 25.0)


def _council(content: bytes, folder: Path) -> None:
    (folder / "council.toml").write_bytes(content)
    council = read_council(folder).council
    need_storable(council.model_dump())
    for address in (council.moderngov.base_url if council.moderngov else None, council.map.tiles):
        assert urlsplit(address or "").port != 0


def _links(content: bytes, folder: Path) -> None:
    (folder / "council.toml").write_text(COUNCIL)
    (folder / "parish-links.csv").write_bytes(content)
    links = read_council(folder).links or {}
    need_storable(links)
    if any(not 0 < each < 2**31 for each in links.values()):
        raise ValueError("accepted, but no database takes such a number")


def _process(content: bytes, folder: Path) -> None:
    path = folder / "process.toml"
    path.write_bytes(content)
    definition = parse(read_text(path), str(path))
    need_storable(definition.model_dump())
    list(citizens_texts(tomllib.loads(definition.text)))


def _own_process(content: bytes, folder: Path) -> None:
    (folder / "council.toml").write_text(COUNCIL)
    path = folder / "processes" / "hedge" / "process.toml"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    parse(read_council(folder).processes["hedge"], str(path))


def _in_file(content: bytes, folder: Path, name: str) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def _password(content: bytes, folder: Path) -> None:
    Settings(smtp_password_file=_in_file(content, folder, "password")).smtp_password()


def _translations() -> list[bytes]:
    """A catalogue of one text, as msgfmt packs it."""
    pairs = [(b"", b"Content-Type: text/plain; charset=UTF-8\nPlural-Forms: nplurals=2; plural=(n != 1);\n"),
             (b"Yes", "Ië".encode())]  # fmt: skip
    count, at = len(pairs), 28 + 16 * len(pairs)
    tables: list[list[int]] = [[], []]
    held = b""
    for column in (0, 1):
        for pair in pairs:
            tables[column] += [len(pair[column]), at + len(held)]
            held += pair[column] + b"\0"
    numbers = [0x950412DE, 0, count, 28, 28 + 8 * count, 0, 0, *tables[0], *tables[1]]
    return [b"".join(number.to_bytes(4, "little") for number in numbers) + held]


def _catalogue(content: bytes, folder: Path) -> None:
    path = folder / "cy" / "LC_MESSAGES" / "waywarden.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    gettext._translations.clear()  # type: ignore[attr-defined]  # in no stub: it keeps what it read of a path
    try:
        choose_language("cy", folder)
    finally:
        choose_language(ENGLISH, None)


def _located(content: bytes, folder: Path) -> None:
    locate_table(_in_file(content, folder, "points.csv"), folder / "out.csv", WORLD, VIEW)


DEFINITIONS = (
    Reader("council", lambda: [COUNCIL.encode(), (ROOT / "councils/merewold/council.toml").read_bytes()],
           _council, of_toml, cost_ms=0.7),
    Reader("process", lambda: [PROCESS.encode()], _process, of_toml, cost_ms=0.7),
    Reader("own_process", lambda: [PROCESS.encode()], _own_process, of_toml, cost_ms=2),
    Reader("parish_links", lambda: [LINKS], _links, of_csv, cost_ms=0.6),
    Reader("link_table", lambda: [TABLE, LINKS],
           lambda content, folder: need_storable(
               [each.title for each in read_links(_in_file(content, folder, "links.csv"), PARISHES)]), of_csv),
    Reader("mapping", lambda: [MAPPING],
           lambda content, folder: need_storable(read_mapping(_in_file(content, folder, "mapping.csv"))), of_csv),
    Reader("points", lambda: [POINTS, DEGREES], _located, of_csv),
    Reader("line", lambda: list(LINE), lambda content, folder: read_line(_in_file(content, folder, "a.json")), of_json),
    Reader("smtp_password", lambda: [b"secret\n", b"secret\r\nsecond line\n"], _password),
    Reader("translations", _translations, _catalogue),
)  # fmt: skip
