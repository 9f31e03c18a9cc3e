"""That an engine lives, what it has in hand, and what it cannot reach: written every few seconds."""

import datetime
from dataclasses import dataclass, field
from uuid import UUID

from routing.casework import renew
from routing.engine.resources import Context
from routing.health import mark_well

BEAT = """
INSERT INTO heartbeat
    (engine, prefect_reachable, prefect_trouble, prefect_since, channel_stopped, mail_trouble, mail_since,
     mail_accepted, vintage, runs)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s)
ON CONFLICT (engine) DO UPDATE SET seen_at = now(), vintage = excluded.vintage, runs = excluded.runs,
    prefect_reachable = excluded.prefect_reachable, prefect_trouble = excluded.prefect_trouble,
    prefect_since = excluded.prefect_since,
    channel_stopped = excluded.channel_stopped, mail_trouble = excluded.mail_trouble, mail_since = excluded.mail_since,
    mail_accepted = coalesce(excluded.mail_accepted, heartbeat.mail_accepted), ended_at = NULL
"""

UNASKED = "unasked"
"""What is wrong with Prefect in the moment in which an engine begins."""


@dataclass
class Reach:
    """Whether Prefect takes runs, what is wrong where it does not, as a code, and since when."""

    is_there: bool = False
    trouble: str | None = UNASKED
    since: datetime.datetime | None = field(default_factory=lambda: datetime.datetime.now(datetime.UTC))

    def found(self) -> None:
        """It takes runs."""
        self.is_there, self.trouble, self.since = True, None, None

    def lost(self, trouble: str) -> None:
        """It does not."""
        self.is_there, self.trouble = False, trouble
        self.since = self.since or datetime.datetime.now(datetime.UTC)


def beat(ctx: Context, reach: Reach, held: list[UUID], runs: list[UUID]) -> None:
    """Renew the leases of what is in work, and say that this engine lives, and that the database takes it."""
    trouble = ctx.channel.trouble
    values = (
        ctx.engine,
        reach.is_there,
        reach.trouble,
        reach.since,
        ctx.channel.stopped,
        trouble.answer if trouble is not None else None,
        trouble.since if trouble is not None else None,
        ctx.channel.accepted_at,
        ctx.boundaries.held.vintage,
        runs,
    )
    with ctx.database.transaction() as tx:
        renew(tx, held, ctx.settings.lease_s)
        tx.execute(BEAT, values)
    mark_well(ctx.settings.data_dir, "database")


def stop_beating(ctx: Context) -> None:
    """An engine that drained is not there any more: nobody need wait until it would be taken for gone."""
    with ctx.database.transaction() as tx:
        tx.execute("UPDATE heartbeat SET ended_at = now() WHERE engine = %s", (ctx.engine,))
