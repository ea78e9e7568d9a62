"""What this process knows to be stored, so that it need not be written again. Nothing relies on it being complete."""

from collections.abc import Hashable, Iterable

MOST = 100_000


class Memory:
    """Things that were committed; when there are too many, all are forgotten. Several threads may use it at once."""

    def __init__(self, most: int = MOST) -> None:
        self.most = most
        self.known: set[Hashable] = set()

    def __contains__(self, thing: Hashable) -> bool:
        return thing in self.known

    def learn(self, things: Iterable[Hashable]) -> None:
        """Remember them, once what wrote them is committed."""
        if len(self.known) > self.most:
            self.known = set()
        self.known.update(things)
