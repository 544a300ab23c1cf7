"""What the page of an answer that was given says."""

from datetime import datetime
from typing import Any

from consent import policy, selectors, services
from consent.forms import Sealed
from consent.selectors import Opened
from schoolsafe.lib import clock


def receipt(opened: Opened, *, now: datetime) -> dict[str, Any]:
    """Return what the receipt says: what stands, since when, what can still be done."""
    standing, unchecked = opened.heard.standing, opened.heard.unchecked
    waits = unchecked is not None and (standing is None or opened.voice.is_outdated)
    last = unchecked if unchecked and waits else standing
    is_open = opened.request.question.is_open(now=now)
    dates = selectors.other_dates(opened, now)
    return {
        "answer": last,
        "at": clock.local(last.at) if last else None,
        "waits_for_check": waits,
        "may_change": is_open,
        "may_withdraw": opened.voice.kind is policy.Kind.YES,
        "may_undo": is_open and last is not None and services.may_undo(last, now=now),
        "other_dates": dates,
        "is_more_to_answer": not waits and any(not one.voice.is_answered for one in dates),
        "next_sibling": next((one for one in opened.siblings if not one.has_answer), None),
    }


def year(opened: Opened, *, now: datetime) -> dict[str, Any]:
    """Return what a receipt says of a yes for the school year: whether it is offered, or there is one."""
    if not opened.request.question.asked.kind:
        return {}
    standings = selectors.of_family(opened.request)
    return {
        "offers_year": selectors.offer(opened, standings, now) is not None,
        "has_standing": bool(standings),
        "is_for_year": opened.voice.is_for_year,
    }


def is_said(opened: Opened, sealed: Sealed) -> bool:
    """Tell whether just this counts already, or waits: a button pressed twice leads to its receipt."""
    last = opened.heard.unchecked or opened.heard.standing
    said = (sealed.takes_part, sealed.name.strip(), sealed.relationship, sealed.version)
    return (
        opened.has_answer
        and last is not None
        and (last.kind == policy.Kind.YES, last.name, last.relationship, last.wording.version)
        == said
        and last.kind != policy.Kind.WITHDRAWN
        and (last.may_be_recorded, last.objection, last.wants_call)
        == (sealed.may_be_recorded, sealed.objection, sealed.wants_call)
        and opened.heard.count <= sealed.heard + 1
    )
