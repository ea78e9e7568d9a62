"""What the pages of a replay show: a cohort by the version that it runs, and by another one or by a draft."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from lms.db import reading
from lms.errors import N_, DomainError, NotFound, Problems
from lms.programme import queries as programmes
from lms.programme import service as programme
from lms.programme.queries import CohortInfo, Enrolled, VersionEntry
from lms.programme.rules import Difference, Programme, differences, modules, parse_programme
from lms.progress.comparison import Compared, Tally, tally
from lms.progress.replay_queries import replayed

Lines = Iterator[tuple[Enrolled, Compared]]
LONGEST_NUMBER = 9
STEP = 200
"""People who are folded for one page: of 40 modules and 60 sessions each that takes about a second."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Chosen:
    """What a cohort is replayed by. `version` is None for a draft; `programme` is None while a draft is none yet, which
    `problems` tell. `unknown` are titles of modules that no published version has."""

    key: str
    version: VersionEntry | None
    programme: Programme | None
    problems: tuple[DomainError, ...] = ()
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Asked:
    """What an address asks for: as of which moment, as it was typed too; from which person on; whether everybody."""

    as_of: datetime
    typed: str
    wrong: DomainError | None
    start: int
    everybody: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ReplayPage:
    """A cohort, by what it may be replayed, and what that comes to for one step of its people.

    `versions` are the others of its programme, `drafts` all that there are, those of its programme first. `tally` is
    None where nothing was chosen, or nothing can be folded.
    """

    cohort: CohortInfo
    before: Programme
    versions: Sequence[VersionEntry]
    drafts: Sequence[programmes.DraftEntry]
    chosen: Chosen | None
    asked: Asked
    people: int
    tally: Tally | None
    lines: Sequence[tuple[Enrolled, Compared]]

    @property
    def different(self) -> tuple[Difference, ...]:
        """What the other version says otherwise."""
        found = None if self.chosen is None else self.chosen.programme
        return () if found is None else differences(self.before, found)

    @property
    def last(self) -> int:
        """The number of the last person of this step, counted from 1."""
        return min(self.asked.start + STEP, self.people)

    @property
    def shown(self) -> Sequence[tuple[Enrolled, Compared]]:
        """Those who are listed."""
        return [(who, found) for who, found in self.lines if found.changes or self.asked.everybody]


def page(
    organisation_id: int, code: str, args: Mapping[str, str], *, now: datetime, versions_only: bool = False
) -> ReplayPage:
    """Six queries and, with something chosen, six more at most and one per 50 people. Raises NotFound.

    With `versions_only` a draft is not offered.
    """
    session = reading()
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=code)
    before = programmes.programme_of(session, organisation_id=organisation_id, version_id=cohort.programme_version_id)
    chosen = chosen_in(organisation_id, cohort, before, args.get("with", ""))
    if versions_only and chosen is not None and chosen.version is None:
        raise NotFound(N_("A cohort moves to a published version only; publish the draft first."))
    asked_for = asked(args, cohort, now=now)
    roster = programmes.roster(session, organisation_id=organisation_id, cohort_id=cohort.id)
    lines = []
    if chosen is not None and chosen.programme is not None and asked_for.wrong is None:
        step = roster[asked_for.start : asked_for.start + STEP]
        lines = list(_replayed(organisation_id, cohort, chosen.programme, step, asked_for.as_of))
    return ReplayPage(
        cohort=cohort,
        before=before,
        versions=other_versions(organisation_id, cohort, before),
        drafts=[] if versions_only else _drafts(organisation_id, before),
        chosen=chosen,
        asked=asked_for,
        people=len(roster),
        tally=tally(found for _, found in lines) if lines else None,
        lines=lines,
    )


def whole(organisation_id: int, code: str, args: Mapping[str, str], *, now: datetime) -> tuple[CohortInfo, Lines]:
    """Everybody of the cohort, or whoever changes, by what the address chooses; folded as the caller goes.

    Raises NotFound, and Problems where nothing that can be folded was chosen.
    """
    session = reading()
    cohort = programmes.cohort_by_code(session, organisation_id=organisation_id, code=code)
    before = programmes.programme_of(session, organisation_id=organisation_id, version_id=cohort.programme_version_id)
    chosen, asked_for = chosen_in(organisation_id, cohort, before, args.get("with", "")), asked(args, cohort, now=now)
    if asked_for.wrong is not None:
        raise asked_for.wrong
    if chosen is None:
        raise NotFound(N_("Choose the version or the draft to compare with."))
    if chosen.programme is None:
        raise Problems(chosen.problems)
    return cohort, _lines(organisation_id, cohort, chosen.programme, asked_for)


