"""Prefect's setup in environment variables: on loopback, with sign-in, quiet, on PostgreSQL, without personal data."""

import os

from routing.private import AUTH_VARIABLES, prefect_auth
from routing.settings import Settings

EVENT_DAYS = 2
"""Days to keep Prefect's events. There are three for each task run, which are most of its rows."""


ALWAYS = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
    "PREFECT_SERVER_UI_V2_ENABLED": "false",
    "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
    "PREFECT_SERVER_API_MAX_PARAMETER_SIZE": "4096",
    "PREFECT_SERVER_DATABASE_SQLALCHEMY_POOL_SIZE": "3",
    "PREFECT_SERVER_DATABASE_SQLALCHEMY_MAX_OVERFLOW": "12",
    "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
    "PREFECT_SERVER_SERVICES_LATE_RUNS_LOOP_SECONDS": "15",
    "PREFECT_SERVER_SERVICES_SCHEDULER_RECENT_DEPLOYMENTS_LOOP_SECONDS": "30",
    "PREFECT_SERVER_SERVICES_PAUSE_EXPIRATIONS_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_CLEANUP_RECONCILER_LOOP_SECONDS": "60",
    "PREFECT_SERVER_SERVICES_REPOSSESSOR_LOOP_SECONDS": "60",
    "PREFECT_RESULTS_PERSIST_BY_DEFAULT": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_EVENTS_WORKER_MAX_QUEUE_SIZE": "10000",
    "PREFECT_API_REQUEST_TIMEOUT": "15",
    "PREFECT_CLIENT_MAX_RETRIES": "1",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_CLI_PROMPT": "false",
}
"""The server may have 15 connections and keeps three: each takes 5 to 10 MB of the database, and a run needs no more.

Several services of the server check every five seconds for things that here change once a day or never, like pauses.

With a sign-in, the newer of Prefect's two UIs calls a statistics service before it knows that statistics are off. So we
show the older one."""


def prefect_environment(settings: Settings, api_url: str, database_url: str | None = None) -> dict[str, str]:
    """Settings for Prefect's server and for every process that talks with it.

    Args:
        api_url: ``http://127.0.0.1:4200/api``.
        database_url: PostgreSQL for the server, like ``postgresql://…``. Only the server needs it.

    Raises:
        ConfigurationError: the string that opens Prefect's API cannot be stored.
    """
    origin = api_url.removesuffix("/api")
    auth = prefect_auth(settings.data_dir)
    environment = ALWAYS | {
        "PREFECT_API_URL": api_url,
        "PREFECT_HOME": str(settings.prefect_home),
        "PREFECT_SERVER_UI_API_URL": api_url,
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": origin,
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(settings.prefect_retention_days * 86_400),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"P{EVENT_DAYS}D",
    }
    environment |= {name: os.environ.get(name) or auth for name in AUTH_VARIABLES}
    if database_url is not None:
        scheme = "postgresql+asyncpg://"
        environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database_url.replace("postgresql://", scheme, 1)
    return environment
