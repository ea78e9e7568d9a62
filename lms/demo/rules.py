"""The story of the demo, from a seed and the day on which the running batch began. Pure."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from lms.demo.learning import attended, moment, scored, sendings, strangers
from lms.demo.people import GROUPS, people
from lms.demo.values import Batch, Meeting, Person, Sending, Story
from lms.programme.rules import Module

ZONE = "Asia/Jakarta"
RUNNING, FINISHED = "III", "I"
SIZES: Mapping[str, int] = {FINISHED: 40, RUNNING: 39}
BETWEEN_BATCHES = timedelta(weeks=26)
LASTS = timedelta(days=120)
DAYS_SO_FAR = 28
"""The running batch began on a Monday four weeks before this week's."""

MEETINGS = (
    ("S01", "Pembukaan", 0),
    ("S02", "Agenda I: bela negara", 7),
    ("S03", "Agenda II: nilai dasar ASN", 14),
    ("S04", "Agenda III: kedudukan dan peran ASN", 21),
    ("S05", "Rancangan aktualisasi", 22),
    ("S06", "Evaluasi habituasi", 42),
    ("S07", "Penguatan kompetensi teknis", 43),
)
OF_GROUPS = (("BIM", "Bimbingan kelompok", 24), ("SEM", "Seminar rancangan", 50))
SCORES_OF_ALL = {"attitude": 25, "technical": 45, "design": 50, "implementation": 85}
SCORES_OF_TWO_GROUPS = {"attitude": 25, "technical": 26, "design": 27}
SCORES_OF_THE_OTHERS = {"attitude": 25}


def began(today: date) -> datetime:
    """When the running batch began, seen from a local day."""
    monday = today - timedelta(days=today.weekday() + DAYS_SO_FAR)
    return datetime.combine(monday, time(8), ZoneInfo(ZONE))


def story(*, seed: int, start: datetime, modules: Sequence[Module], sizes: Mapping[str, int] = SIZES) -> Story:
    """The whole story; the same seed and start always tell the same one."""
    start = start.astimezone(ZoneInfo(ZONE))
    finished = finished_batch(seed=seed, start=start - BETWEEN_BATCHES, size=sizes[FINISHED])
    running = running_batch(seed=seed, start=start, size=sizes[RUNNING])
    of_strangers = strangers(running.people[1], modules, seed=seed, start=start)
    return Story(
        finished=finished,
        running=running,
        sent_before=sent(finished, modules, seed=seed),
        sent_lately=_in_order([*sent(running, modules, seed=seed), *of_strangers]),
    )


def sent(batch: Batch, modules: Sequence[Module], *, seed: int) -> tuple[Sending, ...]:
    """What the MOOC sends of a batch, in the order in which it happened."""
    return _in_order(
        one for person in batch.people for one in sendings(person, modules, seed=seed, start=batch.starts_at)
    )


def _in_order(found: Iterable[Sending]) -> tuple[Sending, ...]:
    return tuple(sorted(found, key=lambda one: (one.at, one.id)))


def finished_batch(*, seed: int, start: datetime, size: int) -> Batch:
    """Batch I: everything is done, held and scored."""
    members = people(seed=seed, stage="finished", number=1, surname="Teladan", size=size, start=start)
    scores = {person.identifier: SCORES_OF_ALL for person in members}
    return _batch(FINISHED, members, scores, seed=seed, start=start, held_for=LASTS.days, targets={})


def running_batch(
    *, seed: int, start: datetime, size: int, code: str = RUNNING, number: int = 3, surname: str = "Contoh"
) -> Batch:
    """Batch III, four weeks in: some are ahead, some behind, and some at risk."""
    members = people(seed=seed, stage="running", number=number, surname=surname, size=size, start=start)
    scores = {
        person.identifier: SCORES_OF_TWO_GROUPS if person.group in GROUPS[:2] else SCORES_OF_THE_OTHERS
        for person in members
    }
    targets = {"mooc": Decimal(90)}
    return _batch(code, members, scores, seed=seed, start=start, held_for=DAYS_SO_FAR, targets=targets)


def _batch(
    code: str,
    members: tuple[Person, ...],
    scores: Mapping[str, Mapping[str, int]],
    *,
    seed: int,
    start: datetime,
    held_for: int,
    targets: Mapping[str, Decimal],
) -> Batch:
    timetable = meetings(start, held_for=held_for)
    return Batch(
        code=code,
        name=f"Angkatan {code}",
        starts_at=start,
        ends_at=start + LASTS,
        targets=targets,
        people=members,
        meetings=timetable,
        attended=tuple(one for person in members for one in attended(person, timetable, seed=seed)),
        scored=tuple(
            one for person in members for one in scored(person, scores[person.identifier], seed=seed, start=start)
        ),
    )


def meetings(start: datetime, *, held_for: int) -> tuple[Meeting, ...]:
    """The timetable of a batch; what lies within the first `held_for` days was held."""
    of_all = [(code, title, day, None) for code, title, day in MEETINGS]
    of_groups = [
        (f"{code}-{group}", f"{title} {group}", day, group) for code, title, day in OF_GROUPS for group in GROUPS
    ]
    return tuple(
        meeting(code, title, moment(start, day, hour=8 if group is None else 13), group=group, held=day < held_for)
        for code, title, day, group in (*of_all, *of_groups)
    )


def todays_meeting(now: datetime) -> Meeting:
    """A meeting of group A on the local day of `now`, begun already, so that whoever tries the demo can mark it."""
    local = now.astimezone(ZoneInfo(ZONE))
    starts_at = local.replace(hour=8 if local.hour >= 8 else 0, minute=0, second=0, microsecond=0)
    return meeting(
        f"HARI-INI-{local:%Y-%m-%d}", "Latihan: daftar hadir hari ini", starts_at, group=GROUPS[0], held=False
    )


def meeting(code: str, title: str, starts_at: datetime, *, group: str | None, held: bool) -> Meeting:
    """A meeting of three JP."""
    ends_at = starts_at + timedelta(minutes=135)
    return Meeting(code=code, title=title, starts_at=starts_at, ends_at=ends_at, jp=Decimal(3), group=group, held=held)
