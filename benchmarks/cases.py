"""Cases in stages: finding, claiming and advancing those whose time has come; answers by link.

Every case is a copy of one that went the usual way: a missed bin in its stage *crew*, whose citizen has an email
address. Silence there sends the citizen a letter and asks the collections team anew.
"""

import statistics
import time
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import requests

from benchmarks.answering import answer_to_mailbox, pages_while_walking
from benchmarks.load import DETAILS
from benchmarks.stage import STAGED, Stage, until
from routing import casework, contacts
from routing.casework import Catalogue, read_catalogue
from routing.casework.cases.stage_case import entry_id
from routing.database import Transaction
from routing.vocabulary import new_reference

PROCESS = "missed-bin"
CITIZEN = "ada@citizens.example"
LOOKS = 200
BATCH = 500
"""The size of a batch that engines have by default."""


def cases(stage: Stage, lapsed: int, open_cases: int, advanced: int, answers: int, citizens: int) -> dict[str, Any]:
    """Everything about cases in stages.

    Args:
        lapsed: how many cases have a rung that lapsed.
        open_cases: how many are open and not due, while the store is looked through.
        advanced: how many are advanced with their letters.
        answers: how many answers are sent by link.
        citizens: how many walk through the pages while the page to answer is asked for.
    """
    found: dict[str, Any] = {}
    catalogue = read_catalogue(**STAGED)
    model = _model(stage)
    found |= _claiming(stage, model, lapsed)
    found |= _advancing(stage, catalogue, model, advanced)
    found |= _through_the_engine(stage, model, advanced)
    found |= _looking(stage, model, open_cases)
    stage.forget()
    found |= answer_to_mailbox(stage, answers)
    found |= pages_while_walking(stage, citizens)
    stage.forget()
    return found


def _model(stage: Stage) -> UUID:
    """A report that went the usual way and is in its first stage."""
    stage.forget()
    with stage.web(**STAGED) as url, stage.engines(**STAGED):
        body = {
            "process": PROCESS,
            "answers": {"collection_day": time.strftime("%Y-%m-%d"), "bins": ["rubbish"]},
            "place": {"easting": 566153.7, "northing": 444759.1},
            "reporter": {"email": CITIZEN},
            "details": DETAILS,
        }
        requests.post(f"{url}/api/reports", json=body, timeout=30).raise_for_status()
        until(lambda: stage.arrived()[0] >= 2, "the message that asks, and the acknowledgement")
    with stage.database.transaction() as tx:
        row = tx.execute("SELECT report FROM case_stage WHERE stage = 'crew'").fetchone()
    return UUID(str(row["report"]))


COPIES = """
INSERT INTO report (id, reference, council, process, process_scope, process_version, answers, words, easting, northing,
                    details, state, decision, token_sha256, history_hash, received_at, changed_at)
SELECT n.id, n.reference, council, process, process_scope, process_version, answers, words, easting, northing,
       details, state, decision, token_sha256, history_hash, received_at, changed_at
FROM report r, new_case n WHERE r.id = %(of)s;
INSERT INTO reporter (id, report, name, email, phone, may_pass_on, answers, given_at)
SELECT gen_random_uuid(), n.id, name, email, phone, may_pass_on, answers, given_at
FROM reporter r, new_case n WHERE r.report = %(of)s;
INSERT INTO decision (report, sequence, rule, outcome, reason, author, receipt)
SELECT n.id, sequence, rule, outcome, reason, author, receipt FROM decision d, new_case n WHERE d.report = %(of)s;
INSERT INTO history (report, sequence, at, event, from_state, to_state, actor, codes, previous, hash)
SELECT n.id, sequence, at, event, from_state, to_state, actor, codes, previous, hash
FROM history h, new_case n WHERE h.report = %(of)s;
INSERT INTO case_entry (id, report, serial, stage, entered_at)
SELECT n.new_entry, n.id, serial, stage, entered_at - %(ago)s FROM case_entry e, new_case n WHERE e.report = %(of)s;
INSERT INTO case_seat (entry, seat, position, asked_at)
SELECT n.new_entry, seat, position, asked_at - %(ago)s
FROM case_seat s JOIN case_entry e ON e.id = s.entry, new_case n WHERE e.report = %(of)s;
INSERT INTO case_stage (report, recipient, place_state, stage, entry, entries, columns, calendar, promised, wakes_at)
SELECT n.id, recipient, place_state, stage, entry, entries, columns, calendar, promised, wakes_at - %(ago)s
FROM case_stage c, new_case n WHERE c.report = %(of)s;
"""


def put_cases(tx: Transaction, model: UUID, number: int, days_ago: float) -> None:
    """Copies of a case that entered its stage so many days earlier, or later. Their histories are not verified here."""
    tx.execute("CREATE TEMPORARY TABLE new_case (id uuid, reference text, new_entry uuid) ON COMMIT DROP")
    with tx.cursor() as cursor, cursor.copy("COPY new_case FROM STDIN") as copy:
        for row in _new(number):
            copy.write_row(row)
    values = {"of": model, "ago": f"{days_ago} days"}
    for statement in COPIES.strip().removesuffix(";").split(";\n"):
        tx.execute(statement.replace("%(ago)s", "%(ago)s::interval"), values)


