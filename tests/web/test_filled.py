"""Each text of a definition that a person can read is filled on whatever page, answer or message it stands."""

import requests

from routing import casework
from routing.process.shown import changed
from tests.samples import submission
from tests.web.citizen import BASE, START, Citizen, href_of
from tests.web.walking import decided_by, form_of, pages_of, way_to

MARK = "of Merewold District Council"


def mark_everything(web):
    """Each text ends with a placeholder."""
    definition = web.ctx.catalogue.definition("merewold", "speeding-traffic")
    marked = changed(definition, lambda text, _shown: f"{text} of {{council.name}}").with_parts({})
    web.ctx.catalogue._current["merewold", "speeding-traffic"] = marked
    web.ctx.catalogue._known["", marked.slug, marked.version] = marked
    return marked


def assert_filled(text, *parts):
    assert "{council" not in text
    assert text.count(MARK) >= len(parts), text
    for part in parts:
        assert part in text


def test_no_page_of_a_journey_shows_a_placeholder(web):
    definition = mark_everything(web)
    citizen = Citizen(web.url)
    citizen.get("/")
    assert_filled(citizen.text, f"Report speeding traffic {MARK}")
    citizen.get("/privacy")
    titles = [each.title.replace("{council.name}", "Merewold District Council") for each in definition.recipient[1:]]
    assert_filled(citizen.text, f"Report speeding traffic {MARK}", *titles)
    answers, place = way_to(definition, "R12")
    citizen.get(START)
    assert_filled(citizen.text, f"Report speeding traffic {MARK}")
    citizen.send()
    for page in pages_of(definition, answers, place):
        assert citizen.path == f"{BASE}/{page}"
        assert "{council" not in citizen.text
        if page in definition.questions:
            assert_filled(citizen.text, *(MARK for _ in definition.questions[page].choices))
            citizen.send(**{page: ""})
            assert citizen.errors[0].endswith(MARK)
        elif page == "details":
            assert_filled(citizen.text, f"Tell us more {MARK}")
        citizen.send(**form_of(definition, page, answers, place))
    assert citizen.path.endswith("/sent")
    with web.ctx.database.transaction() as tx:
        report = tx.execute("SELECT id, reference FROM report").fetchone()
        casework.move(tx, [report["id"]], casework.Event.CLAIMED, "engine")
        casework.move(tx, [report["id"]], casework.Event.REVIEWED, "engine")
    citizen.get(href_of(citizen.page, 'main a[href^="/reports/"]'))
    assert_filled(citizen.text, f"Report speeding traffic {MARK}", f"20mph {MARK}", f"can act on it. {MARK}")


def test_no_signpost_shows_a_placeholder(web):
    definition = mark_everything(web)
    rule = next(rule for rule in definition.rule if rule.signpost is not None)
    answers, place = way_to(definition, rule.id)
    assert decided_by(definition, answers, place).id == rule.id
    citizen = Citizen(web.url)
    citizen.get(START)
    citizen.send()
    while not citizen.path.endswith("/result"):
        page = citizen.path.rpartition("/")[2]
        citizen.send(**form_of(definition, page, answers, place))
    post = definition.signposts[rule.signpost]
    label = post.links[0].label.replace("{council.name}", "Merewold District Council")
    assert_filled(citizen.text, label)


def test_the_api_shows_no_placeholder(web):
    mark_everything(web)
    told = requests.get(f"{web.url}/api/processes/speeding-traffic", params={"council": "merewold"}, timeout=10)
    document = told.json()
    assert "{council" not in told.text
    assert document["title"].endswith(MARK)
    assert document["details"]["hint"].endswith(MARK)
    assert all(choice["label"].endswith(MARK) for each in document["questions"] for choice in each["choices"])
    for answers in ({}, {"nature": "x"}, {"nature": "driver"}):
        answer = requests.post(f"{web.url}/api/reports", json=submission(answers=answers), timeout=10)
        assert MARK in answer.text
        assert "{council" not in answer.text
