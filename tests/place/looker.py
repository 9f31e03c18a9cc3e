"""A process that looks points up until its input ends: a line of JSON for each time that it has asked for all of them."""

import json
import sys
import threading

from routing.database import Database
from routing.place import CurrentBoundaries, View, locate_one

VIEW = View("E07999001", frozenset({"E07999001"}), 0.0)


def main(url: str, points: list[tuple[float, float]]) -> None:
    database, current = Database(url, connections=1), CurrentBoundaries()
    ended = threading.Event()

    def watch() -> None:
        sys.stdin.read()
        ended.set()

    threading.Thread(target=watch, daemon=True).start()
    while not ended.is_set():
        with database.transaction() as tx:
            held = current.current(tx)
        places = [locate_one(x, y, held, VIEW) for x, y in points]
        codes = [place.area.code if place.area else None for place in places]
        sys.stdout.write(json.dumps([sorted({place.vintage for place in places}), codes]) + "\n")
        sys.stdout.flush()
    database.close()


if __name__ == "__main__":
    main(sys.argv[1], json.loads(sys.argv[2]))
