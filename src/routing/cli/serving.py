"""Serve the web from one process or several."""

import contextlib
import gc
import os
import signal
import socket
import threading
import time
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from uvicorn import Config

    from routing.settings import Settings

PARENT_POLL_S = 0.5
PARENT = "_WAYWARDEN_WEB_PARENT"
"""Process id of the parent. Workers are told it, because the parent may die before they could ask."""


def serve_web(settings: "Settings") -> None:
    """Serve until SIGTERM or SIGINT, then finish open requests."""
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    from routing.cli import FAILED
    from routing.web.protocol import BoundedProtocol

    config = uvicorn.Config(
        "routing.cli.serving:make_app",
        factory=True,
        host=settings.host,
        port=settings.web_port,
        workers=settings.web_processes,
        access_log=False,  # addresses of tracking pages hold their tokens
        log_level="warning",
        server_header=False,
        http=BoundedProtocol,
    )
    listening = listen(config)
    if settings.web_processes > 1:
        os.environ[PARENT] = str(os.getpid())
        Multiprocess(config, sockets=[listening]).run()
        return
    server = uvicorn.Server(config)
    with contextlib.suppress(KeyboardInterrupt):
        server.run([listening])
    if not server.started:
        raise typer.Exit(FAILED)


def listen(config: "Config") -> socket.socket:
    """Bind the port, with Nagle's algorithm off for every incoming connection.

    An event loop only switches it off for sockets it made. Without this, each answer has two writes and waits 40 ms
    for the client's delayed acknowledgement (measured: 21 answers a second on a connection).
    """
    listening = config.bind_socket()
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def make_app() -> Any:
    """The app of one process. A worker ends when its parent is killed, so that the next parent can bind the port."""
    from routing.web import from_environment

    parent = os.environ.get(PARENT)
    if parent is not None:
        threading.Thread(target=_end_with, args=(int(parent),), name="parent", daemon=True).start()
    app = from_environment()
    gc.collect()
    gc.freeze()  # modules and definitions stay in memory: garbage collection need not check them again
    return app


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_POLL_S)
    os.kill(os.getpid(), signal.SIGTERM)
