"""Settled rule 11 on the real store: a running case goes on by another version of its definition."""

from typing import Any

import pytest

from routing.casework import Catalogue, officers, read_catalogue
from routing.errors import InputError
from tests import staged
from tests.casework.staging import Office
from tests.casework.test_rules_of_time import UNCLEAR, promised, request, until_day
from tests.casework.test_stages import ROADS, speeding
from tests.present import present

pytestmark = pytest.mark.thorough

OLDER, NEWER = 'version = "2027-01-01"', 'version = "2027-02-01"'
SURVEY = {"parish_answer": "survey", "parish_note": "Yes"}


def newer(folder, slug: str, *changes: tuple[Any, ...]) -> Catalogue:
    """The councils with another version of a process, without its played examples."""
    where = staged.folders(folder / "newer", slug)
    path = where["processes_dir"] / slug / "process.toml"
    text = path.read_text()
    text = text[: text.index("# --- Played")]
    for old, new, *count in ((OLDER, NEWER), *changes):
        assert old in text
        text = text.replace(old, new, *count)
    path.write_text(text)
    return read_catalogue(where["councils_dir"], where["processes_dir"])


def migrate(office: Office, receipt, stages: dict[str, str] | None = None, **fields: str) -> None:
    """To the newer version, in one transaction. The engine has not looked at it yet."""
    with office.database.transaction() as tx:
        officers.migrate_report(tx, office.catalogue, receipt.reference, "2027-02-01", stages or {}, fields, "olive")


def mails(office: Office) -> int:
    office.deliver()
    return len(office.inbox.parsed())


RENAMED = (
    ('[[stage]]\nid = "answer"', '[[stage]]\nid = "reply"'),
    ('[[stage]]\nid = "clarify"', '[[stage]]\nid = "ask-back"'),
    ('next = "clarify"', 'next = "ask-back"'),
    ('first_stage = "answer"', 'first_stage = "reply"'),
    ('not_by = ["answer"]', 'not_by = ["reply"]'),
)


def test_rule_11_time_that_stood_counts_and_the_day_from_which_time_counts_move_along(office_with, tmp_path):
    office = office_with("information-request")
    receipt = request(office)
    until_day(office, 10)
    office.answer(receipt, "information", UNCLEAR)
    until_day(office, 12)
    office.catalogue = newer(tmp_path, "information-request", *RENAMED)
    migrate(office, receipt, {"answer": "reply", "clarify": "ask-back"})
    assert office.stage(receipt) == "ask-back"
    assert office.held(receipt).case.counts == {"reply/unclear": 1}
    until_day(office, 17)
    office.answer(receipt, "citizen", {"meant": "The High Street."})
    assert (office.stage(receipt), promised(office, receipt)) == ("reply", "2027-03-08")
    assert office.codes(receipt, "migrated") == [{"from": "2027-01-01", "to": "2027-02-01", "stage": "ask-back"}]
    for stage in ("ask-back", "review-window"):
        office.answer(receipt, "information", UNCLEAR)
        assert office.stage(receipt) == stage, "what was used up stays used up"
        if stage == "ask-back":
            office.answer(receipt, "citizen", {"meant": "The High Street, I said."})


def test_rule_11_nothing_fires_in_the_moment_also_where_the_new_time_is_over(office_with, tmp_path):
    office = office_with("speeding-traffic")
    receipt = speeding(office)
    until_day(office, 10)
    shorter = ("due = { working_days = 10, remind_at = [10, 15], late_at = 20,", "due = { working_days = 3,")
    office.catalogue = newer(tmp_path, "speeding-traffic", shorter)
    events, sent, entry = office.events(receipt), mails(office), office.held(receipt).entry
    migrate(office, receipt)
    assert (office.stage(receipt), office.held(receipt).entry) == ("parish", entry)
    assert (office.events(receipt), mails(office)) == ([*events, "migrated"], sent)
    office.advance()
    assert office.stage(receipt) == "road-safety", "then the engine looks at it"


def test_rule_11_reminders_that_have_gone_do_not_go_again(office_with, tmp_path):
    office = office_with("speeding-traffic")
    receipt = speeding(office)
    until_day(office, 16)
    sent = mails(office)
    office.catalogue = newer(tmp_path, "speeding-traffic")
    migrate(office, receipt)
    office.advance()
    assert mails(office) == sent
    until_day(office, 23)
    assert (office.stage(receipt), mails(office)) == ("parish", sent + 1)


TYPED = 'kind = "text"\nask = "What should the resident know?"\n[[stage.outcome]]\nid = "survey"'
CHOSEN = """kind = "choice"
ask = "What is it?"
choices = [{ value = "a", label = "Aye" }, { value = "b", label = "Bye" }]
[[stage.outcome]]
id = "survey\""""


