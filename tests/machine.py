"""What the machine under the tests offers, and what becomes of a test that needs more.

A pytest plugin. A test that lacks PostgreSQL or a browser is skipped, and the run ends with a notice that says how many
were and why; with LMS_TEST_NO_SKIP=1 it fails instead. All workers of one run share one scratch directory.
"""

import contextlib
import fcntl
import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

RUN_DIRECTORY = "LMS_TEST_RUN_DIRECTORY"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
QUIET = (
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A browser that asks nobody but the tests' own server for anything."""
LACKING = "this machine lacks "
PREFIX = "padu-tests-"
ALIVE = "alive"
LONGEST_PARENT = 55
"""Characters: the whole path of a Unix socket must stay under 104 of them on every system."""


def run_directory() -> Path:
    """The scratch directory that all workers of this run share; it is removed when the run ends."""
    return Path(os.environ[RUN_DIRECTORY])


def worker() -> str:
    """The name of this worker among those of the run: gw0, gw1, ..., or `main` where there is only one."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@contextlib.contextmanager
def locked(name: str) -> Iterator[None]:
    """One worker at a time; the lock goes with its holder, however that ends."""
    with open(run_directory() / f"{name}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def once(name: str, make: Callable[[], str]) -> str:
    """What `make` returned to the first worker of the run that asked; the others wait for it."""
    made = run_directory() / f"{name}.made"
    with locked(name):
        if not made.exists():
            made.write_text(make(), encoding="utf-8")
        return made.read_text(encoding="utf-8")


def lacking(thing: str, why: str) -> NoReturn:
    """Skip the test, or fail it where LMS_TEST_NO_SKIP=1 forbids that."""
    reason = f"{LACKING}{thing}: {why}"
    if os.environ.get("LMS_TEST_NO_SKIP") == "1":
        pytest.fail(f"{reason} (and LMS_TEST_NO_SKIP=1 forbids the skip)", pytrace=False)
    pytest.skip(reason)


def find_chromium() -> str | None:
    """The path of a Chromium: LMS_TEST_CHROMIUM, else the first one found on PATH."""
    named = os.environ.get("LMS_TEST_CHROMIUM")
    return named or next((path for path in map(shutil.which, BROWSERS) if path), None)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """The path of a Chromium that can be run."""
    path = find_chromium()
    if path is None:
        lacking("a browser", "install Chromium, or set LMS_TEST_CHROMIUM to the path of one")
    if not os.access(path, os.X_OK):
        lacking("a browser", f"LMS_TEST_CHROMIUM is {path}, which cannot be run")
    return path


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator["Browser"]:
    """One browser for all tests of a worker; each test opens contexts of its own in it."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium_path, args=list(QUIET))
        yield browser
        browser.close()


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")


def _make_run_directory() -> Path:
    parent = Path(tempfile.gettempdir())
    if len(str(parent)) > LONGEST_PARENT:
        parent = Path("/tmp")  # noqa: S108  (mkdtemp makes a name of its own in it)
    directory = Path(tempfile.mkdtemp(prefix=PREFIX, dir=parent))
    # The database server may run as another user, who has to pass through.
    directory.chmod(0o711)
    return directory


def _remove_what_killed_runs_left(parent: Path) -> None:
    """Remove the directories that no run holds any more. A database server whose directory is gone ends by itself."""
    for left in parent.glob(f"{PREFIX}*/{ALIVE}"):
        with contextlib.suppress(OSError), open(left) as alive:
            fcntl.flock(alive, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(left.parent, ignore_errors=True)


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if _is_worker(config):
        return
    directory = _make_run_directory()
    os.environ[RUN_DIRECTORY] = str(directory)
    alive = open(directory / "starting", "w")  # noqa: SIM115  (held until the process ends)
    fcntl.flock(alive, fcntl.LOCK_EX)
    os.rename(alive.name, directory / ALIVE)
    config.add_cleanup(alive.close)
    _remove_what_killed_runs_left(directory.parent)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if not _is_worker(config):
        shutil.rmtree(run_directory(), ignore_errors=True)


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    """Say at the very end how many tests did not run for want of something."""
    yield
    reasons = Counter(_reason(report) for report in terminalreporter.stats.get("skipped", []))
    for reason, count in sorted(reasons.items()):
        if reason:
            tests = "test was" if count == 1 else "tests were"
            terminalreporter.write_line(f"NOTICE: {count} {tests} not run: {reason}", yellow=True, bold=True)


def _reason(report: pytest.TestReport) -> str:
    """`this machine lacks ...`, or nothing where a test was skipped for another reason."""
    told = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    _, found, rest = told.partition(LACKING)
    return found + rest
