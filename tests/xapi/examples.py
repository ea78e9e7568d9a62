"""Statements that the tests of the record store start from, and ways to change one place of them."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lms.xapi import rules

NOW = datetime(2026, 3, 2, 2, 30, 0, 123456, tzinfo=UTC)
STAMP = rules.timestamp(NOW)
AUTHORITY = {"objectType": "Agent", "account": {"homePage": "https://padu.example", "name": "moodle"}}
ID = "01890a5d-ac96-774b-bcce-b302099a8057"
OTHER_ID = "3fdba88f-54ae-4a2f-956b-76143df1760e"
MODULE = "https://mooc.example/modules/1"
Statement = dict[str, Any]
Change = Callable[[Statement], None]

PLAIN: Statement = {
    "actor": {"mbox": "mailto:sari@sukabumi.example", "name": "Sari"},
    "verb": {"id": rules.COMPLETED},
    "object": {"id": MODULE},
}

FULL: Statement = {
    "id": ID,
    "actor": {"objectType": "Agent", "name": "Sari", "account": {"homePage": "https://mooc.example", "name": "1987"}},
    "verb": {"id": rules.PASSED, "display": {"en": "passed", "id": "lulus"}},
    "object": {
        "objectType": "Activity",
        "id": MODULE,
        "definition": {
            "name": {"en": "Module 1", "id": "Modul 1"},
            "description": {"en": "The first module", "id": "Modul pertama"},
            "type": "http://adlnet.gov/expapi/activities/module",
            "moreInfo": "https://mooc.example/about/1",
            "interactionType": "choice",
            "correctResponsesPattern": ["a[,]b"],
            "choices": [
                {"id": "a", "description": {"en": "First", "id": "Pertama"}},
                {"id": "b"},
            ],
            "extensions": {"https://mooc.example/ext": {"nothing": None, "numbers": [1, 2.50]}},
        },
    },
    "result": {
        "score": {"scaled": 0.8, "raw": 80, "min": 0, "max": 100},
        "success": True,
        "completion": True,
        "response": "a",
        "duration": "PT1H30M",
        "extensions": {"https://mooc.example/ext": None},
    },
    "context": {
        "registration": OTHER_ID,
        "instructor": {"mbox": "mailto:budi@sukabumi.example"},
        "team": {
            "objectType": "Group",
            "name": "Group 1",
            "member": [{"mbox": "mailto:ani@sukabumi.example"}, {"mbox": "mailto:tono@sukabumi.example"}],
        },
        "contextActivities": {
            "parent": [{"id": "https://mooc.example/courses/1", "definition": {"name": {"en": "Course 1"}}}],
            "grouping": {"id": "https://mooc.example/programmes/1"},
            "category": [],
            "other": [{"objectType": "Activity", "id": "https://mooc.example/others/1"}],
        },
        "revision": "2",
        "platform": "MOOC",
        "language": "id-ID",
        "statement": {"objectType": "StatementRef", "id": OTHER_ID},
        "extensions": {"https://mooc.example/ext": False},
    },
    "timestamp": "2026-03-02T09:30:00.5+07:00",
    "attachments": [
        {
            "usageType": "https://mooc.example/certificate",
            "display": {"en": "Certificate"},
            "description": {"en": "A certificate"},
            "contentType": "application/pdf; name=certificate",
            "length": 27,
            "sha2": "495395e777cd98da653df9615d09c0fd6bb2f8d4788394cd53c56a3bfdcd848a",
            "fileUrl": "https://mooc.example/certificate.pdf",
        }
    ],
}

SUB_STATEMENT: Statement = {
    "actor": {"mbox": "mailto:budi@sukabumi.example"},
    "verb": {"id": "http://example.com/planned"},
    "object": {
        "objectType": "SubStatement",
        "actor": {"mbox": "mailto:sari@sukabumi.example"},
        "verb": {"id": rules.COMPLETED, "display": {"en": "completed", "id": "selesai"}},
        "object": {"id": MODULE, "definition": {"name": {"en": "Module 1", "id": "Modul 1"}}},
        "context": {"contextActivities": {"parent": {"id": "https://mooc.example/courses/1"}}},
        "timestamp": "2027-03-02T09:30:00+07:00",
    },
}

VOIDING: Statement = {
    "actor": {"mbox": "mailto:admin@sukabumi.example"},
    "verb": {"id": rules.VOIDED},
    "object": {"objectType": "StatementRef", "id": OTHER_ID},
}

CONTEXT_AGENTS = [
    {
        "objectType": "contextAgent",
        "agent": {"mbox": "mailto:rina@sukabumi.example"},
        "relevantTypes": ["https://mooc.example/mentor"],
    }
]
CONTEXT_GROUPS = [
    {
        "objectType": "contextGroup",
        "group": {
            "objectType": "Group",
            "mbox": "mailto:group-1@sukabumi.example",
            "member": [{"mbox": "mailto:joko@sukabumi.example"}],
        },
        "relevantTypes": ["https://mooc.example/team"],
    }
]


def prepared(statement: object, *, version: str = rules.V1) -> rules.Prepared:
    """The one statement, prepared: a tree, or the JSON text itself."""
    (one,) = prepare_text(statement if isinstance(statement, str) else json.dumps(statement), version=version)
    return one


def prepare_text(text: str | bytes, *, version: str = rules.V1) -> tuple[rules.Prepared, ...]:
    raw = text if isinstance(text, bytes) else text.encode()
    return rules.prepare(raw, version=version, now=NOW, authority=AUTHORITY)


def changed(statement: Statement, *changes: Change) -> Statement:
    fresh = copy.deepcopy(statement)
    for change in changes:
        change(fresh)
    return fresh


def put(path: str, value: Any) -> Change:
    """Sets the place, such as `context.team.member.0.mbox`; objects on the way there are made."""

    def change(statement: Statement) -> None:
        *way, last = path.split(".")
        node: Any = statement
        for step in way:
            node = node[int(step)] if isinstance(node, list) else node.setdefault(step, {})
        node[int(last) if isinstance(node, list) else last] = copy.deepcopy(value)

    return change


def drop(path: str) -> Change:
    """Takes the property away."""

    def change(statement: Statement) -> None:
        *way, last = path.split(".")
        node: Any = statement
        for step in way:
            node = node[int(step)] if isinstance(node, list) else node[step]
        del node[last]

    return change
