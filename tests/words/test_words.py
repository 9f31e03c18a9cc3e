import pytest

from routing.words import REFERENCE_ALPHABET, new_reference, read_reference


def test_a_reference_has_no_letter_that_is_mistaken_for_another():
    assert not set("AEIOU01L") & set(REFERENCE_ALPHABET)
    assert len(set(REFERENCE_ALPHABET)) == len(REFERENCE_ALPHABET) == 28


def test_references_do_not_repeat_in_a_hundred_thousand():
    drawn = {new_reference() for _ in range(100_000)}
    assert len(drawn) > 99_980  # 28^8 = 378,000 million: about 0.01 collisions are expected


@pytest.mark.parametrize("text", ["WW-7K3M-Q2XD", "ww-7k3m-q2xd", "7k3mq2xd", " WW 7K3M Q2XD "])
def test_a_reference_is_read_however_it_was_typed(text):
    assert read_reference(text) == "WW-7K3M-Q2XD"


@pytest.mark.parametrize("text", ["", "WW-7K3M", "WW-7K3M-Q2XDX", "WW-1K3M-Q2XD", "../../etc", "WW-7K3M-Q2X\u0000"])
def test_what_is_no_reference_is_not_read_as_one(text):
    assert read_reference(text) is None
