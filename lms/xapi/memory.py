"""What this process knows to be stored, so that it need not be written again. Nothing relies on it being complete."""

from collections.abc import Hashable, Iterable
from typing import Any

MOST = 100_000


class Memory:
    """Things that were committed, some with what was the last of them; when there are too many, all are forgotten.

    Several threads may use it at once.
    """

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.known: dict[Hashable, Any] = {}

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self.known

    def last(self, thing: Hashable) -> Any:
        """What was learnt of it last; None for nothing."""
        return self.known.get(thing)

    def learn(self, things: Iterable[tuple[Hashable, Any]]) -> None:
        """Remember them, each with what there is to know of it, once what wrote them is committed."""
        if len(self.known) > self.most:
            self.known = {}
        self.known.update(things)
