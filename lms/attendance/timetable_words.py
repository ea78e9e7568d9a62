"""Changes of a session in the words and times of those who read them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from flask_babel import gettext

from lms.errors import N_
from lms.programme.queries import SessionChangeInfo
from lms.web import formats
from lms.web.formats import Formatter

KINDS = {
    "made": N_("Added to the timetable"),
    "changed": N_("Changed"),
    "cancelled": N_("Cancelled"),
    "restored": N_("Takes place after all"),
}
FIELDS = {
    "title": N_("Title"),
    "starts_at": N_("Start"),
    "ends_at": N_("End"),
    "jp": N_("JP"),
    "group": N_("For"),
    "room": N_("Room"),
    "facilitators": N_("Facilitators"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class ChangeTold:
    """One line of a session's history, ready to be shown; `before` and `after` are empty where nothing differs."""

    when: str
    who: str
    what: str
    before: str
    after: str
    why: str


def changes_told(changes: Sequence[SessionChangeInfo], time_zone: str) -> list[ChangeTold]:
    """A line for each field that a change is about, and one for what is no change of fields, in the order given."""
    words = formats.current(time_zone)
    return [line for change in changes for line in _lines(change, words)]


def _lines(change: SessionChangeInfo, words: Formatter) -> Iterator[ChangeTold]:
    about = {"when": words.moment(change.changed_at), "who": change.changed_by or gettext("No account")}
    if change.kind != "changed":
        yield ChangeTold(**about, what=gettext(KINDS[change.kind]), before="", after="", why=change.reason)
        return
    for number, (name, after) in enumerate(change.after.items()):
        before = change.before.get(name)
        yield ChangeTold(
            **about,
            why="" if number else change.reason,
            what=gettext(FIELDS.get(name, name)),
            before=_value(name, before, words),
            after=_value(name, after, words),
        )


def _value(name: str, value: Any, words: Formatter) -> str:
    if name in ("starts_at", "ends_at"):
        return words.moment(datetime.fromisoformat(value)) if value else "–"
    if name == "jp":
        return words.quantity(Decimal(value)) if value else "–"
    if name == "group":
        return str(gettext("Group %(group)s", group=value) if value else gettext("Everyone"))
    if name == "facilitators":
        return ", ".join(value or ()) or "–"
    return str(value or "–")
