"""Pages about programmes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from flask import Response, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import N_, DomainError, NotFound, Problems
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, READERS
from lms.programme import queries, service
from lms.programme.described import parts
from lms.programme.forms import ProgrammeForm
from lms.programme.rules import Programme, modules, parse_programme
from lms.programme.rules import differences as differences_of
from lms.programme.service import Published

# As many digits as an address may have for a version.
NUMBER_LIMIT = 6


class Pack(Protocol):
    """A programme file that a plugin brings."""

    code: str
    title: str
    path: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Offer:
    """What a plugin offers to start from; `about` is the address of its page of that name, empty without one."""

    title: str
    about: str
    packs: tuple[Pack, ...]


@allowed(*READERS)
def programmes() -> ResponseReturnValue:
    """Every published version, and the drafts for whoever may change them."""
    organisation_id = current().organisation_id
    versions = queries.versions(reading(), organisation_id=organisation_id)
    may_change = current().role in MANAGERS
    drafts = queries.draft_entries(reading(), organisation_id=organisation_id) if may_change else []
    return render_template("programme/programmes.html", versions=versions, drafts=drafts)


@allowed(*MANAGERS)
def new_programme() -> ResponseReturnValue:
    """Check a programme file, or publish it."""
    form = ProgrammeForm()
    if not form.is_submitted():
        form.text.data = _start(request.args.get("pack", ""))
        return _new_page(form)
    if not form.validate():
        return _new_page(form), 422
    try:
        form.text.data = form.content()
        if request.form.get("do") == "publish":
            return _published(form.text.data)
        return _new_page(form, checked=_check(form.text.data))
    except DomainError as error:
        problems = error.problems if isinstance(error, Problems) else (error,)
        return _new_page(form, problems=problems), 409 if error.status == 409 else 422


def _published(text: str) -> ResponseReturnValue:
    with transaction() as session:
        done = service.publish(
            session,
            organisation_id=current().organisation_id,
            text=text,
            published_by=current().account_id,
            now=now(),
        )
    if done.already:
        flash(_("This version was published already, with the same content."), "info")
    else:
        flash(_("Version %(version)s is published.", version=done.version), "success")
    return redirect(url_for("programme.programme_version", code=done.code, version=done.version), 303)


def _check(text: str) -> tuple[Programme, Published | None]:
    programme = parse_programme(text)
    already = service.published(reading(), organisation_id=current().organisation_id, programme=programme)
    return programme, already


def _new_page(
    form: ProgrammeForm,
    *,
    problems: Sequence[DomainError] = (),
    checked: tuple[Programme, Published | None] | None = None,
) -> str:
    return render_template(
        "programme/new_programme.html", form=form, problems=problems, checked=checked, offers=_offers()
    )


def _offers() -> list[Offer]:
    found = [plugin for plugin in current_app.extensions["plugins"] if plugin.programmes]
    known = current_app.view_functions
    return [
        Offer(
            title=plugin.title,
            about=url_for(f"{plugin.name}.about") if f"{plugin.name}.about" in known else "",
            packs=plugin.programmes,
        )
        for plugin in found
    ]


def _start(code: str) -> str:
    """The text of a plugin's programme file; nothing without a code, NotFound for an unknown one."""
    if not code:
        return ""
    packs = {pack.code: pack.path for offer in _offers() for pack in offer.packs}
    if code not in packs:
        raise NotFound(N_("No plugin brings a programme %(code)s."), code=code)
    return packs[code].read_text(encoding="utf-8")


@allowed(*READERS)
def programme_version(code: str, version: int) -> ResponseReturnValue:
    """What a published version says, in plain words."""
    found = _version(code, version)
    programme = queries.parsed(found.content)
    return render_template(
        "programme/programme.html",
        version=found,
        programme=programme,
        parts=parts(programme),
        numbers=_numbers(code),
        titles={module.iri: module.title for module in modules(programme)},
    )


@allowed(*READERS)
def differences(code: str, version: int) -> ResponseReturnValue:
    """What a version says otherwise than another one: `from` in the address, else the version before."""
    found, numbers = _version(code, version), _numbers(code)
    number = _from(request.args.get("from", ""), [one for one in numbers if one < version])
    other = None if number is None else _version(code, number)
    different = () if other is None else differences_of(queries.parsed(other.content), queries.parsed(found.content))
    return render_template(
        "programme/differences.html", version=found, other=other, numbers=numbers, different=different
    )


def _from(text: str, before: Sequence[int]) -> int | None:
    """The version to compare with; without one, the nearest of those `before`, None where there is none."""
    if not text:
        return next(iter(before), None)
    if not (text.isascii() and text.isdecimal() and len(text) <= NUMBER_LIMIT):
        raise DomainError(N_("The version to compare with must be a whole number, such as 1."), place="from")
    return int(text)


def _version(code: str, version: int) -> queries.Version:
    return queries.version(reading(), organisation_id=current().organisation_id, code=code, version=version)


def _numbers(code: str) -> list[int]:
    return queries.version_numbers(reading(), organisation_id=current().organisation_id, code=code)


@allowed(*READERS)
def programme_file(code: str, version: int) -> ResponseReturnValue:
    """The file as it was published."""
    found = _version(code, version)
    response = Response(found.content, mimetype="application/toml")
    response.headers.set("Content-Disposition", "attachment", filename=f"{found.code}-{found.version}.toml")
    return response
