"""The clients that content and learning systems use, from the npm registry, in Node and in a browser."""

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from werkzeug.serving import make_server
from werkzeug.wrappers import Response

from tests.machine import lacking, once, run_directory
from tests.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

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


CONTENT = """
async ([endpoint, username, password, person, activity]) => {
  const lrs = new TinCan.LRS({ endpoint, username, password, version: "1.0.2", allowFail: false });
  const asked = (method, ...given) =>
    new Promise((resolve, reject) => {
      const callback = (error, result) => (error === null ? resolve(result) : reject(new Error(`${method}: ${error}`)));
      lrs[method](...given.slice(0, -1), { ...given.at(-1), callback });
    });
  const statement = new TinCan.Statement({
    actor: person,
    verb: { id: "http://adlnet.gov/expapi/verbs/completed" },
    object: activity,
    attachments: [{
      usageType: "http://id.tincanapi.com/attachment/certificate-of-completion",
      display: { "id-ID": "Sertifikat" },
      contentType: "application/octet-stream",
    }],
  });
  statement.attachments[0].setContent(new Uint8Array([0, 13, 10, 45, 45, 255, 128, 10]).buffer);
  await asked("saveStatement", statement, {});
  const kept = await asked("retrieveStatement", statement.id, { params: { attachments: true } });
  const where = { activity: new TinCan.Activity(activity), agent: new TinCan.Agent(person) };
  await asked("saveState", "bookmark", "halaman 3", { ...where, contentType: "text/plain" });
  const state = await asked("retrieveState", "bookmark", where);
  await asked("saveState", "bookmark", "halaman 4", { ...where, contentType: "text/plain", lastSHA1: state.etag });
  const late = { ...where, contentType: "text/plain", lastSHA1: state.etag };
  const stale = await asked("saveState", "bookmark", "x", late).catch((error) => `${error}`);

  const newer = new XAPI({ endpoint, auth: XAPI.toBasicAuth(username, password), version: "2.0.0" });
  const found = await newer.getStatements({ agent: person });
  const wrong = await newer.getStatements({ agent: { name: "x" } }).catch((error) => error.response.status);
  return {
    attached: [...new Uint8Array(kept.attachments[0].content)],
    state: state.contents,
    stale,
    found: found.data.statements.map((one) => one.id === statement.id),
    through: found.headers["x-experience-api-consistent-through"],
    wrong,
  };
}
"""
"""Content as it is published, with the two clients that such content brings, on a page of another address."""


@pytest.fixture
def page(clients: Path, browser: "Browser", world: World, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Page]":
    """A page of another origin, which the record store lets in, with the clients loaded."""
    elsewhere = make_server("127.0.0.1", 0, Response("", mimetype="text/html"))
    thread = threading.Thread(target=elsewhere.serve_forever)
    thread.start()
    origin = f"http://127.0.0.1:{elsewhere.server_port}"
    settings = replace(world.app.extensions["settings"], xapi_cors_origins=(origin,))
    monkeypatch.setitem(world.app.extensions, "settings", settings)
    context = browser.new_context()
    opened = context.new_page()
    opened.goto(f"{origin}/")
    for script in ("tincanjs/build/tincan.js", "@xapi/xapi/dist/XAPI.umd.js"):
        opened.add_script_tag(path=str(clients / "node_modules" / script))
    yield opened
    context.close()
    elsewhere.shutdown()
    thread.join()
    elsewhere.server_close()


def test_content_in_a_browser_on_another_address(page: "Page", server: str, world: World) -> None:
    key, secret = world.credential()
    person = {"account": {"homePage": "https://mooc.example", "name": "199001012026031001"}}
    seen = page.evaluate(CONTENT, [f"{server}/xapi/", key, secret, person, {"id": "https://mooc.example/modul/1"}])

    assert seen["attached"] == [0, 13, 10, 45, 45, 255, 128, 10]
    assert seen["state"] == "halaman 3"
    assert "412" in seen["stale"]
    assert seen["found"] == [True]
    assert seen["through"]
    assert seen["wrong"] == 400
