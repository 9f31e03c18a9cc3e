"""``waywarden standin``: run one stand-in on this machine, for trials and tests."""

import socket
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from routing.cli.saying import say

if TYPE_CHECKING:
    from routing.place import Area
    from routing.standins.portal import Service

app = typer.Typer(help="Run one stand-in on this machine, for trials and tests.", no_args_is_help=True)

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port on 127.0.0.1.")]


@app.command()
def boundaries(
    port: Port,
    file: Annotated[
        Path | None, typer.Argument(help="File of parishes, as for `boundaries load`; default: the fictional ones.")
    ] = None,
    districts: Annotated[Path | None, typer.Option(help="File of districts; default: made from the parishes.")] = None,
    code_column: Annotated[str | None, typer.Option(help="Column of GSS codes; default: PARNCPyyCD.")] = None,
    name_column: Annotated[str | None, typer.Option(help="Column of names; default: PARNCPyyNM.")] = None,
    district_column: Annotated[str | None, typer.Option(help="Column of districts; default: LADyyCD.")] = None,
) -> None:
    """Run an Open Geography Portal with these boundaries. To cause faults, use PUT /switches/SERVICE."""
    import uvicorn

    from routing.errors import InputError
    from routing.place.build import Columns, read_areas
    from routing.settings import shipped
    from routing.standins.portal import feature_server_app

    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            raise InputError("--port", f"{port} cannot be used ({error.strerror}). Choose another port.") from None

    if file is None:
        file, districts = shipped("data/boundaries/parishes.geojson"), shipped("data/boundaries/districts.geojson")
    areas = read_areas(file, districts, columns=Columns(code_column, name_column, district_column)).areas
    services = services_of(areas)
    say(f"WAYWARDEN_BOUNDARIES_PORTAL=http://127.0.0.1:{port}/api/search/v1")
    for service in services:
        say(f"{len(service.features):>7,} rows  http://127.0.0.1:{port}/switches/{service.name}")
    uvicorn.run(feature_server_app(services), host="127.0.0.1", port=port, log_level="warning", access_log=False)


@app.command()
def moderngov(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port on 127.0.0.1; 0 for any free port.")] = 0,
    file: Annotated[Path | None, typer.Argument(help="CSV of parish councils; default: the fictional ones.")] = None,
    fault: Annotated[str | None, typer.Option(help="Fault in every answer. To list the faults, use --faults.")] = None,
    faults: Annotated[bool, typer.Option("--faults", help="List the faults and stop.")] = False,
) -> None:
    """Run a Modern.Gov with invented parish pages. To cause faults, use PUT /faults or the header X-Fault."""
    import signal
    import threading

    from routing.cli.output import print_table
    from routing.errors import InputError
    from routing.settings import shipped
    from routing.standins import FAULTS, ModernGovServer, Rule, read_entries

    if faults:
        print_table(("fault", "number", "what it does"), [(name, *about) for name, about in FAULTS.items()])
        return
    if fault is not None and fault not in FAULTS:
        raise InputError("--fault", f"Use one of {', '.join(FAULTS)}.")
    if fault == "untrusted":
        raise InputError(
            "--fault",
            "Test untrusted against any https server with an unsigned certificate. This stand-in has no https.",
        )
    try:
        entries = read_entries(file or shipped("data/moderngov/clerks.csv"))
    except (OSError, ValueError, KeyError) as error:
        columns = "council,moderngov_id,title,clerk,email,phone,address"
        text = f"{file} cannot be read ({type(error).__name__}). Choose a CSV with the columns {columns}."
        raise InputError("file", text) from None
    server = ModernGovServer(entries)
    server.rules = [Rule(fault)] if fault else []
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    say(f"WAYWARDEN_MODERNGOV_STANDIN_URL={server.start(port)}")
    stop.wait()
    server.stop()


def services_of(areas: "Sequence[tuple[Area, bytes]]") -> "list[Service]":
    """These areas as a publisher serves them."""
    import shapely

    from routing.standins.portal import Outline, make_services
    from routing.vocabulary import AreaKind

    outlines = [(area, Outline(area.code, area.name, area.district, shapely.from_wkb(wkb))) for area, wkb in areas]
    inner = [outline for area, outline in outlines if area.kind is not AreaKind.DISTRICT]
    return make_services(inner, [outline for area, outline in outlines if area.kind is AreaKind.DISTRICT])
