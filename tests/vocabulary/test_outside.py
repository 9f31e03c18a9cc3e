import re

import pytest

from routing.errors import ConfigurationError, DefinitionError
from routing.i18n import ENGLISH, choose_language, language
from routing.outside import (
    Unreadable,
    decoded,
    is_plain,
    plain,
    read_json,
    read_number,
    read_rows,
    read_table,
    read_text,
    read_toml,
)

NUMBERS = {
    "1": 1, "0414": 414, "2147483647": 2**31 - 1, "2147483648": None, "0": None, "-1": None, "+1": None, "1_0": None, " 1": None,
    "": None, "1.0": None, "²": None, "\u0664": None, "9" * 5_000: None, "1\0": None,
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS, ids=lambda text: repr(text[:12]))
def test_a_number_is_one_in_ascii_digits_that_a_database_takes(text):
    assert read_number(text) == NUMBERS[text]


@pytest.mark.parametrize("content", [b"[" * 100_000, b"9" * 5_000, b'"\xed\xa0\x80"', b"", b'{"a": 1', b"\0"])
def test_what_is_no_json_is_a_value_error_whatever_it_is(content):
    with pytest.raises(ValueError):
        read_json(content)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_json_may_begin_with_a_byte_order_mark(encoding):
    assert read_json('{"\u00f4": [1]}'.encode(encoding)) == {"\u00f4": [1]}


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"a\r\nb\r\nSi\xf4n", "line 3: this is not UTF-8"),
        (b"a\rb\rSi\xf4n", "line 3: this is not UTF-8"),
        (b"PK\x03\x04\x14\0\0\0\x08\0\0\0!\0", "a workbook or an archive"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "a workbook or an archive"),
        ("Si\u00f4n".encode("utf-16-le"), "UTF-16 without a byte order mark"),
        (b"\xff\xfea\0\0", "line 1: this is not UTF-8"),
    ],
)
def test_what_is_no_text_names_the_line_and_what_to_do(content, said):
    with pytest.raises(Unreadable, match=said):
        decoded(content)


def test_the_lines_of_a_table_are_counted_as_an_editor_counts_them(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('code,reason\n\n1,"two\nlines"\n\n2,x\n')
    assert [line for line, _ in read_table(path, ("code",))] == [3, 6]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,reason\n1,a,b\n", "line 2: put cells with commas in quotation marks. This line has more cells"),
        ("reason,code\na\n", "line 2: add a cell for each column. This line ends before code"),
        ("reason\na\n", "line 1: add the columns code here"),
        ('code,reason\n1,"a\n2,b\n3,c\n', "line 2: close or delete the quotation mark that opens here"),
        ('code,reason\n1,a\n2,"b\n3,"c"\n', "line 3: close or delete the quotation mark that opens here"),
        ("code,Code\n1,2\n", "line 1: add the columns code here, each once"),
    ],
)
def test_a_table_that_is_not_right_names_the_line(tmp_path, text, said):
    path = tmp_path / "table.csv"
    path.write_text(text)
    with pytest.raises(Unreadable, match=said):
        read_table(path, ("code",))


TABLES = {
    "commas": 'code,reason\n1,"a, b"\n',
    "semicolons": "code;reason\n1;a, b\n",
    "tabs": "code\treason\n1\ta, b\n",
    "semicolons that are told of": "sep=;\ncode;reason\n1;a, b\n",
    "semicolons that Excel told of": '"sep=;"\r\ncode;reason\r\n1;a, b\r\n',
    "commas that are told of": 'sep=,\ncode,reason\n1,"a, b"\n',
    "tabs that are told of": "sep=\t\r\ncode\treason\r\n1\ta, b\r\n",
    "semicolons behind a mark": "\ufeffcode;reason\n1;a, b\n",
    "semicolons within quotes": 'code,"reason"\n1,"a, b"\n',
    "empty lines first": "\n ;\ncode;reason\n1;a, b\n",
    "a comma at the end of each line": 'code,reason,\n1,"a, b",\n',
    "commas at the end of each line": 'code,reason,,\n1,"a, b",,\n',
    "a semicolon at the end of each line": "code;reason;\n1;a, b;\n",
    "blanks before quotation marks": 'code, "reason"\n1, "a, b"\n',
    "blanks around quotation marks": ' "code" , "reason" \n "1" , "a, b" \n',
    "what nobody sees": 'code\u200b,\ufeffreason\n\u200b1,"\u2060a, b\u00a0"\n',
}


