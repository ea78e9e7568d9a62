"""Why a result changes, in plain words."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, get_args

import pytest

from lms.dashboards.replay_words import NAMED, NAMES, SENTENCES, sentence
from lms.progress.comparison import Cause, Why
from lms.web.formats import formatter

WRITE = formatter("en", "Asia/Jakarta")
CLOSING = datetime(2026, 3, 10, 1, tzinfo=UTC)

CASES: dict[str, tuple[dict[str, Any], str]] = {
    "a weight": (
        {"cause": "component.weight", "subject": "MOOC", "before": Decimal(40), "after": Decimal("50.5")},
        "“MOOC” weighs 50.5 instead of 40.",
    ),
    "attempts": (
        {
            "cause": "module.attempts",
            "subject": "Etika",
            "before": "best",
            "after": "last",
            "was": Decimal(90),
            "comes": Decimal("60.555"),
        },
        "Of “Etika” the last attempt counts instead of the best attempt. It comes to 60.56 instead of 90.00.",
    ),
    "attempts that come to the same": (
        {
            "cause": "module.attempts",
            "subject": "Etika",
            "before": "best",
            "after": "last",
            "was": Decimal(90),
            "comes": Decimal(90),
        },
        "Of “Etika” the last attempt counts instead of the best attempt.",
    ),
    "a closing": (
        {"cause": "module.closes", "subject": "Etika", "before": None, "after": CLOSING, "was": Decimal(1), "count": 2},
        "The closing of “Etika”: 10 Mar 2026, 08:00 WIB instead of none."
        " Statements that come after the closing: 2 more. It comes to none instead of 1.00.",
    ),
    "a later closing": (
        {"cause": "module.closes", "subject": "Etika", "before": CLOSING, "after": None, "count": -1},
        "The closing of “Etika”: none instead of 10 Mar 2026, 08:00 WIB."
        " Statements that come after the closing: 1 fewer.",
    ),
    "a new module": (
        {"cause": "module.added", "subject": "Etika", "comes": Decimal(80)},
        "The module “Etika” is new. Its score: 80.00.",
    ),
    "a status": (
        {"cause": "status.weight", "subject": "Terlambat", "before": Decimal(50), "after": Decimal("75"), "count": 3},
        "The mark “Terlambat” counts as 75% instead of 50%. Sessions with it: 3.",
    ),
    "a limit": (
        {"cause": "limit.days", "subject": "", "before": None, "after": 2},
        "Days that may be missed: 2 instead of no limit.",
    ),
}


@pytest.mark.parametrize("what", CASES)
def test_a_cause_is_told(what: str) -> None:
    why, expected = CASES[what]
    assert sentence(Why(**why), write=WRITE, translate=str) == expected


@pytest.mark.parametrize("cause", get_args(Cause))
def test_every_cause_can_be_told_in_general_too(cause: Cause) -> None:
    said = next(iter(NAMES)) if cause in NAMED else Decimal(1)
    for why in (Why(cause=cause, subject="%s", before=said, after=said), Why(cause=cause, subject="%", count=1)):
        assert sentence(why, write=WRITE, translate=str, general=True)
    assert cause in SENTENCES
