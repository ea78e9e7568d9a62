"""A page of a draft as a browser has it: what stands in the fields of its forms, and what a button sends."""

from html.parser import HTMLParser
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from lms.programme import queries, service
from lms.programme.draft_rules import Tree, tree_of
from tests.world import NOW, PROGRAMME, World


class Fields(HTMLParser):
    """The names and values that the forms of a page would send, tick boxes only where they are ticked."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.sent: dict[str, str] = {}
        self._select = self._area = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        if tag == "input" and told.get("name") and (told.get("type") != "checkbox" or "checked" in told):
            self.sent.setdefault(told["name"], told.get("value", ""))
        elif tag == "select":
            self._select = told["name"]
        elif tag == "option" and "selected" in told and self._select:
            self.sent[self._select] = told["value"]
        elif tag == "textarea":
            self._area = told["name"]
            self.sent[self._area] = ""

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._select = self._area = ""

    def handle_data(self, data: str) -> None:
        if self._area:
            self.sent[self._area] += data


def begin(world: World, text: str = PROGRAMME) -> str:
    """The address of a new draft of this file."""
    organisation_id = world.sukabumi
    with world.transaction() as session:
        draft_id = service.add_draft(
            session, organisation_id=organisation_id, tree=tree_of(text), created_by=None, now=NOW
        )
    return f"/programmes/drafts/{draft_id}"


def saved(world: World, address: str) -> tuple[int, Tree]:
    """The revision of the draft at an address, and what it says."""
    with world.reading() as session:
        found = queries.draft(session, organisation_id=world.sukabumi, draft_id=UUID(address.split("/")[3]))
    return found.revision, found.tree


def send(client: FlaskClient, address: str, do: str = "save", **typed: str | None) -> TestResponse:
    """Open a page, type into its fields (`attendance_status_2_code`; None unticks), and press a button."""
    fields = Fields(client.get(address).text).sent
    return client.post(address, data=put(fields, typed) | {"do": do})


def put(fields: dict[str, str], typed: dict[str, str | None]) -> dict[str, str]:
    """The fields after somebody typed; a name that the page does not have is a mistake of the test."""
    after = dict(fields)
    for name, value in typed.items():
        if value is None:
            del after[name]
        else:
            after[name] = value
    return after
