"""Three facilitators with bad networks at one session of forty people, and a simple model of what has to come of it.

Cohort `IV` of programme `contoh`, in Asia/Jakarta, has forty people in group A, and a session `K1` on the day of `NOW`.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID, uuid4

from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.progress import service as progress
from tests.world import NOW, START, World

NAMES = ("satu", "dua", "tiga")
CHOICES = (("hadir", None), ("hadir", None), ("terlambat", 7), ("terlambat", 20), ("alpa", None), ("", None))
AT_MOST = 30

Payload = dict[str, Any]
Send = Callable[["Device", Payload], Payload]


@dataclass(frozen=True, kw_only=True)
class Room:
    """The session, its people in their order, and the three who mark them."""

    world: World
    cohort_id: UUID
    session_id: UUID
    people: tuple[UUID, ...]
    facilitators: tuple[UUID, ...]


def room_of(world: World) -> Room:
    """Set the cohort up."""
    organisation_id, _ = world.sukabumi, world.programme
    facilitators = tuple(world.account("facilitator", name=name) for name in NAMES)
    with world.transaction() as session:
        cohort_id = programme.add_cohort(
            session,
            organisation_id=organisation_id,
            programme_code="contoh",
            version=None,
            code="IV",
            name="Angkatan IV",
            starts_at=START,
            ends_at=None,
            time_zone="Asia/Jakarta",
            targets={},
            now=START,
        )
        rows = [
            programme.NewEnrolment(
                identifier=f"2{number:017}", name=f"Peserta {number:02}", email="", group="A", category="", unit=""
            )
            for number in range(40)
        ]
        programme.enrol(session, organisation_id=organisation_id, cohort_id=cohort_id, rows=rows, now=START)
        for account_id in facilitators:
            programme.assign_facilitator(
                session, organisation_id=organisation_id, account_id=account_id, groups=["IV/A"], now=START
            )
    session_id = add_session(world, cohort_id, "K1")
    with world.reading() as session:
        roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort_id)
    people = tuple(person.participant_id for person in roster)
    return Room(world=world, cohort_id=cohort_id, session_id=session_id, people=people, facilitators=facilitators)


def add_session(world: World, cohort_id: UUID, code: str) -> UUID:
    """One more session on the day of `NOW`; its id."""
    starts_at = datetime(2026, 3, 12, 1, 0, tzinfo=UTC)
    with world.transaction() as session:
        row = programme.NewSession(
            code=code, title="Kelas", starts_at=starts_at, ends_at=starts_at + timedelta(hours=3), jp=Decimal(3)
        )
        programme.add_sessions(session, organisation_id=world.sukabumi, cohort_id=cohort_id, rows=[row], now=NOW)
        progress.refold(session, organisation_id=world.sukabumi, cohort_id=cohort_id, now=NOW)
        timetable = programmes.timetable(session, organisation_id=world.sukabumi, cohort_id=cohort_id)
    return next(one.id for one in timetable if one.code == code)


@dataclass
class Device:
    """A phone whose clock is `ahead`. It knows of others' marks only what it was told."""

    number: int
    session_id: UUID
    ahead: timedelta
    queue: list[Payload] = field(default_factory=list)
    view: dict[str, str] = field(default_factory=dict)

    def tap(self, person: UUID, choice: tuple[str, int | None], now: datetime) -> None:
        """Mark somebody, made from the newest mark that this device knows of."""
        mark_id = str(uuid4())
        status, minutes = choice
        mark = {"status": status, "minutes_late": minutes, "remark": "", "made_at": (now + self.ahead).isoformat()}
        names = {"id": mark_id, "session": str(self.session_id), "participant": str(person)}
        self.queue.append(names | mark | {"seen": self.view.get(str(person))})
        self.view[str(person)] = mark_id

    def payload(self, marks: Sequence[Payload], now: datetime) -> Payload:
        """What is sent of these marks."""
        device = str(UUID(int=self.number + 1, version=4))
        return {"device": device, "sent_at": (now + self.ahead).isoformat(), "marks": list(marks)}

    def hear(self, reply: Payload) -> None:
        """What the server has answered for leaves the queue, and tells how a person stands."""
        answers = {answer["id"]: answer for answer in reply["marks"]}
        about = {mark["id"]: mark["participant"] for mark in self.queue}
        self.queue = [mark for mark in self.queue if mark["id"] not in answers]
        still_open = {mark["participant"] for mark in self.queue}
        for mark_id, answer in answers.items():
            if mark_id in about and about[mark_id] not in still_open and answer["counting"]:
                self.view[about[mark_id]] = answer["counting"]["id"]


