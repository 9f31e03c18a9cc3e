"""An engine's signs of life, its work and its problems, written every few seconds."""

import datetime
import json
from dataclasses import dataclass, field
from uuid import UUID

from routing.casework import renew
from routing.delivery import ChannelHealth
from routing.engine.resources import Context
from routing.health import mark_well
from routing.vocabulary import SMTP

BEAT = """
INSERT INTO heartbeat
    (engine, prefect_reachable, prefect_trouble, prefect_since, channel_stopped, mail_trouble, mail_since,
     mail_accepted, channels, vintage, runs)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s,
    (SELECT jsonb_object_agg(key, value || jsonb_build_object('at', now())) FROM jsonb_each(%s::jsonb)), %s, %s)
ON CONFLICT (engine) DO UPDATE SET seen_at = now(), vintage = excluded.vintage, runs = excluded.runs,
    prefect_reachable = excluded.prefect_reachable, prefect_trouble = excluded.prefect_trouble,
    prefect_since = excluded.prefect_since,
    channel_stopped = excluded.channel_stopped, mail_trouble = excluded.mail_trouble, mail_since = excluded.mail_since,
    mail_accepted = coalesce(excluded.mail_accepted, heartbeat.mail_accepted), ended_at = NULL,
    channels = (SELECT jsonb_object_agg(key, value || jsonb_build_object('accepted_at',
            coalesce(value ->> 'accepted_at', heartbeat.channels -> key ->> 'accepted_at')))
        FROM jsonb_each(excluded.channels))
"""
# A web of a former version reads the columns for mail. All others read ``channels``.

UNASKED = "unasked"
"""The trouble with Prefect when an engine starts."""


@dataclass
class Reach:
    """Whether Prefect takes runs, and if not, since when and why, as a code."""

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
    """Renew the leases of current work, and record that this engine lives and the database works."""
    said = {name: _said(channel.health) for name, channel in ctx.channels.items()}
    mail = said.get(SMTP, {})
    values = (
        ctx.engine,
        reach.is_there,
        reach.trouble,
        reach.since,
        mail.get("stopped"),
        mail.get("trouble"),
        mail.get("since"),
        mail.get("accepted_at"),
        json.dumps(said),
        ctx.boundaries.held.vintage,
        runs,
    )
    with ctx.database.transaction() as tx:
        renew(tx, held, ctx.settings.lease_s)
        tx.execute(BEAT, values)
    mark_well(ctx.settings.data_dir, "database")


def _said(health: ChannelHealth) -> dict[str, str | None]:
    """The stored state of a channel, with times in ISO 8601."""
    trouble, accepted_at = health.trouble, health.accepted_at
    return {
        "stopped": health.stopped,
        "trouble": trouble.answer if trouble is not None else None,
        "since": trouble.since.isoformat() if trouble is not None else None,
        "accepted_at": accepted_at.isoformat() if accepted_at is not None else None,
    }


def stop_beating(ctx: Context) -> None:
    """Record the end of an engine, so that nobody waits for it to be silent."""
    with ctx.database.transaction() as tx:
        tx.execute("UPDATE heartbeat SET ended_at = now() WHERE engine = %s", (ctx.engine,))
