"""What somebody sees on a page of the record store."""

import re
from html import unescape
from uuid import UUID

from werkzeug.test import TestResponse

from lms.xapi import queries
from lms.xapi.refusal_queries import Refused, refused
from tests.world import World

ROLES = ("admin", "manager", "facilitator", "auditor", "participant")
READERS, CHANGERS = {"admin", "manager", "auditor"}, {"admin", "manager"}
NOBODYS = "01890a5d-ac96-774b-bcce-b302099a8057"
"""An id of nothing."""


def text(response: TestResponse) -> str:
    """The words of a page, without its markup."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def main(response: TestResponse) -> str:
    """The markup of what a page is about."""
    assert response.status_code in (200, 422), response.status_code
    return response.text.partition("<main")[2].partition("</main>")[0]


def credential_id(world: World, key: str, *, organisation_id: int | None = None) -> UUID:
    """The id of the credential with this key."""
    with world.reading() as session:
        found = queries.credential(session, organisation_id=organisation_id or world.sukabumi, key=key)
    assert found is not None
    return found.id


def kept(world: World, *, organisation_id: int | None = None) -> list[Refused]:
    """What was refused, that which came last first."""
    with world.reading() as session:
        return refused(session, organisation_id=organisation_id or world.sukabumi, limit=100).found
