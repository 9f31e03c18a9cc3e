"""By which name the web was asked: only by those that are its own, and the name says which council is meant."""

from collections.abc import Mapping
from typing import Any

from routing.council import Council
from routing.errors import UnknownError
from routing.settings import is_loopback
from routing.web.context import WebContext

FOR_ANYBODY = ("/healthz", "/readyz")
"""What a watchdog asks by whatever address it has; nothing there depends on the name."""


def host_of(scope: Mapping[str, Any]) -> str:
    """The name in the request's Host header, lower case, without port; empty where there is none, or several."""
    found = [value for name, value in scope["headers"] if name == b"host"]
    text = found[0].decode("latin-1").strip().lower() if len(found) == 1 else ""
    if text.startswith("["):  # an IPv6 address
        return text[1:].partition("]")[0]
    return text.partition(":")[0].rstrip(".")


def is_served(ctx: WebContext, scope: Mapping[str, Any]) -> bool:
    """Whether a request names a host that is ours: of the public address, of a council, or this machine's own."""
    host = host_of(scope)
    return host in ctx.hosts or is_loopback(host) or scope["path"] in FOR_ANYBODY


def host_owner(ctx: WebContext, scope: Mapping[str, Any]) -> Council | None:
    """The council whose own host was asked; None where the host is nobody's own."""
    return ctx.catalogue.by_host.get(host_of(scope))


def council_at(ctx: WebContext, scope: Mapping[str, Any]) -> Council:
    """The council whose host was asked; the one that answers first where the host is nobody's own."""
    return host_owner(ctx, scope) or ctx.catalogue.default


def named_council(ctx: WebContext, scope: Mapping[str, Any], slug: str | None) -> Council:
    """The council that a request names, else the one whose host was asked.

    Of its notices and statements: a report may be another council's than the one that was asked.

    Raises:
        UnknownError: it is not served here.
    """
    return council_at(ctx, scope) if slug is None else ctx.catalogue.council(slug)


def asked_council(ctx: WebContext, scope: Mapping[str, Any], slug: str | None) -> Council:
    """The council that is asked to take a report: under a council's own host that one alone.

    Raises:
        UnknownError: it is not served here, or not under this host.
    """
    found, owner = named_council(ctx, scope, slug), host_owner(ctx, scope)
    if owner is not None and found.slug != owner.slug:
        raise UnknownError("council", f"Under this name only {owner.slug} is asked. Leave the council out.")
    return found
