"""The web room: pages for citizens, and the API for other systems."""

from routing.web.app import create_app, from_environment
from routing.web.context import WebContext, make_web_context

__all__ = ["WebContext", "create_app", "from_environment", "make_web_context"]
