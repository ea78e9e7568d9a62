"""Where a problem of a draft is put right: its place in the file is found again on the pages. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from lms.errors import N_, NotFound
from lms.programme.draft_fields import FRAME, PART, Listing, Sheet, shown, tables
from lms.programme.draft_rules import NESTING_LIMIT, Tree
from lms.programme.reader import DECIMAL, Problem, label_of

COMPONENT = FRAME.listings[-1]
NO_PART = N_("This part is no longer in the draft.")


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A component of a draft: its table, its `place` in the file, and `where`: its numbers from the top (`2.1`).

    The programme itself is one too, with an empty place.
    """

    table: Tree
    place: str = ""
    where: str = ""

    @property
    def sheet(self) -> Sheet:
        """What its page edits."""
        return PART if self.where else FRAME

    @property
    def title(self) -> str:
        """What people call it, empty while it has no name."""
        named = (self.table.get(key) for key in ("title", "key"))
        return next((name for name in named if isinstance(name, str) and name), "")

    def place_of(self, listing: Listing, number: int, table: Tree) -> str:
        """The place in the file of one of its repeated tables, counted from 1."""
        named = label_of(table.get(listing.named_by), str(number))
        return f"{self.place}.{listing.key}[{named}]" if self.place else f"{listing.key}[{named}]"

    def child(self, number: int) -> "Part":
        """One of its components, counted from 1; raises NotFound."""
        found = tables(self.table, COMPONENT.key)
        if not 1 <= number <= len(found):
            raise NotFound(NO_PART)
        return self._inner(number, found[number - 1])

    def _inner(self, number: int, table: Tree) -> "Part":
        where = f"{self.where}.{number}" if self.where else str(number)
        return Part(table=table, place=self.place_of(COMPONENT, number, table), where=where)

    def parts(self) -> Iterator["Part"]:
        """The part itself and every component in it, a parent before its sub-components."""
        yield self
        for number, table in enumerate(tables(self.table, COMPONENT.key), start=1):
            yield from self._inner(number, table).parts()


@dataclass(frozen=True, kw_only=True, slots=True)
class Spot:
    """A field: `where` is the part on whose page it stands, `name` the input's."""

    where: str
    name: str


def line_of(tree: Tree, where: str) -> list[Part]:
    """The parts from the programme down to the one at `where` (`2.1`, empty: the programme); raises NotFound."""
    line, numbers = [Part(table=tree)], where.split(".") if where else []
    # A component takes two steps down: into a list, and into a table of it.
    if 2 * len(numbers) >= NESTING_LIMIT:
        raise NotFound(NO_PART)
    for number in numbers:
        line.append(line[-1].child(int(number) if number.isascii() and number.isdecimal() and len(number) < 6 else 0))
    return line


def spots(tree: Tree) -> dict[str, Spot]:
    """The field of every place that has one. A list has a place too; its spot is named as the list is."""
    found: dict[str, Spot] = {}
    for part in Part(table=tree).parts():
        for place, name in _places(part):
            found.setdefault(place, Spot(where=part.where, name=name))
    return found


def _places(part: Part) -> Iterator[tuple[str, str]]:
    """Every place on a part's page, with the name that it has there."""
    own = f"{part.place}." if part.place else ""
    for key, fields in part.sheet.singles.items():
        before = f"{key}." if key else ""
        yield from ((f"{own}{before}{field.key}", f"{before}{field.key}") for field in fields)
    for listing in part.sheet.listings:
        yield f"{own}{listing.key}", listing.key
        for number, table in enumerate(tables(part.table, listing.key), start=1):
            place, name = part.place_of(listing, number, table), f"{listing.key}.{number}"
            yield from ((f"{place}.{field.key}", f"{name}.{field.key}") for field in listing.fields)


def problems_on(page: str, problems: Sequence[Problem], found: dict[str, Spot]) -> dict[str, list[Problem]]:
    """The problems of one page by the name of the field that each is about; `page` is the `where` of its part."""
    told: dict[str, list[Problem]] = {}
    for problem in problems:
        spot = found.get(problem.place)
        if spot is not None and spot.where == page:
            told.setdefault(spot.name, []).append(problem)
    return told


def total(table: Tree) -> Decimal:
    """What the weights of a table's components sum to so far; one that is no number counts as nothing."""
    weight = next(field for field in COMPONENT.fields if field.key == "weight")
    told = (shown(weight, one) for one in tables(table, COMPONENT.key))
    return sum((Decimal(text) for text in told if DECIMAL.fullmatch(text)), Decimal(0))
