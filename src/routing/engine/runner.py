"""The engine: a warm process that claims waiting work and runs it as Prefect runs in its own interpreter.

The store guarantees delivery. Prefect can be down at any time. Then the engine claims nothing, reports wait, and the
heartbeat says so.
"""

import asyncio
import contextlib
import logging
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
from prefect.client.schemas.objects import FlowRun

from routing.casework import Batch, count_stranded, finish, waiting
from routing.engine.alarm import ChannelAlarm
from routing.engine.batches import claim, give_back, run_name
from routing.engine.failures import is_mail_trouble, is_outage
from routing.engine.heartbeat import Reach, beat, stop_beating
from routing.engine.orphaned_runs import note_orphaned_runs
from routing.engine.prefect_client import shared_client
from routing.engine.prefect_gateway import FLOW_OF, RECOVER, UNREACHABLE, PrefectGateway, trouble_of
from routing.engine.resources import Context
from routing.engine.token_bucket import TokenBucket
from routing.errors import StoreUnavailable

log = logging.getLogger("waywarden.engine")

IDLE_S = 1.0
PAUSE_S = 2.0
SHOW_S = 5.0
SETTLE_TRIES = 3
PATIENCE_S = 120.0
"""Longest time for Prefect to create its database and get the flows."""

MOST_UI_RUNS = 4


