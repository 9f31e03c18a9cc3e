"""Now, as cases see it. For development and tests, a file can set it ahead; leases and retries go by the real time.

``WAYWARDEN_CLOCK_FILE`` names a file with a number of seconds. Every process of the installation reads it each time, so
whoever writes it moves the time of all cases at once.
"""

import datetime
import os
from pathlib import Path

VARIABLE = "WAYWARDEN_CLOCK_FILE"


def ahead_s() -> float:
    """Seconds by which the time of cases is ahead; 0 without such a file.

    Raises:
        ValueError: the file holds no number.
    """
    name = os.environ.get(VARIABLE)
    if not name:
        return 0.0
    try:
        return float(Path(name).read_text(encoding="ascii").strip() or "0")
    except FileNotFoundError:
        return 0.0


def now() -> datetime.datetime:
    """Now, in UTC."""
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=ahead_s())
