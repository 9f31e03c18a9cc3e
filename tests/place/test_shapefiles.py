"""Shapefiles: the letters of their names in whatever encoding they are, and parts that are missing."""

import tempfile

import numpy as np
import pyogrio.raw
import pytest
import shapely

from routing.errors import BoundaryError
from routing.place import Boundaries
from routing.place.build import Level, check, read_areas
from routing.place.build.layer import read_layer
from tests.place.squares import square
from tests.place.test_files import zipped

BOM = b"\xef\xbb\xbf"
WIDTH = 80
"""Of a field of characters, as GDAL writes it."""


def shapefile(folder, names, cpg=None, language=0x57):
    """A shapefile in a zip, whose names are these bytes; its ``.cpg`` says this, and its table that."""
    fields = {"PARNCP25CD": [f"E0499900{n + 1}" for n in range(len(names))], "PARNCP25NM": ["x" * WIDTH] * len(names)}
    fields |= {"LAD25CD": ["E07999001"] * len(names)}
    path = folder / "layer.shp"
    pyogrio.raw.write(
        path, np.array([square(400 + n, 300).wkb for n in range(len(names))], dtype=object),
        [np.array(values, dtype=object) for values in fields.values()], list(fields), geometry_type="Polygon", crs="EPSG:27700",
    )  # fmt: skip
    content = bytearray((folder / "layer.dbf").read_bytes())
    content[29] = language
    for name in names:
        at = content.index(b"x" * WIDTH)
        content[at : at + WIDTH] = name.ljust(WIDTH)
    (folder / "layer.dbf").write_bytes(content)
    (folder / "layer.cpg").unlink(missing_ok=True)
    if cpg is not None:
        (folder / "layer.cpg").write_bytes(cpg)
    return zipped(folder / "layer.zip", *folder.glob("layer.*"))


def read(path):
    """The names of a file, and what the check of names says of them."""
    areas = read_areas(path).areas
    return [area.name for area, _ in areas], {each.check: each for each in check(Boundaries("v", areas), None)}["names"]


LLANGON, TY = "Llang\u00f4n", "T\u0177 Gwyn"
WINDOWS = [LLANGON.encode("cp1252"), "Caf\u00e9".encode("cp1252"), b"Ogwen"]
DOS = [LLANGON.encode("cp850"), "Si\u00e2n".encode("cp850"), b"Ogwen"]
TOLD = {
    "nothing": None, "an empty file": b"", "UTF-8": b"UTF-8", "UTF-8 behind a mark": BOM + b"UTF-8\r\n", "UTF-16": b"UTF-16",
    "a number that is none": b"99999", "a word": b"rubbish", "Windows in words": b"ANSI 1252", "its number": b"1252",
    "Latin-1": b"ISO-8859-1", "DOS": b"OEM 850", "as UTF-16": "1252".encode("utf-16"),
}  # fmt: skip


@pytest.mark.parametrize("told", TOLD)
@pytest.mark.parametrize("names", [WINDOWS, DOS], ids=["Windows", "DOS"])
def test_letters_are_read_as_they_are_whatever_the_cpg_says(tmp_path, names, told):
    found, finding = read(shapefile(tmp_path, names, TOLD[told]))
    assert found == [LLANGON, "Caf\u00e9" if names is WINDOWS else "Si\u00e2n", "Ogwen"]
    assert finding.level is Level.PASSED


