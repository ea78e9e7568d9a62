"""The shape of statements: every property that the specification knows, and no other.

UNSET, never None, stands for an absent property: null is an error outside extensions. What the shape can't say is
checked in `checks`.
"""

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias, TypeVar

import msgspec
from msgspec import UNSET, UnsetType

from lms.errors import N_
from lms.xapi.errors import StatementError
from lms.xapi.tree import Number, shortened

T = TypeVar("T")
LanguageMap: TypeAlias = dict[str, str]
Extensions: TypeAlias = dict[str, Any]


class Strict(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    """Camel case outside, unknown properties refused."""


class Account(Strict):
    home_page: str
    name: str


class Agent(Strict):
    """A member of a group: an agent, never a group."""

    object_type: Literal["Agent"] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    mbox: str | UnsetType = UNSET
    mbox_sha1sum: str | UnsetType = msgspec.field(default=UNSET, name="mbox_sha1sum")
    openid: str | UnsetType = UNSET
    account: Account | UnsetType = UNSET


class Actor(Strict):
    """An agent or a group."""

    object_type: Literal["Agent", "Group"] | UnsetType = UNSET
    name: str | UnsetType = UNSET
    mbox: str | UnsetType = UNSET
    mbox_sha1sum: str | UnsetType = msgspec.field(default=UNSET, name="mbox_sha1sum")
    openid: str | UnsetType = UNSET
    account: Account | UnsetType = UNSET
    member: list[Agent] | UnsetType = UNSET

    @property
    def is_group(self) -> bool:
        return self.object_type == "Group"

    @property
    def members(self) -> list[Agent]:
        return [] if self.member is UNSET else self.member


class Verb(Strict):
    id: str
    display: LanguageMap | UnsetType = UNSET


class Component(Strict):
    id: str
    description: LanguageMap | UnsetType = UNSET


InteractionType = Literal[
    "true-false",
    "choice",
    "fill-in",
    "long-fill-in",
    "matching",
    "performance",
    "sequencing",
    "likert",
    "numeric",
    "other",
]


class Definition(Strict):
    name: LanguageMap | UnsetType = UNSET
    description: LanguageMap | UnsetType = UNSET
    type: str | UnsetType = UNSET
    more_info: str | UnsetType = UNSET
    interaction_type: InteractionType | UnsetType = UNSET
    correct_responses_pattern: list[str] | UnsetType = UNSET
    choices: list[Component] | UnsetType = UNSET
    scale: list[Component] | UnsetType = UNSET
    source: list[Component] | UnsetType = UNSET
    target: list[Component] | UnsetType = UNSET
    steps: list[Component] | UnsetType = UNSET
    extensions: Extensions | UnsetType = UNSET


class Activity(Strict):
    id: str
    object_type: Literal["Activity"] | UnsetType = UNSET
    definition: Definition | UnsetType = UNSET


class StatementRef(Strict):
    object_type: Literal["StatementRef"]
    id: str


class Score(Strict):
    scaled: Number | UnsetType = UNSET
    raw: Number | UnsetType = UNSET
    min: Number | UnsetType = UNSET
    max: Number | UnsetType = UNSET


class Result(Strict):
    score: Score | UnsetType = UNSET
    success: bool | UnsetType = UNSET
    completion: bool | UnsetType = UNSET
    response: str | UnsetType = UNSET
    duration: str | UnsetType = UNSET
    extensions: Extensions | UnsetType = UNSET


class ContextActivities(Strict):
    parent: list[Activity] | Activity | UnsetType = UNSET
    grouping: list[Activity] | Activity | UnsetType = UNSET
    category: list[Activity] | Activity | UnsetType = UNSET
    other: list[Activity] | Activity | UnsetType = UNSET

    def all(self) -> Iterator[Activity]:
        """Each activity, in the order of `listed`."""
        for value in (self.parent, self.grouping, self.category, self.other):
            if isinstance(value, Activity):
                yield value
            elif value is not UNSET:
                yield from value

    def listed(self) -> Iterator[tuple[str, Activity]]:
        """Each activity with its place, such as `.parent[0]`, or `.parent` for one that came without an array."""
        for kind in ("parent", "grouping", "category", "other"):
            value = getattr(self, kind)
            if isinstance(value, Activity):
                yield f".{kind}", value
            elif value is not UNSET:
                for position, activity in enumerate(value):
                    yield f".{kind}[{position}]", activity


class ContextAgent(Strict):
    object_type: Literal["contextAgent"]
    agent: Agent
    relevant_types: list[str] | UnsetType = UNSET


class ContextGroup(Strict):
    object_type: Literal["contextGroup"]
    group: Actor
    relevant_types: list[str] | UnsetType = UNSET


class Context(Strict):
    """The last two are known to 2.0 only."""

    registration: str | UnsetType = UNSET
    instructor: Actor | UnsetType = UNSET
    team: Actor | UnsetType = UNSET
    context_activities: ContextActivities | UnsetType = UNSET
    revision: str | UnsetType = UNSET
    platform: str | UnsetType = UNSET
    language: str | UnsetType = UNSET
    statement: StatementRef | UnsetType = UNSET
    extensions: Extensions | UnsetType = UNSET
    context_agents: list[ContextAgent] | UnsetType = UNSET
    context_groups: list[ContextGroup] | UnsetType = UNSET


class Attachment(Strict):
    usage_type: str
    display: LanguageMap
    content_type: str
    length: Number
    sha2: str
    description: LanguageMap | UnsetType = UNSET
    file_url: str | UnsetType = UNSET


class Body(Strict):
    """What statements and SubStatements have in common. Which shape the object has hangs on its objectType."""

    actor: Actor
    verb: Verb
    object: dict[str, Any]
    result: Result | UnsetType = UNSET
    context: Context | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET
    attachments: list[Attachment] | UnsetType = UNSET


class Statement(Body):
    id: str | UnsetType = UNSET
    stored: str | UnsetType = UNSET
    authority: Actor | UnsetType = UNSET
    version: str | UnsetType = UNSET


class SubStatement(Body, kw_only=True):
    object_type: Literal["SubStatement"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Shaped:
    """A statement or SubStatement together with its object, which is again a `Shaped` where it is a SubStatement."""

    body: Statement | SubStatement
    target: "Activity | Actor | StatementRef | Shaped"


_SHAPE = re.compile(r"(.*?)(?: - at (?:`key` in )?`\$(.*)`)?", re.DOTALL)
_OBJECTS: dict[str, type[Activity | Actor | StatementRef]] = {
    "Activity": Activity,
    "Agent": Actor,
    "Group": Actor,
    "StatementRef": StatementRef,
}


def shaped(tree: Any, kind: type[T], place: str) -> T:
    """The tree as that struct; StatementError with the place of the first property that does not fit."""
    try:
        return msgspec.convert(tree, kind)
    except msgspec.ValidationError as error:
        match = _SHAPE.fullmatch(str(error))
        problem, inside = match.groups() if match else (str(error), None)
        raise StatementError("%(problem)s.", place=place + (inside or ""), problem=shortened(problem)) from None


def shape(tree: Any, place: str) -> Shaped:
    """The shape of a statement as it was sent (xAPI 1.0.3, Data 2.4; 2.0, 4.2.2)."""
    body = shaped(tree, Statement, place)
    return Shaped(body=body, target=_target(body, f"{place}.object", inside=False))


def _target(body: Body, place: str, *, inside: bool) -> "Activity | Actor | StatementRef | Shaped":
    kind = body.object.get("objectType", "Activity")
    if kind == "SubStatement" and inside:
        raise StatementError(N_("A SubStatement cannot hold another SubStatement."), place=place)
    if kind == "SubStatement":
        inner = shaped(body.object, SubStatement, place)
        return Shaped(body=inner, target=_target(inner, f"{place}.object", inside=True))
    if not isinstance(kind, str) or kind not in _OBJECTS:
        raise StatementError(
            N_("objectType is Activity, Agent, Group, StatementRef or SubStatement, in exactly these letters."),
            place=f"{place}.objectType",
        )
    return shaped(body.object, _OBJECTS[kind], place)


def _make_ready() -> None:
    """Have msgspec look at every struct in the thread that imports this.

    It does so when a struct is first converted, and while it does, another thread that converts ends the process.
    """
    for kind in (Statement, SubStatement, Actor, Agent, Activity, StatementRef, Verb, Context, Result):
        with suppress(msgspec.ValidationError):
            msgspec.convert({}, kind)


_make_ready()
