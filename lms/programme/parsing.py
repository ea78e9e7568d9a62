"""A programme file becomes a `Programme`, or a list of everything that is wrong with it."""

import re
import tomllib
from decimal import Decimal
from functools import partial
from typing import Any, cast

from lms.errors import N_
from lms.iris import IRI, WEB
from lms.programme.prerequisites import check_requires, read_requires
from lms.programme.reader import Float, Problem, ProgrammeErrors, Report, Table
from lms.programme.values import (
    AbsenceLimit,
    Attempts,
    AttendanceStatus,
    CompleteWhen,
    Component,
    Kind,
    Module,
    Predicate,
    Programme,
)

KINDS = ("modules", "attendance", "assessment")
ATTEMPTS = ("best", "last", "first", "mean")
COMPLETE_WHEN = ("completed", "passed", "completed_and_passed")
WHOLE = Decimal(100)

# A file of a thousand modules has about 300,000 characters.
SIZE_LIMIT = 1_000_000
DEPTH_LIMIT = 32
COUNT_LIMIT = 1_000_000
DAYS_LIMIT = 36_500
VERSION_LIMIT = 2**31 - 1
IRI_LIMIT = 500

KEY = re.compile(r"[a-z0-9_-]{1,64}")
SYNTAX_PLACE = re.compile(r" \(at (?:line (?P<line>[0-9]+), column [0-9]+|end of document)\)\Z")


def parse_programme(text: str) -> Programme:
    """The programme that a file says; raises `ProgrammeErrors` with every problem that the file has.

    A file that is no TOML has one problem, whose place is the line (`line 12`).
    """
    report = Report()
    programme = _programme(Table(_toml(text), "", report))
    if report.problems:
        raise ProgrammeErrors(tuple(report.problems))
    return programme


def _toml(text: str) -> dict[str, Any]:
    if len(text) > SIZE_LIMIT:
        raise _unreadable("", N_("The file is larger than %(limit)s characters."), limit=SIZE_LIMIT)
    try:
        return tomllib.loads(text.removeprefix("\ufeff"), parse_float=lambda number: Float(text=number))
    except RecursionError:
        raise _unreadable("", N_("The file is nested too deeply.")) from None
    except ValueError as error:
        raise _syntax_error(text, str(error)) from None


def _syntax_error(text: str, reason: str) -> ProgrammeErrors:
    found = SYNTAX_PLACE.search(reason)
    line = "" if found is None else found["line"] or str(text.count("\n") + 1)
    template = N_("The file is no valid TOML: %(reason)s.")
    return _unreadable(line and f"line {line}", template, reason=SYNTAX_PLACE.sub("", reason))


def _unreadable(place: str, template: str, **params: object) -> ProgrammeErrors:
    return ProgrammeErrors((Problem(template, place=place, **params),))


def _programme(top: Table) -> Programme:
    code, title = top.text("code"), top.text("title")
    version, pass_mark = top.integer("version", low=1, high=VERSION_LIMIT), top.decimal("pass_mark")
    _rounding(top.table("rounding"))
    absence_limit, predicates = _absence_limit(top.table("absence_limit")), _predicates(top)
    statuses = tuple(_status(table) for table in top.tables("attendance_status", named_by="code"))
    components = _components(top, "", 1)
    if not components and top.clean("component"):
        top.complain("component", N_("A programme needs at least one [[component]]."))
    _check_attendance(top, components)
    check_requires(top.report, components)
    top.close()
    return Programme(
        code=code,
        title=title,
        version=version,
        pass_mark=pass_mark,
        components=components,
        statuses=statuses,
        predicates=predicates,
        absence_limit=absence_limit,
        sources=tuple(top.report.sources),
    )


def _rounding(table: Table) -> None:
    if table.has("places") and table.content["places"] != 2:
        table.complain("places", N_("Figures are rounded to 2 places; this must be 2."))
    if table.has("mode") and table.content["mode"] != "half-up":
        table.complain("mode", N_('Figures are rounded half up; this must be "half-up".'))
    table.close()


def _absence_limit(table: Table) -> AbsenceLimit:
    count = partial(table.integer, low=0, high=COUNT_LIMIT)
    limit = AbsenceLimit(
        sessions=table.optional("sessions", count),
        jp=table.optional("jp", partial(table.decimal, high=COUNT_LIMIT)),
        days=table.optional("days", count),
    )
    table.close()
    return limit


def _predicates(top: Table) -> tuple[Predicate, ...]:
    tables = top.tables("predicate", named_by="name")
    bands = [_predicate(table) for table in tables]
    if bands and tables[-1].clean("from") and bands[-1].at_least != 0:
        tables[-1].complain("from", N_('The last predicate must be from "0", so that every figure has one.'))
    return tuple(sorted(bands, key=lambda band: band.at_least, reverse=True))


