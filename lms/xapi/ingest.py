"""Requests that bring statements at the same moment are stored in one transaction: a commit costs the same for all.

Of requests in threads, the first one that comes leads: its thread stores what has gathered, and whoever came meanwhile
is stored by the next, whom it wakes. Of requests that take turns in a lane, whoever goes on first stores what all of
them have brought. So there is no thread that could die unseen. Every request is answered only after the transaction
that holds its statements was committed.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy.exc import OperationalError

from lms import lanes
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

    def stored(self) -> Stored:
        """What it came to. Raises what storing it raised."""
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        if self.outcome is None:
            raise AssertionError("a request was neither stored nor refused")
        return self.outcome


Work = Callable[[int, Sequence[Batch]], list[Stored | Exception]]
"""Stores the batches of an organisation in one transaction: what became of each. Raises for all what befalls all."""


class Ingest:
    """One transaction at a time for the threads of this process, and one for each lane; `work` is what it does.

    More would share the same interpreter, and make small groups of large ones.
    """

    def __init__(self, work: Work) -> None:
        self.work = work
        self.lock = threading.Lock()
        self.waiting: deque[Waiting] = deque()
        self.is_led = False
        self.in_lanes: WeakKeyDictionary[lanes.Lane, deque[Waiting]] = WeakKeyDictionary()

    def store(self, organisation_id: int, batch: Batch) -> Stored:
        """Store the batch, and return once that is durable. Raises what storing it raises."""
        mine, lane = Waiting(organisation_id, batch), lanes.current()
        if lane is None:
            self._store_in_thread(mine)
        else:
            self._store_in_lane(mine, self.in_lanes.setdefault(lane, deque()))
        return mine.stored()

    def _store_in_lane(self, mine: Waiting, waiting: deque[Waiting]) -> None:
        waiting.append(mine)
        lanes.pause()
        # Everybody else in the lane has brought what they bring, and one of them may have stored it.
        if mine.outcome is None:
            waiting.remove(mine)
            self._store(take_along(mine, waiting))

    def _store_in_thread(self, mine: Waiting) -> None:
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

    def _lead(self, mine: Waiting) -> None:
        """Store a group with `mine` in it, and make the next who waits the leader."""
        group = [mine]
        try:
            with self.lock:
                group = take_along(mine, self.waiting)
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

    def _store(self, group: Sequence[Waiting]) -> None:
        """Store them, and tell each of them what became of it."""
        try:
            outcomes: Iterable[Stored | BaseException] = self.work(
                group[0].organisation_id, [one.batch for one in group]
            )
        except BaseException as error:
            is_for_all = not isinstance(error, Exception) or (isinstance(error, OperationalError) and passes(error))
            # Otherwise one of them is refused, and the others must not suffer for it.
            outcomes = [error] * len(group) if is_for_all or len(group) == 1 else map(self._stored_alone, group)
        for one, outcome in zip(group, outcomes, strict=True):
            one.outcome = outcome

    def _stored_alone(self, one: Waiting) -> Stored | BaseException:
        try:
            return self.work(one.organisation_id, [one.batch])[0]
        except BaseException as error:
            return error


def take_along(mine: Waiting, waiting: deque[Waiting]) -> list[Waiting]:
    """`mine`, and of those that wait the first ones of the same organisation with other ids; these wait no more."""
    group, ids = [mine], mine.ids
    left: list[Waiting] = []
    for one in waiting:
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
    waiting.clear()
    waiting.extend(left)
    return group
