"""``flow.serve`` as Prefect documents it, with its default settings."""

import sys

from flows.route_reports import route_reports

if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    route_reports.serve(name="bench-serve", print_starting_message=False)
