"""The register as a form: what was typed, what is wrong with it, and what it says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from wtforms import FieldList, Form, FormField, StringField

from lms.attendance import rules
from lms.attendance.queries import Person
from lms.attendance.rules import NewMark, PastMark
from lms.errors import N_, DomainError
from lms.programme.rules import AttendanceStatus
from lms.web.forms import HouseForm

LONGEST_SHEET = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One person's part of the register, as typed. `seen` is the mark that it was made from.

    `meanwhile` is what somebody else has recorded since; saving the row again goes over it.
    """

    participant_id: UUID
    seen: UUID | None = None
    status: str = ""
    minutes_late: str = ""
    remark: str = ""
    meanwhile: PastMark | None = None

    def says(self, mark: PastMark | None) -> bool:
        """Whether nothing was changed of what this mark says; without a mark, whether nothing was filled in."""
        would = _typed(self.participant_id, mark)
        same = (self.status, self.minutes_late) == (would.status, would.minutes_late)
        return same and self.remark in ("", "" if mark is None else mark.remark)

    def settled(self, basis: PastMark | None) -> "Row":
        """The row without the minutes of another status: whoever was late and turns out absent was not late."""
        if basis is None or self.status == basis.status or self.minutes_late != str(basis.minutes_late):
            return self
        return replace(self, minutes_late="")

    def mark(self) -> NewMark | None:
        """What it says, None without a status. Only for a row without flaws."""
        if not self.status:
            return None
        minutes = int(self.minutes_late) if self.minutes_late else None
        return NewMark(participant_id=self.participant_id, status=self.status, minutes_late=minutes, remark=self.remark)

    def flaws(self, statuses: Mapping[str, AttendanceStatus]) -> Iterator[DomainError]:
        """Everything that is wrong with it by itself. `statuses` are the programme's by code."""
        if not self.status and (self.minutes_late or self.remark):
            yield DomainError(N_("Choose a status as well."))
        if self.minutes_late and not (self.minutes_late.isascii() and self.minutes_late.isdigit()):
            yield DomainError(N_("Minutes late are a whole number."))
        elif len(self.minutes_late) > len(str(rules.MOST_MINUTES_LATE)):
            yield DomainError(N_("Minutes late run from 0 to %(most)s."), most=rules.MOST_MINUTES_LATE)
        else:
            mark = self.mark()
            yield from () if mark is None else rules.flaws(mark, statuses)


class MarkForm(Form):
    """The fields of one person."""

    participant_id = StringField()
    seen = StringField()
    status = StringField()
    minutes_late = StringField()
    remark = StringField()


class RegisterForm(HouseForm):
    """A register as it was sent: `rows-0-status` and so on. `set_all` asks to preset those without a mark.

    `source` is paper where a printed `sheet` is keyed in; `step` is then empty for what has just been keyed in, and
    once that was compared `save` or `back`.
    """

    rows = FieldList(FormField(MarkForm))
    set_all = StringField()
    source = StringField()
    sheet = StringField()
    step = StringField()

    def paper_sheet(self) -> str | None:
        """The number of the printed sheet that is keyed in, empty where it has none; None for no sheet at all."""
        if self.source.data != "paper":
            return None
        number = (self.sheet.data or "").strip()
        return number if number.isascii() and number.isdigit() and len(number) <= LONGEST_SHEET else ""

    def filled(self) -> dict[UUID, Row]:
        """The rows by participant; raises DomainError where ids are none."""
        rows = [_row(entry.data) for entry in self.rows]
        return {row.participant_id: row for row in rows}


def _row(data: Mapping[str, Any]) -> Row:
    status, minutes_late, remark = (
        " ".join((data[name] or "").split()) for name in ("status", "minutes_late", "remark")
    )
    try:
        who, seen = UUID(data["participant_id"]), UUID(data["seen"]) if data["seen"] else None
        return Row(participant_id=who, seen=seen, status=status, minutes_late=minutes_late, remark=remark)
    except (TypeError, ValueError) as error:
        raise DomainError(N_("The form is not complete. Load the page again.")) from error


def settled(filled: Mapping[UUID, Row], people: Sequence[Person]) -> dict[UUID, Row]:
    """The rows as they are meant, seen from the marks that they were made from."""
    by_id = {person.enrolled.participant_id: person for person in people}
    return {
        participant_id: row.settled(_basis(row, by_id[participant_id])) if participant_id in by_id else row
        for participant_id, row in filled.items()
    }


def rows(people: Sequence[Person], filled: Mapping[UUID, Row], *, set_all: str = "") -> list[Row]:
    """The rows to show: what was typed where something was, else the mark that counts.

    A row that somebody else has marked since is shown with that mark, and is from now on made from it.
    """
    shown = [_shown(person, filled.get(person.enrolled.participant_id)) for person in people]
    return [replace(row, status=set_all) if set_all and not row.status else row for row in shown]


def _shown(person: Person, row: Row | None) -> Row:
    if row is None or row.says(person.newest):
        return _typed(person.enrolled.participant_id, person.newest)
    basis = _basis(row, person)
    if row.says(basis):
        return _typed(person.enrolled.participant_id, person.newest)
    if person.newest is None or basis is person.newest:
        return row
    return replace(row, seen=person.newest.id, meanwhile=person.newest)


def _basis(row: Row, person: Person) -> PastMark | None:
    """The mark that a row was made from."""
    return next((mark for mark in person.marks if mark.id == row.seen), None)


def _typed(participant_id: UUID, mark: PastMark | None) -> Row:
    """The row that a mark is shown as. Its remark stands in the history: the field asks why it is changed now."""
    if mark is None:
        return Row(participant_id=participant_id)
    minutes = "" if mark.minutes_late is None else str(mark.minutes_late)
    return Row(participant_id=participant_id, seen=mark.id, status=mark.status, minutes_late=minutes)
