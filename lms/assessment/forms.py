"""The grid of scores as a form: what was typed, what is wrong with it, and what it says."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from wtforms import FieldList, Form, FormField, StringField

from lms.assessment import rules
from lms.assessment.queries import Person
from lms.assessment.rules import NewEntry, PastEntry
from lms.errors import N_, DomainError
from lms.programme.rules import YEARS
from lms.web.forms import HouseForm


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """One person's part of the grid, as typed; `day` is a local day. `seen` is the entry that it was made from.

    `meanwhile` is what somebody else has entered since; saving the row again goes over it.
    """

    participant_id: UUID
    seen: UUID | None = None
    score: str = ""
    remark: str = ""
    day: str = ""
    meanwhile: PastEntry | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing is filled in."""
        return not (self.score or self.remark or self.day)

    def says(self, entry: PastEntry | None, time_zone: str) -> bool:
        """Whether nothing was changed of what this entry says; without one, whether nothing was filled in."""
        if entry is None:
            return self.is_empty
        same = self.day == _local_day(entry, time_zone) and _score(self.score) == entry.score
        return same and self.remark in ("", entry.remark)

    def entry(self, path: str, basis: PastEntry | None, time_zone: str) -> NewEntry:
        """What it says, dated as `basis` to the microsecond where its day was left. Only for a row without flaws."""
        dated_at = rules.start_of(date.fromisoformat(self.day), time_zone) if self.day else None
        if basis is not None and self.day == _local_day(basis, time_zone):
            dated_at = basis.dated_at
        score = rules.parse_score(self.score)
        return NewEntry(
            path=path, participant_id=self.participant_id, score=score, remark=self.remark, dated_at=dated_at
        )

    def flaws(self, basis: PastEntry | None) -> Iterator[DomainError]:
        """Everything that is wrong with it by itself. `basis` is the entry that it was made from."""
        if not self.score and basis is not None:
            yield DomainError(N_("A score that was entered can't be emptied: enter the right one."))
        elif not self.score and not self.is_empty:
            yield DomainError(N_("Enter a score as well."))
        elif self.score and _score(self.score) is None:
            most = rules.MOST_DECIMALS
            yield DomainError(N_("A score is a number from 0 to 100 with at most %(most)s decimals."), most=most)
        if self.day and not _is_day(self.day):
            yield DomainError(N_("A date is written like 2026-03-31."))
        yield from rules.flaws_of_remark(self.remark)


class EntryForm(Form):
    """The fields of one person."""

    participant_id = StringField()
    seen = StringField()
    score = StringField()
    remark = StringField()
    day = StringField()


class GridForm(HouseForm):
    """A grid as it was sent: `rows-0-score` and so on."""

    rows = FieldList(FormField(EntryForm))

    def filled(self) -> dict[UUID, Row]:
        """The rows by participant; raises DomainError where ids are none."""
        rows = [_row(entry.data) for entry in self.rows]
        return {row.participant_id: row for row in rows}


def _row(data: Mapping[str, Any]) -> Row:
    score, remark, day = (" ".join((data[name] or "").split()) for name in ("score", "remark", "day"))
    try:
        who, seen = UUID(data["participant_id"]), UUID(data["seen"]) if data["seen"] else None
        return Row(participant_id=who, seen=seen, score=score, remark=remark, day=day)
    except (TypeError, ValueError) as error:
        raise DomainError(N_("The form is not complete. Load the page again.")) from error


def basis_of(row: Row, people: Mapping[UUID, Person]) -> PastEntry | None:
    """The entry that a row was made from, None where there was none."""
    person = people.get(row.participant_id)
    return None if person is None else next((entry for entry in person.entries if entry.id == row.seen), None)


def rows(people: Sequence[Person], filled: Mapping[UUID, Row], time_zone: str) -> list[Row]:
    """The rows to show: what was typed where something was, else the entry that counts.

    A row that somebody else has scored since is shown with that entry, and is from now on made from it.
    """
    return [_shown(person, filled.get(person.enrolled.participant_id), time_zone) for person in people]


def _shown(person: Person, row: Row | None, time_zone: str) -> Row:
    newest, who = person.counting, person.enrolled.participant_id
    basis = None if row is None else basis_of(row, {who: person})
    if row is None or row.says(basis, time_zone) or row.says(newest, time_zone):
        return _typed(who, newest, time_zone)
    if newest is None or basis is newest:
        return row
    return replace(row, seen=newest.id, meanwhile=newest)


def _typed(participant_id: UUID, entry: PastEntry | None, time_zone: str) -> Row:
    """The row that an entry is shown as. Its remark stands in the history: the field is for what is entered now."""
    if entry is None:
        return Row(participant_id=participant_id)
    day, score = _local_day(entry, time_zone), plain(entry.score)
    return Row(participant_id=participant_id, seen=entry.id, score=score, day=day)


def plain(score: Decimal) -> str:
    """A score with a point and no zeros at its end."""
    text = format(score, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _local_day(entry: PastEntry, time_zone: str) -> str:
    return "" if entry.dated_at is None else entry.dated_at.astimezone(ZoneInfo(time_zone)).date().isoformat()


def _score(text: str) -> Decimal | None:
    try:
        return rules.parse_score(text)
    except ValueError:
        return None


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).year in YEARS
    except ValueError:
        return False