def _lines(organisation_id: int, cohort: CohortInfo, found: Programme, asked_for: Asked) -> Lines:
    """Begun when the first line is asked for: the session of the request is closed before an answer is streamed."""
    roster = programmes.roster(reading(), organisation_id=organisation_id, cohort_id=cohort.id)
    for line in _replayed(organisation_id, cohort, found, roster, asked_for.as_of):
        if line[1].changes or asked_for.everybody:
            yield line


def asked(args: Mapping[str, str], cohort: CohortInfo, *, now: datetime) -> Asked:
    """What an address asks for. A moment without an offset from UTC is one of the cohort's clocks."""
    typed, wrong, as_of = args.get("as_of", "").strip(), None, now
    if typed:
        try:
            as_of = _moment(typed, cohort.time_zone)
        except DomainError as error:
            wrong = error
    start = args.get("from", "")
    return Asked(
        as_of=as_of,
        typed=typed,
        wrong=wrong,
        start=int(start) if start.isascii() and start.isdigit() and len(start) < LONGEST_NUMBER else 0,
        everybody=args.get("show") == "all",
    )


def _moment(typed: str, time_zone: str) -> datetime:
    template = N_("“%(value)s” is no date and time; write it as 2026-03-02T08:00.")
    try:
        # A plus that nobody escaped in an address arrives as a blank.
        moment = datetime.fromisoformat(typed.replace(" ", "+") if "T" in typed else typed)
        if moment.tzinfo is None:
            return programme.local_moment(moment, time_zone, place="as_of")
        return moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise DomainError(template, place="as_of", value=typed) from error


def chosen_in(organisation_id: int, cohort: CohortInfo, before: Programme, key: str) -> Chosen | None:
    """What a key chooses: a version of the cohort's programme by its number, or a draft by its id. None for no key.

    Two queries, and another for a draft. Raises NotFound.
    """
    if not key:
        return None
    if key.isascii() and key.isdigit() and len(key) < LONGEST_NUMBER:
        number = int(key)
        known = other_versions(organisation_id, cohort, before)
        entry = next((one for one in known if one.version == number), None)
        if entry is None:
            template = N_("There is no other version %(version)s of programme %(code)s.")
            raise NotFound(template, version=number, code=before.code)
        found = programmes.programme_of(reading(), organisation_id=organisation_id, version_id=entry.id)
        return Chosen(key=key, version=entry, programme=found)
    return _draft(organisation_id, key)


def _draft(organisation_id: int, key: str) -> Chosen:
    try:
        draft_id = UUID(key)
    except ValueError as error:
        raise NotFound(N_("There is no such draft.")) from error
    text = programmes.draft_text(reading(), organisation_id=organisation_id, draft_id=draft_id)
    try:
        found = parse_programme(text)
    except Problems as error:
        return Chosen(key=key, version=None, programme=None, problems=error.problems)
    return Chosen(key=key, version=None, programme=found, unknown=unknown_modules(organisation_id, found))


def unknown_modules(organisation_id: int, found: Programme) -> tuple[str, ...]:
    """The titles of modules that no published version has, so that nothing sent about them is evidence. One query."""
    titles = {module.iri: module.title for module in modules(found)}
    known = programmes.known_modules(reading(), organisation_id=organisation_id, iris=list(titles))
    return tuple(title for iri, title in titles.items() if iri not in known)


def other_versions(organisation_id: int, cohort: CohortInfo, before: Programme) -> list[VersionEntry]:
    """The versions of the cohort's programme that it does not run, the newest first. One query."""
    every = programmes.versions(reading(), organisation_id=organisation_id)
    return [one for one in every if one.code == before.code and one.id != cohort.programme_version_id]


def _drafts(organisation_id: int, before: Programme) -> list[programmes.DraftEntry]:
    entries = programmes.draft_entries(reading(), organisation_id=organisation_id)
    return sorted(entries, key=lambda one: one.code != before.code)


def _replayed(
    organisation_id: int, cohort: CohortInfo, found: Programme, people: Sequence[Enrolled], as_of: datetime
) -> Lines:
    return replayed(
        reading(),
        organisation_id=organisation_id,
        cohort_id=cohort.id,
        people=people,
        programme=found,
        as_of=as_of,
    )
