"""What all tests share: a real PostgreSQL, a fresh database for each test, real HTTP and SMTP on loopback."""

import os
import tempfile

os.environ["PREFECT_HOME"] = tempfile.mkdtemp(prefix="ww-prefect-home-")  # before anything imports Prefect
os.environ["DO_NOT_TRACK"] = "1"
for _name in [name for name in os.environ if name.startswith("WAYWARDEN_") and name != "WAYWARDEN_REAL_DATA"]:
    del os.environ[_name]

import shutil  # noqa: E402
import subprocess  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable, Iterator  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import TYPE_CHECKING  # noqa: E402

import hypothesis  # noqa: E402
import psycopg  # noqa: E402
import pytest  # noqa: E402
from psycopg import sql  # noqa: E402

from routing.casework import Catalogue, read_catalogue  # noqa: E402
from routing.cli.supervisor import free_port  # noqa: E402
from routing.database import Database, EmbeddedServer, upgrade  # noqa: E402
from routing.engine.environment import prefect_environment  # noqa: E402
from routing.place import SHIPPED, activate, load_vintage  # noqa: E402
from routing.place.build import read_areas  # noqa: E402
from routing.settings import Settings  # noqa: E402
from routing.standins import ModernGovServer  # noqa: E402
from tests.servers import (  # noqa: E402
    MailServer,
    OneServer,
    RunningWeb,
    mail_server,
    moderngov_server,
    one_server,
    web_server,
)

if TYPE_CHECKING:
    from tests.place.publisher import Publisher

# Prefect reads its settings when it is first imported, by whatever test comes first: so the address of the session's
# server is set before, though the server is only started by the first test that needs it.
PREFECT_API = f"http://127.0.0.1:{free_port()}/api"
os.environ.update(prefect_environment(Settings(data_dir=Path(tempfile.mkdtemp(prefix="ww-prefect-"))), PREFECT_API))

# Not to explain: for that, hypothesis traces every line, and the tracer brought the interpreter down (Python 3.11.7,
# "Fatal Python error: Aborted" in scrutineer.trace, about one run in thirty).
hypothesis.settings.register_profile(
    "waywarden", phases=[phase for phase in hypothesis.Phase if phase is not hypothesis.Phase.explain]
)
hypothesis.settings.load_profile("waywarden")

ROOT = Path(__file__).parent.parent
PLAIN = ROOT / "tests" / "plain"
"""Councils and processes without stages, as councils can still have them. What the fictional councils ship has stages."""

