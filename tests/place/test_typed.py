"""What people paste as coordinates → one point; what is none is left to others."""

import math

import pytest

from routing.errors import InputError
from routing.place import TooCoarse, read_typed_point
from routing.place.typed import is_in_degrees
from tests.present import present

NEWBURY = (447_190.6, 167_102.8)
"""51.401 N, 1.323 W by OSTN15."""

DEGREES = [
    "51.401, -1.323",
    "51.401,-1.323",
    "51.401 -1.323",
    "51.401 \u22121.323",
    "51.401, \u20111.323",
    "(51.401, -1.323)",
    "[51.401;-1.323].",
    "51.401\u00b0, -1.323\u00b0",
    "51.401\u00b0 N, 1.323\u00b0 W",
    "51.401\u00ba N 1.323\u00ba W",
    "51.401N 1.323W",
    "N51.401 W1.323",
    "N 51.401, W 1.323",
    "1.323 W, 51.401 N",
    "lat: 51.401, lon: -1.323",
    "Longitude -1.323 Latitude 51.401",
    "geo:51.401,-1.323",
    "51\u00b024'03.6\"N 1\u00b019'22.8\"W",
    "51\u00b0 24\u2032 3.6\u2033 N, 1\u00b0 19\u2032 22.8\u2033 W",
    "51\u00b024\u20193.6\u201dN 1\u00b019\u201922.8\u201dW",
    "51\u00b024'3.6''N, 1\u00b019'22.8''W",
    "51\u00b024.06'N 1\u00b019.38'W",
    "51 24 3.6 N, 1 19 22.8 W",
    "51:24:03.6, -1:19:22.8",
    "\u200e51.401, -1.323\u200f",
    "\uff15\uff11.401\uff0c -1.323",
    "51,401 -1,323",
    "51.401, -1.323, 17z",
    "51.401, -1.323 Newbury",
    "51.401, -1.323, UK",
    "51.401, -1.323 (WGS84)",
    "51.401, -1.323, 120m",
    "51.401 and -1.323",
    "LatLng(51.401, -1.323)",
    "POINT(-1.323 51.401)",
    '{"lat": 51.401, "lng": -1.323}',
    "51.401, - 1.323",
    "51\u00b7401, \u22121\u00b7323",
    "51d24m03.6sN 1d19m22.8sW",
    "51 deg 24 min 3.6 sec N, 1 deg 19 min 22.8 sec W",
    "Lat 51.401\u00b0 N Long 1.323\u00b0 W",
    "51.401 -1.323 (Newbury)",
    "Lat/Long 51.401, -1.323",
    "GPS coordinates: 51.401, -1.323",
    "geo:51.401,-1.323?z=17",
    "https://www.google.com/maps/@51.401,-1.323,17z",
    "https://www.google.com/maps/place/Newbury/@51.41,-1.33,14z/data=!3m1!4b1!4m6!3m5!1s0x48!8m2!3d51.401!4d-1.323",
    "https://maps.google.com/?q=51.401,-1.323",
    "https://www.google.com/maps/search/51.401,+-1.323",
    "https://maps.apple.com/?ll=51.401,-1.323&q=Pin",
    "https://www.openstreetmap.org/?mlat=51.401&mlon=-1.323#map=17/51.5/-1.5",
    "https://www.openstreetmap.org/#map=17/51.401/-1.323",
    "https://www.bing.com/maps?cp=51.401~-1.323&lvl=16",
    "https://www.bing.com/maps?cp=51.401%7E-1.323&lvl=17",
    "https://explore.osmaps.com/pin?lat=51.401&lon=-1.323&zoom=16",
    "https://gridreferencefinder.com/?lat=51.401&lng=-1.323",
    "https://www.fixmystreet.com/around?latitude=51.401&longitude=-1.323",
    "https://www.google.com/maps/dir//Church+Lane/@51.5,-1.5,12z/data=!4m8!2m2!1d-1.9!2d51.9!2m2!1d-1.323!2d51.401",
    "https://www.google.com/maps/dir/51.9,-1.9/51.401,-1.323/@51.5,-1.5,11z",
    "https://www.google.com/maps/@51.401,-1.323,17.25z",
    "https://www.google.com/maps/@51.401,-1.323,1234m/data=!3m1!1e3",
    "https://www.openstreetmap.org/?mlat=51.401&mlon=-1.323#map=7/51.5/-1.5",
]
METRES = [
    "https://streetmap.co.uk/map?x=447190&y=167102&z=0",
    "447190.6 167102.8",
    "447190.6, 167102.8",
    "E447190.6 N167102.8",
    "Northing 167102.8, Easting 447190.6",
    "SU 47190 67102",
    "su4719067102",
    "SU-47190-67102",
    "SU 471906 671028",
    "Grid ref: SU 47190 67102",
    "SU 47190 67102 (Newbury)",
    "Newbury SU 47190 67102",
    "SU4719067102, Newbury",
    "SU4719067102 UK",
    "OS 447190 167102",
    "447190-167102",
    "447,190 167,102",
    "447 190 167 102",
    "x=447190 y=167102",
    "447190m E, 167102m N",
    "NGR SU4719067102",
    "OS grid reference SU 47190 67102.",
]


