"""Second interface of the place room: sources of boundaries → a checked vintage, and its changes."""

from routing.place.build.admission import Assessment, assess, read_mapping, store_vintage
from routing.place.build.areas import NewVintage, make_vintage, read_areas
from routing.place.build.checks import Finding, Level, Limits, check, worst
from routing.place.build.columns import Columns
from routing.place.build.compare import Change, Comparison, compare
from routing.place.build.export import export
from routing.place.build.fetch import Fetcher
from routing.place.build.gazetteer import Gazetteer, read_gazetteer
from routing.place.build.lineage import Succession, Successor, successions
from routing.place.build.picture import draw
from routing.place.build.portal import DISTRICTS, PARISHES, Source, newest, search
from routing.place.build.refresh import Found, Wanted, fetch, fetch_vintage, find, is_known

__all__ = [
    "DISTRICTS",
    "PARISHES",
    "Assessment",
    "Change",
    "Columns",
    "Comparison",
    "Fetcher",
    "Finding",
    "Found",
    "Gazetteer",
    "Level",
    "Limits",
    "NewVintage",
    "Source",
    "Succession",
    "Successor",
    "Wanted",
    "assess",
    "check",
    "compare",
    "draw",
    "export",
    "fetch",
    "fetch_vintage",
    "find",
    "is_known",
    "make_vintage",
    "newest",
    "read_areas",
    "read_gazetteer",
    "read_mapping",
    "search",
    "store_vintage",
    "successions",
    "worst",
]