def test_rule_11_a_value_of_another_kind_is_asked_for_and_the_old_one_is_gone(office_with, tmp_path):
    office = office_with("speeding-traffic")
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", SURVEY)
    office.catalogue = newer(tmp_path, "speeding-traffic", (TYPED, CHOSEN))
    with pytest.raises(InputError, match="Add --field parish_note="):
        migrate(office, receipt)
    assert office.held(receipt).version[2] == "2027-01-01"
    migrate(office, receipt, parish_note="b")
    office.advance()
    case = office.held(receipt).case
    assert (case.values["parish_note"], case.columns["parish_note"]) == ("b", "b")
    assert case.values["parish_answer"] == "survey"


def test_rule_11_what_becomes_personal_is_kept_with_the_reporter(office_with, tmp_path):
    office = office_with("speeding-traffic")
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", SURVEY)
    office.catalogue = newer(tmp_path, "speeding-traffic", (
        'ask = "What should the resident know?"\n[[stage.outcome]]\nid = "survey"',
        'ask = "What should the resident know?"\npersonal = true\n[[stage.outcome]]\nid = "survey"',
    ))  # fmt: skip
    migrate(office, receipt)
    with office.database.transaction() as tx:
        row = tx.execute("SELECT fields, words, personal FROM case_stage").fetchone()
    assert row == {"fields": {"parish_answer": "survey"}, "words": {}, "personal": {"parish_note": "Yes"}}


@pytest.mark.parametrize(
    "change",
    [
        (('{ value = "done", label = "We have acted ourselves" },\n', ""), ('["done", "nothing"]', '"nothing"')),
        (("parish_note", "parish_words"),),
        (("\n[[stage.outcome]]", '\n[[stage.field]]\nid = "n"\nkind = "text"\nask = "?"\n[[stage.outcome]]', 1),),
    ],
    ids=["its choice is gone", "its field has another name", "there is one more field"],
)
def test_rule_11_an_answer_to_the_former_form_that_does_not_fit_is_a_note(office_with, tmp_path, change):
    office = office_with("speeding-traffic")
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "done", "parish_note": "Signs."}, apply=False)
    office.catalogue = newer(tmp_path, "speeding-traffic", *change)
    migrate(office, receipt)
    office.advance()
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["does-not-fit"]
    assert office.stage(receipt) == "parish"


def test_rule_11_an_answer_to_the_former_form_that_still_fits_counts(office_with, tmp_path):
    office = office_with("speeding-traffic")
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "done", "parish_note": "Signs."}, apply=False)
    office.catalogue = newer(tmp_path, "speeding-traffic")
    migrate(office, receipt)
    office.advance()
    assert office.end(receipt) == "answered"


def test_rule_11_whose_answer_has_no_outcome_any_more_is_asked_again(office_with, tmp_path):
    office = office_with("temporary-event")
    answers = {"people": "100", "event_starts": "2027-03-01", "activities": "music", "payment_reference": "R-1"}
    receipt = office.report("temporary-event", answers)
    office.begins()
    office.answer(receipt, "police", {"objection": "no"})
    office.catalogue = newer(
        tmp_path, "temporary-event", ('late = "no-objection"', 'late = "none"'), ('id = "no-objection"', 'id = "none"')
    )
    migrate(office, receipt)
    office.advance()
    entry = present(office.held(receipt).case.entry)
    assert (entry.seats, entry.answers) == (("police", "environmental-health"), {})
    office.answer(receipt, "environmental-health", {"objection": "no"})
    assert office.stage(receipt) == "objections", "the police have not answered by this version"
    office.answer(receipt, "police", {"objection": "no"})
    assert office.end(receipt) == "goes-on"


def test_rule_11_a_move_to_a_stage_that_the_new_version_lacks_is_a_note(office_with, tmp_path):
    office = office_with("information-request")
    receipt = request(office)
    with office.database.transaction() as tx:
        officers.move_to(tx, office.catalogue, receipt.reference, "answer", "Again.", {}, "olive")
    office.catalogue = newer(tmp_path, "information-request", *RENAMED)
    migrate(office, receipt, {"answer": "reply"})
    office.advance()
    assert [codes["why"] for codes in office.codes(receipt, "noted")] == ["does-not-fit"]
    assert office.stage(receipt) == "reply"


def test_rule_11_an_answer_that_the_new_version_does_not_offer_stays_as_it_was_kept_and_holds_up_nothing(
    office_with, tmp_path
):
    office = office_with("speeding-traffic")
    receipt = speeding(office)
    office.answer(receipt, "parish-clerk", {"parish_answer": "not-ours", "parish_note": "The A road."})
    assert office.stage(receipt) == "road-safety"
    office.catalogue = newer(tmp_path, "speeding-traffic", ("not-ours", "not-us"))
    migrate(office, receipt)
    sent = len(office.mails(ROADS))
    with office.database.transaction() as tx:
        officers.ask_again(tx, office.catalogue, receipt.reference, "olive")
    office.advance()
    assert len(office.mails(ROADS)) == sent + 1
    assert office.held(receipt).case.values["parish_answer"] == "not-ours"
