"""Everything that a file names exists, and what belongs together stands together."""

from collections.abc import Iterable, Iterator

from tests.judge.shape import UNITS
from tests.judge.values import Raw, faults, kind_of, values_of
from tests.judge.world import BACK, CITIZEN, NOBODY, PLACE, RECEIVED, RECIPIENT, When, World, many, when_of

PAGES = {PLACE, "details", "contact", "check", "which", "result", "similar", "map", "stretch"}
FIELDS = {"csrf", "seen", "council", "leave_empty"}
WORDS = {"reference", "due", "holds_until"}
SPECIAL = {RECIPIENT, CITIZEN, NOBODY}


def shape(world: World) -> Iterator[str]:
    """Keys that only processes with stages have."""
    yield from (key for key in ("reply_within_working_days",) if key in world.process)
    yield from (key for key in ("unclosed_days",) if key in world.raw["retention"])
    yield from (name for name in world.ends if name in ("withdrawn", "merged"))
    for name, recipient in world.recipients.items():
        if "message" in recipient or recipient.get("next_steps") or name == "review" or name in SPECIAL:
            yield f"recipient {name}"


def twice(world: World) -> Iterator[str]:
    raw = world.raw
    for kind in ("question", "recipient", "signpost", "rule", "stage", "end", "letter", "fee", "example"):
        yield from _twice(each["id"] for each in raw.get(kind, ()))
    described = set(world.questions)
    for stage in raw.get("stage", ()):
        yield from _twice(each["id"] for each in stage["outcome"])
        yield from _twice(field.get("again", field.get("id")) for field in stage.get("field", ()))
        for field in stage.get("field", ()):
            if "again" not in field:
                if field["id"] in described:
                    yield field["id"]
                described.add(field["id"])


def _twice(ids: Iterable[str]) -> Iterator[str]:
    seen = set[str]()
    for name in ids:
        if name in seen:
            yield name
        seen.add(name)


def questions(world: World) -> Iterator[tuple[str, str]]:
    """(class, what) of each question and field that cannot be asked."""
    for name, asked in world.questions.items():
        if name in PAGES | FIELDS | WORDS:
            yield "names", name
        yield from (("bands", what) for what in faults(asked))
    for name, asked in world.fields.items():
        if name in {PLACE} | FIELDS | WORDS or "only_if_council_lists" in asked:
            yield "names", name
        yield from (("bands", what) for what in faults(asked))


def conditions(when: When, columns: dict[str, tuple[str, ...]]) -> Iterator[str]:
    for name, values in when.items():
        if name not in columns or not values or set(values) - set(columns[name]):
            yield name


def rules(world: World) -> Iterator[str]:
    before: dict[str, tuple[str, ...]] = {}
    for name, asked in world.questions.items():
        yield from conditions(when_of(asked, "only_if"), before)
        before |= {name: values_of(asked)} if values_of(asked) else {}
    is_case_before = False
    for rule in world.rules:
        yield from conditions(when_of(rule), world.columns)
        to, post = rule.get("to"), rule.get("signpost")
        if (to is None) == (post is None) or (post is not None and post not in world.signposts):
            yield rule["id"]
        if post is not None and (rule.get("copy") or "stage" in rule or is_case_before):
            yield rule["id"]
        is_case_before = is_case_before or post is None
        if to == "review" and "stage" in rule:
            yield rule["id"]
        if to is not None and to not in world.recipients and to != "review":
            yield rule["id"]
        if set(rule.get("copy", ())) - set(world.recipients) or to in rule.get("copy", ()):
            yield rule["id"]


def recipients(world: World) -> Iterator[str]:
    copied = {name for rule in world.rules for name in rule.get("copy", ())}
    sent = {rule.get("to") for rule in world.rules}
    for name, each in world.recipients.items():
        fallback = world.recipients.get(each.get("fallback", ""))
        if each["kind"] == "team" and "fallback" in each:
            yield name
        if each["kind"] != "team" and (fallback is None or fallback["kind"] != "team"):
            yield name
        if each["kind"] == "parish" and "mailbox" in each:
            yield name
        if (name in copied and "copy_message" not in each) or (name in sent and "confirmation" not in each):
            yield name


