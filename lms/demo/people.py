"""Who takes part: names nobody has, in four groups and three categories."""

import random
from collections.abc import Mapping
from datetime import datetime

from lms.demo.values import Person, Profile

GROUPS = ("A", "B", "C", "D")
UNITS = {
    "tenaga pendidik": "Dinas Pendidikan (contoh)",
    "tenaga kesehatan": "Dinas Kesehatan (contoh)",
    "tenaga teknis": "Dinas Pekerjaan Umum (contoh)",
}
NAMES = (
    "Ani Budi Citra Dedi Eka Fajar Gita Hadi Indah Joko Kartika Lukman Maya Nanang Oki Putri Rahmat Sari Tono Umi "
    "Vina Wawan Yanti Zaki Agus Bunga Cahya Dian Endah Feri Galih Hesti Iwan Juli Komar Lina Mira Novi Opik Rina"
)
GIVEN_NAMES = NAMES.split()

ABILITIES: Mapping[Profile, tuple[int, int]] = {
    "graduate": (86, 97),
    "ahead": (92, 97),
    "steady": (84, 95),
    "behind": (75, 88),
    "truant": (86, 97),
    "lapsed": (80, 90),
    "failing": (55, 65),
}
"""The lowest and the highest usual score of each profile."""

# The first few people show, in any batch of eight or more, everything that can happen; 0 and 4 are in group A.
RUNNING: Mapping[int, Profile] = {1: "ahead", 2: "behind", 3: "truant", 4: "failing", 5: "lapsed"}
FINISHED: Mapping[int, Profile] = {3: "truant"}
OTHERS: Mapping[str, tuple[tuple[Profile, int], ...]] = {
    "running": (("ahead", 5), ("steady", 12), ("behind", 3)),
    "finished": (("graduate", 1),),
}
"""How often the others are of which profile."""


def people(*, seed: int, stage: str, number: int, surname: str, size: int, start: datetime) -> tuple[Person, ...]:
    """The people of a batch; `number` keeps the identifiers of batches apart, and `surname` their names."""
    chance = random.Random(f"{seed}/{stage}/{number}")  # noqa: S311  (a story, no secret)
    given = chance.sample(GIVEN_NAMES, len(GIVEN_NAMES))
    places = chance.sample(range(size), size)
    special = RUNNING if stage == "running" else FINISHED
    kinds, weights = zip(*OTHERS[stage], strict=True)
    found = []
    for index in range(size):
        profile = special.get(index) or chance.choices(kinds, weights)[0]
        name = f"{given[index % len(given)]} {surname}" + _numeral(index // len(given))
        category = chance.choice(list(UNITS))
        found.append(
            Person(
                identifier=_identifier(chance, index=index, number=number, start=start),
                name=name,
                email=f"{name.lower().replace(' ', '.')}@sukabumi.example",
                group=GROUPS[index % len(GROUPS)],
                category=category,
                unit=UNITS[category],
                profile=profile,
                ability=_between(*ABILITIES[profile], place=places[index], of=size),
            )
        )
    return tuple(found)


def _identifier(chance: random.Random, *, index: int, number: int, start: datetime) -> str:
    """A number in the form of a NIP: born, appointed, sex, serial. All are born on the first days of a month."""
    born = f"{chance.randint(1988, 1999)}{number:02}{index // 999 + 1:02}"
    return f"{born}{start:%Y%m}{chance.randint(1, 2)}{index % 999 + 1:03}"


def _numeral(further: int) -> str:
    return f" {further + 1}" if further else ""


def _between(low: int, high: int, *, place: int, of: int) -> int:
    """A whole number between the two, spread evenly over the places 0 to `of` - 1."""
    return low + (high - low) * place // max(of - 1, 1)
