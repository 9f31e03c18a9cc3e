"""Stop using the embedded server, for a light process that cannot: ``python -m routing.database.stopping``."""

import os
import sys
from pathlib import Path

from routing.database.embedded import EmbeddedServer

if __name__ == "__main__":
    root, held, wait_s = sys.argv[1:]
    server = EmbeddedServer(Path(root))
    server.go_on(os.fdopen(int(held), "ab"))
    server.stop(float(wait_s))
