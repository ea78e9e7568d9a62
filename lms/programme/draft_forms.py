"""A page of a draft as values: what stands in every field, what is wrong with it, and what was saved meanwhile."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lms.errors import N_
from lms.programme.draft_changes import was
from lms.programme.draft_fields import Field, Listing, shown, single, tables
from lms.programme.draft_places import Part, problems_on, spots, total
from lms.programme.draft_rules import Tree, problems_of
from lms.programme.draft_words import Words
from lms.programme.reader import Problem
from lms.web.errors import told

PLAINER = {
    'This must be a decimal in quotes, with a point and at most nine places, such as "70.01".': N_(
        "This must be a number with at most nine places, such as 70.01."
    ),
    "This is missing; give a decimal from %(low)s to %(high)s in quotes.": N_(
        "This is missing; give a number from %(low)s to %(high)s."
    ),
    "This must be a whole number without quotes, from %(low)s to %(high)s.": N_(
        "This must be a whole number from %(low)s to %(high)s."
    ),
    "This must be a text in quotes, not empty and without blanks around it.": N_("This must be a text."),
    'This must be a list of IRIs in quotes, such as ["https://…", "https://…"].': N_("These must be IRIs, one a line."),
    "A programme needs at least one [[component]].": N_("A programme needs at least one component."),
    "An attendance component needs at least one [[attendance_status]] to mark with.": N_(
        "Attendance counts here, so there must be at least one mark to give."
    ),
    'The last predicate must be from "0", so that every figure has one.': N_(
        "The last predicate must be from 0, so that every figure has one."
    ),
}
"""What a page says where the words for whoever writes the file would lead astray."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """One field. `value` is what stands in it ("on": ticked); `options` are values and words of a choice.

    `saved` is what somebody else saved there meanwhile, in words; None where that is the same.
    """

    name: str
    key: str
    kind: str
    label: str
    hint: str
    value: str
    options: tuple[tuple[str, str], ...]
    error: str
    saved: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A repeated table. `was` is what it is called in the file; `inside` counts the tables in it.

    `needs_a_look` says that something is wrong in it, or saved differently meanwhile.
    """

    name: str
    number: int
    is_last: bool
    was: str
    title: str
    inputs: tuple[Input, ...]
    needs_a_look: bool
    inside: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Rows:
    """All tables of a list, with what is wrong with the list as a whole."""

    key: str
    rows: tuple[Row, ...]
    errors: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Trouble:
    """A problem of the draft, and where it is put right: `where` is the part, None where no field is about it.

    `label` is what the field is called, empty where it is about a list or the whole.
    """

    place: str
    label: str
    text: str
    where: str | None
    name: str


@dataclass(frozen=True, kw_only=True, slots=True)
class SheetPage:
    """What the page of a part shows. `singles` and `lists` go by their keys; `total` sums the weights in it."""

    part: Part
    singles: Mapping[str, tuple[Input, ...]]
    lists: Mapping[str, Rows]
    total: Decimal
    troubles: tuple[Trouble, ...]


def sheet_page(tree: Tree, part: Part, saved: Part | None = None) -> SheetPage:
    """The page of a part of the tree; `saved` is the same part as it is saved, where the tree's was only typed."""
    problems, places = problems_of(tree), spots(tree)
    making = _Making(words=Words(), wrong=problems_on(part.where, problems, places))
    singles = {
        key: making.inputs(fields, key, f"{key}." if key else "", single(part.table, key), _single(saved, key))
        for key, fields in part.sheet.singles.items()
    }
    lists = {listing.key: making.rows(listing, part, saved) for listing in part.sheet.listings}
    troubles = []
    for problem in problems:
        spot = places.get(problem.place)
        where, name = (None, "") if spot is None else (spot.where, spot.name)
        label = making.words.label_of(name)
        troubles.append(Trouble(place=problem.place, label=label, text=_said(problem), where=where, name=name))
    return SheetPage(part=part, singles=singles, lists=lists, total=total(part.table), troubles=tuple(troubles))


def _single(saved: Part | None, key: str) -> Tree | None:
    return None if saved is None else single(saved.table, key)


@dataclass(frozen=True, kw_only=True, slots=True)
class _Making:
    """What every field of a page needs: the words, and what is wrong, by the name of the field."""

    words: Words
    wrong: Mapping[str, Sequence[Problem]]

    def rows(self, listing: Listing, part: Part, saved: Part | None) -> Rows:
        found = tables(part.table, listing.key)
        before = [None] * len(found) if saved is None else tables(saved.table, listing.key)
        rows = tuple(
            self.row(listing, number, table, before[number - 1], is_last=number == len(found))
            for number, table in enumerate(found, start=1)
        )
        errors = tuple(_said(one) for one in self.wrong.get(listing.key, ()))
        return Rows(key=listing.key, rows=rows, errors=errors)

    def row(self, listing: Listing, number: int, table: Tree, saved: Tree | None, *, is_last: bool) -> Row:
        name = f"{listing.key}.{number}"
        inputs = self.inputs(listing.fields, listing.key, f"{name}.", table, saved)
        called = was(listing, table if saved is None else saved)
        title = table.get("title")
        return Row(
            name=name,
            number=number,
            is_last=is_last,
            was=called,
            title=title if title and isinstance(title, str) else called,
            inputs=inputs,
            needs_a_look=any(one.error or one.saved is not None for one in inputs),
            inside=len(tables(table, "component")) + len(tables(table, "module")),
        )

    def inputs(
        self, fields: Sequence[Field], called: str, before: str, table: Tree, saved: Tree | None
    ) -> tuple[Input, ...]:
        return tuple(self.input(field, called, f"{before}{field.key}", table, saved) for field in fields)

    def input(self, field: Field, called: str, name: str, table: Tree, saved: Tree | None) -> Input:
        value = shown(field, table)
        other = value if saved is None else shown(field, saved)
        options = field.choices if value in field.choices else (*field.choices, value)
        return Input(
            name=name,
            key=field.key,
            kind=field.kind,
            label=self.words.label(called, field.key),
            hint=self.words.hint(field.key),
            value=value,
            options=tuple((one, self.words.choice(one)) for one in options) if field.choices else (),
            error=" ".join(_said(one) for one in self.wrong.get(name, ())),
            saved=None if other == value else self.words.choice(other) if field.choices else other,
        )


def _said(problem: Problem) -> str:
    """The problem in the reader's language, in the words of the page."""
    template = PLAINER.get(problem.template, problem.template)
    return told(Problem(template, place=problem.place, **problem.params))
