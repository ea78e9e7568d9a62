"""Requests that bring statements at the same moment are stored in one transaction: a commit costs the same for all.

The first request that comes leads: its thread stores what has gathered, and whoever came meanwhile is stored by the
next, whom it wakes. So nobody waits for others to come, and there is no thread that could die unseen. Every request is
answered only after the transaction that holds its statements was committed.
"""

import threading
from collections import deque
from collections.abc import Callable, Sequence
from uuid import UUID

from sqlalchemy.exc import OperationalError

from lms.outages import passes
from lms.xapi.storing import Batch, Stored

MOST = 1000
"""Statements that requests are put together to; a single request may bring more."""


class Waiting:
    """A request that waits for its statements to be stored, or for its turn to lead."""

    def __init__(self, organisation_id: int, batch: Batch) -> None:
        self.organisation_id, self.batch = organisation_id, batch
        self.woken = threading.Event()
        self.outcome: Stored | BaseException | None = None

    @property
    def ids(self) -> set[UUID]:
        """The ids of its statements."""
        return {one.id for one in self.batch.prepared}


Work = Callable[[int, Sequence[Batch]], list[Stored | Exception]]
"""Stores the batches of an organisation in one transaction: what became of each. Raises for all what befalls all."""


class Ingest:
    """One transaction at a time in this process; `work` is what it does.

    A second one beside it would share the same interpreter, and make two small groups of one.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.lock = threading.Lock()
        self.waiting: deque[Waiting] = deque()
        self.is_led = False

    def store(self, organisation_id: int, batch: Batch) -> Stored:
        """Store the batch, and return once that is durable. Raises what storing it raises."""
        mine = Waiting(organisation_id, batch)
        with self.lock:
            leads = not self.is_led
            if leads:
                self.is_led = True
            else:
                self.waiting.append(mine)
        if not leads:
            mine.woken.wait()
        if mine.outcome is None:
            self._lead(mine)
        if isinstance(mine.outcome, BaseException):
            raise mine.outcome
        if mine.outcome is None:
            raise AssertionError("a request was neither stored nor refused")
        return mine.outcome

    def _lead(self, mine: Waiting) -> None:
        """Store a group with `mine` in it, and make the next who waits the leader."""
        group = [mine]
        try:
            with self.lock:
                group = self._gather(mine)
            self._store(group)
        except BaseException as error:
            for one in group:
                one.outcome = one.outcome or error
        finally:
            with self.lock:
                following = self.waiting.popleft() if self.waiting else None
                self.is_led = following is not None
            for one in group:
                one.woken.set()
            if following is not None:
                following.woken.set()

    def _gather(self, mine: Waiting) -> list[Waiting]:
        """`mine`, and of those that wait the first ones of the same organisation that bring other ids."""
        group, ids = [mine], mine.ids
        if not self.waiting:
            return group
        left: deque[Waiting] = deque()
        for one in self.waiting:
            fits = (
                one.organisation_id == mine.organisation_id
                and len(ids) + len(one.batch.prepared) <= MOST
                and ids.isdisjoint(one.ids)
            )
            if fits:
                group.append(one)
                ids |= one.ids
            else:
                left.append(one)
        self.waiting = left
        return group

    def _store(self, group: Sequence[Waiting]) -> None:
        try:
            outcomes = self.work(group[0].organisation_id, [one.batch for one in group])
        except Exception as error:
            if len(group) == 1 or (isinstance(error, OperationalError) and passes(error)):
                raise
            # One of them is refused, and the others must not suffer for it.
            for one in group:
                self._store_alone(one)
            return
        for one, outcome in zip(group, outcomes, strict=True):
            one.outcome = outcome

    def _store_alone(self, one: Waiting) -> None:
        try:
            (one.outcome,) = self.work(one.organisation_id, [one.batch])
        except Exception as error:
            one.outcome = error
