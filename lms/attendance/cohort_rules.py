"""The rules of a cohort's registers: when they may be taken, which status somebody gets who comes late. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_address
from typing import Literal
from zoneinfo import ZoneInfo

from lms.attendance.rules import usual_status
from lms.programme.rules import AttendanceStatus

Network = IPv4Network | IPv6Network
State = Literal["not_open", "open", "locked"]

LATE, ABSENT = ("terlambat", "late"), ("alpa", "absent")
"""What the statuses are usually called that somebody has who comes late, or not at all."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CohortRules:
    """How the registers of one cohort are taken. Days are those of `time_zone`, an IANA name.

    A register opens `early_minutes` before its session starts, None: when that day begins; it locks for facilitators
    `late_days` days after that day, None: never. Somebody is late from more than `grace_minutes` after the start.
    `present`, `late` and `absent` are None where the programme has no such status; `leave` are all others.
    Who was in a live class for `log_percent` of its time was there. Check-in is from `check_in_before` minutes before
    the start until `check_in_after` minutes after it, from an address in one of the `networks` if there are any.
    `warn_consecutive` absences in a row are warned about, 0: never.
    """

    time_zone: str
    statuses: tuple[AttendanceStatus, ...]
    present: AttendanceStatus | None
    late: AttendanceStatus | None
    absent: AttendanceStatus | None
    leave: tuple[AttendanceStatus, ...]
    early_minutes: int | None = None
    late_days: int | None = None
    grace_minutes: int = 0
    log_percent: int = 75
    check_in: bool = True
    check_in_before: int = 30
    check_in_after: int = 30
    networks: tuple[Network, ...] = ()
    warn_consecutive: int = 2
    warn_by_mail: bool = True

    @property
    def leave_statuses(self) -> tuple[str, ...]:
        """The codes of what somebody may ask leave as."""
        return tuple(status.code for status in self.leave)

    def opens_at(self, starts_at: datetime) -> datetime:
        """When the register of a session with this start opens."""
        if self.early_minutes is not None:
            return starts_at - timedelta(minutes=self.early_minutes)
        return self._midnight(starts_at, 0)

    def locks_at(self, starts_at: datetime) -> datetime | None:
        """The first moment at which facilitators may no longer change it, None: they always may."""
        return None if self.late_days is None else self._midnight(starts_at, self.late_days + 1)

    def state(self, starts_at: datetime, *, at: datetime) -> State:
        """Whether the register of a session with this start can be taken; managers also take one that is locked."""
        locks_at = self.locks_at(starts_at)
        if at < self.opens_at(starts_at):
            return "not_open"
        return "locked" if locks_at is not None and at >= locks_at else "open"

    def check_in_window(self, starts_at: datetime) -> tuple[datetime, datetime]:
        """From when until when people check in by themselves at a session with this start."""
        before, after = timedelta(minutes=self.check_in_before), timedelta(minutes=self.check_in_after)
        return starts_at - before, starts_at + after

    def arrival(self, starts_at: datetime, *, at: datetime) -> tuple[AttendanceStatus, int | None] | None:
        """The status of somebody who came at this moment, and the whole minutes by which they were late.

        The minutes count from the start, even where the first ones are let pass. None where the programme has no status
        for somebody who is there.
        """
        minutes = max(0, (at - starts_at) // timedelta(minutes=1))
        if at - starts_at <= timedelta(minutes=self.grace_minutes) or minutes == 0:
            return None if self.present is None else (self.present, None)
        status = self.late or self.present
        return None if status is None else (status, minutes)

    def admits(self, address: str) -> bool:
        """Whether somebody may check in from this address; what is no address is admitted only where any is."""
        if not self.networks:
            return True
        try:
            found = ip_address(address)
        except ValueError:
            return False
        mapped = getattr(found, "ipv4_mapped", None)
        return any((mapped or found) in network for network in self.networks)

    def _midnight(self, starts_at: datetime, days: int) -> datetime:
        zone = ZoneInfo(self.time_zone)
        day = starts_at.astimezone(zone).date() + timedelta(days=days)
        return datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)


def times(time_zone: str, *, early_minutes: int | None, late_days: int | None) -> CohortRules:
    """Rules that only say when registers open and lock, for lists that ask nothing else."""
    return CohortRules(
        time_zone=time_zone,
        statuses=(),
        present=None,
        late=None,
        absent=None,
        leave=(),
        early_minutes=early_minutes,
        late_days=late_days,
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class Roles:
    """Which status stands for being there, being late and being absent, and which may be asked for as leave."""

    present: AttendanceStatus | None
    late: AttendanceStatus | None
    absent: AttendanceStatus | None
    leave: tuple[AttendanceStatus, ...]


def roles(
    statuses: Sequence[AttendanceStatus], *, present: str = "", late: str = "", absent: str = "", leave: str = ""
) -> Roles:
    """The part that each status plays: the one with the code given, else found by its name and its weight.

    `leave` are codes, one a line. A code that the programme does not have is taken for none.
    """
    by_code = {status.code: status for status in statuses}
    there = by_code.get(present) or usual_status(statuses)
    tardy = by_code.get(late) or _late(statuses, there)
    away = by_code.get(absent) or _absent(statuses)
    asked = tuple(by_code[code] for code in leave.splitlines() if code in by_code)
    others = tuple(status for status in statuses if status not in (there, tardy, away))
    return Roles(present=there, late=tardy, absent=away, leave=asked or others)


def _late(statuses: Sequence[AttendanceStatus], present: AttendanceStatus | None) -> AttendanceStatus | None:
    """The one that is called so, else the greatest weight below being there."""
    there = [status for status in statuses if not status.absent and not status.excluded and status != present]
    below = [status for status in there if present is not None and 0 < status.weight < present.weight]
    return _called(LATE, there) or max(below, key=lambda status: status.weight, default=None)


def _absent(statuses: Sequence[AttendanceStatus]) -> AttendanceStatus | None:
    """Of those that count least, the one that is called so, else the last."""
    away = [status for status in statuses if status.absent and not status.excluded]
    least = min((status.weight for status in away), default=None)
    lowest = [status for status in away if status.weight == least]
    return _called(ABSENT, lowest) or (lowest[-1] if lowest else None)


def _called(names: Sequence[str], statuses: Sequence[AttendanceStatus]) -> AttendanceStatus | None:
    return next((one for one in statuses if {one.code.casefold(), one.title.casefold()} & set(names)), None)
