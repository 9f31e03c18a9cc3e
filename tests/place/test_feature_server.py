"""The client against a FeatureServer on loopback: what real ones do, and what must not pass unnoticed."""

import json

import numpy as np
import pytest
import shapely

from routing.errors import BoundaryError
from routing.place import Boundaries
from routing.place.build import Edition, Fetcher, Wanted, fetch, find, read_areas
from tests.conftest import ROOT
from tests.place.publisher import DISTRICTS, PARISHES
from tests.servers import free_port

FOLDER = ROOT / "data" / "boundaries"
TRUTH = read_areas(FOLDER / "parishes.geojson", FOLDER / "districts.geojson")


@pytest.fixture
def quick():
    """A client that does not wait for real."""
    waits = []
    fetcher = Fetcher(timeout_s=(5.0, 3.0), whole_answer_s=10.0, sleep=waits.append)
    fetcher.waits = waits
    yield fetcher
    fetcher.close()


def bring(fetcher, publisher, folder, **changes) -> Edition:
    found = find(fetcher, Wanted(publisher.portal, **changes))
    edition, _ = fetch(fetcher, found, folder)
    return edition


def assert_whole(edition: Edition) -> None:
    """Every area of the file, where it is in the file: the way through degrees may cost a centimetre."""
    seen, truth = ({area.code: (area, shapely.from_wkb(wkb)) for area, wkb in each.areas} for each in (edition, TRUTH))
    assert {code: area for code, (area, _) in seen.items()} == {code: area for code, (area, _) in truth.items()}
    for code, (_, shape) in seen.items():
        assert shapely.hausdorff_distance(shape, truth[code][1]) < 0.05, code


HARMLESS = {
    "a good day": {},
    "a layer at id 1": {"layer_id": 1},
    "the flag at the top": {"flag": "top"},
    "the flag in both places": {"flag": "both"},
    "no flag at all": {"flag": "never"},
    "a cap below the page size that it states": {"most_rows": 7},
    "a cap that it does not reach with its flag": {"most_rows": 7, "flag": "never"},
    "an offset that it ignores": {"ignores_offset": True, "most_rows": 20},
    "one error 500 inside a 200": {"most_rows": 20, "error_on_offset": {20: 500}},
    "one error 504 inside a 200": {"most_rows": 20, "error_on_offset": {40: 504}},
    "a bad gateway twice, with a web page": {"gateway_errors": 2},
    "busy twice": {"busy_answers": 2, "retry_after_s": "1"},
    "busy until a date": {"busy_answers": 1, "retry_after_s": "Sun, 22 Nov 2026 12:00:00 GMT"},
    "pages that are too heavy": {"largest_page": 10},
    "degrees although metres were asked for": {"crs": "degrees"},
    "metres whatever is asked for": {"crs": "grid"},
    "lower-case field names": {"is_lower_case": True},
    "no district": {"without_district": True},
}


@pytest.mark.parametrize("name", HARMLESS)
def test_a_real_servers_ways_lose_nothing(publisher, quick, tmp_path, name):
    publisher.switch(**HARMLESS[name])
    assert_whole(bring(quick, publisher, tmp_path))


