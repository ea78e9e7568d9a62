"""The clients that content and learning systems use, from the npm registry, in Node and in a browser."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.machine import lacking, once, run_directory
from tests.world import World

CLIENTS = Path(__file__).parent / "clients"
POINTS = [5, 4, 3, 2, 1, 80]
"""The scores that every client sends, the newest first, as it has to find them two at a time."""


@pytest.fixture(scope="session")
def clients() -> Path:
    """A folder with the clients installed, as their lock file says, once a run."""
    for program in ("node", "npm"):
        if shutil.which(program) is None:
            lacking("Node.js", f"install {program}, version 18 or later")
    problem = once("npm-clients", _install)
    if problem:
        lacking("the clients from the npm registry", problem)
    return run_directory() / "clients"


def _install() -> str:
    """Nothing, or what npm said."""
    folder = run_directory() / "clients"
    shutil.copytree(CLIENTS, folder, ignore=shutil.ignore_patterns("node_modules"))
    done = subprocess.run(["npm", "ci", "--no-progress"], cwd=folder, capture_output=True, text=True, check=False)
    return "" if done.returncode == 0 else f"npm ci said: {done.stderr.strip()[-500:]}"


ATTACHED = "--bukan-batas"
"""What @xapi/xapi makes of the text that it attaches: the last line of it."""


class Player:
    """Plays a client's script in Node against the server."""

    def __init__(self, clients: Path, server: str, world: World) -> None:
        self.clients, self.server = clients, server
        self.key, self.secret = world.credential()

    def play(self, script: str, **env: str) -> dict[str, Any]:
        """What the client saw, as its script tells it."""
        told = {"LRS_ENDPOINT": f"{self.server}/xapi/", "LRS_KEY": self.key, "LRS_SECRET": self.secret}
        done = subprocess.run(
            ["node", "--no-deprecation", script],
            cwd=self.clients,
            env={**os.environ, **told, **env},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen


@pytest.fixture
def player(clients: Path, server: str, world: World) -> Player:
    return Player(clients, server, world)


def test_tincanjs(player: Player) -> None:
    seen = player.play("tincan.js")

    # It chooses the ids of a batch, whose statements are stored at one moment, so they come in the order of their ids.
    assert sorted(seen["points"][:5]) == sorted(POINTS[:5])
    assert seen["points"][5:] == POINTS[5:]
    assert seen["attachment"] == [0, 13, 10, 45, 45, 126, 127, 10]
    assert seen["state"] == {"page": 3}
    assert seen["etag"]
    assert seen["gone"]


@pytest.mark.parametrize("version", ["1.0.3", "2.0.0"])
@pytest.mark.parametrize("adapter", ["fetch", "axios"])
def test_xapi(player: Player, version: str, adapter: str) -> None:
    seen = player.play("xapi.js", LRS_VERSION=version, LRS_ADAPTER=adapter)

    assert seen["points"] == POINTS
    assert seen["voided"]
    assert seen["attached"]
    assert seen["content"] == (ATTACHED if adapter == "fetch" else None)
    assert seen["state"] == {"page": 3, "size": "A4"}
    assert seen["etag"]
    assert seen["gone"]
    assert seen["profile"] == {"colour": "blue"}
    assert seen["person"] == "Person"
    assert {"1.0.3", "2.0.0"} <= set(seen["about"])


def test_adl_xapiwrapper(player: Player) -> None:
    seen = player.play("wrapper.js")

    assert seen["statuses"] == [200, 204, 204, 412]
    assert seen["points"] == POINTS
    assert seen["state"] == {"page": 3}
    assert seen["etag"]
    assert seen["profile"] == "blue"
    assert seen["person"] == "Person"
