"""The real store does, step by step, what the model says: hypothesis chooses the steps."""

from typing import Any

import pytest
from hypothesis import HealthCheck, settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, rule, run_state_machine_as_test

from routing import casework, delivery
from routing.engine.batches import give_back
from routing.engine.resources import make_context, using
from routing.place import activate, active_vintage, load_vintage, read_boundaries
from tests.casework.factory import decide_cases, submit
from tests.conftest import empty
from tests.protocol.model import BATCH_SIZE, FAULTS, Step, World, has_ended, is_ours, start, steps
from tests.protocol.moves import after

pytestmark = pytest.mark.thorough

LEASE_S = 3600.0
REPORTS, ENGINES = 3, 2


class Store:
    """The real store behind the steps; engines are no more than what they remember."""

    def __init__(self, database, catalogue, ctx):
        self.database, self.catalogue, self.ctx = database, catalogue, ctx
        empty(database.url)
        self.reports = [submit(database, "unparished").id for _ in range(REPORTS)]
        self.batches = []
        self.vintages = 0
        with database.transaction() as tx:
            self.district = read_boundaries(tx, active_vintage(tx))
        self.decisions = {}
        self.outbox: list[dict[int, casework.OutboxMessage]] = [{} for _ in range(ENGINES)]

    def act(self, world: World, step: Step) -> Step:
        """Carry a step out; gives it back with what it was done to."""
        method = {"break": "break_"}.get(step.name, step.name.replace(" ", "_"))
        return getattr(self, method)(world, step) or step

    def claim(self, world, step):
        return self._claimed(step, casework.claim_reports, "report")

    def claim_due(self, world, step):
        return self._claimed(step, casework.claim_deliveries, "delivery")

    def _claimed(self, step, claimer, table):
        with self.database.transaction() as tx:
            batch = claimer(tx, f"engine {step.engine}", BATCH_SIZE, LEASE_S)
            assert batch is not None, step
            column = "id" if table == "report" else "report"
            rows = tx.execute(f"SELECT {column} AS id FROM {table} WHERE batch = %s", (batch.id,)).fetchall()
        self.batches.append(batch)
        self.outbox[step.engine] = {}
        return step._replace(what=tuple(sorted(self.reports.index(row["id"]) for row in rows)))

    def decide(self, world, step):
        with self.database.transaction() as tx:
            cases = [
                case
                for case in casework.gather(tx, self._batch(world, step).id, self.catalogue)
                if case.decision is None
            ]
            boundaries = read_boundaries(tx, active_vintage(tx))
        self.decisions[step.engine] = decide_cases(cases, boundaries, self.catalogue, {})

    def activate_vintage(self, world, step):
        """The same boundaries under another title: activated straight away, since what follows is nobody's here."""
        with self.database.transaction() as tx:
            areas = [(a, p.wkb) for a, p in zip(self.district.areas, self.district.polygons, strict=True)]
            self.vintages += 1
            activate(tx, load_vintage(tx, f"edition {self.vintages}", "test", areas), reviewed=True)

    def record(self, world, step):
        decisions = self.decisions.pop(step.engine)
        new_message = [row for decision in decisions for row in delivery.compose(decision, "reports.example")]
        with self.database.transaction() as tx:
            stored = casework.record(tx, self._batch(world, step).id, decisions, new_message)
        is_recorded = after(world, step).engines[step.engine].phase == "recorded"
        assert (stored is not None) == is_recorded, "what was decided by an older vintage is not taken"

    def break_(self, world, step):
        with self.database.transaction() as tx:
            give_back(tx, self.ctx, self._batch(world, step).id, "failed")

    def _batch(self, world, step):
        return self.batches[world.engines[step.engine].batch]

    def read_outbox(self, world, step):
        with self.database.transaction() as tx:
            found = casework.read_outbox(tx, self._batch(world, step).id)
        self.outbox[step.engine] = {self.reports.index(each.report): each for each in found}

    def check(self, world, step):
        (n,) = step.what
        with self.database.transaction() as tx:
            ours = casework.holds_lease(tx, self.outbox[step.engine][n])
        expected = after(world, step).engines[step.engine].knows[n] == "checked"
        assert ours == expected, "what the store says just before a message leaves"

    def mark(self, world, step):
        """As the engine does it, with the question about the next message in the same statement."""
        todo = [n for n, known in enumerate(world.engines[step.engine].knows) if known == "todo"]
        mine = self.outbox[step.engine]
        with self.database.statements() as tx:
            ours = casework.mark_sent(tx, mine[step.what[0]], "data-250", mine[todo[0]] if todo else None)
        self._let_notices_go()
        marked = after(world, step)
        assert ours == bool(todo and is_ours(marked, marked.engines[step.engine], todo[0]))

    def outage(self, world, step):
        with self.database.transaction() as tx:
            give_back(tx, self.ctx, self._batch(world, step).id, "failed", counts=False)

    def note_deferred(self, world, step):
        with self.database.transaction() as tx:
            casework.mark_deferred(tx, self.outbox[step.engine][step.what[0]], "rcpt-451", 0.0)

    def finish(self, world, step):
        with self.database.transaction() as tx:
            casework.finish(tx, self._batch(world, step).id)

    def stall(self, world, step):
        self._lapse(self._batch(world, step))

    def lapse(self, world, step):
        self._lapse(self.batches[step.what[0]])

    def _lapse(self, batch):
        with self.database.transaction() as tx:
            tx.execute("UPDATE batch SET lease_until = now() - interval '1 hour' WHERE id = %s", (batch.id,))

    def renew(self, world, step):
        with self.database.transaction() as tx:
            casework.renew(tx, [self._batch(world, step).id], LEASE_S)

    def recover(self, world, step):
        with self.database.transaction() as tx:
            give_back(tx, self.ctx, self.batches[step.what[0]].id, "crashed", only_lapsed=True)
            tx.execute("UPDATE delivery SET due_at = now() WHERE state = 'pending'")  # a minute goes by

    def withdraw(self, world, step):
        with self.database.transaction() as tx:
            casework.withdraw(tx, self.catalogue, self.reports[step.what[0]])
        self._let_notices_go()

    def _let_notices_go(self):
        """They are messages like any other; the model does not follow them."""
        with self.database.transaction() as tx:
            tx.execute("UPDATE delivery SET state = 'sent', sent_at = now() WHERE role = 'follow-up'")

    def hand_over(self, world, step):
        """Outside of the store."""

    lose_answer = defer = kill = hand_over

    def seen(self) -> list[tuple[Any, ...]]:
        """The store in the model's words: state, attempt, message, who sends it, whether it is told of as withdrawn."""
        numbers = {batch.id: number for number, batch in enumerate(self.batches)} | {None: None}
        with self.database.transaction() as tx:
            rows = tx.execute(
                "SELECT r.id, r.state, r.attempt, r.batch AS holder, d.state AS message, d.batch AS sender,"
                " EXISTS (SELECT 1 FROM delivery f WHERE f.report = r.id AND f.role = 'follow-up') AS notice FROM report r"
                " LEFT JOIN delivery d ON d.report = r.id AND d.state <> 'cancelled' AND d.role <> 'follow-up'"
            ).fetchall()
        by = {row["id"]: row for row in rows}
        return [
            (
                row["state"],
                row["attempt"],
                row["message"] or "none",
                numbers[row["holder"]],
                numbers[row["sender"]],
                row["notice"],
            )
            for row in (by[identifier] for identifier in self.reports)
        ]


