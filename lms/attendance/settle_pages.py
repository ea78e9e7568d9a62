"""The page on which marks that could not simply be added are settled."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from lms.attendance.queries import Register
from lms.attendance.register_access import at_session, manages, register_of, shut_for
from lms.attendance.register_rules import Choice, Contested
from lms.attendance.register_settling import Settled, settle_marks
from lms.attendance.rules import Groups, MarkedMeanwhile, PastMark
from lms.clock import now
from lms.db import reading
from lms.errors import N_, DomainError, Problems
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import AUDITOR, FACILITATOR, MANAGERS, STAFF_ROLES

MOST_CASES = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Case:
    """One person's open contested marks, and the mark that stands (its newest, which may take others back)."""

    participant_id: UUID
    identifier: str
    name: str
    group: str | None
    newest: PastMark | None
    contested: tuple[Contested, ...]


@allowed(*STAFF_ROLES)
def settle(code: str, session_code: str) -> ResponseReturnValue:
    """Every mark of a session that waits, beside what stands."""
    return _page(current(), code, session_code)


@allowed(*MANAGERS, FACILITATOR)
def settle_all(code: str, session_code: str) -> ResponseReturnValue:
    """Take what was chosen; where somebody was faster, show how it stands now."""
    who = current()
    choices = chosen(request.form)
    try:
        done = _settle(who, code, session_code, choices)
    except (Problems, MarkedMeanwhile) as refusal:
        return _page(who, code, session_code, refusal), 422
    flash(_("Taken: %(taken)s. Not taken: %(dropped)s.", taken=done.taken, dropped=done.dropped), "success")
    return redirect(url_for("attendance.settle", code=code, session_code=session_code), 303)


def chosen(sent: Mapping[str, str]) -> list[Choice]:
    """What a form chose, person by person (`case-0-…`); those for whom nothing was chosen are left out.

    Raises DomainError where it is not a form of ours.
    """
    found = []
    for place in range(MOST_CASES):
        prefix = f"case-{place}-"
        if f"{prefix}participant_id" not in sent:
            break
        take = sent.get(f"{prefix}take", "")
        if take:
            found.append(_choice(sent, prefix, take))
    return found


def _choice(sent: Mapping[str, str], prefix: str, take: str) -> Choice:
    seen = sent.get(f"{prefix}seen", "")
    try:
        return Choice(
            participant_id=UUID(sent[f"{prefix}participant_id"]),
            take=None if take == "keep" else UUID(take),
            seen=UUID(seen) if seen else None,
            shown=tuple(UUID(one) for one in sent.get(f"{prefix}shown", "").split()),
        )
    except ValueError as error:
        raise DomainError(N_("The form is not complete. Load the page again.")) from error


def _settle(who: SignedIn, code: str, session_code: str, choices: list[Choice]) -> Settled:
    moment = now()

    def work(session: Session, session_id: UUID, groups: Groups | None) -> Settled:
        return settle_marks(
            session,
            organisation_id=who.organisation_id,
            session_id=session_id,
            choices=choices,
            settled_by=who.account_id,
            now=moment,
            groups=groups,
            manages=manages(who),
        )

    return at_session(who, code, session_code, work)


def _page(who: SignedIn, code: str, session_code: str, refusal: DomainError | None = None) -> str:
    register = register_of(reading(), who, code, session_code, everyone=True)
    why = shut_for(register, who, now())
    return render_template(
        "attendance/settle.html",
        register=register,
        cases=cases(register),
        refusal=refusal,
        may_settle=who.role != AUDITOR and (not why or manages(who)),
    )


def cases(register: Register) -> list[Case]:
    """The people with marks that wait, in the register's order; those who are not in it last."""
    found = [
        Case(
            participant_id=person.enrolled.participant_id,
            identifier=person.enrolled.identifier,
            name=person.enrolled.name,
            group=person.enrolled.group,
            newest=person.newest,
            contested=person.to_settle,
        )
        for person in register.people
        if person.to_settle
    ]
    strangers: dict[UUID, list[Contested]] = {}
    for one in register.strangers:
        if not one.outcome:
            strangers.setdefault(one.participant_id, []).append(one)
    return found + [_stranger(kept) for kept in strangers.values()]


def _stranger(kept: list[Contested]) -> Case:
    return Case(
        participant_id=kept[0].participant_id,
        identifier=kept[0].identifier,
        name=kept[0].name,
        group=kept[0].group,
        newest=None,
        contested=tuple(kept),
    )
