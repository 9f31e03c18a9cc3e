"""What can go wrong with a FeatureServer, as it did to clients of the real ones (facts 1.3)."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

LICENCE = (
    "Source: Office for National Statistics licensed under the Open Government Licence v.3.0. Contains OS data © Crown "
    "copyright and database right"
)
EDITED_MS = 1_765_000_000_000


class Switches(BaseModel):
    """What goes wrong, and which of the many shapes of these services is served."""

    model_config = ConfigDict(extra="forbid")

    layer_id: int = 0
    is_renamed: bool = False
    flag: Literal["properties", "top", "both", "never"] = "properties"
    most_rows: int = 2000
    says_most_rows: int = 2000
    ignores_offset: bool = False
    repeats_page: bool = False
    error_on_offset: dict[int, int] = {}
    """Offset → code of an error inside a 200, once each."""
    gateway_errors: int = 0
    busy_answers: int = 0
    retry_after_s: str = "0"
    slow_s: float = 0.0
    largest_page: int = 0
    """Pages of more rows answer with a 504; 0 for any size."""
    crs: Literal["as asked", "grid", "degrees", "none", "wrong"] = "as asked"
    has_swapped_axes: bool = False
    is_lower_case: bool = False
    without_district: bool = False
    breaks_rings: int = 0
    empties: int = 0
    repeats_code: bool = False
    keeps_share: float = 1.0
    counts_more: int = 0
    body: Literal["whole", "truncated", "html", "endless", "drip"] = "whole"
    edited_ms: int = EDITED_MS
