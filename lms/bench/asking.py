"""What is asked for in a store, over HTTP and of the query alone. The stores take turns, so that both meet the same."""

import json
import random
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from lms.bench import stock
from lms.bench.query_rules import DEEP, PAGE, Asked
from lms.bench.sendings import COURSE, account, module, registration, verb
from lms.bench.traffic import STATEMENTS, Sender, connected, exchange, getting
from lms.xapi import queries
from lms.xapi.rules import V2, parse_filters, timestamp

WARM_UP = 5
Parameters = Mapping[str, str]


class NotFound(Exception):
    """A page did not bring what was to be measured."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Store:
    """A store to ask: who asks it where, its database, its organisation, its statements, and when the first came."""

    sender: Sender
    engine: Engine
    organisation_id: int
    statements: int
    began: datetime

    def moment(self, percent: int) -> str:
        """When so many percent of the statements had been stored."""
        return timestamp(stock.stored(self.statements * percent // 100, began=self.began))


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """Something to ask for: its parameters, which the dice choose, how deep, and whether the page must be full."""

    name: str
    parameters: Callable[[Store, random.Random], Parameters]
    page: int = 1
    is_full: bool = True


@dataclass(frozen=True, kw_only=True, slots=True)
class Take:
    """Microseconds over HTTP and of the query alone, and the statements found."""

    http: int
    layer: int
    found: int


def agent(value: Mapping[str, Any]) -> str:
    """An agent as a parameter."""
    return json.dumps(value)


def _somebody(store: Store, chance: random.Random) -> int:
    return chance.randrange(stock.people(store.statements))


WISHES = (
    Wish(name="newest", parameters=lambda *_: {}),
    Wish(name="agent", parameters=lambda store, chance: {"agent": agent(account(str(_somebody(store, chance))))}),
    Wish(name="agent who stays", parameters=lambda *_: {"agent": agent(stock.STAYS)}, is_full=False),
    Wish(name="rare agent", parameters=lambda *_: {"agent": agent(stock.RARE)}, is_full=False),
    Wish(
        name="agent related",
        parameters=lambda *_: {"agent": agent(stock.INSTRUCTOR), "related_agents": "true"},
    ),
    Wish(name="activity", parameters=lambda _, chance: {"activity": module(chance.randrange(40))}, is_full=False),
    Wish(name="activity related", parameters=lambda *_: {"activity": COURSE, "related_activities": "true"}),
    Wish(name="verb", parameters=lambda _, chance: {"verb": verb(chance.randrange(6))}),
    Wish(
        name="registration",
        parameters=lambda store, chance: {"registration": registration(_somebody(store, chance))},
    ),
    Wish(name="since the middle", parameters=lambda store, _: {"since": store.moment(50)}),
    Wish(name="since, ascending", parameters=lambda store, _: {"since": store.moment(50), "ascending": "true"}),
    Wish(
        name="rare agent and verb", parameters=lambda *_: {"agent": agent(stock.RARE), "verb": verb(0)}, is_full=False
    ),
    Wish(name=f"page {DEEP}", parameters=lambda *_: {}, page=DEEP),
    Wish(
        name=f"activity, page {DEEP}",
        parameters=lambda *_: {"activity": COURSE, "related_activities": "true"},
        page=DEEP,
    ),
)


def ask(stores: Sequence[Store], *, requests: int, told: Callable[[int], None]) -> list[list[Asked]]:
    """What each store took for each wish, in the order of the wishes. `told` hears of each wish that is done.

    Raises NotFound, and OSError where the server does not answer as it should.
    """
    found: list[list[Asked]] = [[] for _ in stores]
    with ExitStack() as opened:
        askers = [Asker(store, opened) for store in stores]
        for wish in WISHES:
            takes: list[list[Take]] = [[] for _ in stores]
            addresses = [asker.deep(wish) if wish.page > 1 else None for asker in askers]
            for _ in range(WARM_UP + requests):
                for asker, of_store, address in zip(askers, takes, addresses, strict=True):
                    of_store.append(asker.take(address or asker.address(wish)))
            for store, of_store, listed in zip(stores, takes, found, strict=True):
                listed.append(_asked(wish, store, of_store[WARM_UP:]))
            told(1)
    return found


def _asked(wish: Wish, store: Store, takes: Sequence[Take]) -> Asked:
    counts = [one.found for one in takes]
    if min(counts) < (PAGE if wish.is_full else 1):
        raise NotFound(f"{wish.name}: {min(counts)} found among {store.statements} statements.")
    return Asked(
        name=wish.name,
        statements=store.statements,
        found=(min(counts), max(counts)),
        http=[one.http for one in takes],
        layer=[one.layer for one in takes],
    )


class Asker:
    """Asks one store by one connection to its server and by one to its database."""

    def __init__(self, store: Store, opened: ExitStack) -> None:
        self.store = store
        self.connection = opened.enter_context(connected(store.sender))
        self.session = opened.enter_context(Session(store.engine))
        self.chance = random.Random(1)  # noqa: S311  (a choice, no secret)

    def address(self, wish: Wish) -> str:
        """The first page of something to ask for, of whatever the dice choose."""
        return f"{STATEMENTS}?{urlencode({'limit': PAGE, **wish.parameters(self.store, self.chance)})}"

    def deep(self, wish: Wish) -> str:
        """The address of the page, by way of all before it."""
        address = self.address(wish)
        for _ in range(wish.page - 1):
            address = json.loads(exchange(self.connection, getting(self.store.sender, address)))["more"]
            if not address:
                raise NotFound(f"{wish.name}: there are not so many pages.")
        return address

    def take(self, address: str) -> Take:
        """Ask once, over HTTP and without."""
        request = getting(self.store.sender, address)
        query = parse_filters(parse_qsl(urlsplit(address).query), version=V2)
        times = [time.monotonic_ns()]
        content = exchange(self.connection, request)
        times.append(time.monotonic_ns())
        page = queries.statements(
            self.session, organisation_id=self.store.organisation_id, query=query, limit=query.limit
        )
        times.append(time.monotonic_ns())
        self.session.rollback()
        found = len(json.loads(content)["statements"])
        if found != len(page.statements):
            raise NotFound(f"{address}: {found} over HTTP, {len(page.statements)} without.")
        return Take(http=(times[1] - times[0]) // 1000, layer=(times[2] - times[1]) // 1000, found=found)
