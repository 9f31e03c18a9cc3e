"""The limit of intake: the same check, look-up and commit for each report, called straight away, without HTTP.

Prints ``ready``, takes reports over so many threads until it is ended, and prints how many it took and how long.
"""

import signal
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

from benchmarks.load import mix
from routing.settings import read_settings
from routing.web.context import make_web_context
from routing.web.intake import ReportIn, take_report


def main() -> None:
    threads = int(sys.argv[1])
    ctx = make_web_context(read_settings(), "http://127.0.0.1")
    ctx.start()
    council = ctx.catalogue.default
    bodies = [case.body(number) for number, case in enumerate(mix())]
    taken, stop = [0] * threads, threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())

    def take(number: int) -> None:
        while not stop.is_set():
            body = bodies[(taken[number] + number) % len(bodies)]
            take_report(ctx, council, ReportIn.model_validate(body), None)
            taken[number] += 1

    with ThreadPoolExecutor(threads) as pool:
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        started = time.perf_counter()
        takers = [pool.submit(take, number) for number in range(threads)]
        stop.wait()
        for taker in takers:
            taker.result()  # what one of them failed by ends the script, instead of a figure that is too low
    sys.stdout.write(f"{sum(taken)} {time.perf_counter() - started}\n")
    ctx.stop()


if __name__ == "__main__":
    main()