def stages(world: World) -> Iterator[str]:
    for stage in world.stages.values():
        if any(field["again"] not in world.fields for field in stage.get("field", ()) if "again" in field):
            yield stage["id"]
            return
    for stage in world.stages.values():
        yield from _stage(world, stage)
    yield from _letters(world)
    yield from _ends_and_fees(world)
    yield from _beginnings(world)


def _stage(world: World, stage: Raw) -> Iterator[str]:
    form = world.form(stage)
    own = {field["id"] for field in form}
    former = {name: values for name, values in world.all_columns.items() if name not in own}
    here = dict(former)
    for field in form:
        yield from conditions(when_of(field, "only_if"), here)
        here |= {field["id"]: values_of(field)} if values_of(field) else {}
    yield from _who(world, stage)
    yield from (name for name in many(stage.get("not_by")) if name not in world.stages)
    outcomes = world.outcomes(stage)
    for due in world.dues(stage):
        if due["late"] not in outcomes:
            yield stage["id"]
        yield from conditions(when_of(due), former)
        date = due.get("before") or due.get("after")
        if date is not None and date != RECEIVED and kind_of(world.asked(date) or {}) != "date":
            yield stage["id"]
        if due.get("before") == RECEIVED:
            yield stage["id"]
    for outcome in outcomes.values():
        yield from _outcome(world, stage, outcome, here)


def _who(world: World, stage: Raw) -> Iterator[str]:
    who = world.who(stage)
    several = len(who) > 1
    for name in who:
        if name not in world.recipients and (several or (name not in SPECIAL and not name.startswith("flow:"))):
            yield stage["id"]
    if len(set(who)) < len(who):
        yield stage["id"]
    if several and all(world.recipients[name]["kind"] == "parish" for name in who if name in world.recipients):
        yield stage["id"]
    answers = [outcome for outcome in stage["outcome"] if "when" in outcome]
    if who == (NOBODY,) and ("task" in stage or stage.get("field") or answers):
        yield stage["id"]
    if who != (NOBODY,) and "task" not in stage:
        yield stage["id"]
    first = stage["id"] in first_stages(world)
    if (RECIPIENT in who and not first) or ("clock" in stage and first):
        yield stage["id"]


def first_stages(world: World) -> set[str]:
    found = set[str]()
    for rule in world.rules:
        to = world.recipients.get(rule.get("to", ""))
        if to is not None:
            begins = [world.first_of(rule), world.recipients.get(to.get("fallback", ""), {}).get("first_stage")]
            found |= {name for name in begins if name is not None}
    return found


def _outcome(world: World, stage: Raw, outcome: Raw, columns: dict[str, tuple[str, ...]]) -> Iterator[str]:
    where = f"{stage['id']}/{outcome['id']}"
    ways = [name for name in ("next", "end", "extend") if name in outcome]
    if len(ways) != 1:
        yield where
        return
    if outcome.get("next") == BACK and "clock" not in stage:
        yield where
    if "next" in outcome and outcome["next"] != BACK and outcome["next"] not in world.stages:
        yield where
    if "end" in outcome and outcome["end"] not in world.ends:
        yield where
    yield from (name for name in many(outcome.get("letter")) if name not in world.letters)
    yield from conditions(when_of(outcome), columns)
    others = set(world.outcomes(stage)) - {outcome["id"]}
    if ("at_most" in outcome) != ("otherwise" in outcome) or outcome.get("otherwise", next(iter(others), None)) not in {
        *others,
        None,
    }:
        yield where
    if outcome.get("at_once") and (len(world.who(stage)) < 2 or "when" not in outcome):
        yield where


