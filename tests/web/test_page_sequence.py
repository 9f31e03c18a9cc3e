"""Which pages a journey has: from the definition alone, for every combination of answers."""

import pytest

from routing.process import PLACE, evaluate
from routing.vocabulary import PlaceState
from routing.web.journey.page_sequence import CHECK, CONTACT, DETAILS, page_sequence
from tests.samples import GIVEN
from tests.web.walking import walks


@pytest.fixture(params=["speeding-traffic", "overgrown-hedge"])
def definition(request, catalogue):
    return catalogue.definition("merewold", request.param)


def test_every_way_ends_where_the_table_decides_and_asks_each_page_once(definition):
    reached, asked = set(), set()
    for answers, place in walks(definition):
        path = page_sequence(definition, {}, answers, place, GIVEN)
        assert path.rule == evaluate(definition, answers, place, GIVEN)
        assert len(set(path.pages)) == len(path.pages)
        assert path.is_signpost == (CHECK not in path.pages)
        if not path.is_signpost:
            assert path.pages[-3:] == (DETAILS, CONTACT, CHECK)
            assert PLACE in path.pages
        reached.add(path.rule.id)
        asked |= set(path.pages)
    assert reached == {rule.id for rule in definition.rule}
    assert asked == {*definition.questions, PLACE, DETAILS, CONTACT, CHECK}


def test_a_way_grows_page_by_page_in_the_order_of_the_finished_one(definition):
    for answers, place in walks(definition):
        whole = page_sequence(definition, {}, answers, place, GIVEN)
        known: dict[str, str] = {}
        where: PlaceState | None = None
        for number, page in enumerate(whole.pages):
            path = page_sequence(definition, {}, known, where, GIVEN)
            assert path.pages[: number + 1] == whole.pages[: number + 1]
            entered = set(whole.pages[:number])
            assert path.next_open(entered) == page
            assert path.before(page) == (whole.pages[number - 1] if number else None)
            if page == PLACE:
                where = place
            elif page in answers:
                known[page] = answers[page]
        assert page_sequence(definition, {}, known, where, GIVEN) == whole


def test_what_holds_without_asking_is_not_asked(catalogue):
    definition = catalogue.definition("saltby", "speeding-traffic")
    path = page_sequence(definition, {"road": "no"}, {"nature": "pattern"}, None, GIVEN)
    assert path.pages == ("nature", PLACE)
    assert path.next_open({"nature"}) == PLACE


def test_where_a_signpost_ends_it_no_page_is_left(catalogue):
    path = page_sequence(catalogue.definition("merewold", "speeding-traffic"), {}, {"nature": "driver"}, None, GIVEN)
    assert (path.pages, path.next_open({"nature"})) == (("nature",), None)
