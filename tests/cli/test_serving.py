"""The web's port, shared by several processes."""

import os
import signal
import socket
import subprocess
import sys

import uvicorn

from routing.cli.serving import PARENT, listen
from tests.conftest import until


def test_no_connection_waits_for_delayed_acknowledgements():
    with listen(uvicorn.Config("none:none", host="127.0.0.1", port=0, log_level="error")) as listening:
        listening.listen()
        with socket.create_connection(listening.getsockname()):
            accepted, _ = listening.accept()
            with accepted:
                assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


WORKER = """
import sys, threading, time
from routing.cli.serving import _end_with
threading.Thread(target=_end_with, args=(int(sys.argv[1]),), daemon=True).start()
time.sleep(60)
"""


def test_a_worker_whose_parent_died_before_it_was_up_ends():
    with subprocess.Popen([sys.executable, "-c", "pass"]) as dead:
        dead.wait()
    with subprocess.Popen(
        [sys.executable, "-c", WORKER, str(dead.pid)], env=os.environ | {PARENT: str(dead.pid)}
    ) as worker:
        until(lambda: worker.poll() is not None, 20)
        assert worker.returncode == -signal.SIGTERM
