"""Options and kinds of arguments that several commands have."""

from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

import click

organisation: Callable[[Any], Any] = click.option(
    "--organisation", metavar="SLUG", help="The organisation's short name; not needed while there is just one."
)
cohort: Callable[[Any], Any] = click.option(
    "--cohort", "cohort_code", metavar="CODE", required=True, help="The cohort's code."
)


class Moment(click.ParamType[datetime]):
    """A date and time with its offset from UTC (ISO 8601); it becomes a moment in UTC."""

    name = "moment"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "MOMENT"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> datetime:
        example = "write it as 2026-03-02T08:00:00+07:00"
        try:
            moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        except ValueError:
            self.fail(f"{value!r} is no date and time; {example}.", param, ctx)
        if moment.tzinfo is None:
            self.fail(f"{value!r} does not say its offset from UTC; {example}.", param, ctx)
        try:
            return moment.astimezone(UTC)
        except OverflowError:
            self.fail(f"{value!r} is out of range.", param, ctx)


class Target(click.ParamType[tuple[str, Decimal]]):
    """COMPONENT=FIGURE; an empty component is the whole."""

    name = "target"

    def get_metavar(self, param: click.Parameter, ctx: click.Context | None = None) -> str:
        return "COMPONENT=FIGURE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, Decimal]:
        if isinstance(value, tuple):
            return value
        path, equals, figure = value.partition("=")
        try:
            number = Decimal(figure.replace(",", "."))
        except InvalidOperation:
            number = Decimal("NaN")
        if not equals or not number.is_finite():
            self.fail(f"{value!r} is no target; write a component and a figure, as in mooc=90.", param, ctx)
        return path, number


MOMENT, TARGET = Moment(), Target()
FILE = click.Path(exists=True, dir_okay=False, readable=True)
