"""The citizen's journey: the pages of a process, generated from its definition."""

from routing.web.journey.routes import router

__all__ = ["router"]
