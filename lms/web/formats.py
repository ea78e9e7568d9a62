"""Numbers, dates and durations as people of one locale and one time zone read them.

A `Formatter` is prepared once from Babel's data and then only joins strings: a page of figures costs no look-ups.
Indonesian writes 83,75 and 06.00; English here is British, so days come before months.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta, tzinfo
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

import flask_babel
from babel import Locale
from flask import Flask

NONE = "–"
FOUR_PLACES = Decimal("0.0001")
BABEL_NAMES = {"id": "id", "en": "en_GB"}
CLOCK_POINTS = {"id": ".", "en": ":"}
SHORT_UNITS = {"id": ("jam", "mnt"), "en": ("h", "min")}


@dataclass(frozen=True, kw_only=True, slots=True)
class Formatter:
    """Names of months begin at index 0 with January, those of days with Monday. None is written as a dash."""

    zone: tzinfo
    decimal_point: str
    group_point: str
    clock_point: str
    months: tuple[str, ...]
    days: tuple[str, ...]
    short_days: tuple[str, ...]
    hours_and_minutes: tuple[str, str]

    def figure(self, value: Decimal | None, places: int = 2) -> str:
        """A figure with exactly `places` decimals, rounded half up: 83,75."""
        if value is None:
            return NONE
        text = f"{value.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP):f}"
        return text.replace(".", self.decimal_point)

    def percent(self, value: Decimal | None, places: int = 0) -> str:
        """`value` runs from 0 to 100."""
        return NONE if value is None else f"{self.figure(value, places)}%"

    def quantity(self, value: Decimal | int | None) -> str:
        """As many decimals as there are, and groups of thousands: 1.234,5. For counts, JP and weights."""
        if value is None:
            return NONE
        whole, _, rest = f"{value:,f}".partition(".")
        rest = rest.rstrip("0")
        return whole.replace(",", self.group_point) + (self.decimal_point + rest if rest else "")

    def exact(self, value: Decimal | None) -> str:
        """All decimals of a figure, as far as four; an ellipsis tells that more follow: 78,6776…"""
        if value is None:
            return NONE
        cut = value.quantize(FOUR_PLACES, ROUND_DOWN)
        return self.quantity(cut) if cut == value else f"{cut:,f}".translate(self._points) + "…"

    @property
    def _points(self) -> dict[int, str]:
        return {ord(","): self.group_point, ord("."): self.decimal_point}

    def local(self, moment: datetime) -> datetime:
        """The same moment on this zone's clock; in UTC where that is beyond the years that a clock can show."""
        try:
            return moment.astimezone(self.zone)
        except OverflowError:
            return moment

    def day(self, when: date | None) -> str:
        """21 Mei 2021; a moment is told by its local day."""
        if when is None:
            return NONE
        local = self.local(when) if isinstance(when, datetime) else when
        return f"{local.day} {self.months[local.month - 1]} {local.year}"

    def weekday(self, when: date | None) -> str:
        """Jumat, 21 Mei 2021."""
        if when is None:
            return NONE
        local = self.local(when) if isinstance(when, datetime) else when
        return f"{self.days[local.weekday()]}, {self.day(local)}"

    def time(self, moment: datetime | None) -> str:
        """06.00, without the zone: only beside something that names it."""
        return NONE if moment is None else self._clock(self.local(moment))

    def moment(self, moment: datetime | None) -> str:
        """21 Mei 2021, 06.00 WIB."""
        if moment is None:
            return NONE
        return f"{self.day(moment)}, {self.time(moment)} {self.zone_name(moment)}"

    def span(self, start: datetime, end: datetime) -> str:
        """Jum 21 Mei 2021, 06.00–08.15 WIB; both days where they differ."""
        first, last = self.local(start), self.local(end)
        if first.date() != last.date():
            return f"{self.day(start)}, {self.time(start)} – {self.moment(end)}"
        weekday = self.short_days[first.weekday()]
        return f"{weekday} {self.day(start)}, {self._clock(first)}–{self._clock(last)} {self.zone_name(start)}"

    def duration(self, length: timedelta | None) -> str:
        """2 jam 15 mnt; seconds are cut off."""
        if length is None:
            return NONE
        hours, minutes = divmod(int(length.total_seconds()) // 60, 60)
        hour, minute = self.hours_and_minutes
        parts = [f"{hours} {hour}"] if hours else []
        if minutes or not hours:
            parts.append(f"{minutes} {minute}")
        return " ".join(parts)

    def zone_name(self, moment: datetime) -> str:
        """WIB, WITA and WIT for the zones of Indonesia; others as the time zone database names them."""
        return self.local(moment).tzname() or ""

    def _clock(self, local: datetime) -> str:
        return f"{local.hour:02}{self.clock_point}{local.minute:02}"


@lru_cache(maxsize=64)
def formatter(locale: str, zone: str) -> Formatter:
    """`locale` is id or en, `zone` an IANA name; raises ZoneInfoNotFoundError for another."""
    data = Locale.parse(BABEL_NAMES[locale])
    symbols = data.number_symbols["latn"]
    months, days = data.months["format"]["abbreviated"], data.days["format"]
    return Formatter(
        zone=ZoneInfo(zone),
        decimal_point=symbols["decimal"],
        group_point=symbols["group"],
        clock_point=CLOCK_POINTS[locale],
        months=tuple(months[number] for number in range(1, 13)),
        days=tuple(days["wide"][number] for number in range(7)),
        short_days=tuple(days["abbreviated"][number] for number in range(7)),
        hours_and_minutes=SHORT_UNITS[locale],
    )


def current(zone: str | None = None) -> Formatter:
    """The formatter of this request's locale, in `zone` (a cohort's) or the deployment's own time zone."""
    locale = flask_babel.get_locale()
    language = locale.language if locale is not None and locale.language in BABEL_NAMES else "en"
    return formatter(language, zone or str(flask_babel.get_timezone()))


def init(app: Flask) -> None:
    """Add the filters of the templates, each named as the method behind it.

    The dated ones take the cohort's zone as their argument: `{{ session.starts_at|moment(cohort.time_zone) }}`.
    Where hundreds of figures are written, `formatter()` spares each its look-up of the language.
    """
    app.add_template_filter(lambda value, places=2: current().figure(value, places), "figure")
    app.add_template_filter(lambda value, places=0: current().percent(value, places), "percent")
    app.add_template_filter(lambda value: current().quantity(value), "quantity")
    app.add_template_filter(lambda value: current().exact(value), "exact")
    app.add_template_filter(lambda when, zone=None: current(zone).day(when), "day")
    app.add_template_filter(lambda when, zone=None: current(zone).weekday(when), "weekday")
    app.add_template_filter(lambda moment, zone=None: current(zone).time(moment), "time")
    app.add_template_filter(lambda moment, zone=None: current(zone).moment(moment), "moment")
    app.add_template_filter(lambda length: current().duration(length), "duration")
    app.add_template_global(current, "formatter")
    app.add_template_global(lambda start, end, zone=None: current(zone).span(start, end), "span")
