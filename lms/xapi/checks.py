"""What the shape of a statement cannot say: formats, and rules between properties.

Each check raises a StatementError whose place is `place` and the path below it.
"""

from msgspec import UNSET, UnsetType

from lms.errors import N_
from lms.xapi import values
from lms.xapi.agents import agent_ref
from lms.xapi.fields import (
    check_extensions,
    check_iri,
    check_language,
    check_language_map,
    check_timestamp,
    check_uuid,
    refuse,
)
from lms.xapi.results import check_result
from lms.xapi.statements import (
    Account,
    Activity,
    Actor,
    Agent,
    Attachment,
    Component,
    Context,
    ContextActivities,
    Definition,
    Shaped,
    Statement,
    StatementRef,
    Verb,
)
from lms.xapi.versions import V2, VOIDED, is_statement_version

_IFIS = ("mbox", "mbox_sha1sum", "openid", "account")
_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")
_LISTS_BY_INTERACTION = {
    "choice": ("choices",),
    "sequencing": ("choices",),
    "likert": ("scale",),
    "matching": ("source", "target"),
    "performance": ("steps",),
}


def check_statement(shaped: Shaped, place: str, *, version: str) -> None:
    """All rules for a statement, served under that version (xAPI 1.0.3, Data 2.4; 2.0, 4.2)."""
    statement = shaped.body
    _check_body(shaped, place, version=version)
    if isinstance(statement, Statement):
        check_uuid(statement.id, f"{place}.id")
        check_timestamp(statement.stored, f"{place}.stored", version=version)
        if statement.authority is not UNSET:
            check_authority(statement.authority, f"{place}.authority")
        check_version(statement.version, f"{place}.version", version=version)


def check_version(text: str | UnsetType, place: str, *, version: str) -> None:
    """Data 2.4.10."""
    if text is not UNSET and not is_statement_version(text, version=version):
        refuse(N_("%(text)s is not a version of statements here; leave it out, or send 1.0.0."), place, text=text)


def _check_body(shaped: Shaped, place: str, *, version: str) -> None:
    body = shaped.body
    check_actor(body.actor, f"{place}.actor")
    check_verb(body.verb, f"{place}.verb")
    _check_target(shaped, f"{place}.object", version=version)
    if body.result is not UNSET:
        check_result(body.result, f"{place}.result")
    if body.context is not UNSET:
        is_about_activity = isinstance(shaped.target, Activity)
        check_context(body.context, f"{place}.context", is_about_activity=is_about_activity, version=version)
    check_timestamp(body.timestamp, f"{place}.timestamp", version=version)
    if body.attachments is not UNSET:
        for position, attachment in enumerate(body.attachments):
            _check_attachment(attachment, f"{place}.attachments[{position}]")


def check_actor(actor: Actor | Agent, place: str) -> None:
    """One inverse functional identifier, well formed; an anonymous group has members instead (Data 2.4.2)."""
    given = [name for name in _IFIS if getattr(actor, name) is not UNSET]
    if len(given) > 1:
        refuse(N_("An agent has one identifier; here are %(names)s."), place, names=", ".join(given))
    if isinstance(actor, Actor) and (actor.is_group or actor.member is not UNSET):
        _check_group(actor, place, anonymous=not given)
    elif not given:
        refuse(N_("An agent needs one of mbox, mbox_sha1sum, openid and account."), place)
    _check_identifier(actor, place)


def _check_group(group: Actor, place: str, *, anonymous: bool) -> None:
    if not group.is_group:
        refuse(N_("Only a Group has members; set objectType to Group."), f"{place}.member")
    if anonymous and not group.members:
        refuse(N_("A Group without an identifier lists its members."), place)
    for position, member in enumerate(group.members):
        check_actor(member, f"{place}.member[{position}]")


def _check_identifier(actor: Actor | Agent, place: str) -> None:
    if actor.name is not UNSET and "\0" in actor.name:
        refuse(N_("A name cannot hold the character U+0000."), f"{place}.name")
    if actor.mbox is not UNSET and not values.is_mbox(actor.mbox):
        refuse(N_("%(text)s is not of the form mailto:name@example.com."), f"{place}.mbox", text=actor.mbox)
    if actor.mbox_sha1sum is not UNSET and not values.is_sha1(actor.mbox_sha1sum):
        refuse(N_("%(text)s is not 40 hexadecimal digits."), f"{place}.mbox_sha1sum", text=actor.mbox_sha1sum)
    check_iri(actor.openid, f"{place}.openid")
    if actor.account is not UNSET:
        _check_account(actor.account, f"{place}.account")


def _check_account(account: Account, place: str) -> None:
    check_iri(account.home_page, f"{place}.homePage")
    if "\0" in account.name:
        refuse(N_("A name cannot hold the character U+0000."), f"{place}.name")


def check_authority(authority: Actor, place: str) -> None:
    """An agent, or an anonymous group of exactly two: the application and its user (Data 2.4.9)."""
    check_actor(authority, place)
    if authority.is_group and (agent_ref(authority) is not None or len(authority.members) != 2):
        refuse(N_("An authority is an Agent, or a Group without an identifier and with two members."), place)


def check_verb(verb: Verb, place: str) -> None:
    """Data 2.4.3."""
    check_iri(verb.id, f"{place}.id")
    check_language_map(verb.display, f"{place}.display")