@pytest.mark.parametrize("how", TABLES)
def test_a_table_is_read_with_what_programs_put_between_and_around_its_cells(tmp_path, how):
    path = tmp_path / "table.csv"
    path.write_bytes(TABLES[how].encode())
    assert [dict(row) for _, row in read_table(path, ("code", "reason"))] == [{"code": "1", "reason": "a, b"}]


def test_quotation_marks_in_a_cell_are_its_text(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('code,reason\n1,a 12" pipe\n2,"a 12"" pipe\nbelow"\n3,""\n')
    assert [row["reason"] for _, row in read_table(path, ("code",))] == ['a 12" pipe', 'a 12" pipe\nbelow', ""]


def test_a_line_about_the_separator_counts_as_a_line_and_is_no_row(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("sep=;\ncode;reason\n1;a\n")
    assert list(read_rows(path)) == [(2, ["code", "reason"]), (3, ["1", "a"])]


def test_only_a_table_is_told_how_excel_writes_utf_8(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"name = 'Si\xf4n'\n")
    with pytest.raises(DefinitionError, match=r"line 1: this is not UTF-8 text\. Save the file as UTF-8\.$"):
        read_text(path)
    with pytest.raises(Unreadable, match=r"Save the file as UTF-8 \(in Excel: CSV UTF-8\)\.$"):
        list(read_rows(path))


def test_a_number_without_end_in_toml_is_named_with_its_line():
    text = "a = 1\nb = 2 # 12\nc = " + "1_0" * 2_200 + "\n"
    with pytest.raises(
        DefinitionError, match=r"^x.toml: line 3: write a shorter number. One has more than 4,300 digits"
    ):
        read_toml(text, "x.toml")


LARGE = {
    "a key of many parts": (
        "a = 1\n" + "a." * 150_000 + "b = 1\n",
        "line 2: split this line. It has more than 2,000 dots",
    ),
    "a table of many parts": ("[" + "a." * 150_000 + "b]\n", "line 1: split this line. It has more than 2,000 dots"),
    "a file without end": ("#" * 1_000_001, "shorten it to at most 1,000,000 characters"),
}


@pytest.mark.parametrize("name", LARGE)
def test_toml_that_would_take_minutes_is_refused_at_once(name):
    text, expected = LARGE[name]
    with pytest.raises(DefinitionError, match=f"^x.toml: {expected}"):
        read_toml(text, "x.toml")


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(DefinitionError, match="cannot be read"):
        read_text(tmp_path / "council.toml")


def test_control_characters_are_no_text_and_line_breaks_are():
    assert is_plain("Si\u00f4n\r\n\tAp")
    assert not any(is_plain(f"a{odd}b") for odd in ("\0", "\x1b", "\x7f", "\x85", "\ud800"))
    assert plain("a\0b\ud800\nc") == "ab\nc"


def catalogue(plurals, charset="UTF-8"):
    """A catalogue with nothing but its head, as msgfmt packs it."""
    head = f"Content-Type: text/plain; charset={charset}\nPlural-Forms: {plurals}\n".encode()
    numbers = (0x950412DE, 0, 1, 28, 36, 0, 0, 0, 44, len(head), 45)
    return b"".join(number.to_bytes(4, "little") for number in numbers) + b"\0" + head + b"\0"


BROKEN = {
    "nothing": b"",
    "no catalogue": b"hello",
    "no more than its mark": b"\xde\x12\x04\x95",
    "plurals that are none": catalogue("nplurals=2; plural=n n;"),
    "a character set that is none": catalogue("x", "no-such-set"),
    "tables beyond its end": b"\xde\x12\x04\x95" + b"\0\0\0\0" + b"\x02\0\0\0" + b"\xff\0\0\0" * 4,
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_catalogue_that_is_broken_is_refused_and_the_language_stays(tmp_path, name):
    path = tmp_path / "cy" / "LC_MESSAGES" / "waywarden.mo"
    path.parent.mkdir(parents=True)
    path.write_bytes(BROKEN[name])
    with pytest.raises(ConfigurationError, match=re.escape("cannot be read")) as refused:
        choose_language("cy", tmp_path)
    assert "Create it again" in str(refused.value)
    assert language() == ENGLISH
