"""Registers on paper: a PDF with a line to sign for everybody, and a QR code a sheet that opens the register there.

Texts are handed over as data; the layout is in `paper.typ`.
"""

import io
import json
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import segno
import typst

LAYOUT = Path(__file__).with_suffix(".typ")


@dataclass(frozen=True, kw_only=True, slots=True)
class PaperRow:
    """One person; `number` counts through all sheets of a session."""

    number: int
    name: str
    identifier: str
    group: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Sheet:
    """One page, in the words of its reader. `facts` are (name, value), `columns` five headings.

    `address` is what the QR code holds and `opens` what it does; `name` is what the sheet is called; `counts` are to be
    counted by hand.
    """

    organisation: str
    heading: str
    facts: tuple[tuple[str, str], ...]
    address: str
    name: str
    opens: str
    columns: tuple[str, ...]
    rows: tuple[PaperRow, ...]
    counts: tuple[str, ...]
    signs: str
    signs_hint: str
    note: str
    page: str


def pdf(sheets: tuple[Sheet, ...], *, title: str, language: str) -> bytes:
    """The sheets as a PDF, one page each. `language` is an ISO 639 code."""
    data = {
        "title": title,
        "organisation": sheets[0].organisation,
        "language": language,
        "sheets": [_data(sheet) for sheet in sheets],
    }
    inputs = {"data": json.dumps(data, ensure_ascii=False)}
    return typst.compile(LAYOUT, root=LAYOUT.parent, font_paths=_fonts(), sys_inputs=inputs)


@cache
def _fonts() -> typst.Fonts:
    """The letters that come with typst, and those of this machine for scripts that they do not have."""
    return typst.Fonts()


def _data(sheet: Sheet) -> dict[str, object]:
    values = asdict(sheet)
    return {name.replace("_", "-"): value for name, value in values.items()} | {"qr": _qr(sheet.address)}


def _qr(address: str) -> str:
    """An SVG of black modules with the margin that readers need."""
    out = io.BytesIO()
    segno.make(address, error="m", micro=False).save(out, kind="svg", border=4, xmldecl=False, light="#fff")
    return out.getvalue().decode()
