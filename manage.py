#!/usr/bin/env python3
"""Runs Padu from a fresh checkout: `python3 manage.py demo`, `python3 manage.py test`, `python3 manage.py WORD ...`.

It makes .venv, installs the locked packages in it, and hands over. It needs nothing but Python, and writes nothing
outside the checkout. Its syntax is that of Python 3.8, so that an older Python can still be told what is wrong.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed-locks"
LOG = ROOT / "var" / "install.log"

RUNTIME = ("requirements.txt",)
DEVELOPMENT = ("requirements.txt", "requirements-dev.txt")

HELP = """\
python3 manage.py demo        show Padu with a made-up cohort, at an address that it prints
python3 manage.py test ...    run the tests; what follows is passed on to pytest
python3 manage.py WORD ...    run a command of Padu

The first run makes .venv and installs the locked packages in it.
"""

OFFLINE = (
    "name resolution",
    "nodename nor servname",
    "dns error",
    "failed to lookup address",
    "network is unreachable",
    "no route to host",
    "connection refused",
    "timed out",
    "error sending request",
    "failed to establish a new connection",
    "cannot connect to proxy",
)


def main(words: list[str]) -> None:
    """Does what the words say; does not return where another program takes over."""
    refuse_what_cannot_work()
    if not words or words[0] in ("-h", "--help", "help"):
        show_help()
    elif words[0] == "test":
        install(DEVELOPMENT)
        os.chdir(ROOT)
        hand_over("pytest", distribution(words[1:]) + words[1:])
    else:
        install(RUNTIME)
        hand_over("lms.cli", words)


def refuse_what_cannot_work() -> None:
    """One sentence for an older Python, and one for Windows."""
    if sys.version_info < (3, 11):  # noqa: UP036  (the whole point)
        newer = [name for name in ("python3.14", "python3.13", "python3.12", "python3.11") if shutil.which(name)]
        hint = f": run {newer[0]} {' '.join(sys.argv)}" if newer else ""
        sys.exit(f"Padu needs Python 3.11 or newer, and this is {sys.version.split()[0]}{hint}.")
    if os.name != "posix":
        sys.exit("Padu runs on Linux and macOS; on Windows, run it inside WSL.")


def show_help() -> None:
    """The words, with those of Padu itself where it is installed."""
    print(HELP, flush=True)
    if is_installed(RUNTIME):
        hand_over("lms.cli", ["--help"])


def hand_over(module: str, words: list[str]) -> None:
    """Become the module, which so gets every signal and whose exit code is the command's."""
    paths = [str(ROOT)] + [path for path in [os.environ.get("PYTHONPATH")] if path]
    # -P keeps the current directory off the path: a folder named `lms` there must not be taken for Padu.
    command = [str(PYTHON), "-P", "-m", module, *words]
    sys.stdout.flush()
    os.execve(PYTHON, command, {**os.environ, "PYTHONPATH": os.pathsep.join(paths)})


def distribution(words: list[str]) -> list[str]:
    """pytest's options that share the tests among the processors, file by file."""
    return [] if "no:xdist" in words else ["-n", "auto", "--maxprocesses", "4", "--dist", "loadfile"]


def install(locks: tuple[str, ...]) -> None:
    """Install the last of the locks, which holds the others, unless these very locks are installed already."""
    if is_installed(locks):
        return
    LOG.parent.mkdir(exist_ok=True)
    with only_one_at_a_time():
        if is_installed(locks):
            return
        STAMP.unlink(missing_ok=True)
        LOG.write_bytes(b"")
        make_environment()
        follow("Installing packages", [*installer(), "--require-hashes", "-r", str(ROOT / locks[-1])])
        STAMP.write_text(stamp(locks))


def is_installed(locks: tuple[str, ...]) -> bool:
    """Whether the environment works and was filled, to the end, from these locks as they are now."""
    if not (PYTHON.exists() and STAMP.exists()):
        return False
    return set(stamp(locks).splitlines()) <= set(STAMP.read_text().splitlines())


def stamp(locks: tuple[str, ...]) -> str:
    """One line a lock: its name and the hash of what it says."""
    return "".join(f"{lock} {hashlib.sha256((ROOT / lock).read_bytes()).hexdigest()}\n" for lock in locks)


def only_one_at_a_time() -> IO[str]:
    """A lock that two first runs at once share; it is released when the file is closed, or its holder ends."""
    import fcntl  # noqa: PLC0415  (Windows has none, and is told so first)

    waiting = open(LOG.with_suffix(".lock"), "w")  # noqa: SIM115  (the caller closes it)
    fcntl.flock(waiting, fcntl.LOCK_EX)
    return waiting


def make_environment() -> None:
    """Make .venv with uv where that is installed, else with Python's own venv and pip; mend one left half made."""
    uv = shutil.which("uv")
    if not is_sound():
        shutil.rmtree(VENV, ignore_errors=True)
    elif uv:
        return
    if not uv and not can_make_environments():
        sys.exit(
            "This Python cannot make virtual environments: install its venv package (on Debian and Ubuntu: "
            f"apt install python3.{sys.version_info[1]}-venv) or uv, and run the command again."
        )
    how = [uv, "venv", "--python", sys.executable] if uv else [sys.executable, "-m", "venv"]
    follow("Preparing .venv", [*how, str(VENV)])


def is_sound() -> bool:
    """Whether .venv has a Python that is still there, of the version that runs this."""
    return PYTHON.exists() and (VENV / "lib" / f"python3.{sys.version_info[1]}").is_dir()


def can_make_environments() -> bool:
    """Debian and Ubuntu leave these modules out of their Python, for a package of their own."""
    return all(importlib.util.find_spec(module) for module in ("venv", "ensurepip"))


def installer() -> list[str]:
    """The command that installs packages into .venv."""
    uv = shutil.which("uv")
    if uv:
        return [uv, "pip", "install", "--python", str(PYTHON)]
    return [str(PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--progress-bar", "off"]


def follow(title: str, command: list[str]) -> None:
    """Run the command with its output in the log and one line of progress on the screen."""
    print(f"{title} ...", end="", flush=True)
    caches = {"PIP_CACHE_DIR": str(ROOT / "var" / "cache" / "pip"), "UV_CACHE_DIR": str(ROOT / "var" / "cache" / "uv")}
    run = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**caches, **os.environ},
    )
    with LOG.open("ab") as log:
        count = 0
        for line in run.stdout or ():
            log.write(line)
            count += line.startswith(b"Collecting ")
            if count and sys.stdout.isatty():
                print(f"\r{title} ... {count}", end="", flush=True)
    if run.wait() != 0:
        give_up()
    print(" done.", flush=True)


def give_up() -> None:
    """Say in one sentence what went wrong, with the end of the log where that is not known."""
    told = LOG.read_text(errors="replace")
    if any(sign in told.lower() for sign in OFFLINE):
        sys.exit(
            "\nThe packages cannot be fetched: this machine does not reach the package index; connect it, or name a "
            f"mirror in PIP_INDEX_URL (uv: UV_DEFAULT_INDEX), and run the command again. The whole story is in {LOG}."
        )
    tail = "\n".join(told.splitlines()[-15:])
    sys.exit(
        f"\n{tail}\n\nThe installation failed: the end of {LOG} is above. Run the command again to take it up anew."
    )


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except KeyboardInterrupt:
        sys.exit("\nInterrupted: run the command again to go on.")
