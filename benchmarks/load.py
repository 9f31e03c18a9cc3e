"""Reports by the thousand, put into the store the way intake leaves them: with history, in one transaction."""

import json
import time
from collections.abc import Sequence
from pathlib import Path
from uuid import uuid4

from routing.casework import read_catalogue
from routing.cli.demo.oracle import Case, read_oracle
from routing.database import Transaction
from routing.settings import shipped
from routing.vocabulary import new_reference

PLAIN = Path(__file__).parent.parent / "tests" / "plain"
COUNCILS, PROCESSES = PLAIN / "councils", PLAIN / "processes"
"""Without stages, as the other ways to do the same know nothing of them. ``cases`` measures those with stages."""

PROCESS = "speeding-traffic"
DETAILS = "Most mornings between eight and nine, past the school, well over the limit."


def mix() -> list[Case]:
    """One of each routed case of a process, in turn: every rule that makes a case or a review."""
    cases = [
        case
        for case in read_oracle(shipped("data"))
        if case.process == PROCESS and case.outcome != "signpost" and case.place
    ]
    return [case for case in cases if case.state != "outside_served"]


def shares(cases: Sequence[Case]) -> dict[str, int]:
    """Rule → how many of the cases it decides."""
    rules = sorted(case.rule for case in cases)
    return {rule: rules.count(rule) for rule in dict.fromkeys(rules)}


def messages_of(cases: Sequence[Case], reports: int) -> int:
    """How many messages so many reports make."""
    return sum(len(cases[number % len(cases)].recipients) for number in range(reports))


def put(tx: Transaction, cases: Sequence[Case], reports: int) -> None:
    """Put reports into the store; they wait for an engine as soon as the transaction is committed."""
    catalogue = read_catalogue(COUNCILS, PROCESSES)
    council = catalogue.default
    version = catalogue.definition(council.slug, PROCESS).version
    columns = (
        "id, reference, council, process, process_scope, process_version, answers, easting, northing, details, state,"
        " token_sha256"
    )
    with tx.cursor() as cursor, cursor.copy(f"COPY report ({columns}) FROM STDIN") as copy:
        for number in range(reports):
            case = cases[number % len(cases)]
            copy.write_row(
                (uuid4(), new_reference(), council.slug, PROCESS, "", version, json.dumps(case.answers),
                 case.place["easting"], case.place["northing"], DETAILS, "received", b"\0" * 32)
            )  # fmt: skip
    tx.execute(
        "SELECT count(history_append(id, 'received', NULL, 'received', 'citizen', '{}')) FROM report r"
        " WHERE state = 'received' AND NOT EXISTS (SELECT 1 FROM history h WHERE h.report = r.id)"
    )
    tx.execute("NOTIFY waywarden_work")


BATCHES = """
INSERT INTO batch (id, kind, engine, flow_run, size, lease_until, finished_at, outcome)
SELECT gen_random_uuid(), 'route', 'bench', gen_random_uuid(), 1, now(), now(), 'done'
FROM generate_series(1, %(reports)s);
"""
CLOSED = """
INSERT INTO report (id, reference, council, process, process_scope, process_version, answers, easting, northing,
                    details, state, decision, batch, token_sha256, received_at, changed_at)
SELECT gen_random_uuid(), 'ZZ-' || n, %(council)s, %(process)s, '', %(version)s, %(answers)s, 0, 0, %(details)s,
       'closed', 1, id, '\\x00', now() - make_interval(secs => n), now() - make_interval(secs => n)
FROM (SELECT id, row_number() OVER () AS n FROM batch WHERE engine = 'bench') AS b;
"""
DECISIONS = """
INSERT INTO decision (report, sequence, rule, outcome, reason, author, receipt)
SELECT id, 1, 'R11', 'case', 'No parish council.', 'table', '{"rule": "R11"}' FROM report WHERE state = 'closed';
"""
DELIVERIES = """
INSERT INTO delivery (id, report, sequence, recipient, role, channel, address, message_id, reason, state, sent_at)
SELECT gen_random_uuid(), id, 1, 'road-safety', 'to', 'smtp', 'road-safety@merewold.example', id::text, 'R11', 'sent',
       changed_at FROM report WHERE state = 'closed';
"""
HISTORY = """
INSERT INTO history (report, sequence, at, event, from_state, to_state, actor, codes, previous, hash)
SELECT id, step, changed_at, event, state, state, 'bench', '{}', '', sha256(id::text::bytea) FROM report,
    (VALUES (1, 'received'), (2, 'claimed'), (3, 'decided'), (4, 'sent'), (5, 'closed')) AS steps (step, event)
WHERE state = 'closed';
"""


def put_closed(tx: Transaction, reports: int) -> float:
    """Fill the store with closed reports, each with batch, decision, delivery and history; returns seconds.

    Their chains of hashes are not those that history_append would have written: nothing here verifies them.
    """
    started = time.perf_counter()
    catalogue = read_catalogue(COUNCILS, PROCESSES)
    council = catalogue.default
    values = {
        "council": council.slug,
        "process": PROCESS,
        "version": catalogue.definition(council.slug, PROCESS).version,
        "answers": json.dumps(mix()[0].answers),
        "details": DETAILS,
        "reports": reports,
    }
    tx.execute(BATCHES, values)
    tx.execute(CLOSED, values)
    for statement in (DECISIONS, DELIVERIES, HISTORY):
        tx.execute(statement)
    return time.perf_counter() - started


def put_cases(tx: Transaction, points: Sequence[tuple[float, float]], codes: Sequence[str | None]) -> None:
    """Put closed reports into the store that the table decided, each at its point, in the area of its code."""
    catalogue = read_catalogue(COUNCILS, PROCESSES)
    council = catalogue.default
    version = catalogue.definition(council.slug, PROCESS).version
    answers = json.dumps(mix()[0].answers)
    columns = (
        "id, reference, council, process, process_scope, process_version, answers, easting, northing, details, state,"
        " area_code, decision, token_sha256"
    )
    with tx.cursor() as cursor, cursor.copy(f"COPY report ({columns}) FROM STDIN") as copy:
        for number, ((easting, northing), code) in enumerate(zip(points, codes, strict=True)):
            copy.write_row(
                (uuid4(), f"ZZ-{number}", council.slug, PROCESS, "", version, answers, easting, northing, DETAILS,
                 "closed", code, 1, b"\0" * 32)
            )  # fmt: skip
    tx.execute(DECISIONS)
