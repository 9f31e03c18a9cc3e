"""What people do depends on the seed alone, and all of it can be sent."""

import random
from datetime import date

import pytest

from tests.year.councils import process_texts
from tests.year.definitions import Process
from tests.year.district import District
from tests.year.people import How, Wish, plan, wish

FIRST, DAYS = date(2027, 2, 1), 91
PROCESSES = {slug: Process.read(text) for slug, text in process_texts().items()}


@pytest.fixture(scope="module")
def places():
    return District().places()


def drawn(seed: int, number: int, places) -> Wish:
    return wish(seed, number, DAYS, FIRST, places, PROCESSES)


def test_the_same_seed_draws_the_same_reports_in_whatever_order_and_another_seed_draws_others(places):
    order = list(range(40))
    random.shuffle(order)
    again = {number: drawn(1, number, places) for number in order}
    assert [drawn(1, number, places) for number in range(40)] == [again[number] for number in range(40)]
    assert [drawn(2, number, places) for number in range(40)] != [again[number] for number in range(40)]


def test_reports_are_of_all_processes_councils_and_places_and_come_by_form_and_api(places):
    wishes = [drawn(1, number, places) for number in range(400)]
    assert {each.process for each in wishes} == set(PROCESSES)
    assert {each.place.council for each in wishes} == set(places)
    assert {each.place.state for each in wishes} == {"parish", "unparished", "uncertain"}
    assert {each.by_form for each in wishes} == {True, False}
    assert all(
        "to" in PROCESSES[each.process].rule({"road": "no", **each.answers}, each.place.state) for each in wishes
    )
    assert all(each.email or each.phone for each in wishes if each.process == "dropped-kerb")


@pytest.mark.parametrize("slug", PROCESSES)
def test_every_way_to_act_is_drawn_for_teams_and_every_answer_leads_somewhere(slug):
    process = PROCESSES[slug]
    for stage in process.stages.values():
        if stage.who == "nobody":
            continue
        plans = [plan(1, number, process, stage, 1) for number in range(200)]
        assert {each.how for each in plans} == (
            set(How) if stage.who != "citizen" else set(How) - {How.DECLINES, How.REMINDED}
        )
        assert all(each.wait > 0 for each in plans)
        assert plans == [plan(1, number, process, stage, 1) for number in range(200)]
