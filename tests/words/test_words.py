import sys
import unicodedata

import pytest

from routing.words import REFERENCE_ALPHABET, new_reference, printable, read_reference


def test_a_reference_has_no_letter_that_is_mistaken_for_another():
    assert not set("AEIOU01L") & set(REFERENCE_ALPHABET)
    assert len(set(REFERENCE_ALPHABET)) == len(REFERENCE_ALPHABET) == 28


@pytest.mark.thorough
def test_references_do_not_repeat_in_a_hundred_thousand():
    drawn = {new_reference() for _ in range(100_000)}
    assert len(drawn) > 99_980  # 28^8 = 378,000 million: about 0.01 collisions are expected


@pytest.mark.parametrize("text", ["WW-7K3M-Q2XD", "ww-7k3m-q2xd", "7k3mq2xd", " WW 7K3M Q2XD "])
def test_a_reference_is_read_however_it_was_typed(text):
    assert read_reference(text) == "WW-7K3M-Q2XD"


@pytest.mark.parametrize("text", ["", "WW-7K3M", "WW-7K3M-Q2XDX", "WW-1K3M-Q2XD", "../../etc", "WW-7K3M-Q2X\u0000"])
def test_what_is_no_reference_is_not_read_as_one(text):
    assert read_reference(text) is None


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
