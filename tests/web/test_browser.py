"""The pages in a real browser: by keyboard alone, narrow, with large text, without JavaScript; judged by axe on the way."""

import pytest

from routing import casework
from routing.process import PLACE
from tests.browser import needs_chromium
from tests.casework.factory import new_report
from tests.conftest import until
from tests.web.sight import SCREENS, Sight, fill
from tests.web.walking import form_of, pages_of, way_to

pytestmark = [pytest.mark.browser, needs_chromium]

PROCESSES = {"speeding-traffic": "R12", "overgrown-hedge": "H09"}
"""Process → a rule that sends to a parish."""


WRONG = {"details": {"details": "x" * 1001}, "contact": {"email": "nobody"}}
OPTIONAL = {"details": {"details": "Most mornings."}, "contact": {"name": "A Citizen", "email": "a@b.example"}}


@pytest.mark.parametrize("process", PROCESSES)
def test_the_whole_journey_by_keyboard_alone(sight, catalogue, process):
    definition = catalogue.definition("merewold", process)
    answers, place = way_to(definition, PROCESSES[process])
    sight.open("/", f"{process}-home")
    sight.open(f"/report/{process}?council=merewold", f"{process}-start")
    sight.press()
    for page in pages_of(definition, answers, place):
        sight.look(f"{process}-{page}")
        wrong = WRONG.get(page, {} if page in answers or page == PLACE else None)
        if wrong is not None:
            fill(sight, wrong)
            sight.press()
            sight.look(f"{process}-{page}-error")
            assert sight.page.title().startswith("Error: ")
            if sight.screen.has_script:
                focused = "document.activeElement.classList.contains('govuk-error-summary')"
                assert sight.page.evaluate(focused)
        fill(sight, form_of(definition, page, answers, place) or OPTIONAL.get(page, {}))
        sight.press()
    assert sight.page.inner_text("h1") == "Report sent"
    sight.look(f"{process}-sent")
    sight.click("/reports/")
    sight.look(f"{process}-report")
    assert sight.seen[-1] == f"{process}-report"


@pytest.mark.parametrize("harm", ["document.documentElement.removeAttribute('lang')", "document.querySelector('main').innerHTML += '<img src=x>'",
                                  "document.querySelector('h1').style.color = '#ccc'"])  # fmt: skip
def test_axe_finds_what_is_wrong(chromium, web, harm):
    page = chromium.new_page()
    sight = Sight(page, SCREENS["desktop"], web.url)
    page.goto(f"{web.url}/privacy")
    page.evaluate(harm)
    with pytest.raises(AssertionError, match="harmed"):
        sight.look("harmed")
    page.close()


def test_what_has_no_visible_focus_or_is_too_wide_is_found(chromium, web):
    page = chromium.new_page(viewport={"width": 320, "height": 640}, bypass_csp=True)
    sight = Sight(page, SCREENS["no script"], web.url)
    page.goto(f"{web.url}/privacy")
    page.add_style_tag(content="*:focus, *:focus-visible { outline: none !important; box-shadow: none !important }")
    with pytest.raises(AssertionError, match="has the focus"):
        sight.tab_to("footer a")
    page.add_style_tag(content="h1 { width: 500px }")
    with pytest.raises(AssertionError, match="scrolls sideways"):
        sight.look("wide")
    page.close()


def test_every_other_page_is_sound(sight, catalogue, web):
    for number, (path, name) in enumerate(
        [("/privacy", "privacy"), ("/cookies", "cookies"), ("/accessibility", "accessibility"), ("/nothing", "not-found"), ("/reports/WW-2222-2222?token=x", "report-not-found"),
         ("/report/speeding-traffic/nature", "ended")]
    ):  # fmt: skip
        sight.open(path, f"other-{number}-{name}")
    for process in PROCESSES:
        definition = catalogue.definition("merewold", process)
        for rule in definition.rule:
            if rule.signpost is None:
                continue
            answers, place = way_to(definition, rule.id)
            sight.page.goto(f"{web.url}/report/{process}?council=merewold")
            sight.press()
            for page in pages_of(definition, answers, place):
                fill(sight, form_of(definition, page, answers, place))
                sight.press()
            sight.look(f"{process}-result-{rule.signpost}")
    assert len(sight.seen) == len(set(sight.seen)) >= 6 + len(PROCESSES)


def to_place(sight: Sight) -> None:
    sight.page.goto(f"{sight.site}/report/speeding-traffic?council=merewold")
    sight.press()
    sight.choose("nature", "pattern")
    sight.press()
    sight.choose("road", "no")
    sight.press()


