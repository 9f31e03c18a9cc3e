"""What comes of answers, silence, bounces and counts: the settled rules of the language, on real processes."""

import datetime
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from routing.days import LONDON
from routing.process import parse, read_stored
from routing.process.case import (
    Answered,
    Bounced,
    CaseState,
    Chosen,
    Entry,
    Lapsed,
    Moved,
    NotReached,
    Reminded,
    RenewalDue,
    Review,
)
from routing.process.play import BEGINS, OFFICE, Played, begin
from routing.process.upcoming import due_by
from routing.vocabulary import PlaceState
from tests.present import present

EXAMPLES = Path(__file__).parent / "examples"
BIN = {"collection_day": "2027-01-29", "bins": ["rubbish"]}
EVENT = {"people": 100, "event_starts": "2027-03-01", "activities": ["music"], "payment_reference": "R-1"}
BADGE = {
    "for_whom": "me", "reason": "walking", "born_on": "1950-03-01", "portrait": "photo", "condition": "I cannot walk far.",
}  # fmt: skip
SPEEDING = {"nature": "pattern", "limit": "30", "time": "day", "road": "no"}
HEDGE = {"over": "open-space", "land": "public", "passable": "yes"}


def case(name: str, answers: dict[str, Any], place: PlaceState | None = PlaceState.PARISH) -> Played:
    return begin(parse((EXAMPLES / f"{name}.toml").read_text(), name), answers, place)


def outcomes(played: Played) -> list[str]:
    return [taken.name for taken in played.outcomes]


def letters(played: Played) -> list[str]:
    return [sent.letter for sent in played.letters if sent.letter]


def state(played: Played) -> CaseState:
    return present(played.state)


def entry(played: Played) -> Entry:
    return present(state(played).entry)


def stage(played: Played) -> str | None:
    at = state(played).entry
    return at.stage if at is not None else None


def test_rule_3_in_a_first_stage_a_bounce_is_as_if_the_table_had_chosen_the_fallback():
    played = case("overgrown-hedge", HEDGE)
    assert stage(played) == "parish"
    played.pass_days(3)
    played.bounce("parish-clerk")
    assert (stage(played), outcomes(played)) == ("look", [])
    assert entry(played).at == played.now, "fresh time"
    assert state(played).recipient == "highways"


def test_rule_3_in_a_list_the_fallback_takes_the_seat_and_the_time_runs_on():
    played = case("temporary-event", EVENT)
    before = state(played).deadlines(played.definition, OFFICE)
    played.pass_days(1)
    played.bounce("police")
    assert stage(played) == "objections"
    assert set(entry(played).seats) == {"licensing", "environmental-health"}
    assert state(played).deadlines(played.definition, OFFICE) == before
    played.answer("police", {"objection": "no"})
    assert played.notes == ["police is not asked in this stage."]


def test_rule_3_a_bounce_in_a_later_stage_gives_the_seat_to_the_fallback_and_the_time_runs_on():
    text = (EXAMPLES / "missed-bin.toml").read_text()
    changed = text.replace(
        'id = "collections"\nkind = "team"', 'id = "collections"\nkind = "partner"\nfallback = "manager"', 1
    )
    changed = changed.replace(
        'id = "manager"\nkind = "team"', 'id = "manager"\nkind = "team"\nfirst_stage = "escalated"', 1
    )
    played = begin(read_stored(changed, "x"), BIN, PlaceState.PARISH)
    played.answer("collections", {"crew_note": "nothing"})
    before = entry(played)
    played.bounce("collections")
    assert (entry(played).stage, entry(played).at, entry(played).seats) == ("return", before.at, ("manager",))


def test_rule_3_a_bounce_after_an_answer_undoes_nothing_and_a_fallback_that_has_answered_settles():
    played = case("temporary-event", EVENT)
    played.answer("police", {"objection": "no"})
    played.bounce("police")
    assert played.notes == ["Nobody waits for police in this stage."]
    text = (
        (EXAMPLES / "temporary-event.toml")
        .read_text()
        .replace('fallback = "licensing"', 'fallback = "environmental-health"', 1)
    )
    other = begin(read_stored(text, "x"), EVENT, PlaceState.PARISH)
    other.answer("environmental-health", {"objection": "no"})
    other.bounce("police")
    assert outcomes(other) == ["objections/no-objection"]


