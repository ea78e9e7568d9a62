"""An explanation on paper: the texts of a PDF, which `explanation.typ` lays out.

Texts are handed over as data, so that nothing in them is ever read as markup.
"""

import json
import re
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import typst

LAYOUT = Path(__file__).with_name("explanation.typ")
LONGEST = 600
"""Letters of a text that are printed; the document itself has all of them."""
UNFIT = re.compile("[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""What would break a line or turn round what stands beside it."""
LONG_WORD = re.compile(r"([^\s/\u200b-]{18})(?=[^\s/\u200b-])")


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One part in a receipt: its weight, and in each of the three figures its value and the product of both."""

    title: str
    weight: str
    so_far: tuple[str, str]
    of_all: tuple[str, str]
    best_possible: tuple[str, str]


@dataclass(frozen=True, kw_only=True, slots=True)
class Receipt:
    """How three figures come out. `columns` are headings of the part, its weight, the figures, and of the value and the
    product in each; `sum`, `divided` and `figure` are the last three lines: a heading, and each figure's number."""

    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    sum: tuple[str, ...]
    divided: tuple[str, ...]
    figure: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Piece:
    """One piece of evidence: when, what it says, where it comes from (`lines`), and whether it counts or `why` not."""

    when: str
    says: str
    lines: tuple[str, ...]
    counts: bool
    verdict: str
    why: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Unit:
    """A module, session or assessment: its value, why it counts, its dates and rules, and the evidence."""

    title: str
    code: str
    value: str
    state: str
    facts: tuple[str, ...]
    pieces: tuple[Piece, ...]
    none: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Part:
    """A component, or the whole: what it is made of. `receipt` is None where nothing is weighed."""

    title: str
    note: str
    receipt: Receipt | None
    units: tuple[Unit, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Paper:
    """The whole of it, in the words of its reader. `facts` and `standing` are (name, value), `figures` (name, figure,
    what it is). `page` holds {number} and {count}."""

    title: str
    organisation: str
    heading: str
    whose: str
    facts: tuple[tuple[str, str], ...]
    figures: tuple[tuple[str, str, str], ...]
    standing: tuple[tuple[str, str], ...]
    lead: str
    parts: tuple[Part, ...]
    compare_heading: str
    compare: str
    address: str
    digest: str
    page: str


def pdf(paper: Paper, *, language: str) -> bytes:
    """The paper as a PDF of A4 pages. `language` is an ISO 639 code."""
    data = json.dumps(asdict(paper) | {"language": language}, ensure_ascii=False)
    return typst.compile(LAYOUT, root=LAYOUT.parent, font_paths=_fonts(), sys_inputs={"data": data})


@cache
def _fonts() -> typst.Fonts:
    """The letters that come with typst, and those of this machine for scripts that they do not have."""
    return typst.Fonts()


def own(text: str) -> str:
    """A text that people wrote, to stand among others: of one direction of its own, with long words that may break."""
    kept = UNFIT.sub(" ", text).strip()
    kept = kept if len(kept) <= LONGEST else kept[:LONGEST] + "…"
    return "\u2068" + LONG_WORD.sub("\\1\u200b", kept) + "\u2069" if kept else ""


def joined(*texts: str) -> str:
    """Those of the texts that are there, one after the other."""
    return " · ".join(text for text in texts if text)
