"""A printed register that is keyed in: what differs from what is recorded is shown before any of it is saved."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import render_template, request

from lms.attendance.forms import Row, rows
from lms.attendance.queries import Person, Register
from lms.attendance.register_access import wanted


@dataclass(frozen=True, kw_only=True, slots=True)
class Keyed:
    """What a sheet says of one person that is not recorded yet; `person.newest` is what stands now."""

    person: Person
    row: Row


def comparison(register: Register, filled: Mapping[UUID, Row], sheet: str) -> str:
    """The page, or for htmx the part of it that changes; it sends all rows again, made from what it shows."""
    shown = wanted().of(register).people
    keyed = [Keyed(person=person, row=row) for person, row in zip(shown, rows(shown, filled), strict=True)]
    new = differing(keyed)
    return render_template(
        "attendance/_keyed.html" if "HX-Request" in request.headers else "attendance/keyed.html",
        register=register,
        wanted=wanted(),
        sheet=sheet,
        keyed=keyed,
        differences=new,
        changed=sum(one.person.newest is not None for one in new),
    )


def differing(keyed: Sequence[Keyed]) -> list[Keyed]:
    """Those whose row says something else than what stands."""
    return [one for one in keyed if one.row.status and not one.row.says(one.person.newest)]