@dataclass
class Story:
    """What was made and what reached the server: its payloads in the order in which they came, and its replies."""

    made: list[Payload] = field(default_factory=list)
    came: list[tuple[Device, Payload, Payload]] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)


LUCK = ("fine", "fine", "fine", "request", "reply", "twice", "later first", "old")
"""What may become of a request: it or its reply is lost, it comes twice, after a later one, or once more long after."""


def play(random: Random, devices: Sequence[Device], people: Sequence[UUID], send: Send, *, taps: int) -> Story:
    """Let them mark and send until everything has been answered for; requests and replies are lost, and come again."""
    story, now = Story(), NOW
    while len(story.made) < taps or any(device.queue for device in devices):
        now += timedelta(seconds=random.randint(1, 40))
        device = random.choice(devices)
        for _ in range(min(random.randint(0, 6), taps - len(story.made))):
            device.tap(random.choice(people), random.choice(CHOICES), now)
            story.made.append(device.queue[-1])
        luck, most = random.choice(LUCK), random.randint(1, AT_MOST)
        if not device.queue:
            continue
        story.lost[luck] += 1
        if luck != "request":
            _send(story, device, luck, most, now, send)
        if luck == "old" and story.came:
            other, payload, _ = random.choice(story.came)
            story.came.append((other, payload, send(other, payload)))
    return story


def _send(story: Story, device: Device, luck: str, most: int, now: datetime, send: Send) -> None:
    def post(marks: Sequence[Payload]) -> Payload:
        payload = device.payload(marks, now)
        reply = send(device, payload)
        story.came.append((device, payload, reply))
        return reply

    if luck == "later first":
        device.hear(post(device.queue[len(device.queue) // 2 :]))
    waiting = device.queue[:most]
    replies = [post(waiting) for _ in range(2 if luck == "twice" else 1) if waiting]
    for reply in replies if luck != "reply" else ():
        device.hear(reply)


@dataclass
class Model:
    """What has to come of it, thought of as simply as can be: one list of marks a person, and who was contradicted."""

    newest: dict[str, Payload] = field(default_factory=dict)
    outcomes: dict[str, str] = field(default_factory=dict)

    def take(self, payload: Payload) -> list[str]:
        """The outcome of each mark that came."""
        return [self._take(mark) for mark in payload["marks"]]

    def _take(self, mark: Payload) -> str:
        if mark["id"] in self.outcomes:
            return "repeated"
        self.outcomes[mark["id"]] = outcome = self._outcome(mark)
        if outcome == "recorded":
            self.newest[mark["participant"]] = mark
        return outcome

    def _outcome(self, mark: Payload) -> str:
        stands = self.newest.get(mark["participant"])
        before = ("", None) if stands is None else (stands["status"], stands["minutes_late"])
        if before == (mark["status"], mark["minutes_late"]):
            return "same"
        made_from_nothing = mark["seen"] is None and before == ("", None)
        return "recorded" if made_from_nothing or mark["seen"] == (stands and stands["id"]) else "contested"

    def register(self) -> dict[str, tuple[str, int | None]]:
        """The status and the minutes of everybody who has a mark."""
        told = {who: (mark["status"], mark["minutes_late"]) for who, mark in self.newest.items()}
        return {who: said for who, said in told.items() if said[0]}