REFUSED = {
    "a service that was renamed": ({"is_renamed": True}, "answer"),
    "rows that are missing": ({"keeps_share": 0.03}, "count"),
    "a count that is too high": ({"counts_more": 5}, "count"),
    "a count that is too low": ({"counts_more": -5}, "count"),
    "the same page for ever": ({"repeats_page": True, "most_rows": 20}, "paging"),
    "an answer that breaks off": ({"body": "truncated"}, "read"),
    "a web page with 200": ({"body": "html"}, "read"),
    "an answer without end": ({"body": "endless"}, "size"),
    "a server that is busy for ever": ({"busy_answers": 99}, "answer"),
    "a gateway that stays down": ({"gateway_errors": 99}, "answer"),
    "no coordinate system": ({"crs": "none"}, "crs"),
    "another coordinate system than it says": ({"crs": "wrong"}, "crs"),
    "swapped axes in metres": ({"has_swapped_axes": True}, "crs"),
    "swapped axes in degrees": ({"has_swapped_axes": True, "crs": "degrees"}, "crs"),
    "empty shapes": ({"empties": 3}, "geometry"),
    "a code that comes twice": ({"repeats_code": True}, "duplicates"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_not_whole_or_not_right_is_refused_by_the_checks_code_and_leaves_nothing(
    publisher, quick, tmp_path, name
):
    switches, check = REFUSED[name]
    publisher.switch(**switches)
    with pytest.raises(BoundaryError) as refused:
        bring(quick, publisher, tmp_path, url=publisher.layer())
    assert refused.value.check == check
    assert str(refused.value).startswith(f"{check}: ")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_does_not_answer_is_given_up_in_bounded_time(own_publisher, tmp_path):
    found = find(fetcher := Fetcher(sleep=lambda seconds: None), Wanted(own_publisher.portal))
    fetcher.close()
    own_publisher.switch(slow_s=0.6)
    hurried = Fetcher(timeout_s=(5.0, 0.2), sleep=lambda seconds: None)
    with pytest.raises(BoundaryError, match=r"^answer: .* did not answer in time"):
        fetch(hurried, found, tmp_path)
    hurried.close()


def test_shapes_that_cross_themselves_are_repaired_and_named(publisher, quick, tmp_path):
    publisher.switch(breaks_rings=2)
    edition = bring(quick, publisher, tmp_path)
    first, second = (feature.attributes["PARNCP25CD"] for feature in publisher.services[PARISHES].features[:2])
    assert edition.repaired == [first, second]
    assert Boundaries("x", edition.areas).unanswerable() == []


def test_retry_after_is_obeyed(publisher, quick, tmp_path):
    publisher.switch(busy_answers=2, retry_after_s="7")
    bring(quick, publisher, tmp_path)
    assert quick.waits == [7.0, 7.0]


def test_what_came_is_kept_as_it_came_with_a_manifest(publisher, quick, tmp_path):
    publisher.switch(most_rows=20, says_most_rows=20)
    found = find(quick, Wanted(publisher.portal))
    _, manifest = fetch(quick, found, tmp_path)
    parishes, districts = manifest["raw"]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([parishes, districts])
    raw = tmp_path / parishes
    kept = json.loads((raw / "manifest.json").read_text())
    assert kept["rows"] == len(publisher.services[PARISHES].features)
    assert [page["rows"] for page in kept["pages"]] == [20, 20, 20, 3]
    assert "Open Government Licence" in kept["licence"]
    assert kept["layer"].endswith(f"{PARISHES}/FeatureServer/0")
    page = raw / kept["pages"][1]["name"]
    page.write_bytes(page.read_bytes()[:-9])
    from routing.place.build.raw import read_raw

    with pytest.raises(BoundaryError, match="not as it was fetched"):
        list(read_raw(raw))


def test_the_newest_edition_of_the_wanted_scale_is_found(publisher, quick):
    found = find(quick, Wanted(publisher.portal))
    assert (found.parishes.name, found.districts.name) == (PARISHES, DISTRICTS)
    with pytest.raises(BoundaryError, match=r"^sources: .*BGC"):
        find(quick, Wanted(publisher.portal, generalisation="BGC"))


def test_only_the_districts_that_are_asked_for_come(publisher, quick, tmp_path):
    edition = bring(quick, publisher, tmp_path, where="LAD25CD IN ('E07999001')")
    assert {area.district for area, _ in edition.areas if area.kind != "district"} == {"E07999001"}


def test_an_address_that_is_none_is_named(quick):
    with pytest.raises(BoundaryError, match=r"^unreachable: "):
        find(quick, Wanted(f"http://127.0.0.1:{free_port()}/api"))
    with pytest.raises(BoundaryError, match="no FeatureServer"):
        find(quick, Wanted("http://127.0.0.1:1", url="http://127.0.0.1:1/elsewhere"))


def test_pages_are_read_with_ids_in_order(publisher, quick, tmp_path):
    areas = bring(quick, publisher, tmp_path).areas
    truth = [area.code for area, _ in TRUTH.areas]
    assert [area.code for area, _ in areas] == truth
    assert np.all([area.name.strip() == area.name for area, _ in areas])
