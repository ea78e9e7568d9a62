"""The units of an explanation and their evidence, in the words of its reader."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext

from lms.dashboards.explain_paper import Piece, Unit, joined, own
from lms.dashboards.explain_rules import Document
from lms.web.formats import NONE, Formatter, current
from lms.web.states import STATES

COUNTS_BECAUSE = {
    "score": _l("counts so far, since it has a score"),
    "due": _l("counts so far, since it is due"),
    "closed": _l("counts so far, since it is closed"),
    "mark": _l("counts so far, since it has a mark"),
    "entry": _l("counts so far, since a score was entered"),
    "override": _l("counts so far, since it was overridden"),
    "": _l("not in “so far”; counts as 0 in “of all”"),
    "excluded": _l("this session is left out of the count"),
}
WHY_NOT = {
    "voided": _l("It was voided by whoever sent it."),
    "repeat": _l("It repeats an earlier one, which counts once."),
    "before_start": _l("It is dated before the cohort began."),
    "after_closing": _l("It is dated after the closing."),
    "later": _l("It is dated later than the moment of this explanation."),
    "superseded": _l("Another one counts in its place."),
    "overridden": _l("An override counts in its place."),
}
ATTEMPTS = {
    "best": _l("the best attempt"),
    "last": _l("the last attempt"),
    "first": _l("the first attempt"),
    "mean": _l("the mean of all attempts"),
}
COMPLETE_WHEN = {
    "completed": _l("completed"),
    "passed": _l("passed"),
    "completed_and_passed": _l("completed and passed"),
}
NO_EVIDENCE = {
    "module": _l("No statement yet"),
    "session": _l("No mark yet"),
    "assessment": _l("No score yet"),
}
SOURCES = {
    "xapi": _l("Statement"),
    "mark": _l("Mark"),
    "entry": _l("Score"),
    "override": _l("Override"),
}
MARK_SOURCES = {
    "register": _l("Register"),
    "offline": _l("Register on a device"),
    "check_in": _l("Self check-in"),
    "import": _l("Import"),
    "paper": _l("From paper"),
    "scan": _l("Scan"),
    "log": _l("Log of a live class"),
    "leave": _l("Leave"),
    "statement": _l("Statement"),
}


@dataclass(frozen=True, kw_only=True, slots=True)
class Reader:
    """How a reader writes the numbers and moments of a document; `statuses` are the titles of statuses by code."""

    format: Formatter
    statuses: Mapping[str, str]

    def moment(self, text: str | None) -> str:
        """A moment on the cohort's clock."""
        return NONE if text is None else self.format.moment(datetime.fromisoformat(text))

    def number(self, text: str | None) -> str:
        """A number with all its digits."""
        return self.format.quantity(None if text is None else Decimal(text))

    def exact(self, text: str | None) -> str:
        """A number to four places; an ellipsis tells that more follow."""
        return self.format.exact(None if text is None else Decimal(text))

    def figure(self, text: str | None) -> str:
        """A figure that is rounded already."""
        return self.format.figure(None if text is None else Decimal(text))

    def rounded(self, figure: Mapping[str, str] | None) -> str:
        """A figure as it is shown."""
        return self.figure(None if figure is None else figure["rounded"])


def reader(found: Document) -> Reader:
    """The reader of this request, in the zone of the document's cohort."""
    statuses = {one["code"]: one["title"] for one in found["programme"]["attendance_statuses"]}
    return Reader(format=current(found["cohort"]["time_zone"]), statuses=statuses)


def told_unit(unit: Document, read: Reader) -> Unit:
    """A module, session or assessment with its evidence."""
    return Unit(
        title=own(unit["title"]),
        code="" if unit["kind"] == "assessment" else own(unit["code"]),
        value=_value(unit, read),
        state=_state(unit),
        facts=tuple(_facts(unit, read)),
        pieces=tuple(_piece(one, read) for one in unit["evidence"]),
        none=str(NO_EVIDENCE[unit["kind"]]),
    )


