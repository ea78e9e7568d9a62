"""An explanation in the words of its reader, from the document that is handed out as JSON: both say the same."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import ngettext

from lms.dashboards.explain_paper import Line, Paper, Part, Receipt, joined, own
from lms.dashboards.explain_rules import Document
from lms.dashboards.explain_units import Reader, reader, told_unit
from lms.dashboards.explanation import FIGURES
from lms.web.formats import NONE
from lms.web.states import REASONS, STATES


def paper(found: Document, *, digest: str, address: str, now: datetime) -> Paper:
    """The whole document on paper, dated `now`. `address` is where the very same document is found."""
    words = _Words(found=found, read=reader(found))
    who, name = found["participant"], own(found["participant"]["name"])
    heading = _("How the figures come about")
    return Paper(
        title=f"{heading}: {name}",
        organisation=own(found["organisation"]["name"]),
        heading=heading,
        whose=joined(name, own(who["identifier"]), words.as_of),
        facts=words.facts(now),
        figures=words.figures(),
        standing=words.standing(),
        lead=_(
            "Each part is multiplied by its weight; the sum is divided by the weights. Nothing is rounded before the"
            " last line, which is rounded half up to two places; “…” means that more digits follow."
        ),
        parts=tuple(words.parts()),
        compare_heading=_("Paper and file"),
        compare=_(
            "The same explanation is found as a file (JSON) at this address. Its SHA-256 is at the foot of each page."
            " Where the file has another one, something dated earlier has arrived or was changed since."
        ),
        address=address,
        digest=digest,
        page=_("Page %(number)s of %(count)s", number="{number}", count="{count}"),
    )


@dataclass(frozen=True, kw_only=True, slots=True)
class _Words:
    """A document, and how its reader writes numbers and moments."""

    found: Document
    read: Reader

    @property
    def as_of(self) -> str:
        """The moment of which it is."""
        return str(_("as of %(when)s", when=self.read.moment(self.found["as_of"])))

    def facts(self, now: datetime) -> tuple[tuple[str, str], ...]:
        """Whom and what it is about, and when it was made; what nobody told is left out."""
        who, cohort, programme = (self.found[name] for name in ("participant", "cohort", "programme"))
        version = _("version %(version)s", version=programme["version"])
        pairs = (
            (_("Participant"), own(who["name"])),
            (_("Identifier"), own(who["identifier"])),
            (_("Group"), own(who["group"])),
            (_("Category"), own(who["category"])),
            (_("Unit"), own(who["unit"])),
            (_("Cohort"), f"{own(cohort['name'])} ({own(cohort['code'])})"),
            (_("Programme"), f"{own(programme['title'])} ({own(programme['code'])}, {version})"),
            (_("As of"), self.read.moment(self.found["as_of"])),
            (_("Made on"), self.read.format.moment(now)),
        )
        return tuple((name, value) for name, value in pairs if value)

    def figures(self) -> tuple[tuple[str, str, str], ...]:
        """The three figures of the whole."""
        figures = self.found["result"]["figures"]
        counted = _("%(counted)s of %(units)s count so far", counted=figures["counted"], units=figures["units"])
        meanings = {
            "so_far": counted,
            "of_all": _("Everything, and what is missing counts as 0. This figure decides."),
            "best_possible": _("As if all that is still open went perfectly."),
        }
        return tuple((_name(name), self.read.rounded(figures[name]), meanings[name]) for name in FIGURES)

    def standing(self) -> tuple[tuple[str, str], ...]:
        """Where that leaves the participant: status and reasons, band, completion, absence."""
        result = self.found["result"]
        absence = result["absence"]
        pairs = (
            (_("Pass mark"), self.read.number(self.found["programme"]["pass_mark"])),
            (_("Status"), str(STATES[result["status"]][2])),
            (_("Reasons"), "; ".join(str(REASONS[code][1]) for code in result["reasons"])),
            (_("Band"), own(result["predicate"] or "")),
            (_("Completion"), self._completion(result)),
            (
                _("Absence"),
                joined(
                    ngettext("%(num)s session", "%(num)s sessions", absence["sessions"]),
                    _("%(jp)s JP", jp=self.read.number(absence["jp"])),
                    ngettext("%(num)s day", "%(num)s days", absence["days"]),
                ),
            ),
        )
        return tuple((name, value) for name, value in pairs if value)

    def _completion(self, result: Document) -> str:
        if result["completion"] is None:
            return ""
        done, total = self.read.number(result["jp_done"]), self.read.number(result["jp_total"])
        hours = _("%(done)s of %(total)s JP done", done=done, total=total)
        return f"{self.read.rounded(result['completion'])}% · {hours}"

    def parts(self) -> Iterator[Part]:
        """The whole, then each component after what is above it, then the sessions that are in no figure."""
        yield Part(title=_("The whole"), note="", receipt=self._receipt(self.found, _("Weight")), units=())
        for component, trail in _components(self.found["components"]):
            yield self._part(component, trail)
        outside = self.found["sessions_for_absence_only"]
        if outside:
            units = tuple(told_unit(unit, self.read) for unit in outside)
            yield Part(title=_("Sessions that count for absence only"), note="", receipt=None, units=units)

    def _part(self, component: Document, trail: Sequence[str]) -> Part:
        figures = component["figures"]
        by_jp = component["kind"] in ("modules", "attendance")
        has_parts = bool(component["units"] or component["components"])
        counted = _("%(counted)s of %(units)s count so far", counted=figures["counted"], units=figures["units"])
        return Part(
            title=" › ".join(own(title) for title in (*trail, component["title"])),
            note=counted if has_parts else _("There is no session for this participant yet."),
            receipt=self._receipt(component, _("JP") if by_jp else _("Weight")) if has_parts else None,
            units=tuple(told_unit(unit, self.read) for unit in component["units"]),
        )

    def _receipt(self, of: Document, weight: str) -> Receipt:
        """The three receipts of the document, side by side."""
        three = of["receipts"]
        lines = [
            Line(
                title=own(terms[0]["title"]),
                weight=self.read.number(terms[0]["weight"]),
                **{name: self._times(term) for name, term in zip(FIGURES, terms, strict=True)},
            )
            for terms in zip(*(one["terms"] for one in three), strict=True)
        ]
        return Receipt(
            columns=(_("Part"), weight, *(_name(name) for name in FIGURES), _("value"), _("× weight")),
            lines=tuple(lines),
            sum=(_("Sum of value times weight"), *(self.read.exact(one["products"]) for one in three)),
            divided=(
                _("divided by the weights that are in it"),
                *(self._divisor(one) for one in three),
            ),
            figure=(_("Figure"), *(self.read.figure(one["result"]) for one in three)),
        )

    def _divisor(self, receipt: Document) -> str:
        return NONE if receipt["result"] is None else f"÷ {self.read.number(receipt['weights'])}"

    def _times(self, term: Document) -> tuple[str, str]:
        if term["value"] is None:
            return NONE, NONE
        return self.read.exact(term["value"]), self.read.exact(term["product"])


def _components(found: Sequence[Document], trail: tuple[str, ...] = ()) -> Iterator[tuple[Document, tuple[str, ...]]]:
    """Every component with the titles of those above it."""
    for one in found:
        yield one, trail
        yield from _components(one["components"], (*trail, one["title"]))


def _name(figure: str) -> str:
    return str({"so_far": _("So far"), "of_all": _("Of all"), "best_possible": _("Best possible")}[figure])