def test_one_joins_what_was_reported_adds_to_it_and_withdraws(sight, web, catalogue):
    with web.ctx.database.transaction() as tx:
        casework.submit(tx, new_report())
    definition = catalogue.definition("merewold", "speeding-traffic")
    answers, place = way_to(definition, PROCESSES["speeding-traffic"])
    sight.page.goto(f"{web.url}/report/speeding-traffic?council=merewold")
    sight.press()
    for page in pages_of(definition, answers, place)[:-1]:
        fill(sight, form_of(definition, page, answers, place) or OPTIONAL.get(page, {}))
        sight.press()
    assert sight.path.endswith("/check")
    sight.press()
    sight.look("similar")
    sight.press()
    sight.look("similar-error")
    sight.choose("similar", sight.page.locator('input[name="similar"]').first.get_attribute("value"))
    sight.press()
    sight.look("similar-check")
    sight.press()
    sight.look("similar-sent")
    sight.click("/reports/")
    where = sight.page.url.partition("?")[0].removeprefix(web.url)
    sight.click(f"{where}/add")
    sight.look("add")
    sight.press()
    sight.look("add-error")
    sight.write("text", "A lorry too.")
    sight.press()
    sight.look("report-added")
    sight.click(f"{where}/withdraw")
    sight.look("withdraw")
    sight.press()
    sight.look("report-withdrawn")
    assert "You have withdrawn this report." in sight.page.inner_text("main")


def test_a_postcode_in_several_parishes_is_asked_about(sight, web):
    from tests.web.citizen import know, xy

    know(web, postcodes=[("ZZ9 9ZZ", *xy("parish")), ("ZZ9 9ZZ", *xy("unparished"))])
    to_place(sight)
    sight.write("where", "zz9 9zz")
    sight.press()
    sight.look("which")
    sight.press()
    sight.look("which-error")
    sight.choose("which", sight.page.locator('input[name="which"]').nth(1).get_attribute("value"))
    sight.press()
    assert sight.path.endswith("/limit")


def test_a_part_of_a_long_road_is_asked_for_and_shown_on_the_map(sight, web):
    from tests.web.citizen import know, xy

    east, north = xy("parish")
    know(web, roads=[("Great Road", "Upton", (east - 300, north - 50, east + 300, north + 50))])
    to_place(sight)
    sight.write("where", "great road")
    sight.press()
    sight.look("stretch")
    sight.press()
    sight.look("stretch-error")
    sight.click("/report/speeding-traffic/map")
    if sight.screen.has_script:
        sight.page.wait_for_selector("#map[data-ready]")
        assert sight.page.locator(".leaflet-overlay-pane path[stroke-dasharray]").count() == 1
    sight.look("map-road")
    if sight.screen.has_script:
        sight.page.focus("#map")
        sight.page.keyboard.press("Enter")
        says_a_parish(sight)
        sight.press()
        assert not sight.path.endswith("/map")


def to_map(sight: Sight) -> None:
    to_place(sight)
    sight.click("/report/speeding-traffic/map")
    if sight.screen.has_script:
        sight.page.wait_for_selector("#map[data-ready]")


def says_a_parish(sight: Sight) -> str:
    until(lambda: sight.page.inner_text("#selected").startswith("Selected: "))
    return sight.page.inner_text("#selected").removeprefix("Selected: ")


def test_a_pin_is_put_on_the_map_by_keyboard_by_button_and_by_click_and_the_parish_is_said(sight):
    to_map(sight)
    sight.look("map")
    sight.press()
    sight.look("map-error")
    if not sight.screen.has_script:  # the fields are there without the map
        sight.write("lat", "53.9")
        sight.write("lon", "1.0")
        sight.press()
        assert not sight.path.endswith("/map")
        return
    sight.page.wait_for_selector("#map[data-ready]")
    sight.tab_to("#map")
    sight.page.keyboard.press("Enter")
    first = says_a_parish(sight)
    where = sight.page.input_value("#lat"), sight.page.input_value("#lon")
    assert sight.page.evaluate("document.querySelector('#map').matches(':focus')"), "Enter sent the form"
    wide = sight.page.evaluate("document.querySelector('.leaflet-overlay-pane path').getBoundingClientRect().width")
    sight.tab_to(".leaflet-control-zoom-in")
    sight.page.keyboard.press("Enter")
    path = "document.querySelector('.leaflet-overlay-pane path').getBoundingClientRect().width"
    until(lambda: sight.page.evaluate(path) > wide * 1.5)
    assert (sight.page.input_value("#lat"), sight.page.input_value("#lon")) == where, "zooming moved the pin"
    sight.page.focus("#map")
    for _ in range(2):
        sight.page.keyboard.press("ArrowRight")
    until(lambda: not sight.page.locator(".leaflet-pan-anim").count())
    sight.tab_to("#centre")
    sight.page.keyboard.press("Enter")
    until(lambda: sight.page.input_value("#lon") > where[1])
    centre = sight.page.input_value("#lon")
    box = sight.page.locator("#map").bounding_box()
    sight.page.mouse.click(box["x"] + box["width"] * 0.4, box["y"] + box["height"] * 0.55)
    until(lambda: sight.page.input_value("#lon") != centre)
    sight.look("map-pin")
    assert first
    sight.press()
    assert not sight.path.endswith("/map")