def _predicate(table: Table) -> Predicate:
    band = Predicate(name=table.text("name"), at_least=table.decimal("from"))
    table.unique("name", band.name, among="predicate name")
    if table.clean("from"):
        table.unique("from", format(band.at_least.normalize(), "f"), among="predicate from")
    table.close()
    return band


def _status(table: Table) -> AttendanceStatus:
    code, title = table.text("code"), table.text("title", default=str(table.content.get("code", "")))
    table.unique("code", code, among="status code")
    absent, excluded = table.flag("absent"), table.flag("excluded")
    # Nobody should have full marks for an absence because a line was forgotten; an excluded session uses no weight.
    otherwise = Decimal(0) if excluded else None if absent else Decimal(1)
    weight = table.decimal("weight", otherwise, high=1)
    table.close()
    return AttendanceStatus(code=code, title=title, weight=weight, absent=absent, excluded=excluded)


def _components(parent: Table, path: str, depth: int) -> tuple[Component, ...]:
    tables = parent.tables("component", named_by="key")
    if depth > DEPTH_LIMIT:
        parent.complain("component", N_("Components may lie at most %(limit)s deep."), limit=DEPTH_LIMIT)
        return ()
    for table in tables:
        table.unique("key", str(table.content.get("key", "")), among=f"key in {path}")
    found = tuple(_component(table, path, depth) for table in tables)
    total = sum((one.weight for one in found), Decimal(0))
    if found and total != WHOLE and all(table.clean("weight") for table in tables):
        template = N_("The weights here sum to %(total)s; they must sum to exactly 100.")
        parent.complain("component", template, total=format(total.normalize(), "f"))
    return found


def _component(table: Table, parent_path: str, depth: int) -> Component:
    key = table.matching("key", KEY, N_("This must be of a-z, 0-9, _ and - only, at most 64 of them."))
    path = f"{parent_path}.{key}" if parent_path else key
    title, weight = table.text("title", default=key), table.decimal("weight")
    components = _components(table, path, depth + 1) if table.has("component") else ()
    kind = _kind(table)
    modules = _modules(table, kind)
    table.close()
    return Component(key=key, path=path, title=title, weight=weight, kind=kind, modules=modules, components=components)


def _kind(table: Table) -> Kind | None:
    if not table.content.get("component"):
        return cast(Kind, table.choice("kind", KINDS))
    if table.has("kind"):
        table.complain("kind", N_("A component with sub-components has no kind; leave it out."))
    return None


def _modules(table: Table, kind: Kind | None) -> tuple[Module, ...]:
    if table.has("module") and kind != "modules":
        table.complain("module", N_('Only a component of kind "modules" has modules.'))
    return tuple(_module(one) for one in table.tables("module"))


def _module(table: Table) -> Module:
    days = partial(table.integer, low=0, high=DAYS_LIMIT)
    web = N_("This must be an address that begins with http:// or https://.")
    iri = table.matching(
        "iri", IRI, N_("This must be an absolute IRI with its scheme, such as https://…"), limit=IRI_LIMIT
    )
    table.unique("iri", iri, among="module")
    module = Module(
        iri=iri,
        title=table.text("title", default=iri),
        jp=table.decimal("jp", Decimal(1), high=COUNT_LIMIT),
        attempts=cast(Attempts, table.choice("attempts", ATTEMPTS, "best")),
        pass_mark=table.optional("pass_mark", table.decimal),
        complete_when=cast(CompleteWhen, table.choice("complete_when", COMPLETE_WHEN, "completed")),
        due_after_days=table.optional("due_after_days", days),
        closes_after_days=table.optional("closes_after_days", days),
        url=table.optional("url", lambda key: table.matching(key, WEB, web, limit=IRI_LIMIT)),
        requires=read_requires(table),
    )
    table.close()
    return module


def _check_attendance(top: Table, components: tuple[Component, ...]) -> None:
    paths = _attendance_paths(components)
    if len(paths) > 1:
        template = N_("A programme has at most one attendance component; these are several: %(paths)s.")
        top.complain("component", template, paths=", ".join(paths))
    if paths and not top.content.get("attendance_status"):
        template = N_("An attendance component needs at least one [[attendance_status]] to mark with.")
        top.complain("attendance_status", template)


def _attendance_paths(components: tuple[Component, ...]) -> list[str]:
    return [
        path
        for one in components
        for path in ([one.path] if one.kind == "attendance" else _attendance_paths(one.components))
    ]
