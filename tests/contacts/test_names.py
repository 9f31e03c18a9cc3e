"""Titles in a Modern.Gov → parishes: what is the same name, and what only looks like it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routing.contacts.names import is_generic, is_page_of, normal, parts, propose

SAME = [
    ("Beckwith", "BECKWITH PARISH COUNCIL"),
    ("Beckwith", "Beckwith Parish Meeting"),
    ("Newbury", "Newbury Town Council"),
    ("Wells", "City of Wells Council"),
    ("Wells", "Wells City Council"),
    ("Llan\u00f4r", "Llanor Community Council"),
    ("St Mary Bourne", "Saint Mary Bourne Parish Council"),
    ("St. John's", "St Johns PC"),
    ("St. Michael\u2019s", "Saint Michaels Parish Council"),
    ("Bow & Mere", "Bow and Mere Parish Council"),
    ("Stoke-by-Nayland", "Stoke by Nayland Parish Council"),
    ("The Ashes", "Parish Council of Ashes"),
    ("Old Town", "Old Town Parish Council"),
]
OTHER = [
    ("Beckwith", "Beckwithshaw Parish Council"),
    ("East Hale", "West Hale Parish Council"),
    ("Ash", "Ashe Parish Council"),
    ("Stanton", "Stanton Fitzwarren Parish Council"),
    ("Sturton", "Saint Urton Parish Council"),
]


@pytest.mark.parametrize(("parish", "title"), SAME)
def test_the_same_name_in_other_words_is_proposed(parish, title):
    assert [(p.parish_code, p.moderngov_id, p.is_group) for p in propose({"E04000001": parish}, [(7, title)])] == [
        ("E04000001", 7, False)
    ]


@pytest.mark.parametrize(("parish", "title"), OTHER)
def test_a_name_that_only_looks_alike_is_not(parish, title):
    assert propose({"E04000001": parish}, [(7, title)]) == []


def test_a_title_that_joins_parishes_is_proposed_for_each_it_names():
    parishes = {"A": "Ash", "B": "Elm", "C": "Oak", "D": "Yew"}
    found = propose(parishes, [(1, "Ash, Elm & Oak Group Parish Council"), (2, "Yew with Holly Parish Council")])
    assert [(p.parish_code, p.moderngov_id, p.is_group) for p in found] == [
        ("A", 1, True),
        ("B", 1, True),
        ("C", 1, True),
        ("D", 2, True),
    ]


def test_a_parish_whose_whole_name_is_joined_is_not_taken_apart():
    parishes = {"A": "Bow and Mere", "B": "Bow"}
    found = propose(parishes, [(1, "Bow & Mere Parish Council")])
    assert [(p.parish_code, p.is_group) for p in found] == [("A", False)]


def test_what_is_ambiguous_is_proposed_in_each_way():
    found = propose({"A": "Ash", "B": "ASH"}, [(1, "Ash Parish Council"), (2, "Ash Town Council")])
    assert [(p.parish_code, p.moderngov_id) for p in found] == [("A", 1), ("A", 2), ("B", 1), ("B", 2)]


@pytest.mark.parametrize(("title", "expected"), [("Ash Parish Council", []), ("Ash and Elm", ["ash", "elm"]), ("", [])])
def test_parts_of_a_title(title, expected):
    assert parts(title) == expected


LISTED = ["Ashby Parish Council", "Cold Ash Parish Council", "East Ilsley Parish Council", "Testby Town Council"]
PAGES = [
    ("Coldash PC", "Cold Ash Parish Council", True),
    ("COLD ASH", "Cold Ash Parish Council", True),
    ("Testby with Ashby Parish Council", "Testby Parish Council", True),
    ("Elmby", "Elmby and Ashby Joint Parish Council", True),
    ("St Mary's Testby Parish Council", "Testby St Mary Parish Council", True),
    ("Stanton Parish Council", "Stanton Fitzwarren Parish Council", True),
    ("Jo Testby", "Testby Parish Council", False),
    ("Testby Town Council", "Testby and Ashby Parish Council", False),
    ("East Ilsley Parish Council", "West Ilsley Parish Council", False),
    ("East Ilsley Parish Council", "Ilsley Parish Council", False),
    ("Ash Vale Parish Council", "Ash Green Parish Council", False),
    ("Ashby Parish Council", "Ashby and Elm Parish Council", False),
    ("Testby Parish Council", "Testby Parish Council", True),
    ("Beckwith Parish Council", "Oakham Parish Council", False),
]


@pytest.mark.parametrize(("name", "title", "expected"), PAGES)
def test_a_page_is_a_councils_where_its_name_may_be_and_no_other_in_the_list_has_it(name, title, expected):
    assert is_page_of(name, title, LISTED) is expected


@pytest.mark.parametrize(
    ("title", "expected"),
    [("Welcome", True), ("Contact details", True), ("Parish Council", True), ("Welcome to Ash", False), ("Ash", False)],
)
def test_a_title_that_names_no_place_is_generic(title, expected):
    assert is_generic(title) is expected


@pytest.mark.thorough
@given(st.text(max_size=60))
def test_a_name_that_was_compared_once_compares_the_same_and_never_as_nothing_where_it_has_a_letter(name):
    assert normal(normal(name)) == normal(name)
    if any(each.isascii() and each.isalnum() for each in name):
        assert normal(name)
