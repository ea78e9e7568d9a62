"""What self check-in says: to those who claim, and to those who look at the claims."""

from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from lms.attendance.check_in_claiming import Outcome
from lms.attendance.check_in_list_queries import Claim
from lms.web.formats import formatter

TO_CLAIMANT: dict[str, Any] = {
    "bad_token": _l("This is no check-in code of your training. Scan the one on the screen in your room."),
    "late_token": _l("This code is too old: the one on the screen changes every few seconds. Scan it there once more."),
    "future_token": _l("This code is not valid yet. Scan the one on the screen once more."),
    "wrong_code": _l("This is not the code on the screen. It changes every minute: look once more."),
    "not_enrolled": _l("You are not in the cohort of this session."),
    "other_group": _l("This session is for another group."),
    "cancelled": _l("This session is cancelled."),
    "off": _l("Your cohort has no self check-in. Tell your facilitator that you are here."),
    "closed": _l("Check-in at this session is closed. Tell your facilitator that you are here."),
    "register_closed": _l("The register of this session is closed. Tell your facilitator that you are here."),
    "too_late": _l("The time to check in is over. Tell your facilitator that you are here."),
    "network": _l(
        "You can check in from the room's own network only. Join it and scan once more, or tell your facilitator."
    ),
    "device_used": _l(
        "Somebody else has checked in with this device, and one device checks in one person. "
        "Tell your facilitator that you are here."
    ),
}
"""What somebody is told who is refused, by the code of the reason."""

TO_FACILITATOR: dict[str, Any] = {
    "bad_token": _l("A code that was not made for this session, or was altered"),
    "late_token": _l("An old code: sent on, or opened long after it was shown"),
    "future_token": _l("A code from ahead of time"),
    "wrong_code": _l("Six digits that were wrong"),
    "not_enrolled": _l("Not in this cohort"),
    "other_group": _l("Of another group"),
    "cancelled": _l("The session is cancelled"),
    "off": _l("The cohort has no self check-in"),
    "closed": _l("After check-in was closed"),
    "register_closed": _l("After the register was closed"),
    "too_late": _l("After the time to check in"),
    "network": _l("From outside of the network"),
    "device_used": _l("With a device that somebody else has checked in with"),
    "second_device": _l("Once more, with another device"),
    "moved": _l("Before the session was moved to another day"),
}
"""Why a claim was refused, by its code."""

FLAGS: dict[str, Any] = {
    "shared_device": _l("Somebody else tried with the same device"),
    "second_device": _l("Came again with another device"),
}
"""What a facilitator should look at, by the flag."""


def why_look(claim: Claim) -> list[str]:
    """Why a facilitator should look at a claim: its refusal, or its flags."""
    codes = [TO_FACILITATOR[claim.why]] if claim.state == "refused" else [FLAGS[flag] for flag in claim.flags.split()]
    return [str(one) for one in codes]


def told(outcome: Outcome, *, locale: str) -> tuple[str, str]:
    """The tone and the words in which somebody hears what became of their claim."""
    title = "" if outcome.place is None else outcome.place.title
    if outcome.state == "refused":
        return "error", str(TO_CLAIMANT[outcome.why])
    if outcome.state == "already":
        if outcome.why:
            return "warning", _("You were checked in already, with another device. Your facilitator sees both.")
        return "success", _("You were checked in at “%(session)s” already.", session=title)
    if outcome.state == "early" and outcome.place is not None:
        shown = formatter(locale, outcome.place.time_zone).moment(outcome.begins_at)
        return "info", _(
            "You are early. Your check-in at “%(session)s” waits, and counts from %(moment)s; you need not come back.",
            session=title,
            moment=shown,
        )
    return "success", _("You are checked in at “%(session)s”.", session=title)
