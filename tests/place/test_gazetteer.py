"""Postcodes and names → points: what is typed, what is known, what a file must look like."""

import csv
import gzip
import re
import zipfile

import pytest

from routing.errors import BoundaryError, InputError
from routing.place import load_names, load_postcodes, read_postcode
from routing.place.build import read_gazetteer
from routing.place.gazetteer import Box, find_names, first_known
from routing.place.postcode import possible_postcodes
from tests.conftest import ROOT

CODE_POINT = ROOT / "data" / "boundaries" / "codepoint_open_zz.csv"
OPEN_NAMES = ROOT / "data" / "boundaries" / "opname_csv_zz.csv"


@pytest.fixture(scope="module")
def read():
    return read_gazetteer(CODE_POINT), read_gazetteer(OPEN_NAMES)


@pytest.fixture
def loaded(database, read):
    postcodes, names = read
    with database.transaction() as tx:
        load_postcodes(tx, "codepoint", postcodes.postcodes)
        load_postcodes(tx, "names", names.postcodes)
        load_names(tx, "names", names.names)
    return database


def names_like(tx, name):
    return {spot.name for spot in find_names(tx, name, (), (), Box(0, 0, 0, 0), 50)}


@pytest.mark.parametrize(
    "typed",
    [
        "ZZ1 1AH",
        "zz11ah",
        "  Zz1  1aH ",
        "ZZ1 1 AH",
        "ZZ1-1AH",
        "zz1.1ah.",
        "ZZI IAH",
        "zzl 1ah",
        "\uff3a\uff3a\uff11\u3000\uff11AH",
        "ZZ1\u200b 1AH",
    ],
)
def test_a_postcode_is_read_however_it_is_typed(typed):
    assert "ZZ1 1AH" in possible_postcodes(typed)


def test_of_what_a_text_may_mean_the_postcode_that_is_known_is_found(loaded):
    with loaded.transaction() as tx:
        (spot,) = first_known(tx, possible_postcodes("ZZI IAH"))
    assert (spot.name, spot.kind, spot.easting, spot.northing) == ("ZZ1 1AH", "Postcode", 558431, 437218)


@pytest.mark.parametrize("typed", ["", "ZZ1", "High Street", "ZZ1 1A1", "1ZZ 1AH", "ZZ1 1AH; DROP TABLE postcode"])
def test_what_is_no_postcode_is_said_so(typed):
    with pytest.raises(InputError, match="not a full postcode"):
        read_postcode(typed)


def test_a_postcode_that_is_not_known_has_no_points(loaded):
    with loaded.transaction() as tx:
        assert first_known(tx, ["ZZ9 9ZZ"]) == []


def test_every_point_of_a_postcode_is_given_and_none_twice(loaded):
    with loaded.transaction() as tx:
        load_postcodes(
            tx, "other", [("ZZ1 1AH", 558431, 437218), ("ZZ1 1AH", 559000, 437218), ("ZZ1 1AH", 559000, 437218)]
        )
        assert [spot.easting for spot in first_known(tx, ["ZZ1 1AH"])] == [558431, 559000]


def test_loading_a_source_again_replaces_what_it_said(loaded):
    with loaded.transaction() as tx:
        assert load_postcodes(tx, "codepoint", [("ZZ1 1AH", 1.0, 2.0)]) == 1
        assert [spot.easting for spot in first_known(tx, ["ZZ1 1AH"])] == [1.0]
        assert first_known(tx, ["ZZ1 1BJ"]) == []
        assert load_names(tx, "names", []) == 0
        assert names_like(tx, "aldershaw") == set()


def test_what_another_source_knows_stays_when_one_is_loaded_again(loaded):
    with loaded.transaction() as tx:
        (point,) = first_known(tx, ["ZZ1 1AH"])
        load_postcodes(tx, "other", [("ZZ1 1AH", point.easting, point.northing)])
        load_postcodes(tx, "other", [])
        assert first_known(tx, ["ZZ1 1AH"]) == [point]
        name = read_gazetteer(OPEN_NAMES).names[0]
        load_names(tx, "other", [name])
        load_names(tx, "other", [])
        assert name.name in names_like(tx, name.name.lower())


@pytest.mark.thorough
def test_a_gzip_that_unpacks_to_far_more_is_refused(tmp_path):
    path = tmp_path / "codepo.csv.gz"
    path.write_bytes(gzip.compress(b"0" * 300_000_000, 1))
    with pytest.raises(BoundaryError, match=r"^archive: .*do not use this file"):
        read_gazetteer(path)


def test_gzipped_and_zipped_files_say_the_same(tmp_path):
    plain = read_gazetteer(CODE_POINT)
    packed = tmp_path / "codepo.csv.gz"
    packed.write_bytes(gzip.compress(CODE_POINT.read_bytes()))
    archive = tmp_path / "codepo.zip"
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as file:
        file.write(CODE_POINT, "Data/CSV/zz.csv")
        file.writestr("Doc/Code-Point_Open_Column_Headers.csv", "PC,PQ,EA,NO\nPostcode,Quality,Eastings,Northings\n")
    assert len(plain.postcodes) > 300
    assert read_gazetteer(packed) == read_gazetteer(archive) == plain


