"""HomePages that accounts came from for the first time: somebody says that they are known, or revokes who sent them."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from lms.clock import now
from lms.db import transaction
from lms.people.guards import allowed, current
from lms.people.rules import MANAGERS, KnownAgent, Matching, sought
from lms.xapi import rules, service


@allowed(*MANAGERS)
def confirm_home_page() -> ResponseReturnValue:
    """This site is known here; it is not asked about again."""
    with transaction() as session:
        service.confirm_home_page(
            session,
            organisation_id=current().organisation_id,
            key=rules.key_in(request.form.get("home_page", "")),
            confirmed_by=current().account_id,
            now=now(),
        )
    flash(_("This site is known from now on."), "success")
    return redirect(url_for(".waiting", _anchor="home-pages"), 303)


def is_trusted(home_page: str, matching: Matching) -> bool:
    """Whether people are recognised by accounts of this site."""
    return sought(KnownAgent(key=b"", kind="account", value="", home_page=home_page), matching) is not None
