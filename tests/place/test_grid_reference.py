"""National Grid references, against points whose coordinates are published."""

import pytest

from routing.errors import InputError
from routing.place import Point, parse_grid_reference, write_reference
from tests.present import present


@pytest.mark.parametrize(
    ("text", "point"),
    [
        ("NN 166 712", Point(216_650, 771_250)),  # the summit of Ben Nevis is at 216667, 771288
        ("TQ 30080 80480", Point(530_080.5, 180_480.5)),  # the middle of a square of one metre
        ("tq3008080480", Point(530_080.5, 180_480.5)),
        ("SU 470 670", Point(447_050, 167_050)),
        ("su-470,670.", Point(447_050, 167_050)),
        ("SU 470001 670001", Point(447_000.15, 167_000.15)),
        ("SU 4700012 6700012", Point(447_000.125, 167_000.125)),
        ("SV 905 105", Point(90_550, 10_550)),
        ("HP 613 093", Point(461_350, 1_209_350)),
        ("TG 51409 13177", Point(651_409.5, 313_177.5)),  # the example of the Ordnance Survey
    ],
)
def test_a_reference_is_the_middle_of_its_square(text, point):
    read = present(parse_grid_reference(text))
    assert (read.easting, read.northing) == pytest.approx((point.easting, point.northing))


@pytest.mark.parametrize("text", ["RG14 5LD", "RG14", "High Street", "SU 47", "SI 123 456", "", "1 2"])
def test_what_is_no_reference_is_left_to_others(text):
    assert parse_grid_reference(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SU 1234 567", "the same number of digits"),
        ("AA 123 456", "outside"),
        ("ZZ 123 456", "outside"),
        ("SU 47 67", "square kilometre"),
    ],
)
def test_a_reference_that_cannot_be_meant_says_why(text, expected):
    with pytest.raises(InputError, match=expected):
        parse_grid_reference(text)


@pytest.mark.parametrize(
    ("point", "text"),
    [
        ((651_409.5, 313_177.5), "TG 5140 1317"),
        ((216_667.0, 771_288.0), "NN 1666 7128"),
        ((90_550.0, 10_550.0), "SV 9055 1055"),
        ((461_350.0, 1_209_350.0), "HP 6135 0935"),
        ((700_000.0, 1.0), ""),
    ],
)
def test_a_reference_is_written_as_maps_print_it_and_read_again(point, text):
    assert write_reference(*point) == text
    if text:
        read = present(parse_grid_reference(text))
        assert abs(read.easting - point[0]) <= 10
        assert abs(read.northing - point[1]) <= 10