def test_rows_without_a_position_or_of_no_use_are_counted(tmp_path):
    path = tmp_path / "zz.csv"
    path.write_text("ZZ1 1AH,90,0,0\nZZ1 1BJ,10,557118,437440\n\n")
    found = read_gazetteer(path)
    assert (found.postcodes, found.skipped) == ([("ZZ1 1BJ", 557118.0, 437440.0)], 1)


def test_a_gzip_that_is_damaged_is_said_so(tmp_path):
    path = tmp_path / "codepo.csv.gz"
    content = bytearray(gzip.compress(CODE_POINT.read_bytes()))
    content[60:90] = bytes(30)
    path.write_bytes(content)
    with pytest.raises(BoundaryError, match=r"^archive: .*cannot be unpacked"):
        read_gazetteer(path)


GOOD_ROW = "ZZ1 1BJ,10,557118,437440\n"
BAD: dict[str, tuple[str | bytes, str]] = {
    "another table": ("a,b\n1,2\n", "line 1: choose another file. This row has 2 columns"),
    "no number": ("ZZ1 1AH,10,east,437218\nZZ1 1AH,10,1e,437218\n", "line 1: correct a number"),
    "degrees": ("ZZ1 1AH,10,51.4,-1.3\n", "line 1: These are degrees"),
    "nothing": ("", "no postcodes and no places"),
    "columns elsewhere, and one that is not named": (
        "Eastings,Northings,Postcode,Country\n557118,437440,ZZ1 1BJ,E92000001\n",
        "line 1: add each of the columns Postcode, PQ, Eastings and Northings once",
    ),
    "columns elsewhere without a header": ("ZZ1 1BJ,557118,437440,10\n", "line 1: Correct the second column"),
    "more bad rows than good ones": (
        "nothing,10,1,2\nno,10,1,2\n" + GOOD_ROW,
        "line 1: 'nothing' is not a full postcode",
    ),
    "many bad rows": (GOOD_ROW * 40 + "nothing,10,557118,437440\n" * 21, "line 41: 'nothing' is not a full postcode"),
    "a cut character of UTF-16": (b"\xff\xfe\x00", "this is not UTF-8 text"),
    "Windows' own characters": (GOOD_ROW.encode() * 2 + b"caf\xe9,10,1,2\n", "line 3: this is not UTF-8 text"),
    "UTF-16 without a mark": (GOOD_ROW.encode("utf-16-le"), "UTF-16 without a byte order mark"),
}


@pytest.mark.parametrize("name", BAD)
def test_a_file_that_is_no_gazetteer_names_the_line(tmp_path, name):
    content, said = BAD[name]
    path = tmp_path / "zz.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(BoundaryError, match=f"^gazetteer: .*({said})"):
        read_gazetteer(path)


WRITTEN = {
    "with a byte order mark": GOOD_ROW.encode("utf-8-sig"),
    "as UTF-16": GOOD_ROW.encode("utf-16"),
    "with Windows' line ends": GOOD_ROW.replace("\n", "\r\n").encode(),
    "with an old Mac's line ends": GOOD_ROW.replace("\n", "\r").encode(),
    "with blank rows below": (GOOD_ROW + ",,,\n\n , ,,\n").encode(),
    "with blanks in its cells": b" ZZ1 1BJ ,10 , 557118, 437440 \n",
    "with empty columns behind": (GOOD_ROW.rstrip("\n") + ",,,,\n").encode(),
    "with a decimal point in its quality": b"ZZ1 1BJ,10.0,557118.0,437440.0\n",
    "with a postcode that has no position": GOOD_ROW.encode() + b"ZZ1 1BK,10,,\n",
    "with a header": b"Postcode,PQ,Eastings,Northings\n" + GOOD_ROW.encode(),
    "with semicolons": GOOD_ROW.replace(",", ";").encode(),
    "with tabs": GOOD_ROW.replace(",", "\t").encode(),
    "with a line about semicolons": b"sep=;\r\n" + GOOD_ROW.replace(",", ";").encode(),
    "with a comma at the end of each line": b"Postcode,PQ,Eastings,Northings,\nZZ1 1BJ,10,557118,437440,\n",
    "in ten columns and a comma": b"ZZ1 1BJ,10,557118,437440,E92000001,,,,,E05000001,\n",
    "with blanks before quotation marks": b'"ZZ1 1BJ", "10", "557118", "437440"\n',
    "with what nobody sees": "ZZ1\u200b 1BJ,10,\ufeff557118,437440\u200b\n".encode(),
    "with its columns elsewhere": b"Eastings,Northings,Postcode,PQ\n557118,437440,ZZ1 1BJ,10\n",
    "with northings first": b"Postcode;Positional_quality_indicator;Northings;Eastings\nZZ1 1BJ;10;437440;557118\n",
    "with ten columns elsewhere": b"CY,PC,PQ,EA,NO,RH,LH,CC,DC,WC\nE92000001,ZZ1 1BJ,10,557118,437440,,,,,\n",
    "with a header that it does not know": b"a,b,c,d\n" + GOOD_ROW.encode(),
    "with zeros where there is no position": GOOD_ROW.encode() + b"ZZ1 1AH,10,0,0\nZZ1 1AH,60,0.0,0\n",
}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_table_is_read_however_a_program_wrote_it(tmp_path, name):
    path = tmp_path / "zz.csv"
    path.write_bytes(WRITTEN[name])
    found = read_gazetteer(path)
    assert (found.postcodes, found.refused) == ([("ZZ1 1BJ", 557118.0, 437440.0)], [])


