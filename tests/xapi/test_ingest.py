"""Requests that are stored together, without a database."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from lms.xapi.ingest import Ingest
from lms.xapi.storing import Batch, Stored

STORED = Stored(ids=(), new=frozenset())
EMPTY = Batch(prepared=(), credential_id=None)


class Uncountable(tuple):  # type: ignore[type-arg]
    """Statements whose ids cannot be told."""

    def __iter__(self) -> object:  # type: ignore[override]
        raise RuntimeError("no ids")


def store(_organisation_id: int, batches: Sequence[Batch]) -> list[Stored | Exception]:
    return [STORED for _ in batches]


def test_whatever_a_request_ends_with_the_next_one_is_stored() -> None:
    ingest = Ingest(store)
    with pytest.raises(RuntimeError, match="no ids"):
        ingest.store(1, replace(EMPTY, prepared=Uncountable()))

    assert ingest.store(1, EMPTY) is STORED


def test_one_that_is_refused_does_not_harm_the_others() -> None:
    def refuse_some(organisation_id: int, batches: Sequence[Batch]) -> list[Stored | Exception]:
        if any(batch.defines for batch in batches):
            raise ValueError("refused")
        return store(organisation_id, batches)

    ingest = Ingest(refuse_some)
    with pytest.raises(ValueError, match="refused"):
        ingest.store(1, replace(EMPTY, defines=True))

    assert ingest.store(1, EMPTY) is STORED
