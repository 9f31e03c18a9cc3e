"""The citizen's journey: the pages of a process, generated from its definition."""

from routing.web.journey.routes import ROUTES

__all__ = ["ROUTES"]
