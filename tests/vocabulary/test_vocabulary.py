import sys
import unicodedata

import pytest

from routing.vocabulary import REFERENCE_ALPHABET, is_garbled, new_reference, parse_report_reference, printable


def test_a_reference_has_no_letter_that_is_mistaken_for_another():
    assert not set("AEIOU01L") & set(REFERENCE_ALPHABET)
    assert len(set(REFERENCE_ALPHABET)) == len(REFERENCE_ALPHABET) == 28


@pytest.mark.thorough
def test_references_do_not_repeat_in_a_hundred_thousand():
    drawn = {new_reference() for _ in range(100_000)}
    assert len(drawn) > 99_980  # 28^8 = 378,000 million: about 0.01 collisions are expected


@pytest.mark.parametrize("text", ["WW-7K3M-Q2XD", "ww-7k3m-q2xd", "7k3mq2xd", " WW 7K3M Q2XD "])
def test_a_reference_is_read_however_it_was_typed(text):
    assert parse_report_reference(text) == "WW-7K3M-Q2XD"


@pytest.mark.parametrize("text", ["", "WW-7K3M", "WW-7K3M-Q2XDX", "WW-1K3M-Q2XD", "../../etc", "WW-7K3M-Q2X\u0000"])
def test_what_is_no_reference_is_not_read_as_one(text):
    assert parse_report_reference(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("  Ann\t\r\n Clerk ", "Ann Clerk"),
        ("a\u2028b\u2029c\u0085d\u00a0e\u3000f", "a b c d e f"),
        ("a\0b\x1b[31m\x7f", "ab[31m"),
        ("Beck\u202ewith\u2066\u200b\ufeff\u00ad", "Beckwith"),
        ("a\ud800b\ue000c\uffff\U000e0041d", "abcd"),
        ("Llan\u00f4r \u2013 e\u0301", "Llan\u00f4r \u2013 e\u0301"),
        ("\u202e \0", ""),
    ],
)
def test_of_a_text_of_others_what_is_seen_is_kept_on_one_line(text, expected):
    assert printable(text) == expected


def test_it_is_cut_after_what_is_not_seen_is_gone_and_never_ends_in_a_blank():
    assert printable("\u200b" * 500 + "a" * 500) == "a" * 200
    assert printable("abc def", 4) == "abc"
    assert printable("abc def", 0) == ""


def test_of_no_character_anything_unseen_is_left():
    shown = printable("".join(map(chr, range(sys.maxunicode + 1))), sys.maxunicode)
    assert shown.isprintable()
    assert {unicodedata.category(each)[0] for each in shown} == set("LMNPSZ")
    assert "  " not in shown


GARBLED = {
    "a hole": "Llang\ufffdn",
    "UTF-8 as Windows' characters": "Llang\u00c3\u00b4n",
    "the same behind what is right": "T\u0177 Llang\u00c3\u00b4n",
    "the same before what is right": "Llang\u00c3\u00b4n \u2013 T\u0177",
    "a dash of three characters": "Bishop\u2019s \u00e2\u20ac\u201c Wood",
    "an apostrophe of three": "St Mary\u00e2\u20ac\u2122s",
    "a blank of two": "Stow\u00c2\u00a0cum Quy",
    "the first half of a blank": "Stow\u00c2 cum Quy",
    "the first half of a letter": "Llang\u00c3",
    "a letter of Welsh": "Heol T\u00c5\u00b7 Gwyn",
    "the same in capitals": "HEOL T\u00c5\u00b6 GWYN",
    "letter and accent": "Llango\u00cc\u201an",
    "UTF-8 as DOS' characters": "Llang\u251c\u2524n",
    "UTF-8 as a Mac's": "Llang\u221a\u00a5n",
    "Windows' characters as DOS'": "Llang\u00b6n",
    "an apostrophe as DOS'": "St Mary\u00c6s",
    "DOS' characters as Windows'": "Llang\u201cn",
    "the same at the end": "Caf\u201a",
    "the same in capitals of ASCII": "LLANG\u00e2N",
    "a Mac's as Windows'": "Llang\u2122n",
    "a Mac's at the end": "Caf\u017d",
    "a mark turned over": "St Mary\u00bfs",
    "a question mark for a letter": "Llang?n",
    "a question mark for the first": "?yl",
    "a question mark for the last of two": "T? Gwyn",
    "a number of HTML": "Ll&#244;n",
    "a hexadecimal one": "Ll&#xF4;n",
    "a name of HTML": "Bell &amp; Book",
}


@pytest.mark.parametrize("name", GARBLED)
def test_a_name_of_which_some_was_read_in_another_encoding_is_found(name):
    assert is_garbled(GARBLED[name])


@pytest.mark.parametrize(
    "name",
    [
        "Ystrad Fflur", "Ll\u0177n", "Saint-\u00c9vremond", "Westward Ho!", "St Mary\u2019s", "St Mary\u00b4s", "ST MARY\u2019S",
        "CAF\u00c9\u2019S", "LLANG\u00d4N", "T\u0176 I\u00c2", "Bishop\u2019s \u2013 Wood", "Stoke\u2013on\u2013Trent", "\u201cThe\u201d Lane",
        "Bell & Book", "AT&T Road", "2\u00bd Mile Lane", "\u00c0ird Mh\u00f2r", "MacG\u00f9ill", "Mac\u00ccomhair", "\u00cele", "Bro \u0174en",
        "Caf\u00e9", "Stra\u00dfe", "S\u00e3o", "Who\u2019d A Thought It?", "Quo Vadis?", "C\u00f4te d\u2019Azur", "Ynys M\u00f4n / Anglesey",
        "Whitehall (Det.)", "Llan\u00f4r e\u0301", "K2", "",
    ],
)  # fmt: skip
def test_a_name_as_places_have_it_is_none(name):
    assert not is_garbled(name)
