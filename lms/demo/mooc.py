"""The demo's MOOC: an independent xAPI client that sends what its learners do, over HTTP."""

from collections.abc import Callable, Iterator, Sequence
from http.client import HTTPException

from tincan import (
    Activity,
    ActivityDefinition,
    Agent,
    AgentAccount,
    Context,
    LanguageMap,
    RemoteLRS,
    Result,
    Score,
    Statement,
    Verb,
)
from tincan.lrs_response import LRSResponse

from lms.demo.values import Sending

VERSION = "1.0.3"
HOME_PAGE = "https://mooc.contoh.example"
MODULE = "http://adlnet.gov/expapi/activities/module"
VERBS = {"completed": "menyelesaikan", "failed": "belum lulus"}
BATCH = 50

Told = Callable[[int], None]
"""Hears of so many statements more that were sent."""


class NotTaken(Exception):
    """The learning record store could not be reached, or did not take what was sent."""


class Mooc:
    """Sends to the learning record store at `endpoint`, which ends with a slash."""

    def __init__(self, *, endpoint: str, key: str, secret: str) -> None:
        self.store = RemoteLRS(version=VERSION, endpoint=endpoint, username=key, password=secret)

    def send_one_by_one(self, sendings: Sequence[Sending], *, told: Told) -> None:
        """One request for each, as learners finish. Raises NotTaken; what was sent before stays."""
        for one in sendings:
            statement = as_statement(one)
            _check(lambda: self.store.save_statement(statement))  # noqa: B023  (it is called at once)
            told(1)

    def send_in_batches(self, sendings: Sequence[Sending], *, told: Told) -> None:
        """Up to fifty a request, as an LMS brings over what was before. Raises NotTaken; earlier batches stay."""
        for batch in _batches(sendings):
            statements = [as_statement(one) for one in batch]
            _check(lambda: self.store.save_statements(statements))  # noqa: B023  (it is called at once)
            told(len(batch))


def _check(send: Callable[[], LRSResponse]) -> None:
    try:
        answer = send()
    except (OSError, HTTPException) as error:
        raise NotTaken(f"the server could not be reached: {error}") from error
    if not answer.success:
        raise NotTaken(f"the server answered {answer.response.status}: {answer.data[:500]}")


def _batches(sendings: Sequence[Sending]) -> Iterator[Sequence[Sending]]:
    return (sendings[start : start + BATCH] for start in range(0, len(sendings), BATCH))


def as_statement(one: Sending) -> Statement:
    """The statement that says so."""
    return Statement(
        # A UUID, not its text: the client takes texts of versions 1 to 5 only.
        id=one.id,
        actor=_actor(one),
        verb=Verb(id=f"http://adlnet.gov/expapi/verbs/{one.verb}", display=LanguageMap({"id": VERBS[one.verb]})),
        object=Activity(id=one.iri, definition=ActivityDefinition(name=LanguageMap({"id": one.title}), type=MODULE)),
        result=Result(
            score=Score(raw=one.raw, min=0, max=100),
            success=one.verb == "completed",
            completion=one.verb == "completed",
            duration=one.duration,
        ),
        context=Context(platform="MOOC contoh", language="id"),
        timestamp=one.at,
    )


def _actor(one: Sending) -> Agent:
    if one.email is not None:
        return Agent(name=one.name, mbox=f"mailto:{one.email}")
    return Agent(name=one.name, account=AgentAccount(name=one.account, home_page=HOME_PAGE))
