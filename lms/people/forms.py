"""The forms of this room: they parse and check the shape; what the rules refuse is told at its field."""

from collections.abc import Sequence
from typing import Any

from flask_babel import gettext, lazy_gettext
from wtforms import BooleanField, EmailField, PasswordField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, EqualTo, InputRequired, Length

from lms.people import rules
from lms.web.forms import HouseForm

LONGEST = rules.LONGEST_TEXT
NEEDED = DataRequired(lazy_gettext("This is needed."))
TYPED = InputRequired(lazy_gettext("This is needed."))
NOT_ENDLESS = Length(max=LONGEST, message=lazy_gettext("That is too long."))


def _stripped(text: str | None) -> str:
    return (text or "").strip()


class TextField(StringField):
    """Text without blanks around it; empty where nothing was sent."""

    data: str


class AddressField(EmailField):
    """An e-mail address; empty where nothing was sent."""

    data: str


class SecretField(PasswordField):
    """A password, exactly as it was typed."""

    data: str


def _name(label: Any, **attributes: Any) -> TextField:
    return TextField(label, validators=[NEEDED, NOT_ENDLESS], filters=[_stripped], render_kw=attributes)


def _email(label: Any, *, optional: bool = False, **attributes: Any) -> AddressField:
    validators = [NOT_ENDLESS] if optional else [NEEDED, NOT_ENDLESS]
    return AddressField(label, validators=validators, filters=[_stripped], render_kw=attributes)


def _password(label: Any, **attributes: Any) -> SecretField:
    return SecretField(label, validators=[TYPED, Length(max=1000)], render_kw=attributes)


def _password_twice() -> tuple[SecretField, SecretField]:
    """The fields `password` and `again`. A form's errors stand in the order in which its fields are made."""
    password = _password(lazy_gettext("New password"), autocomplete="new-password")
    again = SecretField(
        lazy_gettext("New password again"),
        validators=[TYPED, EqualTo("password", lazy_gettext("The two passwords differ."))],
        render_kw={"autocomplete": "new-password"},
    )
    return password, again


class SignInForm(HouseForm):
    """Whoever has an account, by the name they know."""

    name = _name(lazy_gettext("E-mail or identifier (NIP)"), autocomplete="username", autocapitalize="none")
    password = _password(lazy_gettext("Password"), autocomplete="current-password")


class OrganisationForm(HouseForm):
    """Which organisation somebody belongs to, where there are several."""

    organisation = _name(
        lazy_gettext("Short name of your organisation"), autocapitalize="none", autocomplete="organization"
    )


class ForgottenForm(HouseForm):
    """Whoever has forgotten their password. The organisation is asked for where there are several."""

    organisation = TextField(lazy_gettext("Short name of your organisation"), filters=[_stripped])
    name = _name(lazy_gettext("E-mail or identifier (NIP)"), autocomplete="username", autocapitalize="none")


class NewPasswordForm(HouseForm):
    """A password, typed twice."""

    password, again = _password_twice()


class ChangePasswordForm(HouseForm):
    """A new password of somebody who is signed in."""

    present = _password(lazy_gettext("Present password"), autocomplete="current-password")
    password, again = _password_twice()


class SetupForm(HouseForm):
    """The first organisation and its administrator."""

    code = _name(
        lazy_gettext("Setup code"), autocomplete="one-time-code", autocapitalize="characters", spellcheck="false"
    )
    name = _name(lazy_gettext("Name of the organisation"), autocomplete="organization")
    slug = _name(lazy_gettext("Short name for addresses"), autocapitalize="none", spellcheck="false")
    admin_name = _name(lazy_gettext("Your name"), autocomplete="name")
    email = _email(lazy_gettext("Your e-mail"), autocomplete="email")
    password, again = _password_twice()


class AccountForm(HouseForm):
    """An account of somebody of the staff."""

    name = _name(lazy_gettext("Name"), autocomplete="off")
    email = _email(lazy_gettext("E-mail"), autocomplete="off")
    role = SelectField(lazy_gettext("Role"), default=rules.FACILITATOR, validators=[TYPED])

    def offer(self, role: str) -> None:
        """The roles that somebody of this role may give."""
        roles = [other for other in rules.STAFF_ROLES if rules.may_manage(role, other)]
        self.role.choices = [(other, gettext(rules.ROLES[other])) for other in roles]


class ParticipantForm(HouseForm):
    """How a participant is known."""

    identifier = _name(lazy_gettext("Identifier (NIP)"), autocomplete="off", spellcheck="false")
    name = _name(lazy_gettext("Name"), autocomplete="off")
    email = _email(lazy_gettext("E-mail"), optional=True, autocomplete="off")


class MatchingForm(HouseForm):
    """The organisation's rules of who is who."""

    by_account = BooleanField(lazy_gettext("By account name: it equals the participant's identifier"))
    home_pages = TextAreaField(
        lazy_gettext("Only accounts of these sites"),
        render_kw={"rows": 4, "spellcheck": "false"},
        validators=[Length(max=4000)],
    )
    by_mbox = BooleanField(lazy_gettext("By e-mail: it, or its SHA-1, equals the participant's e-mail"))

    def sites(self) -> Sequence[str]:
        """The home pages, one a line."""
        return rules.home_pages(self.home_pages.data or "")
