"""Whom the log of a live class means: by identifier, address or name, or as somebody has said before. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from uuid import UUID

from lms.people.rules import fold
from lms.programme.queries import Enrolled

LONGEST_WHO = 200
TWO_NAMES = re.compile(r"(?P<shown>.+?)\s*[(\[](?P<own>[^()\[\]]+)[)\]]")
LETTERS = re.compile(r"(?:[^\W_]|['’])+")


@dataclass(frozen=True, kw_only=True, slots=True)
class Known:
    """What a log says of a person; what it does not say is empty."""

    identifier: str = ""
    name: str = ""
    email: str = ""

    @property
    def who(self) -> str:
        """The person as one text, the same whenever a log says the same."""
        name = self.name or self.identifier
        both = f"{name} <{self.email}>" if name and self.email else name or self.email
        return both[:LONGEST_WHO]


class Directory:
    """The people of a cohort, found by what a log says of them. `by_hand` is what somebody has said of a `who`."""

    def __init__(self, people: Sequence[Enrolled], by_hand: Mapping[str, UUID]) -> None:
        self._enrolled = {person.participant_id for person in people}
        self._by_hand = by_hand
        self._identifiers = {fold(person.identifier): person.participant_id for person in people}
        self._emails = {fold(person.email): person.participant_id for person in people if person.email}
        names = Counter(_plain(person.name) for person in people)
        # Two people of one name are nobody's to guess.
        self._names = {
            _plain(person.name): person.participant_id for person in people if names[_plain(person.name)] == 1
        }

    def find(self, known: Known) -> UUID | None:
        """Who it is; None where nothing tells for sure. What somebody has said by hand goes before everything."""
        said = self._by_hand.get(known.who)
        if said in self._enrolled:
            return said
        sure = (self._identifiers.get(fold(known.identifier)), self._emails.get(fold(known.email)))
        return next((found for found in (*sure, *self._by_name(known.name)) if found is not None), None)

    def nearest(self, known: Known) -> UUID | None:
        """Who it perhaps is, for a person to decide."""
        close = get_close_matches(_plain(known.name), self._names, n=1)
        return self._names[close[0]] if close else None

    def _by_name(self, name: str) -> Iterator[UUID | None]:
        """Many write their number into their name, and some services tell a name of one's own behind the shown one."""
        two = TWO_NAMES.fullmatch(name)
        for one in (name, *(two.group("own", "shown") if two else ())):
            yield self._names.get(_plain(one))
        for word in LETTERS.findall(name):
            yield self._identifiers.get(fold(word)) if any(letter.isdigit() for letter in word) else None


def _plain(name: str) -> str:
    return " ".join(LETTERS.findall(fold(name)))
