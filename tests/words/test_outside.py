import re

import pytest

from routing.errors import ConfigurationError, DefinitionError
from routing.outside import is_plain, plain, read_json, read_number, read_text, read_toml
from routing.texts import ENGLISH, choose_language, language

NUMBERS = {
    "1": 1, "0414": 414, "2147483647": 2**31 - 1, "2147483648": None, "0": None, "-1": None, "+1": None, "1_0": None, " 1": None,
    "": None, "1.0": None, "²": None, "\u0664": None, "9" * 5_000: None, "1\0": None,
}  # fmt: skip


@pytest.mark.parametrize("text", NUMBERS, ids=lambda text: repr(text[:12]))
def test_a_number_is_one_in_ascii_digits_that_a_database_takes(text):
    assert read_number(text) == NUMBERS[text]


@pytest.mark.parametrize(
    "content", [b"[" * 100_000, b"9" * 5_000, b"\xff\xfe[\0]\0", b'"\xed\xa0\x80"', b"", b'{"a": 1', b"\0"]
)
def test_what_is_no_json_is_a_value_error_whatever_it_is(content):
    with pytest.raises(ValueError):
        read_json(content)


def test_json_may_begin_with_a_byte_order_mark():
    assert read_json(b'\xef\xbb\xbf{"a": [1]}') == {"a": [1]}


def test_a_number_without_end_in_toml_is_named_with_its_line():
    text = "a = 1\nb = 2 # 12\nc = " + "1_0" * 2_200 + "\n"
    with pytest.raises(DefinitionError, match=r"^x.toml: line 3: a number has more than 4,300 digits"):
        read_toml(text, "x.toml")


LARGE = {
    "a key of many parts": ("a = 1\n" + "a." * 150_000 + "b = 1\n", "line 2: it has more than 2,000 dots"),
    "a table of many parts": ("[" + "a." * 150_000 + "b]\n", "line 1: it has more than 2,000 dots"),
    "a file without end": ("#" * 1_000_001, "it has more than 1,000,000 characters"),
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
    assert "Compile it anew" in str(refused.value)
    assert language() == ENGLISH
