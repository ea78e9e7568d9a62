"""The pages of a replay: whose result changes by another version or by a draft."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, redirect, render_template, request, stream_with_context, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from lms.clock import now
from lms.dashboards import replay_reading
from lms.dashboards.replay_csv import as_csv
from lms.dashboards.replay_words import sentence
from lms.db import reading
from lms.errors import N_, NotFound
from lms.people.guards import allowed, current
from lms.people.rules import READERS
from lms.programme import queries as programmes
from lms.web import formats

MARK = "\ufeff"
"""The byte order mark: without it Excel reads UTF-8 as something else."""


@allowed(*READERS)
def replay(code: str) -> ResponseReturnValue:
    """Whose result changes, person by person; nothing is written."""
    page = replay_reading.page(current().organisation_id, code, request.args, now=now())
    status = 200 if page.asked.wrong is None else 422
    return render_template("dashboards/replay.html", page=page, say=sayer(page.cohort.time_zone)), status


@allowed(*READERS)
def replay_file(code: str) -> ResponseReturnValue:
    """The same for everybody of the cohort, as a table that is sent while it is made."""
    cohort, lines = replay_reading.whole(current().organisation_id, code, request.args, now=now())
    table = as_csv(lines, write=formats.current(cohort.time_zone), translate=gettext)
    response = Response(stream_with_context(_marked(table)), mimetype="text/csv; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{code} {request.args['with']}.csv")
    return response


@allowed(*READERS)
def replay_draft(draft_id: UUID) -> ResponseReturnValue:
    """The cohorts of a draft's programme, to try it on; where there is one only, what it changes there."""
    session, organisation_id = reading(), current().organisation_id
    entries = programmes.draft_entries(session, organisation_id=organisation_id)
    draft = next((one for one in entries if one.id == draft_id), None)
    if draft is None:
        raise NotFound(N_("There is no such draft."))
    every = programmes.cohorts(session, organisation_id=organisation_id)
    cohorts = [one for one in every if one.programme_code == draft.code]
    if len(cohorts) == 1:
        wanted: dict[str, Any] = {"code": cohorts[0].code, "with": draft_id}
        return redirect(url_for("dashboards.replay", **wanted))
    return render_template("dashboards/replay_cohorts.html", draft=draft, cohorts=cohorts)


def sayer(time_zone: str) -> Callable[..., str]:
    """What puts a cause into words of this request's language: `sentence`, with the cause and `general`."""
    return partial(sentence, write=formats.current(time_zone), translate=gettext)


def _marked(table: Iterable[str]) -> Iterator[str]:
    yield MARK
    yield from table
