"""The web application: API, the citizen's pages, health."""

import contextlib
from collections.abc import AsyncIterator

from anyio import to_thread
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from routing import __version__
from routing.errors import InputError, StoreUnavailable
from routing.settings import read_settings
from routing.web import answering, api, edge, health, journey, mapping, problems, reports, site, stopping
from routing.web.context import WebContext, make_web_context
from routing.web.pages import prepare
from routing.web.rate_limit import TooMany

THREADS = 3
"""Requests that one process works on at once. More would only share the interpreter and slow down the event loop: with
8, 95 of 100 pages took up to 120 to 144 ms instead of 82 to 115 (benchmarks/pages.py)."""


def create_app(ctx: WebContext) -> FastAPI:
    """The app for a context. The context's threads run while the app does."""

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        to_thread.current_default_thread_limiter().total_tokens = THREADS
        ctx.start()
        yield
        ctx.stop()

    app = FastAPI(
        title="Waywarden",
        version=__version__,
        description="Send citizens' reports to the people who must act on them.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,  # it would lead to any host that the request names
    )
    app.state.ctx = ctx
    app.add_middleware(edge.BodyGuard)
    app.add_middleware(edge.HostGuard)
    app.add_middleware(edge.ErrorBoundaryMiddleware)
    app.add_middleware(edge.HeadAsGet)  # the last one is the outermost
    app.add_exception_handler(InputError, problems.from_input)
    app.add_exception_handler(RequestValidationError, problems.from_validation)
    app.add_exception_handler(HTTPException, problems.from_http)
    app.add_exception_handler(StoreUnavailable, problems.from_store)
    app.add_exception_handler(TooMany, problems.from_too_many)
    app.router.routes[:0] = journey.ROUTES  # first, because most requests are for them
    for each in (api, health, site, reports, answering, stopping, mapping):
        app.include_router(each.router)
    return app


def from_environment() -> FastAPI:
    """The app of a web process, with settings from the environment, including ``WAYWARDEN_PUBLIC_URL``."""
    settings = read_settings()
    prepare()
    return create_app(make_web_context(settings, settings.public_address))
