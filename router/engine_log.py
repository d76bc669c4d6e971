"""What the log says of decisions: one line for what an operator would look for, nothing for the rest.

What must not be here: what only the store knows. The timeline of an alert (`alarm-router alert ID`) is complete.
"""

import logging
from typing import Any, Final

from router.core.changes import PutAlert, Record
from router.core.inputs import EventReceived, MessageRejected
from router.core.notices import FALLBACK_FAILED
from router.stores import Entry

log = logging.getLogger("router.engine")
TOLD: Final = frozenset({"opened", "unrouted", "reopened", "resolved", "acknowledged", "failed"})
"""Verdicts worth a line."""


def log_decision(entry: Entry) -> None:
    """Say what was decided, if it is worth a line."""
    trace = entry.decision.trace
    records = [change for change in entry.decision.changes if isinstance(change, Record)]
    opened = any(record.what == "opened" and "cause" not in record.detail for record in records)
    if isinstance(entry.input, MessageRejected) and trace.verdict == "rejected":
        log.warning("rejected", extra={"source": entry.input.source, "reason": entry.input.reason})
    elif trace.verdict in TOLD or opened:
        log.info("decided", extra=_facts(entry))
    for record in records:
        _log_trouble(record)
    for change in entry.decision.changes:
        if isinstance(change, PutAlert) and change.alert.key == f"fault/{FALLBACK_FAILED}" and change.alert.open:
            log.critical("no fallback target accepts", extra={"why": change.alert.event.message})


def _facts(entry: Entry) -> dict[str, Any]:
    trace = entry.decision.trace
    facts: dict[str, Any] = {"verdict": trace.verdict, "alerts": list(trace.alert_ids)}
    if isinstance(entry.input, EventReceived):
        event = entry.input.event
        facts |= {"source": event.source, "id": event.id, "rules": [tried.rule for tried in trace.tried]}
    return facts


def _log_trouble(record: Record) -> None:
    """A fault that began, and a page that was given up: what the log is searched for at three in the morning."""
    detail = record.detail
    if record.what == "opened" and "cause" in detail:
        log.warning("fault", extra={"cause": detail["cause"], "text": detail["text"], "alert": record.alert_id})
    elif record.what == "gave up":
        facts = {"alert": record.alert_id, "target": detail["target"], "why": detail["why"]}
        log.warning("a page was not delivered", extra=facts)