def test_rule_3_whom_no_message_reaches_is_never_late():
    played = case("temporary-event", EVENT)
    played.bounce("police")
    played.bounce("licensing")
    played.pass_days(6)
    assert (stage(played), outcomes(played)) == ("objections", [])
    assert played.log == ["No message reaches licensing. Officers must see to it."]
    assert state(played).review == Review(BEGINS)
    played.answer("licensing", {"objection": "no"})
    played.pass_days(1)
    assert outcomes(played) == ["objections/no-objection"]


def test_the_answers_of_others_are_kept_when_one_asks_the_citizen():
    text = (EXAMPLES / "temporary-event.toml").read_text()
    text = text.replace(
        'id = "objected"\nwhen = { objection = "yes" }\nat_once = true',
        'id = "objected"\nwhen = { objection = "yes" }',
        1,
    )
    text = text.replace(
        '{ value = "no", label = "No" }]\n[[stage.field]]\nid = "objection_reason"',
        '{ value = "no", label = "No" }, { value = "ask", label = "Ask" }]\n[[stage.field]]\nid = "objection_reason"',
        1,
    )
    text = text.replace(
        '[[stage.outcome]]\nid = "no-objection"',
        '[[stage.outcome]]\nid = "ask"\nwhen = { objection = "ask" }\nat_once = true\nnext = "more"\nat_most = 1\notherwise = "no-objection"\n[[stage.outcome]]\nid = "no-objection"',
        1,
    )
    text = text.replace(
        '[[stage]]\nid = "hearing"',
        '[[stage]]\nid = "more"\ntitle = "We need more"\nwho = "citizen"\ntask = "Say more."\nclock = "stops"\ndue = { weeks = 1, late = "said" }\n[[stage.outcome]]\nid = "said"\nwhen = {}\nnext = "back"\n\n[[stage]]\nid = "hearing"',
        1,
    )
    played = begin(read_stored(text, "x"), EVENT, PlaceState.PARISH)
    played.answer("environmental-health", {"objection": "yes", "objection_reason": "Noise."})
    played.answer("police", {"objection": "ask"})
    assert stage(played) == "more"
    played.answer("citizen", {})
    assert dict(entry(played).answers) == {"environmental-health": "objected"}
    played.answer("police", {"objection": "no"})
    assert outcomes(played)[-1] == "objections/objected"


def test_rule_4_an_answer_of_the_last_day_is_in_time_and_one_after_is_a_note():
    played = case("complaint", {"about": "service"}, None)
    played.pass_days(7)
    assert stage(played) == "acknowledge", "5 working days from Monday are over at the end of the next Monday"
    late = case("complaint", {"about": "service"}, None)
    late.pass_days(8)
    assert outcomes(late) == ["acknowledge/not-acknowledged"]
    played.answer("complaints", {"understood_as": "A bin was not emptied."})
    assert (outcomes(played), letters(played)) == (["acknowledge/acknowledged"], ["acknowledged"])
    played.answer("second-officer", {"answer": "upheld", "answer_text": "Yes."})
    assert played.notes == ["second-officer is not asked in this stage."]


def test_rule_6_counts_are_for_the_life_of_a_case_and_otherwise_holds_with_its_own_letters():
    played = case("blue-badge", BADGE, None)
    for _ in range(3):
        played.answer("badges", {"decision": "ask", "wanted": "A letter"})
        assert stage(played) == "evidence"
        played.answer("citizen", {"evidence_text": "Here it is."})
        assert stage(played) == "assess"
    played.answer("badges", {"decision": "ask", "wanted": "Another letter"})
    assert stage(played) == "second"
    assert outcomes(played)[-1] == "assess/overdue"
    assert letters(played) == ["evidence", "evidence", "evidence", "overdue"]


