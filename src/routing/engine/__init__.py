"""The engine room: claims, leases, runs. Besides ``flows`` the only room that knows Prefect.

It loads its names when they are used, because importing Prefect takes seconds, and the database's migrations only need
the table of heartbeats.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from routing.engine import step
    from routing.engine.artifacts import Progress, end_runs, publish, publish_routing, publish_stages, with_progress
    from routing.engine.batches import claim, give_back, take, tell_of_stranded
    from routing.engine.boundary_artifacts import Preview, publish_vintage
    from routing.engine.contact_artifacts import announce_contacts, publish_contacts
    from routing.engine.deployments import deploy
    from routing.engine.environment import prefect_environment
    from routing.engine.orphaned_runs import OrphanedRun, due_orphaned_runs
    from routing.engine.resources import Context, adopt, context, make_context, using
    from routing.engine.runner import Engine

_HOMES = {
    "Context": "resources",
    "Engine": "runner",
    "Preview": "boundary_artifacts",
    "Progress": "artifacts",
    "OrphanedRun": "orphaned_runs",
    "adopt": "resources",
    "announce_contacts": "contact_artifacts",
    "claim": "batches",
    "context": "resources",
    "deploy": "deployments",
    "due_orphaned_runs": "orphaned_runs",
    "end_runs": "artifacts",
    "give_back": "batches",
    "make_context": "resources",
    "prefect_environment": "environment",
    "publish": "artifacts",
    "publish_contacts": "contact_artifacts",
    "publish_routing": "artifacts",
    "publish_stages": "artifacts",
    "publish_vintage": "boundary_artifacts",
    "step": "step",
    "take": "batches",
    "tell_of_stranded": "batches",
    "using": "resources",
    "with_progress": "artifacts",
}

__all__ = [
    "Context",
    "Engine",
    "OrphanedRun",
    "Preview",
    "Progress",
    "adopt",
    "announce_contacts",
    "claim",
    "context",
    "deploy",
    "due_orphaned_runs",
    "end_runs",
    "give_back",
    "make_context",
    "prefect_environment",
    "publish",
    "publish_contacts",
    "publish_routing",
    "publish_stages",
    "publish_vintage",
    "step",
    "take",
    "tell_of_stranded",
    "using",
    "with_progress",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    home = import_module(f"{__name__}.{_HOMES[name]}")
    return home if name == "step" else getattr(home, name)
