"""What is known of Latsar CPNS, each figure with where it was read and whether that settles it."""

from dataclasses import dataclass
from decimal import Decimal
from typing import TypeAlias

from flask_babel import lazy_gettext as _
from flask_babel.speaklater import LazyString

Text: TypeAlias = LazyString | str


@dataclass(frozen=True, kw_only=True, slots=True)
class Figure:
    """One thing that is known. `place` is the table of the programme file that holds it, empty where none does.

    `verified` is False for what is inferred or remembered: a programme manager confirms it before it decides anything.
    """

    item: Text
    value: Text | Decimal
    source: Text
    verified: bool
    place: str = ""


ACADEMIC = "component[akademik].component"
DECREE = "Kep. Kepala LAN 13/K.1/PDP.07/2022"
NEWS, ARTICLE, KASN = _("A news item of 2023"), _("An article of 2021"), "KASN, 2021"
MEMORY, PARTLY = _("From memory"), _("The edges partly read, the rest from memory")
BANDS = (
    ("Sangat Memuaskan", "90.01"),
    ("Memuaskan", "80.01"),
    ("Cukup Memuaskan", "70.01"),
    ("Kurang Memuaskan", "60.01"),
    ("Tidak Memuaskan", "0"),
)

FIGURES = (
    Figure(item=_("Decree in force"), value=DECREE, source=_("Read; it replaces 93/K.1/PDP.07/2021"), verified=True),
    Figure(item=_("Blended training in all"), value="647 JP", source=ARTICLE, verified=True),
    Figure(item=_("Classroom training in all"), value="511 JP", source=ARTICLE, verified=True),
    Figure(item=_("Stage: MOOC"), value=_("16 days"), source=NEWS, verified=True),
    Figure(item=_("Stage: e-learning"), value=_("22 days"), source=NEWS, verified=True),
    Figure(item=_("Stage: habituation"), value=_("30 days"), source=NEWS, verified=True),
    Figure(item=_("Stage: classroom"), value=_("6 days"), source=NEWS, verified=True),
    Figure(item=_("One session"), value="3 JP", source=_("LAN's site"), verified=True),
    Figure(
        item=_("Weight of the MOOC"),
        value=Decimal("10"),
        source=DECREE,
        verified=True,
        place="component[akademik].component[mooc]",
    ),
    Figure(
        item=_("Weight of e-learning"),
        value=Decimal("10"),
        source=_("Inferred from the academic weight of 20"),
        verified=False,
        place=f"{ACADEMIC}[e-learning]",
    ),
    Figure(item=_("Weight of attitude"), value=Decimal("10"), source=MEMORY, verified=False, place="component[sikap]"),
    Figure(
        item=_("Weight of the project's design"),
        value=Decimal("20"),
        source=MEMORY,
        verified=False,
        place="component[rancangan]",
    ),
    Figure(
        item=_("Weight of the project"),
        value=Decimal("30"),
        source=MEMORY,
        verified=False,
        place="component[aktualisasi]",
    ),
    Figure(
        item=_("Weight of technical competence"),
        value=Decimal("20"),
        source=MEMORY,
        verified=False,
        place="component[teknis]",
    ),
    Figure(item=_("Lowest figure to pass"), value=Decimal("70.01"), source=KASN, verified=True, place="programme"),
    Figure(
        item=_("May be declared not passed when absent for more than"),
        value=_("6 sessions, 18 JP or 2 days"),
        source=KASN,
        verified=True,
        place="absence_limit",
    ),
    *(
        Figure(item=name, value=Decimal(figure), source=PARTLY, verified=False, place=f"predicate[{name}]")
        for name, figure in BANDS
    ),
)
