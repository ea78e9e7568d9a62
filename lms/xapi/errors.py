"""What a request to the record store can get wrong; each answers 400 and says where."""

from lms.errors import DomainError


class StatementError(DomainError):
    """A statement, or the JSON around it, breaks the specification. `place` is such as `statements[2].actor.mbox`."""


class ParameterError(DomainError):
    """A parameter of a request is unknown, repeated or has a bad value. `place` is the parameter's name."""


class VersionError(DomainError):
    """The X-Experience-API-Version header is missing, or names a version that is not served."""
