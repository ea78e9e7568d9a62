"""Statements as a MOOC sends them, about a kilobyte each."""

import json
import random
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

HOME = "https://mooc.bench.example"
COURSE, GROUP = f"{HOME}/kursus", f"{HOME}/angkatan"
PEOPLE, MODULES = 1000, 40
BEGIN = datetime(2026, 3, 10, 2)  # noqa: DTZ001  (written out as UTC)
VERBS = ("progressed", "answered", "experienced", "initialized", "terminated", "completed")

Maker = Callable[[int, random.Random], dict[str, Any]]
"""Makes the statement with this number. The ids come from the dice."""


def account(name: str, *, home_page: str = HOME) -> dict[str, Any]:
    """An agent as it stands in a statement."""
    return {"account": {"homePage": home_page, "name": name}}


def module(number: int) -> str:
    """The IRI of a module."""
    return f"{HOME}/modul/{number % MODULES}"


def verb(number: int) -> str:
    """The IRI of a verb."""
    return f"http://adlnet.gov/expapi/verbs/{VERBS[number % len(VERBS)]}"


def registration(number: int) -> str:
    """A registration's id."""
    return str(UUID(int=number, version=4))


def statement(number: int, chance: random.Random) -> dict[str, Any]:
    """Somebody of 1,000, one of 40 modules inside a course, a registration, a result."""
    word = VERBS[number % len(VERBS)]
    return {
        "id": str(UUID(int=chance.getrandbits(128), version=4)),
        "actor": {"name": f"Peserta {number % PEOPLE}", **account(str(number % PEOPLE))},
        "verb": {"id": verb(number), "display": {"en-US": word}},
        "object": {
            "id": module(number),
            "definition": {"name": {"id": f"Modul {number % MODULES}"}, "type": f"{HOME}/jenis/modul"},
        },
        "context": {
            "registration": registration(number % (PEOPLE * 10)),
            "platform": "MOOC",
            "language": "id",
            "contextActivities": {"parent": [{"id": COURSE}], "grouping": [{"id": GROUP}]},
        },
        "result": {"score": {"raw": number % 101, "min": 0, "max": 100}, "duration": f"PT{number % 59 + 1}M"},
        "timestamp": f"{BEGIN + timedelta(milliseconds=number * 137):%Y-%m-%dT%H:%M:%S.%f}Z",
    }


def body(first: int, size: int, chance: random.Random, make: Maker = statement) -> bytes:
    """A request's JSON: one statement, or an array of them."""
    made = [make(first + number, chance) for number in range(size)]
    return json.dumps(made[0] if size == 1 else made).encode()
