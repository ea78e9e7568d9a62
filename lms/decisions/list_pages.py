"""The review list of a cohort, and passing many at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import ngettext

from lms.clock import now
from lms.db import reading, retrying
from lms.decisions import queries, rules, service
from lms.decisions.forms import PassAllForm
from lms.decisions.queries import Listed
from lms.decisions.sheet import as_csv
from lms.people.guards import SignedIn, allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.programme import queries as programmes
from lms.programme.queries import CohortInfo
from lms.progress import queries as progress
from lms.progress import service as folding
from lms.web.forms import refusal

PAGE = 50


@dataclass(frozen=True, kw_only=True, slots=True)
class ListPage:
    """One page of a cohort's people: of the `found` those who are `shown`.

    `show` is a filter or empty, `more` the last position shown where others follow; `together` may be passed at once.
    """

    cohort: CohortInfo
    counts: Mapping[str, int]
    people: int
    show: str
    shown: Sequence[Listed]
    found: int
    more: int | None
    together: int
    may_decide: bool


@allowed(*READERS)
def decisions(code: str) -> ResponseReturnValue:
    """Everybody of a cohort with figures, reasons and decision; as a list to go through."""
    who = current()
    cohort, found = _listed(who, code, now())
    return render_template("decisions/decisions.html", page=_page(who, cohort, found, request.args))


@allowed(*READERS)
def decisions_file(code: str) -> ResponseReturnValue:
    """The same as a table."""
    moment = now()
    cohort, found = _listed(current(), code, moment)
    day = rules.today(moment, cohort.time_zone)
    content = BytesIO(as_csv(found, time_zone=cohort.time_zone))
    return send_file(content, mimetype="text/csv", as_attachment=True, download_name=f"{code} decisions {day}.csv")


@allowed(*MANAGERS)
def pass_all(code: str) -> ResponseReturnValue:
    """Pass everybody about whom nothing has to be looked at: first they are listed by name, then they are passed."""
    who, moment, form = current(), now(), PassAllForm()
    cohort, found = _listed(who, code, moment)
    count: list[int] = []
    status = refusal(form, lambda: count.append(_pass_all(who, cohort, form, moment)))
    if status is not None:
        shown = [one for one in found if one.case.may_pass_with_others]
        seen = rules.seen_together({one.person.participant_id: one.case for one in shown})
        page = render_template("decisions/pass_all.html", cohort=cohort, shown=shown, seen=seen, form=form)
        return page, 409 if status == 422 else status
    flash(ngettext("%(num)s person was passed.", "%(num)s people were passed.", count[0]), "success")
    return redirect(url_for("decisions.decisions", code=code), 303)


def _pass_all(who: SignedIn, cohort: CohortInfo, form: PassAllForm, moment: datetime) -> int:
    work = partial(service.pass_all, organisation_id=who.organisation_id, cohort_id=cohort.id, now=moment)
    return retrying(partial(work, seen=form.seen.data or "", made_by=who.account_id))


def _listed(who: SignedIn, code: str, moment: datetime) -> tuple[CohortInfo, list[Listed]]:
    """Everybody, by figures that hold now: what the clock alone has made wrong is folded anew first.

    Eight queries, more where that is so.
    """
    session, organisation_id = reading(), who.organisation_id
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=code)
    if progress.is_stale(session, organisation_id=organisation_id, cohort_id=cohort.id, now=moment):
        retrying(partial(folding.refresh, organisation_id=organisation_id, cohort_id=cohort.id, now=moment))
    return cohort, queries.listed(session, organisation_id=organisation_id, cohort=cohort, now=moment)


def _page(who: SignedIn, cohort: CohortInfo, found: Sequence[Listed], asked: Mapping[str, str]) -> ListPage:
    show = asked.get("show", "")
    kept = [one for one in found if show not in rules.FILTERS or rules.FILTERS[show](one.case)]
    after = _number(asked.get("after", ""))
    shown = [one for one in kept if one.person.position > after]
    return ListPage(
        cohort=cohort,
        counts=rules.counts(one.case for one in found),
        people=len(found),
        show=show if show in rules.FILTERS else "",
        shown=shown[:PAGE],
        found=len(kept),
        more=shown[PAGE - 1].person.position if len(shown) > PAGE else None,
        together=sum(one.case.may_pass_with_others for one in found),
        may_decide=who.role in MANAGERS,
    )


def _number(text: str) -> int:
    """A position in the list, from before the first where the address has none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else -1
