"""What happens to somebody: modules learnt, classes attended, scores given. All of it follows from the seed."""

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import NAMESPACE_URL, UUID, uuid5

from lms.demo.values import Attended, Meeting, Person, Profile, Scored, Sending
from lms.programme.rules import Module

KNOWN_BY_EMAIL = 5
"""Every fifth person is known to the MOOC by e-mail, the others by their identifier."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Habit:
    """Which modules somebody has done, by their place; then up to `further` of those after the last."""

    done: Sequence[int]
    further: int = 0


HABITS: Mapping[Profile, Habit] = {
    "graduate": Habit(done=range(12)),
    "ahead": Habit(done=range(12)),
    "steady": Habit(done=range(8), further=2),
    "behind": Habit(done=range(4), further=2),
    "truant": Habit(done=range(12)),
    "lapsed": Habit(done=(0, 1, 3, 4, 5, 6, 7)),
    "failing": Habit(done=(3, 4, 5)),
}
# The earliest day on which a module is done, and how many days later at most: all before the 28th.
DAYS = ((1, 3), (3, 3), (5, 4), (6, 5), (8, 5), (10, 5), (12, 5), (14, 5), (18, 3), (20, 3), (22, 3), (24, 3))
MISSED = ("S02", "S03", "S04")

PRESENT: Sequence[tuple[str, int]] = (("hadir", 90), ("terlambat", 6), ("izin", 1), ("sakit", 2), ("dinas luar", 1))
REMARKS = {"izin": "Urusan keluarga", "sakit": "Surat dokter", "dinas luar": "Surat tugas"}


def chances(seed: int, *what: object) -> random.Random:
    """The dice of one thing, so that nothing else changes how they fall."""
    return random.Random("/".join(map(str, (seed, *what))))  # noqa: S311  (a story, no secret)


def sendings(person: Person, modules: Sequence[Module], *, seed: int, start: datetime) -> Iterator[Sending]:
    """What the MOOC sends of somebody: each module done, after a first try that failed now and then."""
    chance, habit = chances(seed, person.identifier, "modules"), HABITS[person.profile]
    further = range(max(habit.done) + 1, max(habit.done) + 1 + chance.randint(0, habit.further))
    is_emailed = chance.randint(1, KNOWN_BY_EMAIL) == 1
    for place in (*habit.done, *further):
        first, days = DAYS[place]
        at = moment(start, first + chance.randint(0, days), hour=chance.randint(7, 20), minute=chance.randint(0, 59))
        if chance.randint(1, 100) <= 15:
            at_first = at - timedelta(hours=chance.randint(2, 11))
            yield _sending(person, modules[place], "failed", chance.randint(40, 65), at_first, is_emailed, seed)
        raw = min(100, person.ability + chance.randint(-4, 4))
        yield _sending(person, modules[place], "completed", raw, at, is_emailed, seed)


def _sending(person: Person, module: Module, verb: str, raw: int, at: datetime, is_emailed: bool, seed: int) -> Sending:
    return Sending(
        id=sending_id(seed, person.identifier, module.iri, at),
        name=person.name,
        account=person.identifier,
        email=person.email if is_emailed else None,
        verb="failed" if verb == "failed" else "completed",
        iri=module.iri,
        title=module.title,
        raw=raw,
        duration=timedelta(minutes=20 + raw % 37),
        at=at,
    )


def strangers(known: Person, modules: Sequence[Module], *, seed: int, start: datetime) -> Iterator[Sending]:
    """Three people whom nobody knows, one by an identifier that lacks a digit, and a module that nobody knows."""
    guests = (
        ("Tamu Satu", "tamu-1", None, modules[0]),
        ("Tamu Dua", "tamu-2", "tamu.dua@kampus.example", modules[3]),
        (known.name, known.identifier[:-1], None, modules[4]),
    )
    unknown = ("https://mooc.contoh.example/modul/percontohan", "Modul percontohan")
    rows = [(*who, module.iri, module.title) for *who, module in guests]
    rows.append((known.name, known.identifier, None, *unknown))
    for day, (name, account, email, iri, title) in enumerate(rows, start=5):
        at = moment(start, day, hour=19)
        yield Sending(
            id=sending_id(seed, account, iri, at),
            name=name,
            account=account,
            email=email,
            verb="completed",
            iri=iri,
            title=title,
            raw=80 + day,
            duration=timedelta(minutes=30),
            at=at,
        )


def sending_id(seed: int, account: str, iri: str, at: datetime) -> UUID:
    """The same id whenever the same thing is sent, which is what makes sending it again harmless."""
    return uuid5(NAMESPACE_URL, f"{iri}#{seed}/{account}/{at.isoformat()}")


def attended(person: Person, meetings: Sequence[Meeting], *, seed: int) -> Iterator[Attended]:
    """What the registers of the meetings that were held say of somebody."""
    chance = chances(seed, person.identifier, "meetings")
    statuses, weights = zip(*PRESENT, strict=True)
    for meeting in meetings:
        if not meeting.held or meeting.group not in (None, person.group):
            continue
        status = chance.choices(statuses, weights)[0]
        if person.profile == "truant" and meeting.code in MISSED:
            status = "alpa"
        yield Attended(
            meeting=meeting.code,
            identifier=person.identifier,
            status=status,
            minutes_late=chance.randint(5, 30) if status == "terlambat" else None,
            remark=REMARKS.get(status, ""),
        )


def scored(person: Person, days: Mapping[str, int], *, seed: int, start: datetime) -> Iterator[Scored]:
    """The scores that are given, each on its day of the batch, in the order of the days."""
    chance = chances(seed, person.identifier, "scores")
    for path, day in sorted(days.items(), key=lambda item: item[1]):
        low = 15 if person.profile == "failing" else person.ability - 10
        score = Decimal(low * 100 + chance.randint(0, 1300)) / 100
        yield Scored(path=path, identifier=person.identifier, score=score, given_at=moment(start, day, hour=16))


def moment(start: datetime, days: int, *, hour: int, minute: int = 0) -> datetime:
    """A time of day so many local days after a start."""
    return (start + timedelta(days=days)).replace(hour=hour, minute=minute)
