"""The page about Latsar CPNS."""

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from lms.people.guards import allowed
from plugins.latsar.figures import FIGURES
from plugins.latsar.packs import PACKS

blueprint = Blueprint("latsar", __name__, template_folder="templates", url_prefix="/latsar")


@blueprint.get("")
@allowed("admin", "manager", "facilitator", "auditor")
def about() -> ResponseReturnValue:
    """What is known, with its sources and its standing."""
    return render_template("latsar/about.html", figures=FIGURES, packs=PACKS)
