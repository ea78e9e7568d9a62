"""States and reasons in one word or sentence, with the icon and the tone that go with it.

They are translated when they are shown: a table of a thousand states asks for a thousand words, not for thirty each.
"""

from typing import Any

from flask import Flask
from flask_babel import lazy_gettext as _l

STATES: dict[str, tuple[str, str, Any]] = {
    "in_progress": ("accent", "half", _l("In progress")),
    "eligible": ("success", "seal", _l("Eligible")),
    "review": ("warning", "flag", _l("Needs review")),
    "done": ("success", "check", _l("Done")),
    "late": ("warning", "clock", _l("Late")),
    "closed": ("neutral", "lock", _l("Closed")),
    "waiting": ("neutral", "dots", _l("Not yet")),
    "excluded": ("neutral", "minus", _l("Does not count")),
    "verified": ("success", "seal", _l("Confirmed")),
    "unverified": ("warning", "help", _l("Not confirmed")),
    "active": ("success", "check", _l("Active")),
    "inactive": ("neutral", "minus", _l("Switched off")),
    "invited": ("accent", "clock", _l("Invited")),
    "expired": ("neutral", "clock", _l("Expired")),
    "revoked": ("danger", "cross", _l("Revoked")),
    "counted": ("success", "check", _l("Counts")),
    "not_counted": ("neutral", "minus", _l("Does not count")),
    "overridden": ("accent", "edit", _l("Overridden")),
}
"""(tone, icon, words) by code."""

REASONS: dict[str, tuple[str, Any]] = {
    "absence.sessions": ("person", _l("More sessions missed than allowed")),
    "absence.jp": ("person", _l("More lesson hours missed than allowed")),
    "absence.days": ("person", _l("More days missed than allowed")),
    "module.closed": ("lock", _l("A module closed before it was done")),
    "pass.below": ("arrow-down", _l("The final figure is below the pass mark")),
    "pass.unreachable": ("alert", _l("The pass mark can no longer be reached")),
}
"""(icon, words) of what makes a human look, by code, in the order in which they are told."""


def init(app: Flask) -> None:
    """Let templates look them up."""
    app.jinja_env.globals.update(STATES=STATES, REASONS=REASONS)
