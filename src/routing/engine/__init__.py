"""The engine room: claims, leases, runs. Besides ``flows`` the only room that knows Prefect.

Its names are loaded when they are used: importing Prefect takes seconds, and the database's migrations come in here
only for the table of heartbeats.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routing.engine import step
    from routing.engine.artifacts import crash_runs, publish, publish_routing
    from routing.engine.batches import claim, give_back, take
    from routing.engine.deployments import deploy
    from routing.engine.environment import prefect_environment
    from routing.engine.resources import Context, context, make_context, using
    from routing.engine.runner import Engine

_HOMES = {
    "Context": "resources",
    "Engine": "runner",
    "claim": "batches",
    "context": "resources",
    "crash_runs": "artifacts",
    "deploy": "deployments",
    "give_back": "batches",
    "make_context": "resources",
    "prefect_environment": "environment",
    "publish": "artifacts",
    "publish_routing": "artifacts",
    "step": "step",
    "take": "batches",
    "using": "resources",
}

__all__ = [
    "Context",
    "Engine",
    "claim",
    "context",
    "crash_runs",
    "deploy",
    "give_back",
    "make_context",
    "prefect_environment",
    "publish",
    "publish_routing",
    "step",
    "take",
    "using",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES[name]}")
    return home if name == "step" else getattr(home, name)
