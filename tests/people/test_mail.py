"""The outbox of mail: what is due goes out once, over a real connection, and failures are kept and tried again."""

import socketserver
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email import message_from_string
from email.message import Message
from typing import Any

import pytest
from sqlalchemy import select

from lms.people import mail
from lms.people.models import Mail
from tests.world import NOW, World


class Postbox(socketserver.ThreadingTCPServer):
    """A mail server on the loopback that keeps what it gets and refuses whoever is called `refused`."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Conversation)
        self.letters: list[Message] = []
        self.logins: list[str] = []
        self.connections = 0


class Conversation(socketserver.StreamRequestHandler):
    """As much of SMTP (RFC 5321) as a client needs to hand over letters."""

    server: Postbox

    def handle(self) -> None:
        self.server.connections += 1
        self.say("220 ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            verb = line[:4].upper()
            if verb == "QUIT":
                return self.say("221 bye")
            self.answer(verb, line)
        return None

    def answer(self, verb: str, line: str) -> None:
        if verb == "EHLO":
            self.say("250-here\r\n250 AUTH PLAIN")
        elif verb == "AUTH":
            self.server.logins.append(line)
            self.say("235 welcome")
        elif verb == "RCPT" and "refused" in line:
            self.say("550 nobody of that name")
        elif verb == "DATA":
            self.say("354 go on")
            lines = iter(lambda: self.rfile.readline().decode(), ".\r\n")
            self.server.letters.append(message_from_string("".join(lines)))
            self.say("250 kept")
        else:
            self.say("250 fine")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def postbox() -> Iterator[Postbox]:
    """The server, on a port of its own."""
    with Postbox() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def post(world: World, *recipients: str, organisation_id: int | None = None) -> None:
    organisation_id = organisation_id or world.sukabumi
    with world.transaction() as session:
        for recipient in recipients:
            mail.post(
                session,
                organisation_id=organisation_id,
                recipient=recipient,
                subject="Sandi baru",
                body=f"Untuk {recipient}: https://padu.example/invitations/1.rahasia\n",
                now=NOW,
            )


def deliver(world: World, url: str, after: timedelta = timedelta()) -> int:
    settings = replace(world.app.extensions["settings"], smtp_url=url, mail_from="Padu <padu@sukabumi.example>")
    with world.app.app_context():
        return mail.deliver(settings=settings, now=NOW + after)


def address(postbox: Postbox, login: str = "") -> str:
    return f"smtp://{login}127.0.0.1:{postbox.server_address[1]}"


def outbox(world: World) -> list[Mail]:
    with world.reading() as session:
        return list(session.scalars(select(Mail).order_by(Mail.recipient)))


def test_what_is_due_goes_out_once_over_one_connection(world: World, postbox: Postbox) -> None:
    post(world, "ani@x.example", "budi@x.example")
    post(world, "citra@y.example", organisation_id=world.bandung)
    assert deliver(world, address(postbox)) == 3
    assert deliver(world, address(postbox), after=timedelta(days=1)) == 0
    assert postbox.connections == 1
    assert sorted(letter["To"] for letter in postbox.letters) == ["ani@x.example", "budi@x.example", "citra@y.example"]
    assert {letter["From"] for letter in postbox.letters} == {"Padu <padu@sukabumi.example>"}
    assert {letter["Auto-Submitted"] for letter in postbox.letters} == {"auto-generated"}
    assert "https://padu.example/invitations/1.rahasia" in postbox.letters[0].get_payload()


def test_a_letter_that_went_out_loses_its_link(world: World, postbox: Postbox) -> None:
    post(world, "ani@x.example")
    deliver(world, address(postbox))
    (letter,) = outbox(world)
    assert (letter.body, letter.sent_at, letter.next_try_at, letter.error) == ("", NOW, None, "")


def test_one_refused_letter_stops_no_other_and_is_tried_again_later(world: World, postbox: Postbox) -> None:
    post(world, "ani@x.example", "refused@x.example", "zaki@x.example")
    assert deliver(world, address(postbox)) == 2
    refused = outbox(world)[1]
    assert "nobody of that name" in refused.error
    assert refused.body
    assert refused.next_try_at == NOW + timedelta(minutes=1)
    assert deliver(world, address(postbox), after=timedelta(seconds=59)) == 0
    assert outbox(world)[1].attempts == 1
    deliver(world, address(postbox), after=timedelta(minutes=1))
    again = outbox(world)[1]
    assert (again.attempts, again.next_try_at) == (2, NOW + timedelta(minutes=3))


def test_a_server_that_is_away_is_tried_again_and_given_up_in_the_end(world: World) -> None:
    post(world, "ani@x.example")
    after = timedelta()
    for attempt in range(1, mail.MOST_TRIES + 1):
        assert deliver(world, "smtp://127.0.0.1:9", after=after) == 0
        assert outbox(world)[0].attempts == attempt
        after += mail.delay_after(attempt)
    (letter,) = outbox(world)
    assert "ConnectionRefusedError" in letter.error
    assert (letter.next_try_at, letter.body, letter.sent_at) == (None, "", None)


def test_without_a_mail_server_nothing_is_tried(world: World) -> None:
    post(world, "ani@x.example")
    assert deliver(world, "") == 0
    assert outbox(world)[0].attempts == 0


def test_it_signs_in_to_the_server_with_what_the_address_says(world: World, postbox: Postbox) -> None:
    post(world, "ani@x.example")
    assert deliver(world, address(postbox, login="padu:p%40ss@")) == 1
    (login,) = postbox.logins
    assert login == "AUTH PLAIN AHBhZHUAcEBzcw=="


def test_a_password_is_not_sent_over_a_network_in_the_clear(postbox: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mail, "LOOPBACK", ())
    letter = mail.Letter(
        organisation_id=1, id=mail.new_id(), recipient="a@x.example", subject="", body="", created_at=NOW, attempt=1
    )
    errors = mail.send([letter], settings=_settings(address(postbox, login="padu:rahasia@")))
    assert "offers no TLS" in errors[letter.id]
    assert "rahasia" not in errors[letter.id]
    assert postbox.logins == []


def test_a_subject_cannot_bring_headers_of_its_own(postbox: Postbox) -> None:
    letter: dict[str, Any] = {
        "organisation_id": 1,
        "recipient": "a@x.example",
        "body": "",
        "created_at": NOW,
        "attempt": 1,
    }
    bad = mail.Letter(id=mail.new_id(), subject="Halo\nBcc: lain@x.example", **letter)
    good = mail.Letter(id=mail.new_id(), subject="Halo", **letter)
    errors = mail.send([bad, good], settings=_settings(address(postbox)))
    assert list(errors) == [bad.id]
    assert [letter["Subject"] for letter in postbox.letters] == ["Halo"]


def test_the_wait_doubles_up_to_four_hours() -> None:
    minutes = [mail.delay_after(attempt) / timedelta(minutes=1) for attempt in range(1, 13)]
    assert minutes == [1, 2, 4, 8, 16, 32, 64, 128, 240, 240, 240, 240]


def _settings(url: str) -> Any:
    return type("Settings", (), {"smtp_url": url, "mail_from": "padu@x.example"})
