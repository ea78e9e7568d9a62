"""The forms of rubrics: what is rated and how, and the points that an assessor gives."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

from flask_babel import lazy_gettext as _l
from wtforms import FieldList, Form, FormField, HiddenField, IntegerField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # newer than its stubs
from wtforms.validators import InputRequired

from lms.assessment import rubric_rules, rules
from lms.assessment.forms import plain
from lms.assessment.rubric_queries import CurrentRubric
from lms.assessment.rubric_rules import MOST_CRITERIA, Criterion, Level, Points, Rating, Rubric, Rule
from lms.errors import N_, DomainError, Problems
from lms.web.errors import told
from lms.web.forms import HouseForm

RULES = {
    "mean": _l("The mean of their scores"),
    "median": _l("The median of their scores"),
    "highest": _l("The highest score"),
    "lowest": _l("The lowest score"),
    "latest": _l("The latest rating"),
}
EMPTY_ROWS = 3
INCOMPLETE = N_("The form is not complete. Load the page again.")


class CriterionForm(Form):
    """One criterion; a row without a title, a weight and all else is none."""

    key = StringField(_l("Key"))
    title = StringField(_l("Title"))
    weight = StringField(_l("Weight"))
    description = TextAreaField(_l("What is looked at"))
    levels = TextAreaField(_l("Own levels"))


class RubricForm(HouseForm):
    """A rubric as it is set. `seen` is the version that the form was made from, empty where there was none."""

    rule = SelectField(
        _l("Where several have rated"), choices=[SelectChoice(*one) for one in RULES.items()], validate_choice=False
    )
    needed = IntegerField(_l("Assessors needed"), validators=[InputRequired()])
    levels = TextAreaField(_l("Levels"))
    criteria = FieldList(FormField(CriterionForm), max_entries=MOST_CRITERIA + EMPTY_ROWS)
    seen = HiddenField()

    def blame(self, error: DomainError) -> None:
        """Tell what is wrong; after another change the form goes over that."""
        if isinstance(error, rubric_rules.RubricChanged):
            self.seen.data = self.stands
        # A list tells its rows' errors, so what is wrong with a criterion stands above the form.
        for problem in error.problems if isinstance(error, Problems) else (error,):
            if problem.place == "criteria":
                self.form_errors.append(told(problem))
            else:
                super().blame(problem)

    def fit(self, current: CurrentRubric | None) -> None:
        """Begin with the rubric that stands, and with some empty rows."""
        self.stands = "" if current is None else str(current.version)
        if not self.is_submitted():
            self.seen.data = self.stands
            rubric = Rubric(criteria=()) if current is None else current.rubric
            self.rule.data, self.needed.data, self.levels.data = rubric.rule, rubric.needed, _lines(rubric.levels)
            for one in rubric.criteria:
                row = {"key": one.key, "title": one.title, "weight": plain(one.weight)}
                self.criteria.append_entry(row | {"description": one.description, "levels": _lines(one.levels)})
        if not self.is_submitted() or not self.criteria.entries:
            self.add_rows()

    def add_rows(self) -> None:
        """Add empty rows, as far as there may be more criteria."""
        for _ in range(min(EMPTY_ROWS, MOST_CRITERIA + EMPTY_ROWS - len(self.criteria.entries))):
            self.criteria.append_entry()

    @property
    def total(self) -> Decimal:
        """The sum of the weights that are written as such."""
        return sum((_number(row.form.weight.data) or Decimal(0) for row in self.criteria), Decimal(0))

    def seen_version(self) -> int | None:
        """The version that the form was made from; raises DomainError where it is none."""
        try:
            return int(self.seen.data) if self.seen.data else None
        except ValueError as error:
            raise DomainError(INCOMPLETE) from error

    def rubric(self) -> Rubric:
        """What was filled in; raises Problems for what cannot be read."""
        problems: list[DomainError] = []
        criteria: list[Criterion] = []
        for row in self.criteria:
            typed = {name: (value or "").strip() for name, value in row.data.items() if name != "csrf_token"}
            if any(typed.values()):
                keys = {one.key for one in criteria} | {(other.form.key.data or "").strip() for other in self.criteria}
                criteria.append(_criterion(typed, keys, problems))
        levels = _levels(self.levels.data or "", "levels", "", problems)
        if problems:
            raise Problems(tuple(problems))
        rule, needed = cast(Rule, self.rule.data), self.needed.data or 0
        return Rubric(criteria=tuple(criteria), levels=levels, rule=rule, needed=needed)


def _criterion(typed: Mapping[str, str], keys: set[str], problems: list[DomainError]) -> Criterion:
    name, weight = typed["title"] or typed["key"], _number(typed["weight"])
    if weight is None:
        problem = N_("“%(name)s”: a weight is a number from 0 to 100 with at most %(most)s decimals.")
        problems.append(DomainError(problem, place="criteria", name=name, most=rules.MOST_DECIMALS))
    return Criterion(
        key=typed["key"] or rubric_rules.key_of(typed["title"], keys),
        title=" ".join(typed["title"].split()),
        weight=weight or Decimal(0),
        description=typed["description"],
        levels=_levels(typed["levels"], "criteria", name, problems),
    )


def _levels(text: str, place: str, name: str, problems: list[DomainError]) -> tuple[Level, ...]:
    """The levels of a text, one a line: “Good = 80”."""
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        label, _, points = line.rpartition("=")
        worth = _number(points)
        if worth is None or not label.strip():
            problem = N_("“%(line)s” is no level: write its name and its points from 0 to 100, like “Good = 80”.")
            problems.append(DomainError(problem, place=place, line=f"{name}: {line}" if name else line))
        else:
            found.append(Level(label=" ".join(label.split()), points=worth))
    return tuple(found)


def _lines(levels: tuple[Level, ...]) -> str:
    return "\n".join(f"{one.label} = {plain(one.points)}" for one in levels)


def _number(text: str | None) -> Decimal | None:
    try:
        return rules.parse_score(text or "")
    except ValueError:
        return None


class RatingForm(HouseForm):
    """The points that an assessor gives one person, in fields named `points-` and the criterion's key.

    `version` is that of the rubric, `seen` the assessor's own rating before, that the form was made from.
    """

    remark = StringField(_l("Remark"))
    version = HiddenField()
    seen = HiddenField()

    def fit(self, current: CurrentRubric, mine: Rating | None, sent: Mapping[str, Any]) -> None:
        """Begin with the assessor's own rating; `typed` are the points as text by key, `wrong` what is wrong there."""
        self.stands = {"version": str(current.version), "seen": "" if mine is None else str(mine.id)}
        self.keys = [one.key for one in current.rubric.criteria]
        self.wrong: dict[str, str] = {}
        self.typed = {key: str(sent.get(f"points-{key}", "")).strip() for key in self.keys}
        if not self.is_submitted():
            self.version.data, self.seen.data = self.stands["version"], self.stands["seen"]
            self.typed = {key: plain(given) for key, given in (mine.points if mine else {}).items()}
            self.remark.data = mine.remark if mine else ""

    def chosen(self, key: str, level: Level) -> bool:
        """Whether this level is the one that is chosen."""
        return _number(self.typed.get(key)) == level.points

    def points(self) -> Points:
        """What was filled in; raises Problems for what is no number."""
        filled = {key: _number(text) for key, text in self.typed.items() if text}
        problem = N_("Points are a number from 0 to 100 with at most %(most)s decimals.")
        most = rules.MOST_DECIMALS
        problems = [DomainError(problem, place=key, most=most) for key, given in filled.items() if given is None]
        if problems:
            raise Problems(tuple(problems))
        return {key: given for key, given in filled.items() if given is not None}

    def basis(self) -> tuple[int, UUID | None]:
        """The rubric's version and the own rating that it was made from; raises DomainError where these are none."""
        try:
            return int(self.version.data or ""), UUID(self.seen.data) if self.seen.data else None
        except ValueError as error:
            raise DomainError(INCOMPLETE) from error

    def blame(self, error: DomainError) -> None:
        """Tell what is wrong at its criterion; what was changed meanwhile is told once, then the form goes over it."""
        if isinstance(error, rubric_rules.RubricChanged):
            self.version.data = self.stands["version"]
        if isinstance(error, rubric_rules.RatedMeanwhile):
            self.seen.data = self.stands["seen"]
        for problem in error.problems if isinstance(error, Problems) else (error,):
            if problem.place in self.keys:
                self.wrong[problem.place] = told(problem)
            else:
                super().blame(problem)