def test_rule_8_a_time_that_is_over_at_entry_is_late_at_once():
    played = case("temporary-event", EVENT | {"event_starts": "2027-02-16"})
    played.pass_days(3)
    played.answer("police", {"objection": "yes", "objection_reason": "Noise."})
    assert stage(played) == "hearing"
    played.pass_days(16)
    assert outcomes(played) == ["objections/objected", "hearing/not-held", "decision/no-decision"]
    reminded = [sent.to for sent in played.letters if not sent.letter]
    assert reminded == ["police", "environmental-health", "licensing"], "of the hearing, and not of the decision"
    assert played.outcomes[1].at == played.outcomes[2].at
    assert state(played).end == "goes-on"


def test_rule_9_time_that_stood_does_not_count_and_back_keeps_the_anchor():
    played = case("dropped-kerb", {"owner": "yes", "depth": 500, "house": "1 High Street", "front": "photo",
                                   "payment_reference": "R-1"})  # fmt: skip
    first = state(played).deadlines(played.definition, OFFICE).day
    played.pass_days(4)
    played.answer("kerbs", {"decision": "ask", "missing": "A plan"})
    played.pass_days(14)
    played.answer("citizen", {"supplied": "Here is the plan."})
    again = state(played).deadlines(played.definition, OFFICE).day
    assert entry(played).at == BEGINS
    stood = [first + datetime.timedelta(days=number) for number in range(1, 40)]
    working = [day for day in stood if played.calendar.is_working_day(day)]
    assert again == working[9], "ten working days at whose end the clock stood"


@pytest.mark.parametrize(
    ("asked", "supplied", "follows"),
    [
        ("2027-03-09T07:00", "2027-03-13T10:00", Reminded),  # the reminder of 9 March, 8am; back on a Saturday
        ("2027-03-12T07:00", "2027-03-14T10:00", Lapsed),  # the time ended on 11 March; back on a Sunday
        ("2027-03-12T07:00", "2027-03-15T07:00", Lapsed),
    ],
)
def test_what_falls_due_while_time_stands_waits_until_the_council_opens(asked, supplied, follows):
    played = case("dropped-kerb", {"owner": "yes", "depth": 500, "house": "1 High Street", "front": "photo",
                                   "payment_reference": "R-1"})  # fmt: skip
    at = datetime.datetime.fromisoformat(asked).replace(tzinfo=LONDON)
    played.pass_days((at - BEGINS).days)
    played.now = at
    played.answer("kerbs", {"decision": "ask", "missing": "A plan"})
    played.now = datetime.datetime.fromisoformat(supplied).replace(tzinfo=LONDON)
    played.answer("citizen", {"supplied": "Here is the plan."})
    assert outcomes(played) == ["visit/asked", "missing/supplied"]
    monday = datetime.datetime(2027, 3, 15, 8, tzinfo=LONDON)
    assert played.machine.next_moment(state(played)) == follows(monday)


def test_rule_16_a_parish_in_a_list_is_asked_where_there_is_one():
    assert "parish-clerk" in entry(case("traffic-order", {"what_for": "speed"})).seats
    elsewhere = case("traffic-order", {"what_for": "speed"}, PlaceState.UNCERTAIN)
    assert set(entry(elsewhere).seats) == {"police", "fire"}


def test_the_first_answer_that_must_settles_and_else_the_highest_of_all():
    played = case("temporary-event", EVENT)
    played.answer("police", {"objection": "no"})
    assert (stage(played), outcomes(played)) == ("objections", [])
    played.answer("environmental-health", {"objection": "yes", "objection_reason": "Noise."})
    assert outcomes(played) == ["objections/objected"]
    agreed = case("temporary-event", EVENT)
    agreed.answer("police", {"objection": "no"})
    agreed.answer("police", {"objection": "yes", "objection_reason": "On second thoughts."})
    assert agreed.notes == ["police has answered in this stage."]
    agreed.answer("environmental-health", {"objection": "no"})
    assert (outcomes(agreed), state(agreed).end) == (["objections/no-objection"], "goes-on")


def test_an_extension_moves_the_deadline_and_can_be_taken_as_often_as_the_file_says():
    played = case("complaint", {"about": "service"}, None)
    played.answer("complaints", {"understood_as": "So."})
    before = state(played).deadlines(played.definition, OFFICE).day
    played.answer("complaints", {"answer": "longer", "answer_text": "We wait for a report."})
    assert stage(played) == "stage-1"
    assert present(played.letters[-1].due) > before
    played.answer("complaints", {"answer": "longer", "answer_text": "Still."})
    assert outcomes(played)[-2:] == ["stage-1/longer", "stage-1/overdue"]


