"""Setting the rules of a cohort's registers."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from lms.attendance.register_models import AttendanceRules
from lms.programme import queries as programmes


def set_rules(session: Session, *, organisation_id: int, cohort_id: UUID, values: Mapping[str, Any]) -> None:
    """Let these rules (the columns of the table) hold from now on; marks that were made stay as they are.

    Raises NotFound for no cohort.
    """
    programmes.lock_cohort(session, organisation_id=organisation_id, cohort_id=cohort_id)
    row = session.get(AttendanceRules, (organisation_id, cohort_id))
    if row is None:
        row = AttendanceRules(organisation_id=organisation_id, cohort_id=cohort_id)
        session.add(row)
    for name, value in values.items():
        setattr(row, name, value)
    session.flush()