def _new(number: int) -> Iterator[tuple[UUID, str, UUID]]:
    references = set[str]()
    while len(references) < number:  # of a million random ones, some are the same
        references.add(new_reference())
    for reference in references:
        report = uuid4()
        yield report, reference, entry_id(report, 1)


def _fill(stage: Stage, model: UUID, number: int, days_ago: float) -> None:
    with stage.database.transaction() as tx:
        put_cases(tx, model, number, days_ago)
    with stage.database.statements() as tx:
        tx.execute("VACUUM ANALYZE")


def _claiming(stage: Stage, model: UUID, lapsed: int) -> dict[str, Any]:
    """Seconds in which all lapsed cases are found and claimed, batch after batch."""
    _fill(stage, model, lapsed, 3)
    started, claimed = time.perf_counter(), 0
    while True:
        with stage.database.transaction() as tx:
            batch = casework.claim_cases(tx, "bench", BATCH, 3600)
        if batch is None:
            break
        claimed += len(batch.references)
    seconds = time.perf_counter() - started
    assert claimed == lapsed, claimed
    _take_copies_away(stage, model)
    return {"lapsed": lapsed, "claiming_s": round(seconds, 2)}


def _advancing(stage: Stage, catalogue: Catalogue, model: UUID, number: int) -> dict[str, Any]:
    """Cases a second that are gathered, advanced and recorded, with the words of their letters, on one thread."""
    _fill(stage, model, number, 3)
    started, advanced = time.perf_counter(), 0
    while True:
        with stage.database.transaction() as tx:
            batch = casework.claim_cases(tx, "bench", BATCH, 3600)
        if batch is None:
            break
        with stage.database.transaction() as tx:
            held = casework.load_cases(tx, catalogue, casework.cases_of(tx, batch.id))
            known = contacts.read_contacts(tx, list(catalogue.councils))
            now = tx.execute("SELECT now() AS real, casework_now() AS cases").fetchone()
        changes = casework.advance_cases(held, catalogue, known, now["real"], now["cases"])
        with stage.database.transaction() as tx:
            advanced += len(casework.record_changes(tx, catalogue, changes, batch.id, "bench.example"))
            tx.execute("UPDATE case_stage SET batch = NULL WHERE batch = %s", (batch.id,))
    seconds = time.perf_counter() - started
    with stage.database.transaction() as tx:
        letters = tx.execute("SELECT count(*) AS n FROM letter").fetchone()["n"]
    assert (advanced, letters) == (number, number), (advanced, letters)
    _take_copies_away(stage, model)
    return {"advanced": number, "advancing_per_s": round(number / seconds)}


def _through_the_engine(stage: Stage, model: UUID, number: int) -> dict[str, Any]:
    """The same by an engine in Prefect, until the mailbox has both messages of each: a letter and what asks anew."""
    before, _ = stage.arrived()
    with stage.engines(**STAGED):
        with stage.database.transaction() as tx:
            put_cases(tx, model, number, 3)
            tx.execute("NOTIFY waywarden_work")
        begun = time.time()
        until(lambda: stage.arrived()[0] >= before + 2 * number, f"{2 * number} messages", pause_s=0.1)
        seconds = stage.arrived()[1] - begun
    _take_copies_away(stage, model)
    return {"engine_cases_per_s": round(number / seconds), "engine_messages_per_s": round(2 * number / seconds)}


def _looking(stage: Stage, model: UUID, open_cases: int) -> dict[str, Any]:
    """Milliseconds of the look for due cases, when none is."""
    _fill(stage, model, open_cases, -30)
    took = []
    with stage.database.transaction() as tx:
        tx.execute("UPDATE case_stage SET wakes_at = casework_now() + interval '9 days' WHERE report = %s", (model,))
        for _ in range(LOOKS):
            started = time.perf_counter()
            assert casework.claim_cases(tx, "bench", BATCH, 3600) is None
            took.append((time.perf_counter() - started) * 1000)
    p50 = statistics.median(took)
    return {"open_cases": open_cases, "look_p50_ms": round(p50, 2), "look_most_ms": round(max(took), 2)}


OF_REPORTS = ("delivery", "letter", "case_event", "case_entry", "case_stage", "decision", "history", "reporter")


def _take_copies_away(stage: Stage, model: UUID) -> None:
    """Leave only the case that was copied."""
    with stage.database.transaction() as tx:
        tx.execute("SET LOCAL session_replication_role = replica")
        for table in ("answer_link", "case_seat"):
            tx.execute(f"DELETE FROM {table} WHERE entry IN (SELECT id FROM case_entry WHERE report <> %s)", (model,))
        for table in OF_REPORTS:
            tx.execute(f"DELETE FROM {table} WHERE report <> %s", (model,))
        tx.execute("DELETE FROM report WHERE id <> %s", (model,))
        tx.execute("UPDATE case_stage SET batch = NULL")
