"""The rules of the record store, all pure: everything that other modules and rooms use of them goes by these names.

`negotiate` settles the version, `prepare` turns a request into statements to store, `parse_filters` a query string
into a query, and `as_exact`, `as_ids` and `as_canonical` give a kept statement back.
"""

from lms.xapi.agents import AgentRef, activity_key, agent_in, agent_key, home_page_key, key_in, value_key, verb_key
from lms.xapi.descriptions import merged_definition, person
from lms.xapi.documents import (
    Conditions,
    Document,
    DocumentPlace,
    Kind,
    PreconditionFailed,
    check_precondition,
    checked_media_type,
    has_already,
    merged,
    parse_place,
)
from lms.xapi.errors import ParameterError, StatementError, VersionError
from lms.xapi.filters import (
    Cursor,
    StatementQuery,
    checked_iri,
    decode_cursor,
    encode_cursor,
    parse_agent,
    parse_filters,
)
from lms.xapi.fingerprints import claim_of, fingerprint_of, same
from lms.xapi.languages import accepted_languages, as_canonical, one_language
from lms.xapi.limits import Limits, checked_limits, is_inside, refuse_beyond, refuse_place_beyond
from lms.xapi.links import REGISTRATION, VERB, ActivityLink, AgentLink, handed_on, handed_on_by_kept, keys_of
from lms.xapi.multipart import Body, Part, body_of_parts, read_parts
from lms.xapi.payloads import as_exact, as_ids, load, load_to_read, pretty, write
from lms.xapi.prepare import AttachmentRef, Described, Prepared, attachments_of, prepare, require_content
from lms.xapi.results import claimed_score
from lms.xapi.values import moment, timestamp
from lms.xapi.versions import (
    ATTENDED,
    COMPLETED,
    FAILED,
    PASSED,
    UNCOMPLETED,
    V1,
    V2,
    VOIDED,
    negotiate,
)

__all__ = [
    "ATTENDED",
    "COMPLETED",
    "FAILED",
    "PASSED",
    "REGISTRATION",
    "UNCOMPLETED",
    "V1",
    "V2",
    "VERB",
    "VOIDED",
    "ActivityLink",
    "AgentLink",
    "AgentRef",
    "AttachmentRef",
    "Body",
    "Conditions",
    "Cursor",
    "Described",
    "Document",
    "DocumentPlace",
    "Kind",
    "Limits",
    "ParameterError",
    "Part",
    "PreconditionFailed",
    "Prepared",
    "StatementError",
    "StatementQuery",
    "VersionError",
    "accepted_languages",
    "activity_key",
    "agent_in",
    "agent_key",
    "as_canonical",
    "as_exact",
    "as_ids",
    "attachments_of",
    "body_of_parts",
    "check_precondition",
    "checked_iri",
    "checked_limits",
    "checked_media_type",
    "claim_of",
    "claimed_score",
    "decode_cursor",
    "encode_cursor",
    "fingerprint_of",
    "handed_on",
    "handed_on_by_kept",
    "has_already",
    "home_page_key",
    "is_inside",
    "key_in",
    "keys_of",
    "load",
    "load_to_read",
    "merged",
    "merged_definition",
    "moment",
    "negotiate",
    "one_language",
    "parse_agent",
    "parse_filters",
    "parse_place",
    "person",
    "prepare",
    "pretty",
    "read_parts",
    "refuse_beyond",
    "refuse_place_beyond",
    "require_content",
    "same",
    "timestamp",
    "value_key",
    "verb_key",
    "write",
]
