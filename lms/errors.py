"""What can go wrong in the domain: one class a cause, each with the status by which it answers over HTTP.

A message is an English template with named parameters (`%(code)s`); the shell translates it before it fills it in.
"""

from typing import Any, ClassVar


def N_(text: str) -> str:  # noqa: N802  (the name by which message extraction knows it)
    """Mark a template for translation where it is written; it is translated where it is shown."""
    return text


class DomainError(Exception):
    """Something that the rules refuse. `place` says where: a column, a line, a path into a file; empty if nowhere."""

    status: ClassVar[int] = 400

    def __init__(self, template: str, *, place: str = "", **params: Any) -> None:
        super().__init__(template)
        self.template = template
        self.place = place
        self.params = params

    @property
    def message(self) -> str:
        """The message in English, parameters filled in, without its place."""
        return self.template % self.params if self.params else self.template

    def __str__(self) -> str:
        return f"{self.place}: {self.message}" if self.place else self.message


class Problems(DomainError):
    """Several things at once: everything that is wrong with one file or one form. `problems` is never empty."""

    def __init__(self, problems: "tuple[DomainError, ...]") -> None:
        super().__init__(N_("Nothing was changed. Problems found: %(count)s."), count=len(problems))
        self.problems = problems

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


class NotSignedIn(DomainError):
    """Nobody is signed in, or a credential is missing or wrong."""

    status = 401


class NotAllowed(DomainError):
    """Somebody is known, and may not do this."""

    status = 403


class NotFound(DomainError):
    """There is no such thing in this organisation."""

    status = 404


class Conflict(DomainError):
    """It contradicts what is recorded already."""

    status = 409


class TooLarge(DomainError):
    """More than one request may carry; the message tells the limit."""

    status = 413


class TooMany(DomainError):
    """Too many tries; `retry_after` is in seconds."""

    status = 429

    def __init__(self, template: str, *, retry_after: int, **params: Any) -> None:
        super().__init__(template, **params)
        self.retry_after = retry_after


class Unavailable(DomainError):
    """The database cannot be reached just now, or is too busy; asking again after `retry_after` seconds may help."""

    status = 503
    retry_after: ClassVar[int] = 5
