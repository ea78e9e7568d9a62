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
LANES = {"short": 64 * 1024, "long": 1024 * 1024}
"""Bytes of a request that brings statements, by the lane in which it takes turns with others; larger ones do not."""
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
    lanes = {name: import_module("lms.lanes").Lane(name) for name in LANES}
    return front.Front(
        import_module("wsgi").application,
        threads=THREADS,
        most_bytes=most,
        lane_of=lambda environ: lanes.get(name_of_lane(environ) or ""),
    )


def name_of_lane(environ: dict[str, Any]) -> str | None:
    """The lane in which statements that come at the same moment are stored together; None for any other request.

    Short requests have one of their own, so that none waits for a long one.
    """
    is_put, length = environ["REQUEST_METHOD"] == "PUT", int(environ["CONTENT_LENGTH"] or 0)
    # A POST with a query is one in the alternate request syntax, which may stand for anything.
    is_plain = is_put or (environ["REQUEST_METHOD"] == "POST" and not environ["QUERY_STRING"])
    if not is_plain or environ["PATH_INFO"] != "/xapi/statements":
        return None
    return next((name for name, most in LANES.items() if length <= most), None)


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