class Engine:
    """Runs until it must stop. Then it finishes current work and claims nothing new."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self._prefect = Reach()
        self._begun_at, self._is_warned = time.monotonic(), False
        self._not_before = 0.0
        self.is_ready = threading.Event()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run_loop, name="engine", daemon=True)
        self._wake: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._gateway: PrefectGateway
        self._running: set[asyncio.Task[None]] = set()
        self._in_work: set[UUID] = set()
        self._claimed: set[UUID] = set()
        self._buckets = {kind: TokenBucket(ctx.settings.runs_per_minute) for kind in FLOW_OF}
        self._beats = ThreadPoolExecutor(1, thread_name_prefix="beat")
        self._alarm = ChannelAlarm(ctx.channels, ctx.engine)
        self._of_kind: dict[str, int] = dict.fromkeys((*FLOW_OF, "recover", "ui"), 0)

    def start(self) -> None:
        """Start the loop in a separate thread. The main thread handles signals."""
        self._thread.start()

    def stop(self, timeout_s: float | None = None) -> bool:
        """Finish current work; returns False if it is not finished at the timeout."""
        self._stopping.set()
        with contextlib.suppress(RuntimeError, AttributeError):
            self._loop.call_soon_threadsafe(self._wake.set)
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def is_alive(self) -> bool:
        """Whether the loop runs. If it has ended, the process should end too, so that it is restarted."""
        return self._thread.is_alive()

    @property
    def prefect_reachable(self) -> bool:
        """Whether Prefect answered last time."""
        return self._prefect.is_there

    def _run_loop(self) -> None:
        asyncio.run(self._main())

    async def _main(self) -> None:
        self._loop, self._wake = asyncio.get_running_loop(), asyncio.Event()
        self._loop.set_default_executor(ThreadPoolExecutor(16, thread_name_prefix="step"))
        threading.Thread(target=self._listen, name="listen", daemon=True).start()
        async with shared_client() as client:
            self._gateway = PrefectGateway(client)
            beats = [
                asyncio.create_task(self._every(self._beat_s(), self._beat)),
                asyncio.create_task(self._every(SHOW_S, self._show)),
                asyncio.create_task(self._every(self.ctx.settings.ui_poll_s, self._take_ui_runs)),
                asyncio.create_task(self._every(self.ctx.settings.scan_s, self._scan)),
                asyncio.create_task(self._every(self.ctx.settings.scan_s, self._alarm)),
            ]
            await self._claim_loop()
            while self._running:
                await asyncio.wait(self._running)
            for each in beats:
                each.cancel()
            await asyncio.gather(*beats, return_exceptions=True)
            with contextlib.suppress(StoreUnavailable):
                await self._loop.run_in_executor(self._beats, stop_beating, self.ctx)

    def _beat_s(self) -> float:
        return min(5.0, self.ctx.settings.lease_s / 4)

    def _listen(self) -> None:
        """Wait for hints from the database in a thread. A lost hint costs at most a second."""
        while not self._stopping.is_set():
            with contextlib.suppress(psycopg.Error), self.ctx.database.listen("waywarden_work") as connection:
                while not self._stopping.is_set():
                    for _ in connection.notifies(timeout=1.0, stop_after=1):
                        with contextlib.suppress(RuntimeError):
                            self._loop.call_soon_threadsafe(self._wake.set)
            self._stopping.wait(0.5)

    async def _every(self, seconds: float, do: Any) -> None:
        while True:
            try:
                await do()
            except StoreUnavailable:
                log.warning("The database does not answer. Retrying.")
            except UNREACHABLE as error:
                self._lost_prefect(error)
            except Exception as error:  # noqa: BLE001  # leases and heartbeat go on whatever it was
                log.error("The engine caught %s and continues.", type(error).__name__)  # noqa: TRY400
            await asyncio.sleep(seconds)

    async def _claim_loop(self) -> None:
        while not self._stopping.is_set():
            try:
                worked = await self._ready_for_prefect() and await self._claim_all()
            except StoreUnavailable:
                log.warning("The database does not answer. Retrying.")
                worked = await self._pause()
            except Exception as error:  # noqa: BLE001  # a living process that claims nothing helps nobody
                log.error("The engine caught %s and continues.", type(error).__name__)  # noqa: TRY400
                worked = await self._pause()
            if not worked and not self._stopping.is_set():
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), min(IDLE_S, self._buckets["route"].wait_s() or IDLE_S))
                self._wake.clear()

    async def _pause(self) -> bool:
        await asyncio.sleep(PAUSE_S)
        return False

    async def _ready_for_prefect(self) -> bool:
        if time.monotonic() < self._not_before:
            return False
        if self._prefect.is_there:
            return True
        try:
            await self._gateway.load()
        except UNREACHABLE as error:
            self._lost_prefect(error)
            await asyncio.sleep(PAUSE_S)
            return False
        self._prefect.found()
        self.is_ready.set()
        log.info("Prefect is reachable. The engine is ready for work.")
        await self._beat()
        return True

    def _lost_prefect(self, error: BaseException) -> None:
        """Do not warn yet at a first start, when Prefect is slow."""
        trouble = trouble_of(error)
        is_late = time.monotonic() - self._begun_at > PATIENCE_S or not trouble.passes
        if self._prefect.is_there or (is_late and not self._is_warned and not self.is_ready.is_set()):
            log.warning("%s (%s). Reports wait.", trouble.said, type(error).__name__)
            self._is_warned = True
        self._prefect.lost(trouble)
        self._not_before = time.monotonic() + PAUSE_S

    async def _claim_all(self) -> bool:
        """Claim one batch of each kind if there is room; returns True if there may be more."""
        claimed = False
        for kind, most in (("route", self.ctx.settings.batches), ("advance", 1), ("deliver", 1)):
            held_back = self._buckets[kind].wait_s() > 0 or (kind == "deliver" and self.ctx.all_stopped)
            if self._of_kind[kind] < most and not held_back:
                batch = await asyncio.to_thread(claim, kind)
                if batch is not None:
                    self._buckets[kind].take()
                    self._spawn(kind, self._run_batch(batch))
                    claimed = True
        return claimed

    def _spawn(self, kind: str, work: Coroutine[Any, Any, None]) -> None:
        self._of_kind[kind] += 1
        running = asyncio.create_task(work)
        self._running.add(running)

        def ended(done: asyncio.Task[None]) -> None:
            self._running.discard(done)
            self._of_kind[kind] -= 1
            self._wake.set()
            if not done.cancelled() and done.exception() is not None:
                log.error("A run ended with %s.", type(done.exception()).__name__)

        running.add_done_callback(ended)

    async def _run_batch(self, batch: Batch) -> None:
        """Create its run and run it. Renews its lease from the claim on, even if Prefect is slow."""
        self._claimed.add(batch.id)
        try:
            flow_run = await self._gateway.create(FLOW_OF[batch.kind], run_name(batch), batch.id)
            await self._run(FLOW_OF[batch.kind], flow_run, batch.id)
        except UNREACHABLE as error:
            self._lost_prefect(error)
            await self._settle(batch.id, "unstarted", counts=False)
        finally:
            self._claimed.discard(batch.id)

    async def _run(self, name: str, flow_run: FlowRun, created_for: UUID | None = None) -> None:
        """Run it, then close its batch or give back its unfinished work. A failed step counts as an attempt."""
        outcome, counts = "crashed", False
        self._in_work.add(flow_run.id)
        try:
            state = await self._gateway.run(name, flow_run)
            is_done = state.is_completed() or is_mail_trouble(state.message)
            outcome = "done" if is_done else state.type.value.lower()
            counts = state.is_failed() and not is_outage(state.message)
        except UNREACHABLE as error:
            self._lost_prefect(error)
        finally:
            if outcome != "done":
                log.warning("Run %s ended as %s.", flow_run.id, outcome)
            if outcome == "crashed":
                self._not_before = time.monotonic() + PAUSE_S
            self._in_work.discard(flow_run.id)
            batch = self.ctx.active.pop(flow_run.id, None)
            left = batch.id if batch is not None else created_for
            if left is not None:
                await self._settle(left, outcome, counts=counts)

    async def _settle(self, batch: UUID, outcome: str, *, counts: bool = True) -> None:
        def settle() -> None:
            with self.ctx.database.transaction() as tx:
                if outcome == "done":
                    finish(tx, batch)
                else:
                    give_back(tx, self.ctx, batch, outcome, counts=counts)

        for _ in range(SETTLE_TRIES):
            try:
                await asyncio.to_thread(settle)
                break
            except StoreUnavailable as error:
                log.warning("%s Batch %s is still open. Its lease will expire.", error, batch)
                await asyncio.sleep(PAUSE_S / 4)

    async def _scan(self) -> None:
        """Look for orphaned work, here and in Prefect. Only create a run if there is some, to show it."""
        if not self._prefect.is_there or self._stopping.is_set() or self._of_kind["recover"]:
            return
        unfinished = await self._gateway.unfinished()

        def look() -> int:
            with self.ctx.database.transaction() as tx:
                orphans = note_orphaned_runs(tx, unfinished, self.ctx.settings.lease_s)
                return waiting(tx).lapsed + count_stranded(tx) + orphans

        found = await asyncio.to_thread(look)
        if found:
            flow_run = await self._gateway.create(RECOVER, f"recover-{found}", None)
            self._spawn("recover", self._run(RECOVER, flow_run))

    async def _take_ui_runs(self) -> None:
        if not self._prefect.is_there or self._stopping.is_set():
            return
        for name, flow_run in await self._gateway.scheduled():
            if self._of_kind["ui"] >= MOST_UI_RUNS:
                return
            # A run of ours that was suspended and resumed in the UI goes on here already.
            if flow_run.id not in self._in_work and await self._gateway.accept(flow_run):
                self._spawn("ui", self._run(name, flow_run))

    async def _beat(self) -> None:
        """In a separate thread, because leases must not wait for work."""
        held = list(self._claimed | {batch.id for batch in list(self.ctx.active.values())})
        await self._loop.run_in_executor(self._beats, beat, self.ctx, self._prefect, held, list(self._in_work))

    async def _show(self) -> None:
        """Show the engine as a worker in Prefect's UI. Separate from leases, which must not wait for Prefect."""
        if self._prefect.is_there:
            await self._gateway.beat(self.ctx.engine)