@pytest.mark.parametrize("is_granted", [True, False])
def test_my_location_is_asked_for_only_on_request(chromium, web, is_granted):
    context = chromium.new_context(
        geolocation={"latitude": 53.9, "longitude": 1.0}, permissions=["geolocation"] if is_granted else []
    )
    page = context.new_page()
    page.set_default_timeout(20_000)
    sight = Sight(page, SCREENS["desktop"], web.url)
    to_map(sight)
    assert page.inner_text("#selected") == "You have not selected a place yet."
    sight.tab_to("#locate")
    page.keyboard.press("Enter")
    if is_granted:
        says_a_parish(sight)
        assert (page.input_value("#lat"), page.input_value("#lon")) == ("53.900000", "1.000000")
    else:
        until(lambda: page.inner_text("#selected").startswith("We cannot get your location"))
    context.close()


def test_a_parish_whose_name_looks_like_html_is_text_on_the_map(chromium, web):
    from routing.place import Area, activate, load_vintage
    from routing.vocabulary import AreaKind

    name = "<img src=x onerror=document.title='harm'><b>Bold</b>"
    with web.ctx.database.transaction() as tx:
        held = web.ctx.boundaries.current(tx)
        rows = [
            (Area(area.code, name, area.kind, area.district) if area.kind is AreaKind.PARISH else area, shape.wkb)
            for area, shape in zip(held.areas, held.polygons, strict=True)
        ]
        activate(tx, load_vintage(tx, "hostile", "test", rows), "test")
    until(lambda: web.ctx.boundaries.held.vintage.startswith("hostile"))
    page = chromium.new_page()
    page.goto(f"{web.url}/report/speeding-traffic?council=merewold")
    sight = Sight(page, SCREENS["desktop"], web.url)
    sight.press()
    for value in ("pattern", "no"):
        page.check(f"input[value={value}]")
        sight.press()
    page.goto(f"{web.url}/report/speeding-traffic/map")
    page.wait_for_selector("#map[data-ready]")
    box = page.locator("#map").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.wait_for_selector(".leaflet-tooltip")
    assert page.inner_text(".leaflet-tooltip") == name
    assert page.locator(".leaflet-tooltip img").count() == 0
    assert page.title() != "harm"
    page.close()


def test_going_back_and_loading_again_send_nothing_and_two_tabs_are_two_reports(chromium, web):
    context = chromium.new_context(viewport={"width": 320, "height": 640})
    sights = [Sight(context.new_page(), SCREENS["phone of 320 px"], web.url) for _ in range(2)]
    for sight in sights:
        sight.page.set_default_timeout(20_000)
        to_place(sight)
    first, second = sights
    first.write("where", "Nowhere at all")
    first.press()
    sent: list[str] = []
    first.page.on("request", lambda request: sent.append(request.method) if request.is_navigation_request() else None)
    first.page.reload()
    assert first.page.inner_text(".govuk-error-summary a").endswith("We cannot find this place")
    first.page.goto(f"{web.url}/privacy")
    first.page.go_back()
    assert first.page.input_value("#where") == "Nowhere at all"
    assert set(sent) == {"GET"}
    second.write("where", "566008, 445016")
    second.press()
    assert second.path.endswith("/limit")
    first.click("/report/speeding-traffic/map")
    assert first.page.inner_text("h1").startswith("Where")
    context.clear_cookies()
    second.choose("limit", "30")
    second.press()
    assert second.path.endswith("/nature")
    assert "We have kept what you have just entered" in second.page.inner_text(".govuk-notification-banner")
    assert second.page.inner_text(".ww-typed") == "30mph"
    second.look("start-again")
    context.close()
