"""The two versions that are served, and the verbs that mean something to the store itself."""

import re

from lms.errors import N_
from lms.xapi.errors import VersionError
from lms.xapi.tree import shortened

V1 = "1.0.3"
V2 = "2.0.0"
ADL_VERBS = "http://adlnet.gov/expapi/verbs/"
COMPLETED = f"{ADL_VERBS}completed"
PASSED = f"{ADL_VERBS}passed"
FAILED = f"{ADL_VERBS}failed"
ATTENDED = f"{ADL_VERBS}attended"
VOIDED = f"{ADL_VERBS}voided"
UNCOMPLETED = "https://xapi.edlm/profiles/edlm-lms/concepts/verbs/uncompleted"

_SERVED = ((V1, re.compile(r"1\.0(?:\.[0-9]+)?")), (V2, re.compile(r"2\.0(?:\.[0-9]+)?")))


def negotiate(header: str | None) -> str:
    """The version under which a request is served, from its X-Experience-API-Version; VersionError for any other.

    1.0 and 1.0.x are served as 1.0.3, 2.0 and 2.0.x as 2.0.0 (xAPI 1.0.3, Communication 3.3; 2.0, 4.1.3).
    """
    if header is None:
        raise VersionError(N_("The header X-Experience-API-Version is missing; send 1.0.3 or 2.0.0."))
    for served, pattern in _SERVED:
        if pattern.fullmatch(header.strip()):
            return served
    raise VersionError(N_("Version %(version)s is not served; send 1.0.3 or 2.0.0."), version=shortened(header))


def is_statement_version(text: str, *, version: str) -> bool:
    """Whether a statement may carry that version: 1.0.x always, 2.0.x under 2.0 only (xAPI 1.0.3, Data 2.4.10)."""
    return any(pattern.fullmatch(text) and served <= version for served, pattern in _SERVED)
