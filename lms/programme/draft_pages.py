"""The pages on which a programme is built before it is published."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any
from uuid import UUID

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import DomainError, Problems
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS
from lms.programme import queries, service
from lms.programme.draft_changes import act_of, changed, fill
from lms.programme.draft_fields import tables
from lms.programme.draft_forms import sheet_page
from lms.programme.draft_places import Part, line_of
from lms.programme.draft_rules import Tree, problems_of, text_at, toml_of, tree_of
from lms.programme.forms import ProgrammeForm
from lms.programme.queries import Draft
from lms.programme.service import ChangedMeanwhile


@dataclass(frozen=True, kw_only=True, slots=True)
class Meanwhile:
    """That somebody else was faster: the draft as they saved it, and the rows typed for tables that are gone."""

    draft: Draft
    lost: list[tuple[str, ...]]


@allowed(*MANAGERS)
def new_draft() -> ResponseReturnValue:
    """Begin a draft: from nothing, or from a programme file that may be wrong."""
    form = ProgrammeForm()
    if not form.is_submitted():
        return render_template("programme/draft_new.html", form=form, problems=())
    if not form.validate():
        return render_template("programme/draft_new.html", form=form, problems=()), 422
    try:
        form.text.data = "version = 1" if request.form.get("do") == "empty" else form.content()
        return _begun(tree_of(form.text.data))
    except DomainError as error:
        return render_template("programme/draft_new.html", form=form, problems=_each(error)), 422


@allowed(*MANAGERS)
def new_version(code: str, version: int) -> ResponseReturnValue:
    """Begin a draft of the next version from a published one."""
    organisation_id = current().organisation_id
    found = queries.version(reading(), organisation_id=organisation_id, code=code, version=version)
    newest = queries.version(reading(), organisation_id=organisation_id, code=code)
    return _begun(tree_of(found.content) | {"version": newest.version + 1})


def _begun(tree: Tree) -> ResponseReturnValue:
    with transaction() as session:
        draft_id = service.add_draft(
            session,
            organisation_id=current().organisation_id,
            tree=tree,
            created_by=current().account_id,
            now=now(),
        )
    flash(_("The draft is kept. Nobody's figures change before it is published."), "success")
    return redirect(url_for("programme.draft", draft_id=draft_id), 303)


@allowed(*MANAGERS)
def draft(draft_id: UUID) -> ResponseReturnValue:
    """The programme as a whole, with everything that is wrong beside its field."""
    found = _draft(draft_id)
    return _sheet(found, line_of(found.tree, ""))


@allowed(*MANAGERS)
def draft_part(draft_id: UUID, where: str) -> ResponseReturnValue:
    """One component of the draft: its modules or its sub-components."""
    found = _draft(draft_id)
    return _sheet(found, line_of(found.tree, where))


@allowed(*MANAGERS)
def save_draft(draft_id: UUID) -> ResponseReturnValue:
    """Keep what was typed on the page of the whole, and do what its button says."""
    return _saved(draft_id, "")


@allowed(*MANAGERS)
def save_draft_part(draft_id: UUID, where: str) -> ResponseReturnValue:
    """Keep what was typed on the page of a component, and do what its button says."""
    return _saved(draft_id, where)


def _saved(draft_id: UUID, where: str) -> ResponseReturnValue:
    do = request.form.get("do", "")
    try:
        revision = _changed(draft_id, partial(changed, where=where, sent=request.form))
        if do == "publish" and not where:
            return _published(draft_id, revision)
    except ChangedMeanwhile:
        return _meanwhile(_draft(draft_id), where), 409
    except DomainError as error:
        if error.status != 409 and not isinstance(error, Problems):
            raise
        return _refused(draft_id, error), 409 if error.status == 409 else 422
    return redirect(_next(draft_id, where, do), 303)


def _changed(draft_id: UUID, change: Callable[[Tree], Tree]) -> int:
    with transaction() as session:
        return service.change_draft(
            session,
            organisation_id=current().organisation_id,
            draft_id=draft_id,
            seen=_seen(),
            change=change,
            changed_by=current().account_id,
            now=now(),
        )


def _published(draft_id: UUID, revision: int) -> ResponseReturnValue:
    with transaction() as session:
        done = service.publish_draft(
            session,
            organisation_id=current().organisation_id,
            draft_id=draft_id,
            seen=revision,
            published_by=current().account_id,
            now=now(),
        )
    flash(_("Version %(version)s is published.", version=done.version), "success")
    return redirect(url_for("programme.programme_version", code=done.code, version=done.version), 303)


def _next(draft_id: UUID, where: str, do: str) -> str:
    """Where somebody goes on after a page was kept: to the row that the button was about, or into the component."""
    act, here = act_of(do), partial(_address, draft_id)
    if act is None:
        flash(_("The draft is kept."), "success")
        return here(where)
    if act.verb == "open":
        return here(f"{where}.{act.number}" if where else str(act.number))
    if act.verb == "add":
        rows = len(tables(line_of(_draft(draft_id).tree, where)[-1].table, act.key))
        return f"{here(where)}#{act.key}.{rows}"
    if act.verb == "remove":
        return f"{here(where)}#{act.key}"
    return f"{here(where)}#{act.key}.{max(1, act.number + (1 if act.verb == 'down' else -1))}"


def _address(draft_id: UUID, where: str) -> str:
    if where:
        return url_for("programme.draft_part", draft_id=draft_id, where=where)
    return url_for("programme.draft", draft_id=draft_id)


def _meanwhile(found: Draft, where: str) -> str:
    """The page with what was typed in its fields and what was saved meanwhile beside them.

    Where the component is no longer at its place, all that was typed is listed on the page of the whole.
    """
    saved = line_of(found.tree, "")
    try:
        line = line_of(found.tree, where)
    except DomainError:
        line = saved
    if line[-1].place != request.form.get("place", ""):
        return _sheet(found, saved, meanwhile=Meanwhile(draft=found, lost=[_typed()]))
    copied = _draft(found.id)
    typed = line_of(copied.tree, where)
    lost = fill(typed[-1].table, typed[-1].sheet, request.form)
    return _sheet(copied, typed, saved=line[-1], meanwhile=Meanwhile(draft=found, lost=lost))


def _typed() -> tuple[str, ...]:
    """Everything that somebody typed or left on the page."""
    kept = ("csrf_token", "revision", "place", "do")
    return tuple(text for name, text in request.form.items() if text and name not in kept and not name.endswith("was"))


def _refused(draft_id: UUID, error: DomainError) -> str:
    found = _draft(draft_id)
    return _sheet(found, line_of(found.tree, ""), refused=_each(error))


def _sheet(found: Draft, line: list[Part], *, saved: Part | None = None, **told: Any) -> str:
    page = sheet_page(line[0].table, line[-1], saved)
    template = "programme/draft_part.html" if line[-1].where else "programme/draft_frame.html"
    return render_template(template, draft=found, page=page, line=line, name=_name(found), **told)


def _name(found: Draft) -> str:
    return text_at(found.tree, "title") or text_at(found.tree, "code") or _("Draft without a title")


@allowed(*MANAGERS)
def draft_file(draft_id: UUID) -> ResponseReturnValue:
    """The programme file that the draft comes to."""
    found = _draft(draft_id)
    response = Response(toml_of(found.tree), mimetype="application/toml")
    name = f"{text_at(found.tree, 'code') or 'draft'}.toml"
    response.headers.set("Content-Disposition", "attachment", filename=name)
    return response


@allowed(*MANAGERS)
def draft_text(draft_id: UUID) -> ResponseReturnValue:
    """The draft as the text of its file, to change as a whole."""
    form, found = ProgrammeForm(), _draft(draft_id)
    form.text.data = toml_of(found.tree)
    return _text_page(found, form, problems_of(found.tree))


@allowed(*MANAGERS)
def replace_draft(draft_id: UUID) -> ResponseReturnValue:
    """Put a programme file in the place of all that the draft says."""
    form = ProgrammeForm()
    try:
        form.text.data = form.content()
        tree = tree_of(form.text.data)
        _changed(draft_id, lambda before: tree)
    except ChangedMeanwhile as error:
        return _text_page(_draft(draft_id), form, (error,), meanwhile=True), 409
    except DomainError as error:
        return _text_page(_draft(draft_id), form, _each(error), refused=True), 422
    flash(_("The draft is kept."), "success")
    return redirect(url_for("programme.draft", draft_id=draft_id), 303)


def _text_page(found: Draft, form: ProgrammeForm, problems: tuple[DomainError, ...], **told: bool) -> str:
    return render_template(
        "programme/draft_text.html", draft=found, form=form, problems=problems, name=_name(found), **told
    )


@allowed(*MANAGERS)
def discard_draft(draft_id: UUID) -> ResponseReturnValue:
    """Throw a draft away."""
    with transaction() as session:
        service.discard_draft(session, organisation_id=current().organisation_id, draft_id=draft_id, seen=_seen())
    flash(_("The draft is thrown away."), "success")
    return redirect(url_for("programme.programmes"), 303)


def _draft(draft_id: UUID) -> Draft:
    return queries.draft(reading(), organisation_id=current().organisation_id, draft_id=draft_id)


def _seen() -> int:
    """The revision that the page was made from; none for a page that names none."""
    told = request.form.get("revision", "")
    return int(told) if told.isascii() and told.isdecimal() and len(told) < 10 else 0


def _each(error: DomainError) -> tuple[DomainError, ...]:
    return error.problems if isinstance(error, Problems) else (error,)
