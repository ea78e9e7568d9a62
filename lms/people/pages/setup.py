"""The first organisation and its administrator, set up in the browser with the code that the start has shown."""

from flask import redirect, render_template
from flask.typing import ResponseReturnValue

from lms.clock import now
from lms.db import reading, transaction
from lms.errors import N_, NotFound
from lms.people import queries, service
from lms.people import sign_in as cookie
from lms.people.forms import SetupForm
from lms.people.guards import public
from lms.web.forms import refusal


@public
def setup() -> ResponseReturnValue:
    """There is no such page once there is an organisation."""
    if not queries.is_empty(reading()):
        raise NotFound(N_("This has been set up already."))
    form = SetupForm()
    status = refusal(form, lambda: _set_up(form))
    if status is None:
        return redirect("/", 303)
    return render_template("people/setup.html", form=form), status


def _set_up(form: SetupForm) -> None:
    """The try is counted in a transaction of its own, which the refusal of a wrong code does not undo."""
    moment = now()
    with transaction() as session:
        service.count_setup_try(session, now=moment)
    with transaction() as session:
        organisation_id, account_id = service.set_up(
            session,
            code=form.code.data,
            slug=form.slug.data,
            name=form.name.data,
            admin_name=form.admin_name.data,
            email=form.email.data,
            password=form.password.data,
            now=moment,
        )
        cookie.remember(session, organisation_id=organisation_id, account_id=account_id)
