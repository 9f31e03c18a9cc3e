"""One Prefect server for the session, on the embedded PostgreSQL, with the deployments registered."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests

from routing.database import EmbeddedServer
from routing.settings import Settings
from tests.conftest import PLAIN, PREFECT_API, until
from tests.servers import MailServer


class PrefectServer:
    """A Prefect server, and its API as the tests ask it."""

    def __init__(self, ui: str, database_url: str, log: Path) -> None:
        self.ui, self.api, self.database_url, self.log = ui, f"{ui}/api", database_url, log
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        port = self.ui.rpartition(":")[2]
        command = [sys.executable, "-m", "prefect", "server", "start", "--host", "127.0.0.1", "--port", port]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        until(self.answers, 90, "Prefect's server answers")

    def stop(self) -> None:
        """Kill it, as an outage does."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait(60)
            self.process = None

    @contextlib.contextmanager
    def outage(self) -> Iterator[None]:
        """The server is away for the duration of a block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    @property
    def auth(self) -> tuple[str, str]:
        """What opens it, as every process of an installation is told."""
        user, _, password = os.environ["PREFECT_API_AUTH_STRING"].partition(":")
        return user, password

    def answers(self) -> bool:
        with contextlib.suppress(requests.RequestException):
            return requests.get(f"{self.api}/health", timeout=2).status_code == 200
        return False

    def post(self, path: str, body: dict[str, Any]) -> Any:
        client = {"client": "tests"}
        token = requests.get(f"{self.api}/csrf-token", params=client, auth=self.auth, timeout=10).json()["token"]
        headers = {"Prefect-Csrf-Token": token, "Prefect-Csrf-Client": "tests"}
        answer = requests.post(f"{self.api}/{path}", json=body, headers=headers, auth=self.auth, timeout=20)
        assert answer.ok, answer.text
        return answer.json()

    def runs(self, flow: str = "route-reports", **name: str) -> list[dict[str, Any]]:
        body: dict[str, Any] = {"flows": {"name": {"any_": [flow]}}, "sort": "START_TIME_DESC", "limit": 200}
        if name:
            body["flow_runs"] = {"name": {"any_": [name["name"]]}}
        found = self.post("flow_runs/filter", body)
        assert isinstance(found, list)
        return found


@pytest.fixture(scope="session")
def prefect_server(postgres: EmbeddedServer) -> Iterator[PrefectServer]:
    from routing.engine.environment import prefect_environment

    ui = PREFECT_API.removesuffix("/api")
    folder = Path(tempfile.mkdtemp(prefix="ww-prefect-"))
    settings = Settings(data_dir=folder)
    environment = prefect_environment(settings, f"{ui}/api", postgres.url("prefect"))
    environment["PREFECT_HOME"] = os.environ["PREFECT_HOME"]
    os.environ.update(environment)
    server = PrefectServer(ui, postgres.url("prefect"), folder / "server.log")
    server.start()
    from prefect.settings import PREFECT_API_URL

    assert PREFECT_API_URL.value() == server.api, "Prefect was imported before its address was set"
    from routing.engine import deploy

    deploy()
    yield server
    server.stop()


MakeEngine = Callable[..., contextlib.AbstractContextManager[Any]]


@pytest.fixture
def engine_settings(settings: Settings, mailbox: MailServer) -> Settings:
    """Settings of an engine that sends to the test's mailbox, and does not wait long for anything."""
    return settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": mailbox.port,
            "smtp_security": "none",
            "smtp_from": "waywarden@reports.example",
            "councils_dir": PLAIN / "councils",
            "processes_dir": PLAIN / "processes",
            "lease_s": 4.0,
            "scan_s": 0.3,
            "ui_poll_s": 0.3,
            "retry_after_s": (1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
            "moderngov_interval_s": 0.0,
            "mail_per_citizen_day": 0,
            "mail_per_recipient_hour": 0,
        }
    )


@pytest.fixture
def make_engine(prefect_server: PrefectServer, engine_settings: Settings) -> MakeEngine:
    """Run an engine in this process, over a context that a test may change."""
    from routing.engine import Engine, make_context, using

    @contextlib.contextmanager
    def run(**changes: object) -> Iterator[Engine]:
        ctx = make_context(engine_settings)
        for name, value in changes.items():
            setattr(ctx, name, value)
        with ctx.database.transaction() as tx:
            ctx.catalogue.store(tx)
        with using(ctx):
            engine = Engine(ctx)
            engine.start()
            assert engine.is_ready.wait(60), "the engine did not reach Prefect"
            try:
                yield engine
            finally:
                drained = engine.stop(60)
                ctx.close()
        assert drained, "the engine did not drain"

    return run
