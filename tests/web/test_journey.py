"""The citizen's journey without JavaScript: from the start page to a report, and everything that may go wrong."""

import copy
import json
import re
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests
import shapely
from convertbng.cutil import convert_bng, convert_lonlat

from routing import casework
from routing.council.pages import MapLook
from routing.database import Database
from routing.place import parishes_of
from routing.settings import Settings
from tests.conftest import ROOT
from tests.present import present
from tests.samples import submission
from tests.web.citizen import (
    ANSWERED,
    BASE,
    START,
    Citizen,
    check_page,
    go,
    grid,
    href_of,
    know,
    reports,
    text_of,
    without_tab,
    xy,
)

SCRIPT = "<script>alert('x')</script>"


def test_a_report_is_sent_from_start_to_reference(citizen, web):
    citizen.get("/")
    assert citizen.heading == "What you can report"
    go(citizen)
    assert (citizen.path, citizen.heading) == (f"{BASE}/check", "Check your answers before sending your report")
    assert "Most mornings.<br>Near the school." in citizen.text
    assert "We tell them who you are, as you agreed." in citizen.text
    citizen.send()
    assert citizen.heading == "Report sent"
    assert citizen.page.css_first('a[href="https://www.merewold.example/feedback"]') is not None
    (report,) = reports(web)
    assert report["reference"] in text_of(citizen.page, ".govuk-panel")
    assert report["answers"] == {"nature": "pattern", "road": "no", "limit": "30", "time": "day"}
    assert (report["details"], report["email"], report["may_pass_on"]) == (
        "Most mornings.\nNear the school.", "name@example.com", True,
    )  # fmt: skip
    assert report["council"] == "merewold"
    citizen.get(href_of(citizen.page, "main a"))
    assert citizen.heading == f"Report {report['reference']}"


def test_nothing_is_asked_that_changes_nothing(citizen, web):
    go(citizen, "limit", nature={"nature": "change"})
    assert citizen.path == f"{BASE}/details"  # the limit and the time decide nothing here


def test_an_answer_that_is_not_offered_any_more_is_asked_again_and_says_so(citizen, web):
    go(citizen)
    with web.ctx.database.transaction() as tx:
        tx.execute("""UPDATE journey SET entered = entered || '{"limit": "furlongs"}'""")
    citizen.get(citizen.path)
    assert without_tab(citizen.path) == f"{BASE}/limit"
    assert citizen.errors == ["This answer is no longer offered: furlongs. Select the speed limit, or 'I do not know'"]
    citizen.send(limit="30")
    assert without_tab(citizen.path) == f"{BASE}/check"
    citizen.send()
    assert reports(web)[0]["answers"]["limit"] == "30"


def test_optional_pages_may_stay_empty(citizen, web):
    go(citizen, details={"details": " \a "}, contact={"email": "", "may_pass_on": ""})
    values = [node.text().strip() for node in citizen.page.css(".govuk-summary-list__value")]
    assert values[-2:] == ["Not provided", "Not provided"]
    citizen.send()
    (report,) = reports(web)
    assert (report["details"], report["email"]) == (None, None)