def _value(unit: Document, read: Reader) -> str:
    if unit["excluded"] or unit["value"] is None:
        return str(_("no value")) if unit["excluded"] else str(_("no value, so 0"))
    return read.rounded(unit["value"])


def _state(unit: Document) -> str:
    """A unit's state, as its badge says it on a page."""
    states = (
        ("excluded", unit["excluded"]),
        ("done", unit["done"]),
        ("closed", unit["closed"]),
        ("absent", unit["absent"]),
        ("late", unit["due"]),
        ("in_progress", unit["value"] is not None),
    )
    state = next((name for name, holds in states if holds), "waiting")
    word = _("Absent") if state == "absent" else str(STATES[state][2])
    return joined(word, _("Overridden") if unit["overridden"] else "")


def _facts(unit: Document, read: Reader) -> Iterator[str]:
    """Why it counts and what it weighs, its dates, and the rule by which a module is judged."""
    weight = _("%(jp)s JP", jp=read.number(unit["weight"])) if unit["kind"] != "assessment" else ""
    because = COUNTS_BECAUSE["excluded" if unit["excluded"] else unit["counts_because"]]
    yield joined(weight, str(because))
    dates = {
        "starts_at": _("takes place %(when)s", when=read.moment(unit["starts_at"])),
        "due_at": _("due %(when)s", when=read.moment(unit["due_at"])),
        "closes_at": _("closes %(when)s", when=read.moment(unit["closes_at"])),
    }
    dated = joined(*(text for name, text in dates.items() if unit[name] is not None))
    if dated:
        yield dated
    if unit["rule"] is not None:
        yield _rule(unit["rule"], read)


def _rule(rule: Document, read: Reader) -> str:
    mark = rule["pass_mark"]
    return joined(
        f"{_('Which score counts')}: {ATTEMPTS[rule['attempts']]}",
        f"{_('Done when')}: {COMPLETE_WHEN[rule['complete_when']]}",
        "" if mark is None else f"{_('Pass mark of the module')}: {read.number(mark)}",
    )


def _piece(piece: Document, read: Reader) -> Piece:
    """A statement by its own date; a mark and an entry by when they were recorded."""
    is_statement = piece["source"] == "xapi"
    at = (piece["occurred_at"] if is_statement else None) or piece["recorded_at"]
    return Piece(
        when=read.moment(at),
        says=_claims(piece["claims"], read),
        lines=tuple(_origin(piece, read)),
        counts=piece["counted"],
        verdict=_("Counts") if piece["counted"] else _("Does not count"),
        why=str(WHY_NOT.get(piece["why"], "")),
    )


def _claims(claims: Document, read: Reader) -> str:
    said = joined(
        {True: _("completed"), False: _("completion taken back"), None: ""}[claims["completed"]],
        _("passed") if claims["passed"] else "",
        _("score %(score)s", score=read.exact(claims["score"])) if claims["score"] is not None else "",
        own(read.statuses.get(claims["status"], claims["status"] or "")),
    )
    return said or str(_("nothing that counts"))


def _origin(piece: Document, read: Reader) -> Iterator[str]:
    """Where a piece comes from: the id of a statement, who recorded a mark or an entry, and what they remarked."""
    details, source = piece["details"], str(SOURCES.get(piece["source"], piece["source"]))
    if details is None:
        yield f"{source} {piece['source_id']}"
        if piece["source"] == "xapi":
            yield _("received %(when)s", when=read.moment(piece["recorded_at"]))
        return
    dated = piece["occurred_at"]
    who = own(details["recorded_by"] or "") or _("nobody's account")
    yield joined(source, who, _from(details), _("dated %(when)s", when=read.moment(dated)) if dated else "")
    minutes = details.get("minutes_late")
    late = ngettext("%(num)s minute late", "%(num)s minutes late", minutes) if minutes is not None else ""
    said = joined(late, own(details["remark"]))
    if said:
        yield said


def _from(details: Document) -> str:
    """What a mark or an entry came by: a register, a file, a device."""
    source = details.get("source", "")
    where = _("from a file") if source == "import" else str(MARK_SOURCES.get(source, ""))
    return joined(where, own(details.get("source_name", "")), own(details.get("device", "")))