def test_an_answer_to_a_case_that_has_ended_is_a_note():
    played = case("missed-bin", BIN)
    played.answer("collections", {"crew_note": "blocked"})
    assert state(played).end == "refused"
    answered = played.machine.advance(state(played), Answered(played.now, "collections", {}, {}))
    assert (answered.case, answered.note) == (state(played), "The case has ended.")


@pytest.mark.parametrize("days", [1, 2, 5, 30, 400])
def test_silence_comes_to_the_same_in_one_go_and_day_by_day(days):
    for path in sorted(EXAMPLES.glob("*.toml")):
        if path.stem not in ("missed-bin", "complaint"):
            continue
        answers, place = (BIN, PlaceState.PARISH) if path.stem == "missed-bin" else ({"about": "officer"}, None)
        one, many = case(path.stem, answers, place), case(path.stem, answers, place)
        one.pass_days(days)
        for _ in range(days):
            many.pass_days(1)
        assert outcomes(one) == outcomes(many)
        assert [sent.at for sent in one.letters] == [sent.at for sent in many.letters]
        assert one.state == many.state


SKIP = {"weeks": "one", "skip_from": "2027-02-10", "payment_reference": "R-1"}


def granted(until: str) -> Played:
    played = case("skip-permit", SKIP)
    played.answer("permits", {"decision": "granted", "permit_number": "S-1", "permit_until": until})
    assert state(played).end == "granted"
    return played


@pytest.mark.parametrize(
    ("until", "days", "sent"),
    [
        ("2027-02-17", 10, []),
        ("2027-02-17", 11, ["renew"]),  # three days before is a Sunday
        ("2027-02-17", 400, ["renew"]),
        ("2027-02-02", 1, ["renew"]),  # the day is over, the permission is not
        ("2027-02-01", 1, ["renew"]),
        ("2027-01-31", 400, []),
    ],
)
def test_before_a_permission_runs_out_one_letter_goes_unless_it_has_run_out(until, days, sent):
    played = granted(until)
    played.pass_days(days)
    assert letters(played) == ["permit", *sent]


@pytest.mark.parametrize("name", ["renewed", "open", "refused"])
def test_a_renewal_that_nothing_waits_for_is_a_note(name):
    if name == "renewed":
        played = granted("2027-02-17")
        played.pass_days(20)
    else:
        played = case("skip-permit", SKIP)
    if name == "refused":
        played.answer("permits", {"decision": "refused", "refusal_reason": "Too narrow."})
    came = played.machine.advance(state(played), RenewalDue(played.now))
    assert (came.case, came.letters) == (state(played), ())
    assert came.note == "No permission of this case waits for a renewal."


def test_the_promise_is_that_of_the_first_stage_also_if_its_time_is_over_at_once():
    text = (EXAMPLES / "skip-permit.toml").read_text()
    text = text.replace('late_at = 5, late = "silent"', 'late_at = 5, after = "skip_from", late = "silent"', 1)
    text = text[: text.index("[[example]]")].replace("below = 3", "below = -90", 1)
    played = begin(parse(text, "skip-permit"), {**SKIP, "skip_from": "2027-01-04"}, PlaceState.PARISH)
    assert outcomes(played) == ["decide/silent"]
    assert played.promised == datetime.date(2027, 1, 7)


def applies(played: Played, happening) -> None:
    played.took(played.machine.advance(state(played), happening))


def test_rule_17_officers_who_see_to_nothing_are_reminded_and_then_the_case_ends_unanswered():
    played = case("missed-bin", BIN)
    played.bounce("collections")
    played.pass_days(18)
    assert [(sent.to, sent.at.date().isoformat()) for sent in played.letters] == [
        ("review", "2027-02-09"), ("review", "2027-02-16"),
    ]  # fmt: skip
    played.pass_days(11)
    assert (outcomes(played), state(played).end) == (["review/unanswered"], "unanswered")
    assert played.outcomes[-1].at == datetime.datetime(2027, 3, 2, 8, tzinfo=LONDON)


