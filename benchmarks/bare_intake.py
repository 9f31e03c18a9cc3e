"""The limit of intake: the same check, look-up and commit for each report, called straight away, without HTTP.

Prints ``ready``, takes reports over so many threads until it is ended, and prints how many it took and how long.
"""

import signal
import sys
import threading
import time

from benchmarks.load import mix
from routing.settings import read_settings
from routing.web.context import make_web_context
from routing.web.intake import ReportIn, take_report


def main() -> None:
    threads = int(sys.argv[1])
    ctx = make_web_context(read_settings(), "http://127.0.0.1")
    ctx.start()
    bodies = [case.body(number) for number, case in enumerate(mix())]
    taken, stop = [0] * threads, threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def take(number: int) -> None:
        while not stop.is_set():
            take_report(ctx, ReportIn.model_validate(bodies[(taken[number] + number) % len(bodies)]), None)
            taken[number] += 1

    sys.stdout.write("ready\n")
    sys.stdout.flush()
    started = time.perf_counter()
    workers = [threading.Thread(target=take, args=(number,)) for number in range(threads)]
    for worker in workers:
        worker.start()
    stop.wait()
    for worker in workers:
        worker.join()
    sys.stdout.write(f"{sum(taken)} {time.perf_counter() - started}\n")
    ctx.stop()


if __name__ == "__main__":
    main()
