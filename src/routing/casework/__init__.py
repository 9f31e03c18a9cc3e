"""The casework room: reports from the moment we take them until somebody has answered."""

from routing.casework.cases.catalogue import Catalogue, read_catalogue
from routing.casework.cases.changes import Change
from routing.casework.cases.decide import (
    Assessment,
    assess,
    decide,
    decided_by,
    filled_signpost,
    signpost,
)
from routing.casework.cases.definitions_in_use import not_adopted, not_offered
from routing.casework.cases.history import REPORTER, Broken, move, verify
from routing.casework.cases.intake import IdempotencyKey, Receipt, RetrySubmission, forget_keys, submit
from routing.casework.cases.lifecycle import EVENTS, OPEN, STATES, Event, State, allowed
from routing.casework.cases.model import (
    Addition,
    Addressee,
    Case,
    Decision,
    NewMessage,
    NewReport,
    Other,
    OutboxMessage,
    Reporter,
)
from routing.casework.cases.stage_case import CaseEvent, Kind, StageCase, entry_id
from routing.casework.cases.stage_mail import Asked, WrittenLetter
from routing.casework.cases.wording import wording
from routing.casework.citizen.additions import add_information
from routing.casework.citizen.journeys import (
    KEPT_ENTERED,
    Journey,
    NotTaken,
    begin_journey,
    end_journey,
    forget_journeys,
    keep_typed,
    read_journey,
    save_pages,
    send_journey,
    sent_receipt,
)
from routing.casework.citizen.public_status import PublicStatus, public_status
from routing.casework.citizen.similar import Similar, find_similar
from routing.casework.citizen.stopping import allow_mail, hash_of, is_known, is_stopped, mailbox_of, stop_mail
from routing.casework.citizen.tracking import Allowed, find_tracked, may_write, revoke_token, track
from routing.casework.citizen.withdrawing import withdraw
from routing.casework.officers import Wanted, count_open, find_reports
from routing.casework.outbox.batches import (
    Batch,
    Lapsed,
    Released,
    Waiting,
    claim_deliveries,
    claim_reports,
    exhaust,
    finish,
    lapsed,
    name_run,
    read_batch,
    release,
    renew,
    waiting,
)
from routing.casework.outbox.digests import bundle, without_cancelled
from routing.casework.outbox.follow_ups import MOVED, Held, follow_up, hold_case
from routing.casework.outbox.marking import WITHDRAWN, holds_lease, mark_deferred, mark_refused, mark_sent
from routing.casework.outbox.messages import (
    enter_review,
    gather,
    insert_messages,
    next_sequence,
    read_outbox,
    record,
    versions_of,
)
from routing.casework.outbox.new_messages import new_message, tell_review, to_review
from routing.casework.outbox.notifications import drop, is_superseded
from routing.casework.outbox.orphaned_work import NOTHING_LEFT, Stranded, count_stranded, release_orphaned_work
from routing.casework.stages.advancing import advance_cases
from routing.casework.stages.claiming import begin_cases, cases_of, claim_cases, reckon_anew
from routing.casework.stages.closing import end_case
from routing.casework.stages.events import NewEvent, need_print, note_bounce, post_event
from routing.casework.stages.links import find_link, issue_link, revoke_link
from routing.casework.stages.loading import load_cases
from routing.casework.stages.recording import is_idle, record_changes
from routing.casework.stages.stage_messages import asked_of, read_messages
from routing.casework.upkeep.anchors import Anchor, anchor, compare_anchors, not_outside, read_anchors, verify_anchors
from routing.casework.upkeep.purge import Purged, purge
from routing.casework.upkeep.relocation import (
    AMBIGUOUS,
    Elsewhere,
    Recoded,
    Relocation,
    recode_cases,
    relocate,
    revert_recode,
)
from routing.casework.upkeep.vintages import activate_vintage, rollback_vintage

__all__ = [
    "AMBIGUOUS",
    "EVENTS",
    "KEPT_ENTERED",
    "MOVED",
    "NOTHING_LEFT",
    "OPEN",
    "REPORTER",
    "STATES",
    "WITHDRAWN",
    "Addition",
    "Addressee",
    "Allowed",
    "Anchor",
    "Asked",
    "Assessment",
    "Batch",
    "Broken",
    "Case",
    "CaseEvent",
    "Catalogue",
    "Change",
    "Decision",
    "Elsewhere",
    "Event",
    "Held",
    "IdempotencyKey",
    "Journey",
    "Kind",
    "Lapsed",
    "NewEvent",
    "NewMessage",
    "NewReport",
    "NotTaken",
    "Other",
    "OutboxMessage",
    "PublicStatus",
    "Purged",
    "Receipt",
    "Recoded",
    "Released",
    "Relocation",
    "Reporter",
    "RetrySubmission",
    "Similar",
    "StageCase",
    "State",
    "Stranded",
    "Waiting",
    "Wanted",
    "WrittenLetter",
    "activate_vintage",
    "add_information",
    "advance_cases",
    "allow_mail",
    "allowed",
    "anchor",
    "asked_of",
    "assess",
    "begin_cases",
    "begin_journey",
    "bundle",
    "cases_of",
    "claim_cases",
    "claim_deliveries",
    "claim_reports",
    "compare_anchors",
    "count_open",
    "count_stranded",
    "decide",
    "decided_by",
    "drop",
    "end_case",
    "end_journey",
    "enter_review",
    "entry_id",
    "exhaust",
    "filled_signpost",
    "find_link",
    "find_reports",
    "find_similar",
    "find_tracked",
    "finish",
    "follow_up",
    "forget_journeys",
    "forget_keys",
    "gather",
    "hash_of",
    "hold_case",
    "holds_lease",
    "insert_messages",
    "is_idle",
    "is_known",
    "is_stopped",
    "is_superseded",
    "issue_link",
    "keep_typed",
    "lapsed",
    "load_cases",
    "mailbox_of",
    "mark_deferred",
    "mark_refused",
    "mark_sent",
    "may_write",
    "move",
    "name_run",
    "need_print",
    "new_message",
    "next_sequence",
    "not_adopted",
    "not_offered",
    "not_outside",
    "note_bounce",
    "post_event",
    "public_status",
    "purge",
    "read_anchors",
    "read_batch",
    "read_catalogue",
    "read_journey",
    "read_messages",
    "read_outbox",
    "reckon_anew",
    "recode_cases",
    "record",
    "record_changes",
    "release",
    "release_orphaned_work",
    "relocate",
    "renew",
    "revert_recode",
    "revoke_link",
    "revoke_token",
    "rollback_vintage",
    "save_pages",
    "send_journey",
    "sent_receipt",
    "signpost",
    "stop_mail",
    "submit",
    "tell_review",
    "to_review",
    "track",
    "verify",
    "verify_anchors",
    "versions_of",
    "waiting",
    "withdraw",
    "without_cancelled",
    "wording",
]