def test_rule_17_a_case_that_no_table_could_send_waits_for_officers_and_ends_too():
    machine = case("missed-bin", BIN).machine
    waits = machine.review(BEGINS, None, {}, {}, BEGINS)
    assert machine.advance(waits, Answered(BEGINS, "collections", {}, {})).note == "The case is in no stage."
    played = Played(machine.definition, machine.definition.rule[0], state=waits)
    played.pass_days(30)
    assert (outcomes(played), state(played).end) == (["review/unanswered"], "unanswered")


def test_officers_choose_who_must_act_and_the_case_begins_in_their_first_stage():
    machine = case("missed-bin", BIN).machine
    waits = machine.review(BEGINS, None, {}, {}, BEGINS)
    chosen = machine.advance(waits, Chosen(BEGINS, "collections")).case
    assert (present(chosen.entry).stage, chosen.recipient, chosen.review) == ("crew", "collections", None)


def test_rule_5_a_move_opens_a_stage_with_fresh_time_and_resets_no_count():
    played = case("complaint", {"about": "officer"})
    first = stage(played)
    counts = dict(state(played).counts)
    played.pass_days(2)
    applies(played, Moved(played.now, "stage-1", {}, {}))
    assert stage(played) == "stage-1"
    assert (first, entry(played).at, state(played).counts, entry(played).serial) == (first, played.now, counts, 2)


def test_rule_5_who_is_moved_to_a_stage_that_stops_the_clock_goes_back_to_the_one_that_asked():
    played = case("blue-badge", BADGE)
    asked = stage(played)
    applies(played, Moved(played.now, "evidence", {}, {}))
    assert [each.stage for each, _ in state(played).asked_by] == [asked]
    played.pass_days(3)
    applies(played, Moved(played.now, str(asked)))
    assert state(played).asked_by == ()
    assert len(state(played).stood) == 1


def test_a_clerk_who_says_that_it_is_not_theirs_is_as_one_whom_no_message_reaches():
    played = case("overgrown-hedge", HEDGE)
    applies(played, Bounced(played.now, "parish-clerk", NotReached.NOT_OURS))
    assert (stage(played), state(played).recipient) == ("look", "highways")
    applies(played, Bounced(played.now, "highways", NotReached.NOT_OURS))
    assert played.log[-1] == "highways says that this is not theirs. Officers must see to it."
    assert present(state(played).review).since == played.now


def test_time_runs_from_the_day_on_which_the_message_that_asks_was_accepted():
    played = case("speeding-traffic", SPEEDING)
    before = state(played).deadlines(played.definition, OFFICE)
    waiting = replace(entry(played), waiting=("parish-clerk",))
    held = replace(state(played), entry=waiting)
    assert played.machine.next_moment(held) is None
    asked = replace(waiting, waiting=(), asked_at=played.now + datetime.timedelta(days=1))
    later = replace(state(played), entry=asked).deadlines(played.definition, OFFICE)
    assert later.day == played.calendar.after(before.day, 1)


@pytest.mark.parametrize(
    ("days", "what", "overtaken"),
    [(10, None, 0), (15, Reminded, 0), (22, Reminded, 1), (29, Lapsed, 2)],
    ids=["nothing is due", "one reminder", "two reminders: the last goes", "silence: no reminder goes"],
)
def test_after_an_outage_only_one_message_goes(days, what, overtaken):
    played = case("speeding-traffic", SPEEDING)
    now = played.now + datetime.timedelta(days=days)
    found, skipped = due_by(played.machine, state(played), now)
    assert (type(found) if found is not None else None, skipped) == (what, overtaken)
    if isinstance(found, Reminded):
        assert present(played.machine.advance(state(played), found).case.entry).reminded == overtaken + 1


def test_a_renewal_is_due_when_the_council_opens():
    played = granted("2027-02-17")
    opens = datetime.datetime(2027, 2, 12, 8, tzinfo=LONDON)
    assert due_by(played.machine, state(played), opens - datetime.timedelta(seconds=1)) == (None, 0)
    assert due_by(played.machine, state(played), opens) == (RenewalDue(opens), 0)
