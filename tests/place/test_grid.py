import math

import numpy as np
import pytest

from routing.errors import InputError
from routing.place import read_point, to_grid

OSTN15 = [
    # Ordnance Survey's published test points for OSTN15: ETRS89 degrees → easting, northing.
    ("Caister", 1.716073973, 52.658007833, 651409.804, 313177.450),
    ("Butt of Lewis", -6.260914555, 58.51560361, 151968.652, 966483.780),
]


@pytest.mark.parametrize(("name", "lon", "lat", "easting", "northing"), OSTN15, ids=[row[0] for row in OSTN15])
def test_degrees_become_metres_by_ostn15_within_two_centimetres(name, lon, lat, easting, northing):
    found = to_grid(np.array([lon]), np.array([lat]))[0]
    assert math.hypot(found[0] - easting, found[1] - northing) < 0.02, found


def test_the_same_point_is_read_in_either_system():
    metres = read_point({"easting": 651409.8, "northing": 313177.4})
    degrees = read_point({"lat": 52.658007833, "lon": 1.716073973})
    assert math.hypot(metres.easting - degrees.easting, metres.northing - degrees.northing) < 1


CASES = {
    "neither": ({}, "place", "either lat and lon"),
    "half": ({"lat": 51.4}, "place", "either lat and lon"),
    "mixed": ({"lat": 51.4, "lon": -1.3, "easting": 1.0}, "place", "nothing else"),
    "text": ({"lat": "51.4", "lon": -1.3}, "place.lat", "not a number"),
    "boolean": ({"lat": True, "lon": -1.3}, "place.lat", "not a number"),
    "null": ({"lat": None, "lon": -1.3}, "place.lat", "not a number"),
    "nan": ({"lat": float("nan"), "lon": -1.3}, "place.lat", "not a number"),
    "infinite": ({"easting": float("inf"), "northing": 1.0}, "place.easting", "not a number"),
    "hundreds of digits": ({"easting": 10**400, "northing": 1}, "place.easting", "not a number"),
    "swapped degrees": ({"lat": -1.3, "lon": 51.4}, "place", "swapped"),
    "swapped metres": ({"easting": 1_100_000, "northing": 430_000}, "place", "swapped"),
    "metres as degrees": ({"lat": 440_000, "lon": 170_000}, "place", "Send them as easting and northing"),
    "degrees as metres": ({"easting": -1.3, "northing": 51.4}, "place", "Send them as lat and lon"),
    "abroad": ({"lat": 48.8, "lon": 2.3}, "place.lat", "outside Great Britain"),
    "too far west": ({"lat": 51.4, "lon": -12.0}, "place.lon", "outside Great Britain"),
    "too far east": ({"lat": 52.5, "lon": 1.9}, "place.lon", "East of 1.78 degrees"),
    "negative": ({"easting": -200, "northing": 400_000}, "place.easting", "outside the National Grid"),
    "too far north": ({"easting": 400_000, "northing": 2_000_000}, "place.northing", "outside the National Grid"),
}


@pytest.mark.parametrize("name", CASES)
def test_what_cannot_be_a_place_is_refused_with_what_to_do(name):
    given, field, text = CASES[name]
    with pytest.raises(InputError) as refused:
        read_point(given)
    assert refused.value.field == field
    assert text in refused.value.what_to_do
