"""What the fields of a draft's pages are called, in the reader's language. All words are looked up once a page."""

from collections.abc import Mapping

from flask_babel import gettext

from lms.errors import N_

LABELS: Mapping[str, str] = {
    "code": N_("Code"),
    "title": N_("Title"),
    "version": N_("Version"),
    "pass_mark": N_("Pass mark"),
    "source": N_("Source"),
    "verified": N_("Verified against its source"),
    "absence_limit.sessions": N_("Sessions that may be missed"),
    "absence_limit.jp": N_("Lesson hours that may be missed"),
    "absence_limit.days": N_("Days that may be missed"),
    "name": N_("Name"),
    "from": N_("From"),
    "attendance_status.weight": N_("Counts as, from 0 to 1"),
    "absent": N_("Absent"),
    "excluded": N_("Left out of the count"),
    "key": N_("Key"),
    "kind": N_("What it is"),
    "weight": N_("Weight"),
    "iri": N_("IRI"),
    "jp": N_("JP"),
    "attempts": N_("Score"),
    "complete_when": N_("Done when"),
    "due_after_days": N_("Due after, in days"),
    "closes_after_days": N_("Closes after, in days"),
    "url": N_("Address that is opened"),
    "requires": N_("What comes first"),
}
"""By the key of the file, or by its table and key where the same key means something else in another table."""

HINTS: Mapping[str, str] = {
    "key": N_("a-z, 0-9, _ and -"),
    "source": N_("The decree and its clause, for instance."),
    "iri": N_("By which the learning platform names the module in its statements."),
    "requires": N_("The IRIs of those modules, one a line."),
}

CHOICES: Mapping[str, str] = {
    "": N_("Weighted parts"),
    "modules": N_("Online modules"),
    "attendance": N_("Attendance at the sessions"),
    "assessment": N_("A score that people give"),
    "best": N_("The best attempt counts"),
    "last": N_("The last attempt counts"),
    "first": N_("The first attempt counts"),
    "mean": N_("The mean of all attempts counts"),
    "completed": N_("Completed"),
    "passed": N_("Passed"),
    "completed_and_passed": N_("Completed and passed"),
}


class Words:
    """The words in one language."""

    def __init__(self) -> None:
        self._labels: dict[str, str] = {key: gettext(word) for key, word in LABELS.items()}
        self._hints: dict[str, str] = {key: gettext(word) for key, word in HINTS.items()}
        self._choices: dict[str, str] = {key: gettext(word) for key, word in CHOICES.items()}

    def label(self, table: str, key: str) -> str:
        """What a field is called."""
        return self._labels.get(f"{table}.{key}") or self._labels[key]

    def label_of(self, name: str) -> str:
        """What the field of this name is called, such as `component.2.weight`; empty where it is no field."""
        table, _dot, key = name.rpartition(".")
        return self._labels.get(f"{table.partition('.')[0]}.{key}") or self._labels.get(key, "")

    def hint(self, key: str) -> str:
        """What helps to fill it in, empty where nothing has to be said."""
        return self._hints.get(key, "")

    def choice(self, option: str) -> str:
        """What a choice is called; one that the file does not know is shown as it is."""
        return self._choices.get(option, option)
