"""The client against a FeatureServer on loopback: what real ones do, and what must not pass unnoticed."""

import json
import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import shapely
from fastapi import FastAPI, Request, Response
from fastapi.responses import RedirectResponse

from routing.cli.supervisor import free_port
from routing.errors import BoundaryError
from routing.place import Boundaries
from routing.place.build import Fetcher, NewVintage, Wanted, fetch, find, read_areas
from routing.place.build.feature_server import read_layer_info
from tests.conftest import ROOT
from tests.place.publisher import DISTRICTS, PARISHES
from tests.present import present
from tests.servers import http_server

pytestmark = pytest.mark.thorough

FOLDER = ROOT / "data" / "boundaries"
TRUTH = read_areas(FOLDER / "parishes.geojson", FOLDER / "districts.geojson")


class Quick(Fetcher):
    """A client that does not wait for real, and knows how long it would have waited."""

    def __init__(self) -> None:
        self.waits: list[float] = []
        super().__init__(timeout_s=(5.0, 3.0), whole_answer_s=10.0, sleep=self.waits.append)


@pytest.fixture
def quick() -> Iterator[Quick]:
    fetcher = Quick()
    yield fetcher
    fetcher.close()


def bring(fetcher, publisher, folder, **changes) -> NewVintage:
    found = find(fetcher, Wanted(publisher.portal, **changes))
    with fetch(fetcher, found, folder) as (new, _):
        return new


def assert_whole(new: NewVintage) -> None:
    """Every area of the file, where it is in the file: the way through degrees may cost a centimetre."""
    seen, truth = ({area.code: (area, shapely.from_wkb(wkb)) for area, wkb in each.areas} for each in (new, TRUTH))
    assert {code: area for code, (area, _) in seen.items()} == {code: area for code, (area, _) in truth.items()}
    for code, (_, shape) in seen.items():
        assert shapely.hausdorff_distance(shape, truth[code][1]) < 0.05, code


