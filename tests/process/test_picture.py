"""The picture of the stages: everything that the file says is in it, arrows arrive where they should, nothing overlaps."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from routing.process import parse
from routing.process.picture import draw
from routing.process.picture.content import boxes
from routing.process.picture.layout import lanes, placed, width_of, wrapped
from routing.process.proof import longest_silence
from tests.browser import launched, needs_chromium
from tests.conftest import ROOT

EXAMPLES = sorted((Path(__file__).parent / "examples").glob("*.toml"))
SVG = "{http://www.w3.org/2000/svg}"
SHOWN = ROOT / "docs" / "pictures" / "missed-bin-stages.svg"

every_example = pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)


def read(picture) -> Any:
    return ET.fromstring(picture)


def drawn(path):
    definition = parse(path.read_text(), path.name)
    return definition, draw(definition, longest_silence(definition))


def colours(root):
    return {name: root.find(f".//{SVG}marker[@id='{name}']/{SVG}path").get("fill") for name in ("silence", "answer")}


def spoken(root):
    return " ".join(" ".join(text.text for text in root.iter(f"{SVG}text")).replace("\N{NO-BREAK SPACE}", " ").split())


@every_example
def test_every_stage_outcome_end_and_letter_of_a_process_can_be_read_in_its_picture(path):
    definition, picture = drawn(path)
    root = read(picture)
    said = spoken(root)
    for stage in definition.stage:
        assert stage.title in said
        for outcome in stage.outcome:
            assert f"{outcome.id}: " in said
            if outcome.letter:
                assert f"\N{ENVELOPE} {', '.join(outcome.letter)}" in said
            if outcome.end is not None:
                assert definition.ends[outcome.end].title in said
    assert root.find(f"{SVG}title").text == f"Stages of {definition.process.title}"
    words = root.find(f"{SVG}desc").text
    assert all(f"\n{stage.id}: {stage.title}\n" in words for stage in definition.stage)


def ways(definition):
    """The ways from stage to stage as the file says them: silence and answers, each with what holds after a count."""
    for stage in definition.stage:
        for is_silent in (True, False):
            begin = (
                {due.late for due in stage.due} if is_silent else {o.id for o in stage.outcome if o.when is not None}
            )
            for _ in stage.outcome:
                begin |= {stage.outcomes[name].otherwise for name in begin} - {None}
            for name in begin:
                follows = stage.outcomes[name].next
                asking = [each.id for each in definition.stage for o in each.outcome if o.next == stage.id]
                for target in set(asking) if follows == "back" else {follows} - {None}:
                    yield is_silent, stage.id, target


@every_example
def test_there_is_an_arrow_for_each_way_from_stage_to_stage_on_its_side_and_no_other(path):
    definition, picture = drawn(path)
    root = read(picture)
    frames = [rect for rect in root.iter(f"{SVG}rect") if rect.get("rx") == "4"]
    tops = [(float(rect.get("y")), float(rect.get("y")) + float(rect.get("height"))) for rect in frames]
    left, right = float(frames[0].get("x")), float(frames[0].get("x")) + float(frames[0].get("width"))

    def stage_at(y):
        return next(stage.id for stage, (top, end) in zip(definition.stage, tops, strict=True) if top < y < end)

    found = []
    for arrow in (each for each in root.iter(f"{SVG}path") if each.get("marker-end")):
        x, source, lane, target, edge = map(float, re.split("[HV ]", arrow.get("d").removeprefix("M")))
        is_silent = arrow.get("marker-end") == "url(#silence)"
        assert x == edge == (left if is_silent else right)
        assert (lane < left) is is_silent
        found.append((is_silent, stage_at(source), stage_at(target)))
    assert sorted(found) == sorted(ways(definition))


@every_example
def test_lanes_of_a_side_do_not_cover_each_other(path):
    definition = parse(path.read_text(), path.name)
    stages = placed(boxes(definition), 0)
    for is_silent in (True, False):
        found = lanes(stages, is_silent=is_silent)
        for one in found:
            for other in found:
                if one is not other and one.number == other.number:
                    assert one.span[1] < other.span[0] or other.span[1] < one.span[0]


def test_what_silence_does_is_told_apart_by_side_and_thickness_and_not_by_colour_alone():
    _, picture = drawn(EXAMPLES[0])
    root = read(picture)
    assert len(set(colours(root).values())) == 2
    widths = {each.get("marker-end"): each.get("stroke-width") for each in root.iter(f"{SVG}path")}
    assert widths["url(#silence)"] != widths["url(#answer)"]


def test_a_time_of_several_cases_one_before_a_date_and_one_of_nobodys_are_told_as_they_are():
    said = {name: spoken(read(drawn(path)[1])) for name, path in ((p.stem, p) for p in EXAMPLES)}
    assert "no-decision: no answer until 24 hours before event_starts" in said["temporary-event"]
    assert "over: 21 days after notice_on" in said["traffic-order"]
    assert "look-again: after 7 days" in said["abandoned-vehicle"]
    assert (
        "if danger = yes: no answer for 24 hours, or if land = private: no answer for 15 days"
        in said["abandoned-vehicle"]
    )
    assert "evidence: decision = ask; at most 3 times, then overdue" in said["blue-badge"]
    assert "10 working days more" in said["complaint"]


def test_texts_from_a_file_are_text_and_no_markup():
    text = EXAMPLES[0].read_text().replace('title = "', 'title = "<b onload=1>&amp; ', 1)
    definition = parse(text, "x.toml")
    root = read(draw(definition, None))
    assert definition.process.title.startswith("<b onload=1>&amp;")
    assert definition.process.title in spoken(root)
    assert {each.tag.removeprefix(SVG) for each in root.iter()} == {
        "svg", "title", "desc", "defs", "marker", "path", "rect", "text",
    }  # fmt: skip


def test_a_long_word_is_cut_where_the_line_is_full():
    lines = wrapped("a " + "w" * 60, 100, 14)
    assert "".join(lines) == "a" + "w" * 60
    assert all(width_of(line, 14) <= 100 for line in lines)


def test_the_picture_in_the_docs_is_the_one_that_is_drawn():
    _, picture = drawn(next(path for path in EXAMPLES if path.stem == "missed-bin"))
    assert SHOWN.read_text() == picture, "draw it anew: waywarden process stages FILE --picture FILE.svg"


@needs_chromium
@pytest.mark.browser
def test_in_a_browser_every_text_stays_in_its_box_and_no_two_cover_each_other():
    measure = """() => {
        const inside = (a, b) => a.x >= b.x && a.y >= b.y && a.x + a.width <= b.x + b.width && a.y + a.height <= b.y + b.height
        const meet = (a, b) => a.x < b.x + b.width && b.x < a.x + a.width && a.y + 3 < b.y + b.height && b.y + 3 < a.y + a.height
        const boxes = s => [...document.querySelectorAll(s)].map(e => ({b: e.getBBox(), t: e.textContent}))
        const frames = boxes('rect'), texts = boxes('text')
        const faults = texts.filter(t => !frames.some(f => inside(t.b, f.b))).map(t => t.t)
        const drawn = frames.slice(1)
        drawn.forEach((a, n) => drawn.slice(n + 1).forEach(b => { if (meet(a.b, b.b)) faults.push('frames') }))
        texts.forEach((a, n) => texts.slice(n + 1).forEach(b => { if (meet(a.b, b.b)) faults.push(a.t + ' / ' + b.t) }))
        const within = drawn.filter(f => f.b.x >= 0).map(f => texts.filter(t => meet(t.b, f.b) && !inside(t.b, f.b)).map(t => t.t))
        return [...faults, ...within.flat()]
    }"""
    with launched() as browser:
        page = browser.new_page()
        for path in EXAMPLES:
            page.set_content(drawn(path)[1])
            assert page.evaluate(measure) == [], path.stem
        page.close()
