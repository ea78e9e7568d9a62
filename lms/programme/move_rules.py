"""What stands in the way of moving a cohort to another version of its programme. Pure."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from lms.errors import N_, DomainError
from lms.programme.rules import Programme, component, components, modules

LONGEST_REASON = 1000


@dataclass(frozen=True, kw_only=True, slots=True)
class Recorded:
    """What is recorded of a cohort and needs a place in its programme, each with how many there are.

    `statuses` are the codes of marks that stand, `assessments` the paths at which scores stand, `modules` the IRIs that
    somebody decided about.
    """

    statuses: Mapping[str, int]
    assessments: Mapping[str, int]
    modules: Mapping[str, int]


def obstacles(
    before: Programme, after: Programme, *, recorded: Recorded, targets: Mapping[str, object]
) -> list[DomainError]:
    """Why a cohort cannot go to this version: everything recorded that would have no place there.

    What a version does not have already is not the fault of the next one. Statements about a module that is gone are in
    nobody's way: they stay, and count again in whichever version has it.
    """
    if before.code != after.code:
        template = N_("A cohort stays in its programme: this is %(other)s, not %(code)s.")
        return [DomainError(template, place="version", other=after.code, code=before.code)]
    return [
        *_statuses(before, after, recorded),
        *_assessments(before, after, recorded),
        *_modules(before, after, recorded),
        *_targets(before, after, targets),
    ]


def _statuses(before: Programme, after: Programme, recorded: Recorded) -> Iterator[DomainError]:
    kept = {status.code for status in after.statuses}
    for status in before.statuses:
        count = recorded.statuses.get(status.code, 0)
        if count and status.code not in kept:
            template = N_("The new version has no status “%(status)s”; marks that have it: %(count)s.")
            yield DomainError(template, place="attendance_status", status=status.code, count=count)


def _assessments(before: Programme, after: Programme, recorded: Recorded) -> Iterator[DomainError]:
    kept = {one.path for one in components(after) if one.kind == "assessment"}
    for one in components(before):
        count = recorded.assessments.get(one.path, 0)
        if count and one.kind == "assessment" and one.path not in kept:
            template = N_("The new version has no assessment “%(path)s”; scores that stand there: %(count)s.")
            yield DomainError(template, place="component", path=one.path, count=count)


def _modules(before: Programme, after: Programme, recorded: Recorded) -> Iterator[DomainError]:
    kept = {module.iri for module in modules(after)}
    for module in modules(before):
        count = recorded.modules.get(module.iri, 0)
        if count and module.iri not in kept:
            template = N_("The new version has no module “%(title)s”; overrides of it: %(count)s.")
            yield DomainError(template, place="component.module", title=module.title, count=count)


def _targets(before: Programme, after: Programme, targets: Mapping[str, object]) -> Iterator[DomainError]:
    for path in targets:
        if path and component(before, path) is not None and component(after, path) is None:
            template = N_("The new version has no component “%(path)s”, for which the cohort has a target.")
            yield DomainError(template, place="target", path=path)


def reason_problems(reason: str) -> list[DomainError]:
    """What is wrong with the reason for a move: there is one, and it is not a book."""
    if not reason.strip():
        return [DomainError(N_("Say why; whoever asks about a figure later reads it."), place="reason")]
    if len(reason) > LONGEST_REASON:
        template = N_("This may have %(limit)s characters at most.")
        return [DomainError(template, place="reason", limit=LONGEST_REASON)]
    return []