def test_the_one_postcode_of_another_form_is_taken(tmp_path):
    path = tmp_path / "zz.csv"
    path.write_text("GIR 0AA,60,533000,181000\n")
    assert read_gazetteer(path).postcodes == [("GIR 0AA", 533000.0, 181000.0)]


def test_a_bad_row_is_named_and_the_others_are_taken(tmp_path):
    path = tmp_path / "zz.csv"
    path.write_text(GOOD_ROW + "nothing,10,557118,437440\n" + GOOD_ROW)
    found = read_gazetteer(path)
    assert len(found.postcodes) == 2
    (refused,) = found.refused
    assert refused.startswith(f"{path}, line 2: 'nothing' is not a full postcode")


def test_a_zip_of_a_mac_holds_shadows_of_its_files_which_are_no_files(tmp_path):
    path = tmp_path / "zz.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("Data/CSV/zz.csv", GOOD_ROW)
        archive.writestr("__MACOSX/Data/CSV/._zz.csv", b"\x00\x05\x16\x07\x00")
        archive.writestr("Data/CSV/._zz.csv", b"\x00\x05\x16\x07\x00")
    assert len(read_gazetteer(path).postcodes) == 1


def test_a_name_in_another_encoding_is_named_and_left_out(tmp_path):
    with OPEN_NAMES.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[:3]
    rows[1][2] = "Heol T\u00c5\u00b7 Gwyn"
    path = tmp_path / "zz.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    found = read_gazetteer(path)
    assert (len(found.names), len(found.refused)) == (2, 1)
    assert "line 2" in found.refused[0]


ROWS = {
    "no name": ({2: ""}, "line 2: Add a name in NAME1"),
    "a name of what nobody sees": ({2: "\u200b\u00a0"}, "line 2: Add a name in NAME1"),
    "one side of its box": ({13: ""}, "line 2: Add the missing side of the bounding box"),
    "three sides of its box": ({12: "", 13: "", 15: ""}, "line 2: Add the missing side of the bounding box"),
    "half of a letter": ({2: "Llang\u00c3"}, "line 2: 'Llang\u00c3' is not readable, because of a wrong encoding"),
    "a letter lost in its other name": ({4: "Llang?n"}, "line 2: .* is not readable, because of a wrong encoding"),
    "HTML": ({2: "Bell &amp; Book"}, "line 2: 'Bell &amp; Book' is not readable, because of a wrong encoding"),
}


def names_file(path, change, separator=","):
    """Three rows of OS Open Names, the second of them changed."""
    with OPEN_NAMES.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))[:3]
    for column, text in change.items():
        rows[1][column] = text
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=separator).writerows(rows)
    return path


@pytest.mark.parametrize("name", ROWS)
def test_a_row_of_open_names_that_is_not_right_is_named_and_left_out(tmp_path, name):
    change, said = ROWS[name]
    found = read_gazetteer(names_file(tmp_path / "zz.csv", change))
    assert len(found.names) == 2
    (refused,) = found.refused
    assert re.search(said, refused)


def test_a_row_of_open_names_may_lack_its_whole_box_and_one_with_zeros_has_no_position(tmp_path):
    found = read_gazetteer(names_file(tmp_path / "zz.csv", dict.fromkeys((12, 13, 14, 15), "")))
    assert ([each.box is None for each in found.names], found.refused) == ([False, True, False], [])
    found = read_gazetteer(names_file(tmp_path / "zz.csv", {8: "0", 9: "0"}))
    assert (len(found.names), found.skipped, found.refused) == (2, 1, [])


@pytest.mark.parametrize("separator", [";", "\t"])
def test_open_names_are_read_whatever_stands_between_their_cells(tmp_path, separator):
    assert len(read_gazetteer(names_file(tmp_path / "zz.csv", {}, separator)).names) == 3


@pytest.mark.parametrize("name", ["no.csv", "no.zip"])
def test_a_file_that_is_not_there_is_said_so(tmp_path, name):
    with pytest.raises(BoundaryError, match="there is no such file"):
        read_gazetteer(tmp_path / name)


def test_open_names_are_known_as_such_though_there_is_no_name_among_them(tmp_path):
    with OPEN_NAMES.open(encoding="utf-8-sig", newline="") as file:
        row = next(csv.reader(file))
    row[2], row[7] = "ZZ1 1AH", "Postcode"
    path = tmp_path / "one_tile.csv"
    path.write_text(",".join(row) + "\n")
    found = read_gazetteer(path)
    assert (found.names, found.product) == ([], "open-names")
    assert read_gazetteer(CODE_POINT).product == "code-point-open"