def _check_target(shaped: Shaped, place: str, *, version: str) -> None:
    target = shaped.target
    if shaped.body.verb.id == VOIDED and not isinstance(target, StatementRef):
        refuse(N_("A voiding statement names the statement it voids by a StatementRef."), place)
    if isinstance(target, Activity):
        check_activity(target, place)
    elif isinstance(target, Actor):
        check_actor(target, place)
    elif isinstance(target, StatementRef):
        check_uuid(target.id, f"{place}.id")
    else:
        _check_body(target, place, version=version)


def check_activity(activity: Activity, place: str) -> None:
    """Data 2.4.4.1."""
    check_iri(activity.id, f"{place}.id")
    if activity.definition is not UNSET:
        _check_definition(activity.definition, f"{place}.definition")


def _check_definition(definition: Definition, place: str) -> None:
    check_language_map(definition.name, f"{place}.name")
    check_language_map(definition.description, f"{place}.description")
    check_iri(definition.type, f"{place}.type")
    check_iri(definition.more_info, f"{place}.moreInfo")
    check_extensions(definition.extensions, f"{place}.extensions")
    given = {name: lists for name in _COMPONENT_LISTS if (lists := getattr(definition, name)) is not UNSET}
    if definition.interaction_type is UNSET:
        if given or definition.correct_responses_pattern is not UNSET:
            refuse(N_("The members of an interaction need its interactionType."), f"{place}.interactionType")
        return
    for name, components in given.items():
        if name not in _LISTS_BY_INTERACTION.get(definition.interaction_type, ()):
            refuse(N_("An interaction of this type has no %(name)s."), f"{place}.{name}", name=name)
        _check_components(components, f"{place}.{name}")


def _check_components(components: list[Component], place: str) -> None:
    if len({component.id for component in components}) < len(components):
        refuse(N_("Every id in this list must be different."), place)
    for position, component in enumerate(components):
        check_language_map(component.description, f"{place}[{position}].description")


def check_context(context: Context, place: str, *, is_about_activity: bool, version: str) -> None:
    """Data 2.4.6; 2.0, 4.2.2."""
    check_uuid(context.registration, f"{place}.registration")
    check_language(context.language, f"{place}.language")
    check_extensions(context.extensions, f"{place}.extensions")
    if context.statement is not UNSET:
        check_uuid(context.statement.id, f"{place}.statement.id")
    if context.context_activities is not UNSET:
        _check_context_activities(context.context_activities, f"{place}.contextActivities")
    if not is_about_activity:
        _check_without_activity(context, place)
    _check_people(context, place)
    if context.context_agents is not UNSET or context.context_groups is not UNSET:
        _check_context_agents(context, place, version=version)


def _check_without_activity(context: Context, place: str) -> None:
    for name, text in (("revision", context.revision), ("platform", context.platform)):
        if text is not UNSET:
            refuse(N_("%(name)s goes with an Activity as the object only."), f"{place}.{name}", name=name)


def _check_people(context: Context, place: str) -> None:
    if context.instructor is not UNSET:
        check_actor(context.instructor, f"{place}.instructor")
    if context.team is not UNSET:
        if not context.team.is_group:
            refuse(N_("A team is a Group; set objectType to Group."), f"{place}.team")
        check_actor(context.team, f"{place}.team")


def _check_context_activities(activities: ContextActivities, place: str) -> None:
    for path, activity in activities.listed():
        check_activity(activity, place + path)


def _check_context_agents(context: Context, place: str, *, version: str) -> None:
    """contextAgents and contextGroups came with 2.0 (4.2.2)."""
    if version != V2:
        name = "contextAgents" if context.context_agents is not UNSET else "contextGroups"
        refuse(N_("%(name)s is known to version 2.0 only."), f"{place}.{name}", name=name)
    for position, entry in enumerate([] if context.context_agents is UNSET else context.context_agents):
        here = f"{place}.contextAgents[{position}]"
        check_actor(entry.agent, f"{here}.agent")
        _check_relevant_types(entry.relevant_types, f"{here}.relevantTypes")
    for position, group in enumerate([] if context.context_groups is UNSET else context.context_groups):
        here = f"{place}.contextGroups[{position}]"
        if not group.group.is_group:
            refuse(N_("This must be a Group; set objectType to Group."), f"{here}.group")
        check_actor(group.group, f"{here}.group")
        _check_relevant_types(group.relevant_types, f"{here}.relevantTypes")


def _check_relevant_types(types: list[str] | UnsetType, place: str) -> None:
    if types is UNSET:
        return
    if not types:
        refuse(N_("relevantTypes lists one IRI at least, or is left out."), place)
    for position, iri in enumerate(types):
        check_iri(iri, f"{place}[{position}]")


def _check_attachment(attachment: Attachment, place: str) -> None:
    """xAPI 1.0.3, Data 2.4.11; 2.0, 4.2.2."""
    check_iri(attachment.usage_type, f"{place}.usageType")
    check_language_map(attachment.display, f"{place}.display")
    check_language_map(attachment.description, f"{place}.description")
    check_iri(attachment.file_url, f"{place}.fileUrl")
    if not values.is_media_type(attachment.content_type):
        refuse(
            N_("%(text)s is not a media type such as text/plain."), f"{place}.contentType", text=attachment.content_type
        )
    if not attachment.length.text.isdigit() or len(attachment.length.text) > 18:
        refuse(N_("%(text)s is not a whole number of bytes."), f"{place}.length", text=attachment.length.text)
    if not values.is_sha2(attachment.sha2):
        refuse(N_("%(text)s is not a SHA-2 hash in hexadecimal digits."), f"{place}.sha2", text=attachment.sha2)
