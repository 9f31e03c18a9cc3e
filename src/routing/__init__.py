"""Waywarden: a service-process workflow engine for councils. The rooms and their floors: docs/architecture.md."""

__version__ = "0.2.0"