OTHERS = {
    "DOS, as its .cpg says": ([LLANGON.encode("cp850")], b"OEM 850", 0, [LLANGON]),
    "DOS in capitals, as its .cpg says": (["LLANG\u00d4N".encode("cp850")], b"850", 0, ["LLANG\u00d4N"]),
    "DOS in capitals, as its table says": (["LLANG\u00d4N".encode("cp850")], None, 0x02, ["LLANG\u00d4N"]),
    "Windows' characters though its table says DOS": (WINDOWS, None, 0x02, [LLANGON, "Caf\u00e9", "Ogwen"]),
    "Welsh Latin, as its .cpg says": ([TY.encode("iso8859-14")], b"ISO 8859-14", 0, [TY]),
    "some rows UTF-8 and some Windows'": ([LLANGON.encode(), *WINDOWS], b"UTF-8", 0, [LLANGON, LLANGON, "Caf\u00e9", "Ogwen"]),
    "UTF-8 and DOS": ([LLANGON.encode(), LLANGON.encode("cp850")], None, 0, [LLANGON, LLANGON]),
    "a letter at the end": (["Caf\u00e9".encode("cp1252")], b"UTF-8", 0, ["Caf\u00e9"]),
    "UTF-8 that its field cut": ([f"{LLANGON:<77}T\u0177".encode()[:WIDTH]], None, 0, [f"{LLANGON} T"]),
    "apostrophes and dashes of Windows": (
        ["St Mary\u2019s".encode("cp1252"), "A \u2013 B".encode("cp1252")], BOM + b"UTF-8", 0, ["St Mary\u2019s", "A \u2013 B"]
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHERS)
def test_a_table_is_read_row_by_row_in_the_encoding_in_which_it_reads_well(tmp_path, name):
    names, told, language, expected = OTHERS[name]
    found, finding = read(shapefile(tmp_path, names, told, language))
    assert (found, finding.level) == (expected, Level.PASSED)


UNSURE = {
    "capitals that may be DOS'": ["LLANG\u00d4N".encode("cp850")],
    "two encodings of one byte": [LLANGON.encode("cp1252"), LLANGON.encode("cp850")],
    "bytes that no encoding has": [b"Llang\x81\x9d\x90n\xf4"],
    "a Mac's characters": ["Llang\u00f4n".encode("mac-roman")],
    "a letter that the field cut in two": [f"{'Llan-' * 15}Bryn\u00f4".encode()[:WIDTH]],
}


@pytest.mark.parametrize("name", UNSURE)
def test_names_of_which_nobody_can_be_sure_are_kept_whole_and_wait_for_a_person(tmp_path, name):
    found, finding = read(shapefile(tmp_path, UNSURE[name], b"UTF-8"))
    assert finding.level is Level.WAITS
    assert all(len(read) >= len(wrote) - 1 for read, wrote in zip(found, UNSURE[name], strict=True))


MISSING = {
    ".shx": "layer.shx is missing",
    ".dbf": "layer.dbf is missing",
    ".prj": "names no coordinate system, .* They fit the British National Grid.*its .prj",
}


@pytest.mark.parametrize("suffix", MISSING)
@pytest.mark.parametrize("is_zipped", [True, False], ids=["zipped", "bare"])
def test_a_part_that_is_missing_is_named_without_the_librarys_words(tmp_path, suffix, is_zipped):
    shapefile(tmp_path, [b"Ogwen"])
    (tmp_path / f"layer{suffix}").unlink()
    bare = [each for each in tmp_path.glob("layer.*") if each.suffix != ".zip"]
    path = zipped(tmp_path / "less.zip", *bare) if is_zipped else tmp_path / "layer.shp"
    with pytest.raises(BoundaryError, match=MISSING[suffix]) as refused:
        read_layer(path)
    text = str(refused.value)
    assert "SHAPE_RESTORE" not in text
    assert str(path) in text
    assert not is_zipped or tempfile.gettempdir() + "/waywarden" not in text


def test_a_part_that_is_broken_is_said_without_a_folder_of_ours(tmp_path):
    shapefile(tmp_path, [b"Ogwen"])
    (tmp_path / "layer.shx").write_bytes(b"xx")
    bare = [each for each in tmp_path.glob("layer.*") if each.suffix != ".zip"]
    with pytest.raises(BoundaryError) as refused:
        read_layer(zipped(tmp_path / "less.zip", *bare))
    assert "waywarden-boundaries" not in str(refused.value)
    assert "config option" not in str(refused.value)


def test_columns_are_known_with_blanks_and_marks_around_their_names(tmp_path):
    fields = {" PARNCP25CD": ["E04999001"], "\ufeffPARNCP25NM ": ["Ogwen"], "LAD25CD\u200b": ["E07999001"]}
    path = tmp_path / "layer.gpkg"
    pyogrio.raw.write(
        path, np.array([shapely.to_wkb(square(400, 300))], dtype=object),
        [np.array(values, dtype=object) for values in fields.values()], list(fields), geometry_type="Polygon", crs="EPSG:27700",
    )  # fmt: skip
    ((area, _),) = read_areas(path).areas
    assert (area.code, area.name, area.district) == ("E04999001", "Ogwen", "E07999001")
