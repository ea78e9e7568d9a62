"""What a request brought is kept where it was refused, before the refusal is told."""

from contextlib import suppress
from functools import partial

from flask import current_app, request

from lms.clock import now
from lms.db import retrying
from lms.errors import DomainError, TooLarge
from lms.xapi import protocol, queries, refusals, service
from lms.xapi.refusals import Request


def keep(credential: queries.CredentialInfo, error: DomainError) -> None:
    """Keep this request with the reason, in a transaction of its own. Trouble with that does not change the reply."""
    try:
        secrets = _secrets()
        work = partial(
            service.keep_refused,
            organisation_id=credential.organisation_id,
            credential_id=credential.id,
            request=refusals.without(_sent(), secrets),
            error=refusals.error_without(error, secrets),
            now=now(),
        )
        gone = retrying(work)
    except Exception:
        current_app.logger.exception("What the credential %s sent was refused, and could not be kept", credential.key)
        return
    if gone:
        current_app.logger.warning("Of what was refused of %s, %d older ones were let go", credential.key, gone)


def _sent() -> Request:
    """What the request says."""
    body = None
    with suppress(TooLarge):
        body = protocol.content()
    return Request(
        method=request.method,
        query=request.query_string.decode("latin-1"),
        version=protocol.told_version(),
        content_type=request.headers.get("Content-Type", ""),
        body=body,
    )


def _secrets() -> list[str]:
    """What must not be kept, wherever it stands: who may read what was refused may not send in its name."""
    _scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    password = None if request.authorization is None else request.authorization.password
    return [text for text in (token.strip(), password) if text]
