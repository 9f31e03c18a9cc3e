"""prefect.yaml against the flows it names, and the versions that work together."""

import inspect
import zoneinfo
from pathlib import Path

import pytest
import yaml

from routing.settings import shipped
from tests.present import present

pytestmark = pytest.mark.thorough

DEPLOYMENTS = yaml.safe_load(shipped("prefect.yaml").read_text())["deployments"]
IDS = [deployment["entrypoint"].rpartition(".")[2] for deployment in DEPLOYMENTS]


def load(deployment):
    from prefect.flows import load_flow_from_entrypoint

    return load_flow_from_entrypoint(deployment["entrypoint"], use_placeholder_flow=False)


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=IDS)
def test_every_entry_point_is_an_async_flow_named_after_its_file(deployment):
    flow = load(deployment)
    assert flow.isasync
    assert flow.name.replace("-", "_") == deployment["entrypoint"].split(".")[1]
    assert flow.persist_result is False


@pytest.mark.parametrize("deployment", DEPLOYMENTS, ids=IDS)
def test_every_schedule_has_a_time_zone_and_parameters_that_the_flow_takes(deployment):
    parameters = inspect.signature(load(deployment).fn).parameters
    for schedule in deployment.get("schedules", []):
        assert zoneinfo.ZoneInfo(schedule["timezone"])
        assert set(schedule.get("parameters", {})) <= set(parameters)
        assert all(p.default is not p.empty for p in parameters.values())


def test_every_flow_file_is_deployed_and_nothing_is_pulled():
    files = {path.stem for path in Path("flows").glob("*.py")} - {"__init__"}
    assert {deployment["entrypoint"].split(".")[1] for deployment in DEPLOYMENTS} == files
    assert yaml.safe_load(shipped("prefect.yaml").read_text())["pull"] == []


def test_the_flows_that_carry_reports_are_run_by_the_engine_and_no_worker():
    from routing.engine.prefect_gateway import ENGINE_FLOWS, ENGINE_POOL

    of_engine = {
        d["entrypoint"].split(".")[1].replace("_", "-") for d in DEPLOYMENTS if d["work_pool"]["name"] == ENGINE_POOL
    }
    assert of_engine == set(ENGINE_FLOWS)


def test_the_prefect_server_can_be_imported_with_the_installed_fastapi():
    import fastapi
    import prefect
    import prefect.server.api.server
    import sqlalchemy

    assert prefect.__version__ == "3.8.8"
    assert tuple(int(part) for part in fastapi.__version__.split(".")[:2]) < (0, 151)
    assert sqlalchemy.__version__.startswith("2.0.")


def test_only_ids_are_parameters():
    for deployment in DEPLOYMENTS:
        assert set(inspect.signature(load(deployment).fn).parameters) <= {"batch_id", "vintage"}


@pytest.mark.parametrize("path", sorted(Path("flows").glob("*.py")), ids=lambda path: path.stem)
def test_a_flow_is_thin(path):
    import ast

    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.AsyncFunctionDef):
            assert present(node.end_lineno) - node.lineno < 35
