"""What the tests of the demo share."""

import socket

from lms.demo.values import Batch

FEW = {"I": 8, "III": 8}


def nobody(_: Batch | int) -> None:
    """Whoever is told of progress and does not listen."""


def free_port() -> int:
    """A port on which nothing listens."""
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return int(trial.getsockname()[1])