def _letters(world: World) -> Iterator[str]:
    for letter in world.letters.values():
        to = letter.get("to", CITIZEN)
        if to.startswith("field:"):
            name = to.removeprefix("field:")
            if name not in world.fields or kind_of(world.fields[name]) != "person" or name in world.strangers:
                yield letter["id"]
        elif to != CITIZEN and to not in world.recipients:
            yield letter["id"]


def _ends_and_fees(world: World) -> Iterator[str]:
    for end in world.ends.values():
        until = end.get("holds_until")
        if until is not None and kind_of(world.asked(until) or {}) != "date":
            yield end["id"]
        if "renew" in end and (until is None or end["renew"]["letter"] not in world.letters):
            yield end["id"]
    for fee in world.fees.values():
        if bool(fee.get("amounts")) == ("amount_of" in fee):
            yield fee["id"]
        for amount in fee.get("amounts", ()):
            yield from conditions(when_of(amount), world.all_columns)
        if "amount_of" in fee and kind_of(world.asked(fee["amount_of"]) or {}) != "number":
            yield fee["id"]


def _beginnings(world: World) -> Iterator[str]:
    yield from (
        name for name, each in world.recipients.items() if each.get("first_stage", "") not in {"", *world.stages}
    )
    plainly = {rule.get("to") for rule in world.rules if "stage" not in rule}
    for rule in world.rules:
        to = world.recipients.get(rule.get("to", ""))
        if "stage" in rule and rule["stage"] not in world.stages:
            yield rule["id"]
        if to is None:
            continue
        if "stage" not in rule and "first_stage" not in to:
            yield rule["id"]
        fallback = world.recipients.get(to.get("fallback", ""))
        if fallback is not None and "first_stage" not in fallback and fallback["id"] not in plainly:
            yield fallback["id"]


def clocks(world: World) -> Iterator[str]:
    """The rules of time."""
    for end in world.ends.values():
        yield from _unbounded(world, end.get("holds_until"))
    for stage in world.stages.values():
        dues, outcomes = world.dues(stage), world.outcomes(stage)
        for due in dues:
            yield from _due(world, due)
        if "clock" in stage and (world.who(stage) != (CITIZEN,) or world.process.get("contact") != "needed"):
            yield stage["id"]
        if "clock" in stage and any("after" in due or "before" in due for due in dues):
            yield stage["id"]
        yield from _extensions(stage, dues)
        for due in dues:
            name, seen = due["late"], set[str]()
            while name is not None and name not in seen:
                seen.add(name)
                if "extend" in outcomes.get(name, {}):
                    yield name
                name = outcomes.get(name, {}).get("otherwise")


def _extensions(stage: Raw, dues: tuple[Raw, ...]) -> Iterator[str]:
    units = {unit for due in dues for unit in UNITS if unit in due}
    for outcome in stage["outcome"]:
        extend = outcome.get("extend")
        if extend is None:
            continue
        if len(extend) != 1 or units - set(extend) or "at_most" not in outcome or any("before" in due for due in dues):
            yield outcome["id"]


def _due(world: World, due: Raw) -> Iterator[str]:
    given = [due[unit] for unit in UNITS if unit in due]
    if len(given) != 1 or ("after" in due and "before" in due):
        yield "due"
        return
    sign = -1 if "before" in due else 1
    promised, last = sign * given[0], sign * due.get("late_at", given[0])
    reminders = [sign * number for number in due.get("remind_at", ())]
    if (
        ("late_at" in due and last <= promised)
        or any(number >= last for number in reminders)
        or reminders != sorted(set(reminders))
    ):
        yield "due"
    yield from _unbounded(world, due.get("before") or due.get("after"))


def _unbounded(world: World, name: str | None) -> Iterator[str]:
    asked = world.asked(name) if name is not None else None
    if asked is not None and kind_of(asked) == "date" and "most_days_ahead" not in asked:
        yield str(name)