@pytest.mark.parametrize("text", [*DEGREES, *METRES])
def test_a_point_is_read_however_it_is_pasted(text):
    point = present(read_typed_point(text))
    assert math.hypot(point.easting - NEWBURY[0], point.northing - NEWBURY[1]) < 1.5


def test_a_sign_can_be_missing_in_a_long_sentence_too():
    text = (
        "It happens on the road past the school, where the footpath from the village hall comes out, at 51.401, 1.323"
    )
    assert len(text) > 100
    assert read_typed_point(text) is not None
    assert is_in_degrees(text)


@pytest.mark.parametrize("text", [*DEGREES, *METRES])
def test_a_sign_can_only_be_missing_from_degrees_that_somebody_typed(text):
    assert is_in_degrees(text) == (text in DEGREES and not text.startswith(("https:", "geo:")))


@pytest.mark.parametrize(
    "text",
    ["", "High Street", "12 Church Lane", "A4", "RG14 1AA", "1, 2, 3", "51.401", "51.401 N 1.323",
     "https://maps.app.goo.gl/abc", "https://www.google.com/maps/@51.401,-1.323,6z",
     "https://www.openstreetmap.org/#map=7/51.401/-1.323", "https://www.google.com/maps/dir/A/B/@51.401,-1.323,17z", "51.5 61 N, 1 2 W", "1.5 30 N, 1 2 W", "-", "N W", "5" * 500],
)  # fmt: skip
def test_what_is_no_point_is_left_to_others(text):
    assert read_typed_point(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("-1.323, 51.401", "swapped"),
        ("48.85, 2.35", "outside Great Britain"),
        ("51.401 S, 1.323 W", "outside Great Britain"),
        ("167102 1447190", "swapped|outside"),
        ("SU 47 67", "square kilometre"),
        ("SU 470 67", "the same number of digits"),
    ],
)
def test_a_point_that_cannot_be_meant_says_why(text, expected):
    with pytest.raises(InputError, match=expected):
        read_typed_point(text)


def test_every_way_of_writing_that_real_use_found_and_that_is_a_point_leads_to_it():
    cases = [
        "53.80, \u22121.55",
        "53.80712\u00b0 N, 0.40452\u00b0 E",
        "(53.807123, 0.404518)",
        "53\u00b048'25.6\"N 0\u00b024'16.3\"E",
    ]
    found = [present(read_typed_point(each)) for each in cases]
    assert [(round(point.easting), round(point.northing)) for point in found] == [
        (429_737, 433_836),
        (558_432, 437_215),
        (558_432, 437_216),
        (558_432, 437_214),
    ]


@pytest.mark.parametrize(
    "text", ["51, -1", "51.4, -1.5", "51\u00b024'N 1\u00b031'W", "447 168", "4471 1671", "51.4 N, 1.3 W", "SU 12 56"]
)
def test_too_few_digits_name_no_road_and_more_are_asked_for(text):
    with pytest.raises(TooCoarse):
        read_typed_point(text)


@pytest.mark.parametrize("text", ["SU 47190 67102 12", "SU 471 6710", "SU 47 19 06"])
def test_parts_of_a_reference_that_do_not_fit_are_not_put_together(text):
    with pytest.raises(InputError, match="the same number of digits"):
        read_typed_point(text)