@pytest.mark.parametrize(
    ("page", "values", "text"),
    [
        ("nature", {"nature": ""}, "Select what is happening"),
        ("nature", {"nature": "else"}, "Select what is happening"),
        ("limit", {"limit": ""}, "Select the speed limit, or 'I do not know'"),
        ("place", {"where": " "}, "Enter a postcode, or a street name and place"),
        ("place", {"where": "RG14"}, "Enter a full UK postcode, like RG14 5LD"),
        ("place", {"where": "RG14 5LD"}, "Enter another postcode, or a street name and place. We do not know this postcode"),
        ("place", {"where": "Nowhere Whatsoever"}, "Check the spelling, or enter a postcode. We cannot find this place"),
        ("place", {"where": "?"}, "Enter a postcode, or a street name and place"),
        ("place", {"where": "48.85, 2.35"}, "Enter a place in Great Britain"),
        ("place", {"where": "SU 1234 567"}, "Enter a place in Great Britain"),
        ("place", {"where": "SU 12 56"}, "Add digits, like SU 470 670. This grid reference covers a whole square kilometre"),
        ("place", {"where": "x" * 201}, "in 200 characters or less"),
        ("details", {"details": "x" * 1001}, "Details must be 1,000 characters or less"),
        ("contact", {"email": "nobody"}, "Enter an email address in the correct format, like name@example.com"),
        ("contact", {"email": "a@b.example\nBcc: all@b.example"}, "Enter an email address in the correct format"),
        ("contact", {"name": "x" * 121}, "Name must be on one line"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_on_the_same_page_with_everything_kept(citizen, page, values, text):
    go(citizen, page)
    citizen.send(**values)
    assert citizen.path == f"{BASE}/{page}"
    (said,) = citizen.errors
    assert text in said
    assert said in text_of(citizen.page, ".govuk-error-message")
    for name, value in values.items():
        node = citizen.page.css_first(f'main [name="{name}"]')
        kept = node.text() if node.tag == "textarea" else node.attributes.get("value") or ""
        assert kept.split("\n")[0].strip() == value.split("\n")[0].strip() or node.attributes["type"] == "radio"
    citizen.send(**(dict.fromkeys(values, "") | dict(ANSWERED)[page]))
    assert citizen.answer.status_code == 200


def test_several_errors_on_a_page_are_all_said(citizen):
    go(citizen, "contact")
    citizen.send(name="x" * 121, email="nobody", phone="1" * 121)
    assert len(citizen.errors) == 3


def test_scripts_are_text_wherever_they_are_typed(citizen, web):
    go(citizen, details={"details": SCRIPT}, contact={"name": SCRIPT, "email": ""})
    assert SCRIPT not in citizen.text
    values = [node.text().strip() for node in citizen.page.css(".govuk-summary-list__value")]
    assert values[-2:] == [SCRIPT, SCRIPT]


class TestPlace:
    def test_a_postcode_in_one_parish_is_taken_at_once(self, citizen, web):
        know(web, postcodes=[("ZZ9 9ZZ", *xy("parish"))])
        go(citizen, "place")
        citizen.send(where="zz99zz")
        assert citizen.path == f"{BASE}/limit"

    def test_a_postcode_in_several_parishes_is_asked_about(self, citizen, web):
        know(web, postcodes=[("ZZ9 9ZZ", *xy("parish")), ("ZZ9 9ZZ", *xy("unparished"))])
        go(citizen, "place")
        citizen.send(where="ZZ9 9ZZ")
        assert (citizen.path, citizen.heading) == (f"{BASE}/which", "Which of these is it?")
        assert len(citizen.page.css('input[name="which"]')) == 3
        citizen.send(which="")
        assert citizen.errors == ["Select which place you mean, or 'None of these'"]
        citizen.send(which="99")
        assert citizen.errors
        values = [node.attributes["value"] for node in citizen.page.css('input[name="which"]')]
        citizen.send(which=values[1])
        assert citizen.path == f"{BASE}/limit"
        citizen.get(f"{BASE}/which")
        assert citizen.page.css_first("input[checked]").attributes["value"] == values[1]

    def test_a_choice_of_an_earlier_search_is_no_choice_of_this_one(self, citizen, web):
        know(web, names=[("Mill Lane", "Upton", *xy("parish")), ("Mill Lane", "Norton", *xy("unparished")),
                         ("Church Row", "Upton", *xy("near a border")), ("Church Row", "Norton", *xy("other parish"))])  # fmt: skip
        go(citizen, "place")
        citizen.send(where="mill lane")
        other = Citizen(web.url, session=citizen.session, url=f"{web.url}{BASE}/place")
        other.get(f"{BASE}/place")
        old = citizen.page.css_first('input[name="which"]').attributes["value"]
        other.send(where="church row")
        citizen.send(which=old)
        assert citizen.errors == ["Select which place you mean, or 'None of these'"]

    def test_places_that_nobody_could_tell_apart_are_one(self, citizen, web):
        x, y = xy("parish")
        know(web, names=[("Mill Lane", "Upton", x, y), ("Mill Lane", "Upton", x + 40, y)])
        go(citizen, "place")
        citizen.send(where="mill lane, upton")
        assert citizen.path == f"{BASE}/limit"

    def test_a_street_of_several_places_is_asked_about_and_may_be_none_of_them(self, citizen, web):
        know(web, names=[("Mill Lane", "Upton", *xy("parish")), ("Mill Lane", "Norton", *xy("unparished"))])
        go(citizen, "place")
        citizen.send(where="mill lane")
        shown = [node.text().strip() for node in citizen.page.css(".govuk-radios__label")]
        assert sorted(shown) == ["Mill Lane, Norton", "Mill Lane, Upton", "None of these"]
        citizen.send(which="none")
        assert citizen.path == f"{BASE}/place"
        assert citizen.page.css_first("#where").attributes["value"] == "mill lane"
        citizen.send(where="Mill Lane, Upton")  # said with its village, it needs no choice
        assert citizen.path == f"{BASE}/limit"

    def test_the_street_that_was_chosen_goes_with_the_report_and_coordinates_do_not_twice(self, citizen, web):
        know(web, names=[("Mill Lane", "Upton", *xy("parish"))])
        go(citizen, place={"where": "mill lane, upton"})
        citizen.send()
        other = go(Citizen(web.url), limit={"limit": "20"})
        other.send()
        other.send(similar="mine")
        other.send()
        assert [row["place_name"] for row in reports(web)] == ["Mill Lane, Upton", None]

    def test_a_whole_village_is_no_place_of_a_report_and_offers_its_streets(self, citizen, web):
        east, north = xy("parish")
        know(
            web,
            names=[("Mill Lane", "Upton", east, north), ("Back Lane", "Upton", east + 50, north)],
            villages=[("Upton", east, north), ("Lonely", 590_000, 470_000)],
        )
        go(citizen, "place")
        citizen.send(where="Lonely")
        assert citizen.errors == ["Enter a street in this town or village, like High Street, Lonely, or use the map"]
        citizen.send(where="upton")
        assert citizen.heading == "Which street in Upton is it?"
        shown = [node.text().strip() for node in citizen.page.css(".govuk-radios__label")]
        assert shown == ["Back Lane, Upton", "Mill Lane, Upton", "None of these"]
        citizen.send(which="none")
        citizen.send(where="Mill Lane Upton")
        assert citizen.path == f"{BASE}/limit"

    def test_a_street_that_many_places_have_asks_for_more_and_puts_the_named_one_first(self, citizen, web):
        east, north = xy("parish")
        know(
            web,
            names=[("Mill Lane", f"Place {n:02}", east - 300 * (13 - n), north - 300 * (13 - n)) for n in range(14)],
        )
        go(citizen, "place")
        citizen.send(where="Mill Lane")
        assert len(citizen.page.css("main input[type=radio]")) == 11
        assert "There are more. If yours is not here, add the village or town" in text_of(citizen.page, "main")
        assert "Place 00" not in text_of(citizen.page, "main")  # the furthest from the council
        citizen.send(which="none")
        citizen.send(where="Mill Lane, Flaxholme")  # the parish in which the last of them lies
        first = text_of(citizen.page, ".govuk-radios__label").strip()
        assert first.startswith("Mill Lane, Place")
        assert "Mill Lane, Place 13" in text_of(citizen.page, "main")

    def test_a_long_road_is_no_place_and_its_part_is_asked_for(self, citizen, web):
        east, north = xy("parish")
        know(
            web,
            postcodes=[("ZZ9 9AA", east, north + 10), ("ZZ9 9ZZ", east + 9000, north)],
            roads=[("Great Road", "", (east - 300, north, east + 300, north + 20))],
        )
        go(citizen, "place")
        citizen.send(where="great road")
        assert (citizen.path, citizen.heading) == (f"{BASE}/stretch", "Which part of Great Road is it?")
        assert "Flaxholme" in text_of(citizen.page, "main")
        for wrong in ("ZZ9 9ZZ", "Nowhere", "53.8, -1.55", "High Street"):
            citizen.send(where=wrong)
            (said,) = citizen.errors
            assert said.endswith(f"We cannot tell which part of it you mean by {wrong}")
        citizen.send(where="ZZ9 9AA")
        assert citizen.path == f"{BASE}/limit"
        citizen.get(f"{BASE}/stretch")
        assert citizen.page.css_first("#where").attributes["value"] == "ZZ9 9AA"

    @pytest.mark.parametrize(
        ("said", "path", "shown"),
        [
            ("Flaxholme", "limit", []),
            ("near flaxholme", "limit", []),
            ("Flaxhome", "which", ["Great Road", "None of these"]),
        ],
    )
    def test_a_name_that_is_only_like_a_villages_is_shown_before_it_tells_the_part(
        self, citizen, web, said, path, shown
    ):
        east, north = xy("parish")
        know(
            web,
            villages=[("Flaxholme", east, north)],
            roads=[("Great Road", "", (east - 300, north, east + 300, north + 20))],
        )
        go(citizen, "place")
        citizen.send(where="great road")
        citizen.send(where=said)
        assert citizen.path == f"{BASE}/{path}"
        assert [node.text().strip() for node in citizen.page.css(".govuk-radios__label")][: len(shown)] == shown

    def test_a_long_road_among_others_is_chosen_first(self, citizen, web):
        east, north = xy("parish")
        know(
            web,
            postcodes=[("ZZ9 9AA", east, north + 10)],
            roads=[
                ("Great Road", "Upton", (east - 300, north, east + 300, north + 20)),
                ("Great Road", "Norton", (east - 20, north - 300, east + 20, north - 280)),
            ],
        )
        go(citizen, "place")
        citizen.send(where="great road")
        assert citizen.path == f"{BASE}/which"
        hints = [node.text().strip() for node in citizen.page.css(".govuk-radios__hint")]
        assert "Flaxholme: a long road, so we will ask which part of it" in hints
        values = {
            citizen.page.css_first(f"label[for={node.attributes['id']}]").text().strip(): node.attributes["value"]
            for node in citizen.page.css('input[name="which"]')
        }
        citizen.send(which=values["Great Road, Upton"])
        assert citizen.path == f"{BASE}/stretch"
        citizen.get(f"{BASE}/place")
        assert citizen.page.css_first("#where").attributes["value"] == "great road"
        citizen.get(f"{BASE}/map")
        assert "Put the pin where it happens. Great Road is within the dashed line." in text_of(citizen.page, "main")
        lon, lat = (each[0] for each in convert_lonlat([east + 100], [north]))
        citizen.send(lat=f"{lat:.6f}\u00b0 N", lon=f"{lon:.6f}")
        assert citizen.path == f"{BASE}/limit"
        for page in ("limit", "time"):
            citizen.send(**{page: dict(ANSWERED)[page][page]})
        citizen.send()
        citizen.send()
        assert "Great Road, Upton<br>Flaxholme" in citizen.text
        citizen.send()
        assert [row["place_name"] for row in reports(web)] == ["Great Road, Upton"]

    def test_the_village_said_with_a_long_road_tells_its_part(self, citizen, web):
        east, north = xy("parish")
        box = (east - 300, north, east + 300, north + 20)
        know(web, roads=[("Great Road", "", box), ("Great Road", "Upton", (east - 40, north, east + 40, north + 20))])
        go(citizen, "place")
        citizen.send(where="great road, upton")
        assert citizen.path == f"{BASE}/limit"

    @pytest.mark.parametrize("name", ["parish", "unparished"])
    def test_a_grid_reference_and_coordinates_are_taken(self, citizen, name):
        go(citizen, "place")
        citizen.send(where=grid(name))
        assert citizen.path == f"{BASE}/limit"

    def test_a_longitude_without_its_sign_is_asked_about_and_metres_have_none(self, citizen):
        (lon,), (lat,) = convert_lonlat(*([each] for each in xy("parish")))
        go(citizen, "place")
        citizen.send(where=f"{lat:.6f}, {-lon:.6f}")
        assert citizen.path == f"{BASE}/place"
        text = f"If you mean the other side of Greenwich, enter {lat:.5f}, {lon:.5f}"
        assert text in text_of(citizen.page, ".govuk-error-summary")
        (east,), (north,) = convert_bng([-lon], [lat])
        citizen.send(where=f"{east:.0f} {north:.0f}")
        assert citizen.path != f"{BASE}/place"

    def test_a_place_of_another_council_of_the_installation_is_decided_by_that_council(self, citizen, web):
        go(citizen, "place")
        citizen.send(where=grid("served neighbour"))
        assert text_of(citizen.page, "header").strip() == "Saltby Borough Council"
        assert citizen.path == f"{BASE}/limit"  # Saltby lists no trunk roads, and asks for none
        for answers in ({"limit": "30"}, {"time": "day"}, {"details": ""}, {}):
            citizen.send(**answers)
        assert citizen.path == f"{BASE}/check"
        said = "This place is in Saltby Borough Council, so they will deal with your report."
        assert said in text_of(citizen.page, "main")

    def test_the_roads_of_another_council_are_another_question(self, web):
        citizen = Citizen(web.url)
        citizen.get(f"{BASE}?council=saltby")
        citizen.send()
        citizen.send(nature="pattern")
        citizen.send(where=grid("parish"))
        assert citizen.path == f"{BASE}/road"
        assert "Merewold" in text_of(citizen.page, "header")


@pytest.mark.parametrize("case", ["driver", "racing", "danger"])
def test_a_signpost_is_a_page_and_stores_nothing(citizen, web, catalogue, case):
    go(citizen, "nature")
    citizen.send(nature=case)
    assert citizen.path == f"{BASE}/result"
    definition = catalogue.definition("merewold", "speeding-traffic")
    rule = next(rule for rule in definition.rule if case in rule.when.get("nature", ()))
    assert citizen.heading == definition.signposts[rule.signpost].title
    assert reports(web) == []
    with web.ctx.database.transaction() as tx:
        assert tx.execute("SELECT count(*) AS n FROM journey").fetchone()["n"] == 0, "of the answers too"
    citizen.get(href_of(citizen.page, ".govuk-back-link"))
    assert citizen.path == BASE, "back to the start"
    citizen.send()
    citizen.send(nature="pattern")
    assert citizen.path == f"{BASE}/road"


class TestMap:
    def test_a_pin_is_a_place_like_any_other(self, citizen, web):
        go(citizen, "place")
        citizen.get(f"{BASE}/map")
        assert citizen.heading == "Where is it on the map?"
        (lon,), (lat,) = convert_lonlat(*([each] for each in xy("parish")))
        citizen.send(lat=f"{lat:.6f}", lon=f"{lon:.6f}")
        assert citizen.path == f"{BASE}/limit"

    @pytest.mark.parametrize(
        ("lat", "lon", "text"),
        [("", "", "Put the pin on the map"), ("x", "1", "Enter latitude"), ("48", "2", "Enter latitude")],
    )
    def test_a_pin_that_is_nowhere_is_asked_for_again(self, citizen, lat, lon, text):
        go(citizen, "place")
        citizen.get(f"{BASE}/map")
        citizen.send(lat=lat, lon=lon)
        assert text in citizen.errors[0]

    def test_the_map_shows_every_parish_of_the_council_in_degrees(self, web, catalogue):
        answer = web.get("/council/merewold/parishes.json")
        assert answer.headers["Content-Type"] == "application/geo+json"
        features = answer.json()["features"]
        with web.ctx.database.transaction() as tx:
            known = parishes_of(tx, catalogue.council("merewold").gss)
        assert known.items() <= {each["properties"]["code"]: each["properties"]["name"] for each in features}.items()
        assert len(answer.content) < 100_000
        for each in features:
            west, south, east, north = shapely.from_geojson(json.dumps(each["geometry"])).bounds
            assert -9 < west < east < 2
            assert 49 < south < north < 61

    def test_the_outlines_stay_where_the_parishes_are(self, web):
        features = web.get("/council/merewold/parishes.json").json()["features"]
        for each in features:
            inside = shapely.from_geojson(json.dumps(each["geometry"])).representative_point()
            answer = web.get("/council/merewold/place", lat=str(inside.y), lon=str(inside.x))
            assert answer.json() == {"area": each["properties"]["name"]}

    @pytest.mark.parametrize("query", [{"lat": "x", "lon": "1"}, {"lat": "48", "lon": "2"}, {}])
    def test_a_point_that_is_none_is_refused(self, web, query):
        answer = web.get("/council/merewold/place", **query)
        assert answer.status_code == 422

    def test_tiles_of_somebody_else_are_allowed_only_where_the_council_names_them(self, web, catalogue, monkeypatch):
        assert "img-src 'self';" in web.get("/").headers["Content-Security-Policy"]
        council = catalogue.council("merewold")
        look = MapLook(tiles="https://tiles.example/{z}/{x}/{y}.png", attribution="A map")
        monkeypatch.setitem(web.ctx.catalogue.councils, "merewold", council.model_copy(update={"map": look}))
        assert (
            "img-src 'self' https://tiles.example;"
            in web.get("/privacy", council="merewold").headers["Content-Security-Policy"]
        )


class TestChanging:
    def test_a_changed_answer_leads_back_to_the_check(self, citizen):
        go(citizen)
        citizen.get(f"{BASE}/limit")
        assert citizen.page.css_first("input[checked]").attributes["value"] == "30"
        citizen.send(limit="20")
        assert citizen.path == f"{BASE}/check"
        assert "20mph" in citizen.text

    @pytest.mark.parametrize("page", [page for page, _ in ANSWERED])
    def test_from_a_page_that_the_check_led_to_back_leads_to_the_check(self, citizen, page):
        go(citizen)
        (link,) = [
            node.attributes["href"] for node in citizen.page.css("dd a") if f"/{page}?" in node.attributes["href"]
        ]
        citizen.get(link)
        assert citizen.back == f"{BASE}/check"
        citizen.send(**dict.fromkeys(("details", "email", "where", page), "x" * 3000))  # refused
        assert citizen.errors
        assert citizen.back == f"{BASE}/check"
        citizen.get(citizen.back)
        citizen.get(f"{BASE}/{page}")
        assert citizen.back != f"{BASE}/check"

    def test_the_way_by_the_map_leads_back_to_the_check_too(self, citizen):
        go(citizen)
        citizen.get(f"{BASE}/place?changes")
        citizen.get(href_of(citizen.page, f'main a[href^="{BASE}/map"]'))
        assert citizen.back == f"{BASE}/place?changes"
        citizen.send(lat="", lon="")  # refused
        assert citizen.back == f"{BASE}/place?changes"
        citizen.get(href_of(citizen.page, f'main a[href^="{BASE}/place"]'))
        assert citizen.back == f"{BASE}/check"

    def test_where_a_changed_answer_asks_for_more_back_leads_through_the_questions(self, citizen):
        go(citizen, "time")
        citizen.get(f"{BASE}/limit?changes")
        assert citizen.back == f"{BASE}/place"

    def test_an_answer_that_needs_more_is_followed_up_first(self, citizen):
        go(citizen, "limit", nature={"nature": "change"})
        citizen.send(details="")
        citizen.send()
        assert citizen.path == f"{BASE}/check"
        citizen.get(f"{BASE}/nature")
        citizen.send(nature="pattern")
        assert citizen.path == f"{BASE}/limit"

    def test_an_answer_that_is_not_asked_any_more_is_no_part_of_the_report(self, citizen, web):
        go(citizen)
        citizen.get(f"{BASE}/nature")
        citizen.send(nature="change")
        assert citizen.path == f"{BASE}/check"
        citizen.send()
        assert reports(web)[0]["answers"] == {"nature": "change", "road": "no"}

    @pytest.mark.parametrize("page", ["check", "time", "which", "result", "nothing", "contact"])
    def test_a_page_ahead_of_the_way_leads_to_the_one_that_comes_next(self, citizen, page):
        go(citizen, "road")
        citizen.get(f"{BASE}/{page}")
        assert citizen.path == f"{BASE}/road"


class TestSendingOnce:
    def test_sending_twice_gives_the_same_reference(self, citizen, web):
        go(citizen)
        form = {name: citizen.page.css_first(f'input[name="{name}"]').attributes["value"] for name in ("csrf", "seen")}
        clicks = [Citizen(web.url, session=copy.deepcopy(citizen.session)) for _ in range(4)]  # all with the cookie
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda click: post(click, "check", form), clicks))
        assert len({answer.headers["Location"] for answer in answers}) == 1
        assert len(reports(web)) == 1

    def test_what_is_sent_is_what_was_checked(self, citizen, web):
        go(citizen)
        other = Citizen(web.url, session=citizen.session)
        other.get(f"{BASE}/limit")
        other.send(limit="20")
        citizen.send()  # the page that still says 30mph
        assert citizen.path == f"{BASE}/check"
        assert "20mph" in citizen.text
        assert reports(web) == []
        citizen.send()
        assert reports(web)[0]["answers"]["limit"] == "20"

    def test_after_sending_the_browser_does_not_open_the_report(self, citizen, web):
        """Whoever sits at it next: in a library, at a kiosk."""
        go(citizen)
        kept = dict(citizen.session.cookies)
        form = {name: citizen.page.css_first(f'input[name="{name}"]').attributes["value"] for name in ("csrf", "seen")}
        citizen.send()
        assert not citizen.session.cookies, "it has forgotten its secret"
        citizen.get(f"{BASE}/check")
        assert (citizen.answer.status_code, citizen.heading) == (410, "We no longer have your answers")
        citizen.session.cookies.update(kept)  # somebody who has kept it all the same
        for page in ("check", "nature"):
            citizen.get(f"{BASE}/{page}")
            assert (citizen.answer.status_code, citizen.heading) == (410, "You have sent this report")
            assert "token" not in citizen.text
        with web.ctx.database.transaction() as tx:
            tx.execute("UPDATE journey SET sent_at = sent_at - interval '2 minutes'")
        late = post(citizen, "check", form)
        assert late.status_code == 410
        assert "token" not in late.text
        with web.ctx.database.transaction() as tx:
            assert tx.execute("SELECT entered FROM journey").fetchone()["entered"] == {}

    def test_a_new_start_is_a_new_report(self, citizen, web):
        go(citizen)
        citizen.send()
        go(citizen)
        citizen.send()
        citizen.send(similar="mine")
        citizen.send()
        assert len(reports(web)) == 2


def post(citizen, page, form, **headers):
    return citizen.session.post(
        f"{citizen.site}{BASE}/{page}", data=form, headers=headers, timeout=10, allow_redirects=False
    )


class TestSession:
    def test_the_cookie_is_hidden_from_scripts_and_says_nothing(self, citizen, web):
        answer = requests.post(f"{web.url}{START}", timeout=10, allow_redirects=False)
        cookie = answer.headers["Set-Cookie"]
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        assert "Max-Age" not in cookie  # it goes when the browser is closed
        assert cookie.startswith("waywarden_journey_speeding-traffic=")
        assert "Secure" not in cookie  # the test's site is plain http
        web.ctx.public_url = "https://reports.example"
        cookie = requests.post(f"{web.url}{START}", timeout=10, allow_redirects=False).headers["Set-Cookie"]
        assert cookie.startswith("__Host-waywarden_journey_speeding-traffic=")
        assert "Path=/;" in cookie
        assert "Secure" in cookie
        with web.ctx.database.transaction() as tx:
            assert not tx.execute("SELECT 1 FROM journey WHERE id_sha256 = %s", (cookie.encode(),)).fetchone()

    @pytest.mark.parametrize("token", ["", "0" * 64, "é", None])
    def test_a_form_without_its_token_changes_nothing(self, citizen, web, token):
        go(citizen, "road")
        answer = post(citizen, "road", {"road": "no"} | ({} if token is None else {"csrf": token}))
        assert answer.status_code == 410
        assert "We no longer have your answers" in text_of(check_page(answer), "h1")
        citizen.get(f"{BASE}/limit")
        assert citizen.path == f"{BASE}/road"

    def test_a_form_that_another_site_sends_changes_nothing(self, citizen):
        go(citizen, "road")
        form = {"road": "no", "csrf": citizen.page.css_first('input[name="csrf"]').attributes["value"]}
        assert post(citizen, "road", form, **{"Sec-Fetch-Site": "cross-site"}).status_code == 410
        assert post(citizen, "road", form, **{"Sec-Fetch-Site": "same-origin"}).status_code == 303

    def test_a_journey_is_over_after_a_day(self, citizen, web):
        go(citizen, "road")
        with web.ctx.database.transaction() as tx:
            tx.execute("UPDATE journey SET expires_at = now()")
        citizen.get(f"{BASE}/road")
        assert citizen.answer.status_code == 410
        citizen.get(href_of(citizen.page, "main a"))
        assert citizen.heading == "Report speeding traffic"

    def test_nothing_that_was_entered_stands_in_an_address(self, citizen):
        go(citizen)
        for each in (citizen.url, *(each.url for each in citizen.answer.history)):
            assert without_tab(each).partition("?")[2] == ""


@pytest.mark.parametrize(
    "path",
    [
        "/report/potholes",
        "/nothing",
        "/report/potholes/x",
        "/assets/x/../../app.py",
        "/privacy?council=x",
        "/assets/x/%00",
        f"/assets/x/{'n' * 300}",
    ],
)
def test_what_is_not_there_is_a_page_for_people(web, path):
    answer = web.get(path)
    assert answer.status_code == 404
    if not path.startswith("/assets"):
        assert "Page not found" in text_of(check_page(answer), "h1")


def test_a_form_that_is_far_too_long_is_refused_on_a_page(citizen):
    go(citizen, "details")
    answer = post(citizen, "details", {"details": "x" * 70_000})
    assert answer.status_code == 413
    assert "too long" in text_of(check_page(answer), "h1")


def test_when_the_database_is_away_the_page_says_that_nothing_was_sent(citizen, web, monkeypatch):
    go(citizen, "road")
    away = Database("postgresql://nobody@127.0.0.1:9/none", connections=1)
    away._pool.timeout = 0.2
    monkeypatch.setattr(web.ctx, "database", away)
    citizen.get(f"{BASE}/road")
    assert citizen.answer.status_code == 503
    assert "If you send it again, we only get it once" in text_of(citizen.page, "main")
    monkeypatch.undo()
    away.close()


def test_styles_and_scripts_come_compressed_from_this_site_alone(web):
    page = check_page(web.get("/"))
    names = [present(node.attributes["href"]) for node in page.css("link")] + [
        present(node.attributes["src"]) for node in page.css("script")
    ]
    assert all(name.startswith("/") for name in names)
    for name in names:
        answer = web.get(name)
        assert answer.status_code == 200, name
        assert ("immutable" in answer.headers["Cache-Control"]) == name.startswith("/assets/")
    assert web.get(names[1]).headers["Content-Encoding"] == "gzip"
    style = web.get(names[1]).text
    assert "GDS Transport" not in style
    assert "@font-face" not in style


def test_a_council_has_its_own_colours(web, catalogue):
    look = catalogue.council("saltby").look
    assert look.brand_colour in web.get("/council/saltby/colours.css").text


def test_nothing_about_one_process_stands_in_a_template():
    folder = ROOT / "src" / "routing" / "web"
    words = ("speed", "traffic", "hedge", "racing", "road safety", "mph")
    for path in [*folder.rglob("*.html"), *folder.rglob("*.py")]:
        text = path.read_text().lower()
        if path.name == "intake.py":  # the example of the API's documentation
            continue
        assert not [word for word in words if word in text], path


def test_the_privacy_notice_says_what_the_council_file_says(web, catalogue):
    text = text_of(check_page(web.get("/privacy")), "main")
    privacy = catalogue.council("merewold").privacy
    for words in (privacy.controller, privacy.lawful_basis, privacy.rights, "180 days", "730 days", "road safety team"):
        assert words in text


def test_a_wrong_token_and_an_unknown_report_give_one_page(citizen, web):
    go(citizen)
    citizen.send()
    known = citizen.path.removesuffix("/sent")
    one, two = web.get(known, token="x"), web.get("/reports/WW-2222-2222", token="x")
    three = web.get("/reports/WW-2222-2222/sent", token="x")
    assert one.status_code == two.status_code == three.status_code == 404
    assert len({text_of(check_page(each), "main") for each in (one, two, three)}) == 1


class TestPace:
    @pytest.fixture
    def settings(self, database_url, tmp_path):
        return Settings(data_dir=tmp_path, database_url=database_url, reports_per_hour=4, web_processes=2)

    @staticmethod
    def begin(web, address):
        headers = {"X-Forwarded-For": address}
        return requests.post(f"{web.url}{START}", headers=headers, timeout=10, allow_redirects=False)

    def test_an_address_that_begins_too_much_is_told_when_to_come_back(self, web):
        assert [self.begin(web, "203.0.113.7").status_code for _ in range(2)] == [303, 303]  # the half of one process
        answer = self.begin(web, "203.0.113.7")
        assert answer.status_code == 429
        assert 3_590 <= int(answer.headers["Retry-After"]) <= 3_600
        assert "You can come back in 60 minutes" in text_of(check_page(answer), "main")
        assert self.begin(web, "203.0.113.8").status_code == 303

    def test_a_household_has_one_limit_and_a_network_ten_times_that(self, web):
        assert [self.begin(web, f"2001:db8::{n}").status_code for n in range(3)] == [303, 303, 429]
        assert [self.begin(web, f"198.51.100.{n}").status_code for n in range(21)][-2:] == [303, 429]

    def test_an_api_client_gets_a_problem_document(self, web):
        for _ in range(2):
            assert web.post(submission(), **{"X-Forwarded-For": "203.0.113.9"}).status_code == 201
        answer = web.post(submission(), **{"X-Forwarded-For": "203.0.113.9"})
        assert (answer.status_code, answer.headers["Content-Type"]) == (429, "application/problem+json")

    @pytest.mark.parametrize("address", ["127.0.0.1", "::1", "::ffff:127.0.0.1"])
    def test_this_machine_is_not_limited(self, web, address):
        assert {self.begin(web, address).status_code for _ in range(6)} == {303}

    def test_those_whom_nobody_can_name_share_a_limit(self, web):
        assert [self.begin(web, name).status_code for name in ("nonsense", "unix:", "nobody")] == [303, 303, 429]

    def test_searching_has_a_limit_of_its_own(self, web, citizen):
        go(citizen, "place")
        form = {"csrf": citizen.page.css_first('input[name="csrf"]').attributes["value"], "where": "Nowhere Whatsoever"}
        answers = [post(citizen, "place", form, **{"X-Forwarded-For": "203.0.113.30"}) for _ in range(21)]
        assert {answer.status_code for answer in answers[:20]} == {303}
        last = post(citizen, "place", form | {"where": "Nowhere else"}, **{"X-Forwarded-For": "203.0.113.30"})
        assert (answers[20].status_code, last.status_code) == (429, 429)
        citizen.get(f"{BASE}/place")
        assert 'value="Nowhere else"' in citizen.text  # what was typed is not lost
        assert citizen.errors == []


def test_a_program_that_fills_in_what_nobody_sees_sends_nothing(citizen, web):
    go(citizen)
    citizen.send(leave_empty="https://spam.example")
    assert citizen.path == f"{BASE}/check"
    assert reports(web) == []
    citizen.send()
    assert len(reports(web)) == 1


def test_the_accessibility_statement_and_the_cookies_are_what_is_configured_and_set(citizen, web, catalogue):
    said = catalogue.council("merewold").accessibility
    text = text_of(check_page(web.get("/accessibility")), "main")
    for words in (said.contact, said.tested, said.enforcement, "22 November 2026", *said.able_to):
        assert words in text
    for claim in (
        "compl",
        "WCAG",
        "Web Content",
        "problems",
        "screen reader",
    ):  # which the council's file does not make
        assert claim not in text.lower().replace("tell us about a problem", "")
    shown = check_page(web.get("/cookies"))
    names = [text_of(shown, ".govuk-summary-list__value").strip()]
    citizen.get(START)
    citizen.send()
    assert set(names[0].split(", ")) >= {cookie.name for cookie in citizen.session.cookies}
    assert "24 hours" in text_of(shown, "main")


def test_a_reports_page_says_what_has_happened_and_by_when_to_expect_an_answer(citizen, web):
    go(citizen)
    citizen.send()
    with web.ctx.database.transaction() as tx:
        tx.execute("UPDATE report SET received_at = '2036-12-23 23:30+00'")
        report = tx.execute("SELECT id FROM report").fetchone()["id"]
        casework.move(tx, [report], casework.Event.CLAIMED, "engine")
        casework.move(tx, [report], casework.Event.SENT, "engine")
    citizen.get(href_of(citizen.page, "main a"))
    said = [node.text().strip() for node in citizen.page.css(".ww-happened li")]
    assert len(said) == 2  # that it was claimed is no news to a citizen
    assert said[0].endswith("We sent it to the people who can act on it.")
    assert said[1].endswith("We received your report.")
    assert "You can expect to hear from us by 9 January 2037." in text_of(citizen.page, "main")
    with web.ctx.database.transaction() as tx:
        casework.move(tx, [report], casework.Event.CLOSED, "officer:ada")
    citizen.get(citizen.url)
    assert "You can expect" not in text_of(citizen.page, "main")


def test_a_day_is_london_s_on_the_page_and_in_the_api(citizen, web):
    go(citizen)
    citizen.send()
    with web.ctx.database.transaction() as tx:
        tx.execute("UPDATE report SET received_at = '2026-06-30 23:30+00'")
    citizen.get(href_of(citizen.page, "main a"))
    rows = [node.text().split() for node in citizen.page.css(".govuk-summary-list__row")]
    assert ["Sent", "on", "1", "July", "2026", "at", "12:30am"] in rows


@pytest.mark.parametrize(
    ("contact", "promised", "late"),
    [
        (
            {"email": "name@example.com", "may_pass_on": "yes"},
            "You can expect to hear from us by 9 January 2037.",
            "We said that you would hear from us by 15 July 2026. We are late.",
        ),
        (
            {"email": "name@example.com", "may_pass_on": ""},
            "We expect to have an answer by 9 January 2037. Check the page of your report then.",
            "We expected to have an answer by 15 July 2026. The answer is late.",
        ),
        (
            {"email": "", "may_pass_on": "yes"},
            "We expect to have an answer by 9 January 2037. Check the page of your report then.",
            "We expected to have an answer by 15 July 2026. The answer is late.",
        ),
    ],
    ids=["known", "told", "nameless"],
)  # fmt: skip
def test_nobody_is_promised_what_cannot_be_kept_and_what_is_late_is_said(citizen, web, contact, promised, late):
    go(citizen, contact=contact)
    citizen.send()
    for received, text, is_late in (("2036-12-23 23:30+00", promised, False), ("2026-06-30 23:30+00", late, True)):
        with web.ctx.database.transaction() as tx:
            tx.execute("UPDATE report SET received_at = %s", (received,))
        tracking = href_of(citizen.page, "main a") if "/sent" in citizen.url else citizen.url
        citizen.get(tracking)
        assert text in text_of(citizen.page, "main")
        assert (re.search(r"We are late|The answer is late", text_of(citizen.page, "main")) is not None) is is_late
        told = citizen.session.get(citizen.url.replace("/reports/", "/api/reports/"), timeout=10).json()
        assert (told["promise"], told["is_late"]) == (text, is_late)
