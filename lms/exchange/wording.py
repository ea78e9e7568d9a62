"""What an import writes beside a mark: in the language of the installation, whoever brings the file."""

from flask import current_app
from flask_babel import force_locale, gettext, ngettext

from lms.attendance.presence_rules import Presence
from lms.settings import Settings


def remark(presence: Presence) -> str:
    """How long somebody was in a live class: “85 of 90 minutes, joined 2 times”."""
    settings: Settings = current_app.extensions["settings"]
    with force_locale(settings.locale):
        told = gettext("%(minutes)s of %(of)s minutes", minutes=presence.minutes, of=presence.minutes_of)
        if presence.times > 1:
            told += ", " + ngettext("joined %(num)s time", "joined %(num)s times", presence.times)
    return str(told)
