"""What a web server process loads. It imports next to nothing, so that it is deaf to Ctrl-C almost from its birth."""

import gc
import os
import signal
import sys
import threading
import time
from importlib import import_module
from pathlib import Path
from typing import Any

THREADS = 32
"""Requests that one process works at; others wait for a thread."""
FEW = 64 * 1024
"""Bytes of a request that brings few statements."""
YOUNG = 20_000
"""New objects after which garbage is looked for among them."""
ROOT = Path(__file__).resolve().parent.parent


def application(server_id: int) -> Any:
    """The application of wsgi.py behind its front, in a process that leaves it to the server's first one to end it.

    `server_id` is the latter's. Ctrl-C reaches every process of the terminal, and the first one then ends the others: a
    second signal to a process that is stopping already would hold it up until it is killed.
    """
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    threading.Thread(target=_end_with, args=(server_id,), name="end with the server", daemon=True).start()
    if str(ROOT) not in sys.path:
        sys.path.insert(0, str(ROOT))
    front = import_module("lms.front")
    settings = import_module("wsgi").application.extensions["settings"]
    most = max(settings.max_upload_bytes, settings.xapi_max_body_bytes)
    collect_less()
    application = import_module("wsgi").application
    return front.Front(application, threads=THREADS, most_bytes=most, takes_turns=brings_few_statements)


def brings_few_statements(environ: dict[str, Any]) -> bool:
    """Whether it is one of the requests of which many come at once: they are stored together, so they take turns."""
    length, is_put = environ["CONTENT_LENGTH"], environ["REQUEST_METHOD"] == "PUT"
    # A POST with a query is one in the alternate request syntax, which may stand for anything.
    is_plain = is_put or (environ["REQUEST_METHOD"] == "POST" and not environ["QUERY_STRING"])
    return is_plain and environ["PATH_INFO"] == "/xapi/statements" and 0 < int(length or 0) <= FEW


def _end_with(server_id: int) -> None:
    """End this process when the server's first one has died, by which it would be replaced, and statements counted.

    What it is at has not been acknowledged, so it is sent again: to the next server, for which this frees the port.
    """
    while os.getppid() == server_id:
        time.sleep(1)
    os._exit(1)


def collect_less() -> None:
    """Look for garbage less often from now on: a batch of statements is many objects, of which none is garbage yet."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, 20, 20)
