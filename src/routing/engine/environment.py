"""How Prefect is set up, as environment variables: on loopback, quiet, on PostgreSQL, nothing personal."""

from routing.settings import Settings

EVENT_DAYS = 2
"""Days for which Prefect keeps its events: three for each task run, by far the most of its rows."""


def prefect_environment(settings: Settings, api_url: str, database_url: str | None = None) -> dict[str, str]:
    """Settings for Prefect's server and for every process that talks with it.

    Args:
        api_url: ``http://127.0.0.1:4200/api``.
        database_url: PostgreSQL for the server, as ``postgresql://…``; only the server needs it.
    """
    origin = api_url.removesuffix("/api")
    environment = {
        "PREFECT_API_URL": api_url,
        "PREFECT_HOME": str(settings.prefect_home),
        "DO_NOT_TRACK": "1",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_API_URL": api_url,
        "PREFECT_SERVER_UI_SHOW_PROMOTIONAL_CONTENT": "false",
        "PREFECT_SERVER_API_CORS_ALLOWED_ORIGINS": origin,
        "PREFECT_SERVER_API_CSRF_PROTECTION_ENABLED": "true",
        "PREFECT_SERVER_API_MAX_PARAMETER_SIZE": "4096",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": str(settings.prefect_retention_days * 86_400),
        "PREFECT_SERVER_EVENTS_RETENTION_PERIOD": f"P{EVENT_DAYS}D",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "50",
        "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
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
    if database_url is not None:
        scheme = "postgresql+asyncpg://"
        environment["PREFECT_SERVER_DATABASE_CONNECTION_URL"] = database_url.replace("postgresql://", scheme, 1)
    return environment
