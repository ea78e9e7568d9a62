"""Publishing a version of a programme."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.orm import Session

from lms.db import new_id
from lms.errors import N_, Conflict
from lms.events import ModulesPublished, announce
from lms.people import queries as people_queries
from lms.programme import queries
from lms.programme.models import ProgrammeModule, ProgrammeVersion
from lms.programme.rules import Programme, canonical, modules, parse_programme


@dataclass(frozen=True, kw_only=True, slots=True)
class Published:
    """A version that is published. `already` says that it was so before, with the same content."""

    id: UUID
    code: str
    version: int
    already: bool


def publish(
    session: Session, *, organisation_id: int, text: str, published_by: UUID | None, now: datetime
) -> Published:
    """Publish a programme file for good.

    Raises ProgrammeErrors with everything that is wrong with the file, and Conflict if its version is published with
    other content. The same content again changes nothing, however it is written.
    """
    programme = parse_programme(text)
    people_queries.lock_organisation(session, organisation_id=organisation_id)
    already = published(session, organisation_id=organisation_id, programme=programme)
    if already is not None:
        return already
    version_id = new_id()
    stored = {"content": text, "fingerprint": fingerprint(programme), "published_at": now, "published_by": published_by}
    _insert(session, programme, {"organisation_id": organisation_id, "id": version_id} | stored)
    iris = tuple(module.iri for module in modules(programme))
    announce(session, ModulesPublished(organisation_id=organisation_id, iris=iris))
    return Published(id=version_id, code=programme.code, version=programme.version, already=False)


def published(session: Session, *, organisation_id: int, programme: Programme) -> Published | None:
    """The published version with this programme's number, None if the number is free.

    Raises Conflict if that version has other content.
    """
    code, version = programme.code, programme.version
    found = queries.find_version(session, organisation_id=organisation_id, code=code, version=version)
    if found is None:
        return None
    if found.fingerprint != fingerprint(programme):
        newest = queries.version(session, organisation_id=organisation_id, code=code)
        raise Conflict(
            N_(
                "Version %(version)s of %(code)s is published with other content, and a published version never"
                " changes. Version %(free)s is free."
            ),
            place="version",
            code=code,
            version=version,
            free=newest.version + 1,
        )
    return Published(id=found.id, code=code, version=version, already=True)


def fingerprint(programme: Programme) -> bytes:
    """32 bytes that are equal for two programmes exactly when they say the same."""
    return hashlib.sha256(canonical(programme).encode()).digest()


def _insert(session: Session, programme: Programme, version: dict[str, object]) -> None:
    told = {"code": programme.code, "version": programme.version, "title": programme.title}
    session.execute(insert(ProgrammeVersion), version | told)
    leading = {"organisation_id": version["organisation_id"], "programme_version_id": version["id"]}
    rows = [leading | {"iri": module.iri, "title": module.title} for module in modules(programme)]
    if rows:
        session.execute(insert(ProgrammeModule), rows)
