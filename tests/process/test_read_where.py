"""Where each text of a process with stages is read, and what is known there: a text that may lack a value is refused."""

from pathlib import Path

import pytest

from routing.errors import DefinitionError
from routing.process import parse

EXAMPLES = Path(__file__).parent / "examples"

UNKNOWN = "has no value on every way. Remove it, or make it needed on every way here."
NO_DUE = "{due} has no value, because no stage follows. Remove it."
NO_RENEWAL = "{holds_until} has no value, because it is no letter of a renewal. Remove it."
NO_PARISH = "{parish_council} has no value if place = STATE. Remove it, or lead such places another way."

HEAR, COPY = "You will hear by {due}.", "This report went to {parish_council}."
SUPPORT, TEAM = "your council's support counts.", "We have sent your report to our road safety team."
BECAUSE = "This area has no parish council, so the road safety team acts."
EMPTIED = 'id = "emptied"\ntitle = "Your bin has been emptied"'
REFUSED = 'id = "refused"\ntitle = "We are not coming back for this bin"'
GRANTED = 'id = "granted"\ntitle = "You have a permit"'

TEXTS = [
    ("missed-bin", HEAR, "The crew noted {crew_note}.", "recipient collections (line 28)", f"{{crew_note}} {UNKNOWN}"),
    ("missed-bin", HEAR, "Of {collection_day}: {reference}, {due}, {bins}.", None, None),
    ("missed-bin", HEAR, "Until {holds_until}.", "recipient collections (line 28)", NO_RENEWAL),
    ("speeding-traffic", '"Copy: report {reference}"', '"Copy: {limit}, {reference}"', None, None),
    ("speeding-traffic", "For information: report", "{limit}:", "recipient parish-clerk (line 69)", f"{{limit}} {UNKNOWN}"),
    ("speeding-traffic", COPY, "At {parish_council}: {limit}, {time}.", None, None),
    ("speeding-traffic", COPY, "By {due}.", "recipient road-safety (line 78)", NO_DUE),
    ("speeding-traffic", SUPPORT, "the support of {parish_council} counts.", None, None),
    ("speeding-traffic", SUPPORT, "at {limit}.", "recipient parish-clerk (line 69)", f"{{limit}} {UNKNOWN}"),
    ("speeding-traffic", TEAM, "Not to {parish_council}.", "recipient road-safety (line 78)",
     NO_PARISH.replace("STATE", "uncertain")),
    ("speeding-traffic", BECAUSE, "{limit} in {place.name}: {reference}.", None, None),
    ("speeding-traffic", BECAUSE, "No {parish_council}.", "rule R11 (line 235)", NO_PARISH.replace("STATE", "unparished")),
    ("speeding-traffic", BECAUSE, "By {due}.", "rule R11 (line 235)", NO_DUE),
    ("missed-bin", EMPTIED, 'id = "emptied"\ntitle = "On {emptied_on}"', "end emptied (line 161)", f"{{emptied_on}} {UNKNOWN}"),
    ("missed-bin", REFUSED, 'id = "refused"\ntitle = "{reference}: {crew_note}"', None, None),
    ("missed-bin", REFUSED, 'id = "refused"\ntitle = "By {due}"', "end refused (line 166)", NO_DUE),
    ("missed-bin", '"We are asking the crew"', '"By {due} about {bins}, {reference}"', None, None),
    ("missed-bin", '"We are coming back for your bin"', '"After {crew_note}"', "stage return (line 99)", f"{{crew_note}} {UNKNOWN}"),
    ("missed-bin", "Send a crew.", "By {due}: {bins}.", None, None),
    ("missed-bin", "Send a crew.", "{reference}: {crew_note}.", "stage return (line 99)", f"{{crew_note}} {UNKNOWN}"),
    ("missed-bin", "What did the crew note?", "For {bins} by {due}?", None, None),
    ("missed-bin", "What did the crew note?", "On {emptied_on}?", "stage crew, field crew_note (line 78)", f"{{emptied_on}} {UNKNOWN}"),
    ("skip-permit", GRANTED, 'id = "granted"\ntitle = "{permit_number} until {permit_until}"', None, None),
    ("skip-permit", GRANTED, 'id = "granted"\ntitle = "{holds_until}"', "end granted (line 113)", NO_RENEWAL),
    ("skip-permit", "Your permit holds until {holds_until}.", "{permit_number}, {permit_until}, {holds_until}.", None, None),
    ("skip-permit", "Your permit holds until {holds_until}.", "By {due}.", "letter renew (line 140)",
        "{due} has no value when it renews the end granted, because no stage follows. Remove it."),
]  # fmt: skip


@pytest.mark.parametrize(("name", "old", "new", "where", "message"), TEXTS)
def test_a_text_names_only_what_is_known_wherever_it_is_read(name, old, new, where, message):
    text = (EXAMPLES / f"{name}.toml").read_text()
    assert text.count(old) >= 1
    changed = text.replace(old, new, 1)
    if where is None:
        assert parse(changed, name).text == changed
        return
    with pytest.raises(DefinitionError) as refused:
        parse(changed, name)
    assert (refused.value.where, refused.value.message) == (where, message)