HARMLESS: dict[str, dict[str, Any]] = {
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
    "busy inside a 200": {"most_rows": 20, "error_on_offset": {0: 503, 20: 429}},
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


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
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
    with pytest.raises(BoundaryError, match=r"^answer: .* did not answer in time"), fetch(hurried, found, tmp_path):
        pass
    hurried.close()


def test_shapes_that_cross_themselves_are_repaired_and_named(publisher, quick, tmp_path):
    publisher.switch(breaks_rings=2)
    new = bring(quick, publisher, tmp_path)
    first, second = (feature.attributes["PARNCP25CD"] for feature in publisher.services[PARISHES].features[:2])
    assert new.repaired == [first, second]
    assert Boundaries("x", new.areas).unanswerable() == []


def test_retry_after_is_obeyed(publisher, quick, tmp_path):
    publisher.switch(busy_answers=2, retry_after_s="7")
    bring(quick, publisher, tmp_path)
    assert quick.waits == [7.0, 7.0]


def test_what_came_is_kept_as_it_came_with_a_manifest(publisher, quick, tmp_path):
    publisher.switch(most_rows=20, says_most_rows=20)
    found = find(quick, Wanted(publisher.portal))
    with fetch(quick, found, tmp_path) as (_, manifest):
        pass
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

    with pytest.raises(BoundaryError, match="was changed"):
        list(read_raw(raw))


def test_the_newest_edition_of_the_wanted_scale_is_found(publisher, quick):
    found = find(quick, Wanted(publisher.portal))
    assert (found.parishes.name, present(found.districts).name) == (PARISHES, DISTRICTS)
    with pytest.raises(BoundaryError, match=r"^sources: .*BGC"):
        find(quick, Wanted(publisher.portal, generalisation="BGC"))


def test_only_the_districts_that_are_asked_for_come(publisher, quick, tmp_path):
    new = bring(quick, publisher, tmp_path, where="LAD25CD IN ('E07999001')")
    assert {area.district for area, _ in new.areas if area.kind != "district"} == {"E07999001"}


def test_an_address_that_is_none_is_named(quick):
    with pytest.raises(BoundaryError, match=r"^unreachable: "):
        find(quick, Wanted(f"http://127.0.0.1:{free_port()}/api"))
    with pytest.raises(BoundaryError, match="not a FeatureServer"):
        find(quick, Wanted("http://127.0.0.1:1", url="http://127.0.0.1:1/elsewhere"))


def test_pages_are_read_with_ids_in_order(publisher, quick, tmp_path):
    areas = bring(quick, publisher, tmp_path).areas
    truth = [area.code for area, _ in TRUTH.areas]
    assert [area.code for area, _ in areas] == truth
    assert np.all([area.name.strip() == area.name for area, _ in areas])


def test_a_busy_answer_inside_a_200_is_waited_for_and_the_same_page_is_asked_again(publisher, quick, tmp_path):
    publisher.switch(error_on_offset={0: 503})
    bring(quick, publisher, tmp_path)
    assert quick.waits == [2.0]


def test_an_answer_that_drips_is_given_up_in_bounded_time(own_publisher, tmp_path):
    found = find(fetcher := Fetcher(), Wanted(own_publisher.portal))
    fetcher.close()
    own_publisher.switch(body="drip")
    hurried = Fetcher(whole_answer_s=0.2, sleep=lambda seconds: None)
    started = time.monotonic()
    with pytest.raises(BoundaryError, match=r"^answer: .* Try again later"), fetch(hurried, found, tmp_path):
        pass
    assert time.monotonic() - started < 20
    assert list(tmp_path.iterdir()) == []
    hurried.close()


def test_when_storing_fails_nothing_that_was_fetched_stays(publisher, quick, tmp_path):
    found = find(quick, Wanted(publisher.portal))
    with pytest.raises(RuntimeError, match="the store is away"), fetch(quick, found, tmp_path):
        raise RuntimeError("the store is away")
    assert list(tmp_path.iterdir()) == []


def test_an_edition_that_is_fetched_again_is_kept_once_with_the_newer_manifest(publisher, quick, tmp_path):
    for _ in range(2):
        bring(quick, publisher, tmp_path)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_file_of_districts_is_part_of_what_tells_an_edition_and_is_read_first(publisher, quick, tmp_path):
    districts = tmp_path / "districts.geojson"
    districts.write_bytes((FOLDER / "districts.geojson").read_bytes())
    wanted = Wanted(publisher.portal, districts=str(districts))
    before = find(quick, wanted)
    assert find(quick, wanted).mark() == before.mark()
    districts.write_text("garbage")
    assert find(quick, wanted).mark() != before.mark()
    came = []
    with (
        pytest.raises(BoundaryError, match=r"^read: "),
        fetch(quick, find(quick, wanted), tmp_path / "raw", lambda *far: came.append(far)),
    ):
        pass
    assert came == []
    districts.unlink()
    with pytest.raises(BoundaryError, match=r"^read: .*WAYWARDEN_BOUNDARIES_DISTRICTS"):
        find(quick, wanted)


ANSWERS = FastAPI()
DEEP = "[" * 200_000 + "]" * 200_000
LAYER = {"name": "L", "geometryType": "esriGeometryPolygon", "objectIdField": "FID", "fields": [{"name": "FID"}]}
STRANGE_LAYERS: dict[str, object] = {
    "layers that are words": {"layers": ["a"]},
    "a layer without an id": {"layers": [{"geometryType": "esriGeometryPolygon"}]},
    "fields without names": LAYER | {"fields": [{}]},
    "fields that are words": LAYER | {"fields": ["FID"]},
    "an edit that is a word": LAYER | {"editingInfo": "x"},
    "a number of rows that is a word": LAYER | {"maxRecordCount": "x"},
    "an array": [LAYER],
    "JSON as deep as a well": DEEP,
}
STRANGE_PAGES: dict[str, object] = {
    "a feature that is nothing": {"type": "FeatureCollection", "features": [None]},
    "properties that are an array": {"type": "FeatureCollection", "features": [{"properties": [1]}]},
    "features that are a word": {"type": "FeatureCollection", "features": "x"},
    "JSON as deep as a well": DEEP,
    "another program's command": {
        "type": "gdal_streamed_alg",
        "command_line": "gdal vector pipeline ! read /etc/passwd ! filter",
        "features": [{"id": 1, "properties": {"FID": 1}}],
    },
}


@ANSWERS.api_route("/strange/{kind}/{name}/FeatureServer", methods=["GET", "POST"])
@ANSWERS.api_route("/strange/{kind}/{name}/FeatureServer/{rest:path}", methods=["GET", "POST"])
def strange(request: Request, kind: str, name: str, rest: str = "") -> Response:
    answer: object
    if kind == "page" and not rest.endswith("query"):
        answer = LAYER
    elif kind == "page":
        answer = {"count": 1} if "returnCountOnly" in request.query_params else STRANGE_PAGES[name]
    else:
        answer = STRANGE_LAYERS[name]
    return Response(answer if isinstance(answer, str) else json.dumps(answer), media_type="application/json")


@ANSWERS.get("/away/{rest:path}")
def away(rest: str) -> Response:
    return RedirectResponse("http://localhost:9/latest/meta-data", 302)


@ANSWERS.get("/round/{rest:path}")
def round_and_round(rest: str) -> Response:
    return RedirectResponse(f"/round/{rest}", 302)


@ANSWERS.get("/here/{name}/FeatureServer/{rest:path}")
def here(name: str, rest: str) -> Response:
    return RedirectResponse(f"/strange/page/{name}/FeatureServer/{rest}", 307)


@pytest.fixture(scope="module")
def answers():
    with http_server(ANSWERS) as address:
        yield address


@pytest.mark.parametrize("name", STRANGE_LAYERS)
def test_a_layer_of_a_strange_shape_is_refused_by_a_checks_code(answers, quick, name):
    with pytest.raises(BoundaryError) as refused:
        find(quick, Wanted(answers, url=f"{answers}/strange/layer/{name}/FeatureServer", districts=None))
    assert refused.value.check in {"read", "fields"}


@pytest.mark.parametrize("name", STRANGE_PAGES)
def test_a_page_of_a_strange_shape_is_refused_by_a_checks_code_and_leaves_nothing(answers, quick, tmp_path, name):
    url = f"{answers}/strange/page/{name}/FeatureServer/0"
    found = find(quick, Wanted(answers, url=url, districts=str(FOLDER / "districts.geojson")))
    with pytest.raises(BoundaryError) as refused, fetch(quick, found, tmp_path):
        pass
    assert refused.value.check in {"read", "fields"}
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("path", ["away", "round"])
def test_a_redirect_to_another_site_or_in_a_circle_is_refused(answers, quick, path):
    with pytest.raises(BoundaryError, match=r"^answer: .*(another site|in circles)"):
        find(quick, Wanted(answers, url=f"{answers}/{path}/FeatureServer/0", districts=None))


def test_a_redirect_on_the_same_site_is_followed(answers, quick):
    found = read_layer_info(quick, f"{answers}/here/properties that are an array/FeatureServer/0")
    assert found.name == "L"


def test_a_portal_is_not_believed_where_it_names_a_service_in_the_clear():
    from routing.place.build.portal import _source

    path = "/arcgis/rest/services/X/FeatureServer"
    assert _source({"url": f"http://services.example{path}"}) is None
    assert present(_source({"url": f"http://127.0.0.1{path}"})).service == "X"
    assert present(_source({"url": f"https://services.example{path}"})).service == "X"
