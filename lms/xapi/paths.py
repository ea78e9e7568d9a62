"""Doubled slashes under /xapi: launched content builds `/xapi//statements`, and does not follow redirects."""

import re
from collections.abc import Callable, Iterable
from typing import Any

Wsgi = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]
SLASHES = re.compile("/{2,}")


def without_doubled_slashes(application: Wsgi) -> Wsgi:
    """The application, which is served `/xapi//statements` as `/xapi/statements`; other paths stay as they are."""

    def served(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        merged = SLASHES.sub("/", environ.get("PATH_INFO", ""))
        if merged.startswith("/xapi/"):
            environ = {**environ, "PATH_INFO": merged}
        return application(environ, start_response)

    return served
