import math

import numpy as np
import pytest

from routing.errors import InputError
from routing.place import read_point, read_points, to_degrees, to_grid

OSTN15 = [
    # Ordnance Survey's published test points for OSTN15: ETRS89 degrees → easting, northing.
    ("Caister", 1.716073973, 52.658007833, 651409.804, 313177.450),
    ("Bryher, St Mary's", -6.29977752014, 49.92226393730, 91492.146, 11318.804),
    ("Butt of Lewis", -6.260914555, 58.51560361, 151968.652, 966483.780),
]


@pytest.mark.parametrize(("name", "lon", "lat", "easting", "northing"), OSTN15, ids=[row[0] for row in OSTN15])
def test_degrees_become_metres_by_ostn15_within_two_centimetres(name, lon, lat, easting, northing):
    found = to_grid(np.array([lon]), np.array([lat]))[0]
    assert math.hypot(found[0] - easting, found[1] - northing) < 0.02, found


BEYOND = [
    # Outside of what convertbng converts to metres; by another implementation of OSTN15 (osgb 1.2.0, T. Thurston).
    ("St Agnes", -6.345, 49.893, 88058.427, 8254.292),
    ("Western Rocks", -6.419, 49.869, 82588.216, 5898.525),
    ("Hugh Town", -6.3147, 49.9146, 90372.299, 10528.789),
    ("Unst", -0.78, 60.845, 466406.632, 1218634.263),
    ("Out Stack", -0.8736, 60.8606, 461290.132, 1220280.819),
    ("Hirta, St Kilda", -8.58, 57.815, 9517.739, 899621.885),
    ("at sea off Lowestoft", 1.9, 52.5, 664794.451, 296269.874),
]


@pytest.mark.parametrize(("name", "lon", "lat", "easting", "northing"), BEYOND, ids=[row[0] for row in BEYOND])
def test_the_ends_of_the_country_are_in_it(name, lon, lat, easting, northing):
    found = read_point({"lat": lat, "lon": lon})
    assert math.hypot(found.easting - easting, found.northing - northing) < 0.01
    back = to_degrees(np.array([[found.easting, found.northing]]))[0]
    assert back == pytest.approx((lon, lat), abs=1e-7)


def test_many_points_are_read_as_each_is_and_the_first_bad_one_is_named():
    values = np.array([[51.401, -1.323], [49.893, -6.345]])
    expected = [read_point({"lat": lat, "lon": lon}) for lat, lon in values.tolist()]
    assert read_points(values, ("lat", "lon"), str).tolist() == [[p.easting, p.northing] for p in expected]
    metres = np.array([[447_000.0, 167_000.0], [0.0, 5_000.0]])
    assert read_points(metres, ("easting", "northing"), str).tolist() == metres.tolist()
    for bad in ([48.0, 2.0], [float("nan"), 1.0], [1.0, 51.0], [52.0, 2.1], [49.5, -8.0]):
        with pytest.raises(InputError, match=r"^row 2"):
            read_points(np.array([values[0], bad, [1e9, 1e9]]), ("lat", "lon"), lambda row: f"row {row + 1}")
    for bad in ([51.0, -1.0], [float("inf"), 1.0], [-1.0, 400_000.0], [1_200_000.0, 400_000.0]):
        with pytest.raises(InputError, match=r"^row 2"):
            read_points(np.array([metres[0], bad]), ("easting", "northing"), lambda row: f"row {row + 1}")


def test_the_same_point_is_read_in_either_system():
    metres = read_point({"easting": 651409.8, "northing": 313177.4})
    degrees = read_point({"lat": 52.658007833, "lon": 1.716073973})
    assert math.hypot(metres.easting - degrees.easting, metres.northing - degrees.northing) < 1


CASES: dict[str, tuple[dict[str, object], str, str]] = {
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
    "too far east": ({"lat": 52.5, "lon": 2.1}, "place.lon", "outside Great Britain"),
    "in Jersey": ({"lat": 49.2, "lon": -2.1}, "place", "outside the National Grid"),
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