@pytest.fixture
def ctx(settings, database):
    made = make_context(settings)
    with using(made):
        yield made
    made.close()


@pytest.mark.parametrize("poison", [None, 1], ids=["all well", "a poison report"])
def test_the_store_follows_the_model_through_every_interleaving(database, catalogue, ctx, poison):
    class Machine(RuleBasedStateMachine):
        def __init__(self):
            super().__init__()
            self.world = start(REPORTS, ENGINES, faults=4, poison=poison, withdrawals=1)
            self.store = Store(database, catalogue, ctx)

        @rule(data=strategies.data())
        def something_happens(self, data):
            possible = list(steps(self.world))
            if not possible:
                assert all(has_ended(report) for report in self.world.reports)
                return
            step = self.store.act(self.world, data.draw(strategies.sampled_from(possible)))
            assert step in steps(self.world), f"{step} is no step of the model"
            self.world = after(self.world, step)
            self.compare(step)

        def compare(self, step):
            model = [
                (r.state, r.attempt, r.message.replace("cancelled", "none"), r.holder, r.sender, r.notice)
                for r in self.world.reports
            ]
            assert self.store.seen() == model, step
            for report in self.world.reports:
                assert report.got <= 1 + report.lost

        def teardown(self):
            """Without further faults every report ends, in the store too."""
            while possible := [step for step in steps(self.world) if step.name not in FAULTS | {"withdraw"}]:
                step = self.store.act(self.world, possible[0])
                self.world = after(self.world, step)
                self.compare(step)
            assert all(has_ended(report) for report in self.world.reports)

    how = settings(max_examples=20, stateful_step_count=40, deadline=None, suppress_health_check=list(HealthCheck))
    run_state_machine_as_test(Machine, settings=how)
