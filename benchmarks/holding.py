"""What holding a vintage costs a process: ``python -m benchmarks.holding polygons|all URL VINTAGE``; a line of JSON."""

import ctypes
import json
import os
import sys
import time

import shapely

from benchmarks.stage import rss_mb
from routing.database import Database, Transaction
from routing.place import read_boundaries


def main(what: str, url: str, vintage: str) -> None:
    """Load polygons alone, or the whole snapshot: index, outlines, prepared and warmed."""
    database = Database(url, connections=1)
    with database.transaction() as tx:
        read_boundaries(tx, None)  # what is imported and set up once is no part of it
        before = _held_mb()
        started = time.perf_counter()
        held = LOADERS[what](tx, vintage)
        seconds = time.perf_counter() - started
    database.close()
    print(json.dumps({"seconds": round(seconds, 3), "mb": round(_held_mb() - before, 1)}))
    del held


def _polygons(tx: Transaction, vintage: str) -> object:
    rows = tx.execute("SELECT wkb FROM area WHERE vintage = %s", (vintage,), binary=True).fetchall()
    return shapely.from_wkb([row["wkb"] for row in rows])


def _held_mb() -> float:
    """Memory after what is free was given back to the system."""
    ctypes.CDLL(None).malloc_trim(0)
    return rss_mb(os.getpid())


LOADERS = {"polygons": _polygons, "all": read_boundaries}

if __name__ == "__main__":
    main(*sys.argv[1:])