os.environ["WAYWARDEN_COUNCILS_DIR"] = str(PLAIN / "councils")  # for commands, and whatever a test does not tell
os.environ["WAYWARDEN_PROCESSES_DIR"] = str(PLAIN / "processes")
SLOW = {"prefect", "browser", "installation", "real_data", "thorough"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if not SLOW & {mark.name for mark in item.iter_markers()}:
            item.add_marker("fast")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are cores: a test waits for a socket half of its time."""
    return min(len(os.sched_getaffinity(0)) + 1, 4) if hasattr(os, "sched_getaffinity") else 3


def pytest_runtest_setup(item: pytest.Item) -> None:
    import pytest_socket

    pytest_socket.socket_allow_hosts(["127.0.0.1", "::1", "localhost"], allow_unix_socket=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedServer]:
    """One embedded server for the session; the data is thrown away, so it need not reach the disk."""
    folder = Path(tempfile.mkdtemp(prefix="ww-pg-"))
    options = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
    server = EmbeddedServer(folder, tuple(part for option in options for part in ("-c", option)))
    server.start("prefect")
    yield server
    server.stop()
    until(lambda: not (folder / "data" / "postmaster.pid").exists())
    shutil.rmtree(folder, ignore_errors=True)


def _run_sql(server: EmbeddedServer, statement: sql.Composed | sql.SQL) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def template(postgres: EmbeddedServer) -> str:
    """A migrated database with the embedded district active, to be copied."""
    _run_sql(postgres, sql.SQL("CREATE DATABASE template_waywarden"))
    url = postgres.url("template_waywarden")
    upgrade(url)
    database = Database(url, connections=1)
    with database.transaction() as tx:
        folder = ROOT / "data" / "boundaries"
        areas = read_areas(folder / "parishes.geojson", folder / "districts.geojson").areas
        activate(tx, load_vintage(tx, SHIPPED, "parishes.geojson", areas))
    database.close()
    return "template_waywarden"


@pytest.fixture(scope="session")
def _shared_url(postgres: EmbeddedServer, template: str) -> str:
    _run_sql(postgres, sql.SQL("CREATE DATABASE test TEMPLATE {}").format(sql.Identifier(template)))
    return postgres.url("test")


TABLES = (
    "answer_link", "case_event", "case_seat", "history", "decision", "delivery", "letter", "case_entry", "case_stage", "satisfaction", "addition", "tracking_token", "idempotency_key", "journey", "reporter_look", "reporter", "report",
    "batch", "heartbeat", "stray_run", "stopped_address", "history_anchor",
    "contact_page", "contact_round", "contact_change", "contact", "parish_link", "parish_link_change", "definition", "postcode", "place_name",
)  # fmt: skip


# For a handful of rows DELETE is a tenth of TRUNCATE, which makes every table and index anew.
EMPTYING = ";".join(
    [
        "SET session_replication_role = replica",  # history refuses to be emptied otherwise
        *(f"DELETE FROM {table}" for table in TABLES),
        *(f"DELETE FROM {table} WHERE vintage NOT LIKE 'embedded-%'" for table in ("area", "activation")),
        "DELETE FROM vintage WHERE id NOT LIKE 'embedded-%'",
        "DELETE FROM code_change",
        "UPDATE vintage SET state = 'active', valid_to = NULL WHERE state <> 'active' OR valid_to IS NOT NULL",
    ]
)


def empty(url: str) -> None:
    """Take everything out of a database but the schema and the embedded district."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(EMPTYING)


@pytest.fixture
def database_url(_shared_url: str) -> str:
    """A database as a fresh installation has it: schema, embedded district, nothing else."""
    empty(_shared_url)
    return _shared_url


@pytest.fixture
def empty_database(postgres: EmbeddedServer) -> Iterator[str]:
    """A database in which nothing is, not even a schema."""
    name = sql.Identifier("empty_database")
    _run_sql(postgres, sql.SQL("CREATE DATABASE {}").format(name))
    yield postgres.url("empty_database")
    _run_sql(postgres, sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    made = Database(database_url, connections=8)
    yield made
    made.close()


@pytest.fixture(scope="session")
def catalogue() -> Catalogue:
    return read_catalogue(PLAIN / "councils", PLAIN / "processes")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, database_url=database_url)


@pytest.fixture
def mailbox() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for loopback that nobody but itself signed, and its key."""
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1,DNS:localhost", "-keyout", str(key), "-out", str(certificate)],
        check=True, capture_output=True,
    )  # fmt: skip
    return certificate, key


@pytest.fixture
def moderngov_server_() -> Iterator[tuple[str, ModernGovServer]]:
    with moderngov_server(ROOT / "data" / "moderngov" / "clerks.csv") as running:
        yield running


@pytest.fixture
def moderngov(moderngov_server_: tuple[str, ModernGovServer]) -> str:
    """Address of a Modern.Gov stand-in."""
    return moderngov_server_[0]


@pytest.fixture
def faulty(moderngov_server_: tuple[str, ModernGovServer]) -> ModernGovServer:
    """The same stand-in, to be told what goes wrong."""
    return moderngov_server_[1]


@pytest.fixture(scope="session")
def http() -> Iterator[OneServer]:
    with one_server() as server:
        yield server


@pytest.fixture
def web(settings: Settings, http: OneServer) -> Iterator[RunningWeb]:
    with web_server(settings, http) as running:
        yield running


def until(condition: Callable[[], object], deadline_s: float = 30.0, what: str = "") -> None:
    """Wait for a condition, with a deadline."""
    deadline = time.monotonic() + deadline_s
    while not condition():
        if time.monotonic() > deadline:
            pytest.fail(f"not within {deadline_s} s: {what or condition}")
        time.sleep(0.02)


@pytest.fixture(scope="session")
def one_publisher() -> Iterator["Publisher"]:
    from tests.place.publisher import running

    with running() as made:
        yield made


@pytest.fixture
def publisher(one_publisher: "Publisher") -> "Publisher":
    """A publisher of boundaries on loopback, with every switch as it is on a good day."""
    from routing.standins.portal import Switches

    for service in one_publisher.services.values():
        service.switches = Switches()
    return one_publisher


@pytest.fixture
def own_publisher() -> Iterator["Publisher"]:
    """One that no other test asks: requests that were given up may still be answered later."""
    from tests.place.publisher import running

    with running() as made:
        yield made
