"""Does it stay flat: more reports waiting, and more closed ones in the store."""

import time

from benchmarks.load import messages_of, mix, put, put_closed
from benchmarks.stage import Stage, rss_mb, until
from benchmarks.surge import drain


def growth(stage: Stage, waiting: tuple[int, ...], closed: int, timed: int, *, to_the_end: bool) -> dict[str, float]:
    """Milliseconds for each report of a surge.

    Args:
        waiting: how many wait at the start.
        closed: how many closed reports are in the store for the last measurement.
        timed: with more than so many waiting, the time of so many is taken while the rest goes on waiting.
        to_the_end: or until none waits any more.
    """
    found: dict[str, float] = {}
    for number in waiting:
        stage.forget()
        with stage.engines() as pids:
            seconds, reports = _timed(stage, number, number if to_the_end else min(number, timed))
            found[f"ms_per_report_{number}_waiting"] = round(seconds / reports * 1000, 2)
            found[f"engine_mb_{number}_waiting"] = rss_mb(pids[0], "VmHWM")
    stage.forget()
    with stage.database.transaction() as tx:
        found["closed"] = closed
        found["filling_s"] = round(put_closed(tx, closed))
    with stage.database.statements() as tx:
        tx.execute("VACUUM ANALYZE")
    with stage.engines() as pids:
        reports = waiting[1]
        found[f"ms_per_report_{reports}_waiting_{closed}_closed"] = round(drain(stage, reports) / reports * 1000, 2)
        found["engine_mb_closed"] = rss_mb(pids[0], "VmHWM")
    stage.forget()
    base = found[f"ms_per_report_{reports}_waiting"]
    found["ratio_most_waiting"] = round(found[f"ms_per_report_{waiting[-1]}_waiting"] / base, 2)
    found["ratio_closed"] = round(found[f"ms_per_report_{reports}_waiting_{closed}_closed"] / base, 2)
    return found


def _timed(stage: Stage, waiting: int, timed: int) -> tuple[float, int]:
    """Seconds for some of the reports that wait, and for how many; all of them where ``timed`` is that."""
    if timed == waiting:
        return drain(stage, waiting), waiting
    with stage.database.transaction() as tx:
        put(tx, mix(), waiting)
    begun = time.time()
    expected = messages_of(mix(), timed)
    until(lambda: stage.arrived()[0] >= expected, f"{expected} messages", pause_s=0.05)
    return time.time() - begun, timed
