"""One language out of several: what Accept-Language asks for, and the `canonical` form of statements."""

import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from lms.xapi.payloads import load

_RANGE = re.compile(r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)(?:\s*;\s*q=([01](?:\.[0-9]{0,3})?))?")
_COMPONENT_LISTS = ("choices", "scale", "source", "target", "steps")


def accepted_languages(header: str | None) -> tuple[str, ...]:
    """The ranges of an Accept-Language header, best first; those with q=0 and what is no range are left out."""
    weighed = []
    for part in (header or "").split(","):
        match = _RANGE.fullmatch(part.strip())
        weight = Decimal(0 if match is None else match[2] or "1")
        if match is not None and weight > 0:
            weighed.append((weight, match[1]))
    return tuple(name for _, name in sorted(weighed, key=lambda pair: -pair[0]))


def one_language(texts: Mapping[str, str], languages: Sequence[str]) -> dict[str, str]:
    """The entry that fits best, as a map of one: an equal tag, a tag within the range, a tag that the range is within.

    Where nothing fits, the first entry as it was sent: a text in another language is better than none.
    """
    tags: dict[str, str] = {}
    for tag in texts:
        tags.setdefault(tag.lower(), tag)
    wishes = [wanted.lower() for wanted in languages]
    for wanted in wishes:
        found = _fitting(wanted, tags)
        if found is not None:
            return {found: texts[found]}
    for wanted in wishes:
        for lowered, tag in tags.items():
            if f"{wanted}-".startswith(f"{lowered}-"):
                return {tag: texts[tag]}
    return dict(list(texts.items())[:1])


def _fitting(wanted: str, tags: Mapping[str, str]) -> str | None:
    """The tag that is equal, or else the first within the range (RFC 2616, 14.4). `tags` are by their lower case."""
    if wanted in tags:
        return tags[wanted]
    return next((tag for lowered, tag in tags.items() if wanted == "*" or lowered.startswith(f"{wanted}-")), None)


def as_canonical(payload: str, languages: Sequence[str]) -> dict[str, Any]:
    """The statement with one language in each language map of its verbs and activities (Communication 2.1.3, `format`).

    SubStatements and contextActivities too; agents and all other members stay as they were sent.
    """
    return _body(load(payload), languages)


def _body(body: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    kept = dict(body)
    if "display" in kept["verb"]:
        kept["verb"] = {**kept["verb"], "display": one_language(kept["verb"]["display"], languages)}
    kind = kept["object"].get("objectType", "Activity")
    if kind == "SubStatement":
        kept["object"] = _body(kept["object"], languages)
    elif kind == "Activity":
        kept["object"] = _activity(kept["object"], languages)
    context = kept.get("context", {})
    if "contextActivities" in context:
        activities = context["contextActivities"]
        listed = {kind: [_activity(one, languages) for one in some] for kind, some in activities.items()}
        kept["context"] = {**context, "contextActivities": listed}
    return kept


def _activity(activity: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    if "definition" not in activity:
        return dict(activity)
    definition = dict(activity["definition"])
    for name in ("name", "description"):
        if name in definition:
            definition[name] = one_language(definition[name], languages)
    for name in _COMPONENT_LISTS:
        if name in definition:
            definition[name] = [_component(component, languages) for component in definition[name]]
    return {**activity, "definition": definition}


def _component(component: Mapping[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    if "description" not in component:
        return dict(component)
    return {**component, "description": one_language(component["description"], languages)}
