"""`lms credential`: the systems that may send and read statements."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import click

from lms.cli import options
from lms.cli.house import opened, organisation_of, say
from lms.clock import now
from lms.db import reading, transaction
from lms.xapi import queries as xapi_queries
from lms.xapi import service as xapi


@click.group(short_help="Keys by which learning systems send statements.")
def credential() -> None:
    """Keys by which learning systems send statements."""


@credential.command("add")
@click.option("--label", required=True, help="Which system will use it.")
@click.option(
    "--scope",
    "scopes",
    multiple=True,
    required=True,
    help="What it may do; further scopes may follow it, or the option be repeated.",
)
@click.argument("more_scopes", nargs=-1, metavar="[SCOPE]...")
@click.option("--expires", type=options.MOMENT, help="When it ends, with the offset from UTC; without it, never.")
@click.option(
    "--home-page",
    "home_pages",
    multiple=True,
    metavar="URL",
    help="Limit what it sends to accounts of this site; may be repeated.",
)
@click.option(
    "--activity-prefix",
    "activity_prefixes",
    multiple=True,
    metavar="IRI",
    help="Limit what it sends to activities under this address; may be repeated.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@options.organisation
def add_credential(
    label: str,
    scopes: tuple[str, ...],
    more_scopes: tuple[str, ...],
    expires: datetime | None,
    home_pages: tuple[str, ...],
    activity_prefixes: tuple[str, ...],
    as_json: bool,
    organisation: str | None,
) -> None:
    """Make a key and a secret, and print them. The secret is shown this once only.

    \b
    Scopes: statements/write, statements/read/mine, statements/read, state, profile, define, all/read, all.
    Example: lms credential add --label "MOOC" --scope statements/write --expires 2027-01-01T00:00:00+07:00
    """
    with opened(), transaction() as session:
        key, secret = xapi.add_credential(
            session,
            organisation_id=organisation_of(session, organisation),
            label=label,
            scopes=(*scopes, *more_scopes),
            expires_at=expires,
            home_pages=home_pages,
            activity_prefixes=activity_prefixes,
            created_by=None,
            now=now(),
        )
    say("Keep the secret: it is not shown again.")
    click.echo(json.dumps({"key": key, "secret": secret}) if as_json else f"key: {key}\nsecret: {secret}")


@credential.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object a line.")
@options.organisation
def list_credentials(as_json: bool, organisation: str | None) -> None:
    """Print every credential, the newest first: what it may do, to what it is limited, and when it was used last.

    \b
    Example: lms credential list
    """
    with opened():
        session, moment = reading(), now()
        found = xapi_queries.credentials(session, organisation_id=organisation_of(session, organisation))
        told = [_told(one, moment) for one in found]
    for one in told:
        click.echo(json.dumps(one, ensure_ascii=False) if as_json else "\n".join(_lines(one)))
    if not told:
        say("There is no credential yet.")


def _told(one: xapi_queries.CredentialInfo, moment: datetime) -> dict[str, Any]:
    return {
        "label": one.label,
        "key": one.key,
        "state": _state(one, moment),
        "scopes": one.scopes,
        "home_pages": one.home_pages,
        "activity_prefixes": one.activity_prefixes,
        "expires": _written(one.expires_at),
        "last_used": _written(one.last_used_at),
    }


def _state(one: xapi_queries.CredentialInfo, moment: datetime) -> str:
    if one.revoked_at is not None:
        return "revoked"
    return "expired" if one.expires_at is not None and one.expires_at <= moment else "active"


def _written(moment: datetime | None) -> str | None:
    return None if moment is None else moment.astimezone(UTC).isoformat(timespec="seconds")


def _lines(one: dict[str, Any]) -> Iterator[str]:
    yield f"{one['label']} ({one['state']})"
    yield f"  key: {one['key']}"
    yield f"  may: {', '.join(one['scopes'])}"
    for name, values in (("accounts of", one["home_pages"]), ("activities under", one["activity_prefixes"])):
        if values:
            yield f"  limited to {name}: {', '.join(values)}"
    if one["expires"] is not None:
        yield f"  expires: {one['expires']}"
    yield f"  last used: {one['last_used'] or 'never'}"
