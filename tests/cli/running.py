"""Runs commands as a shell would: within this process on the database of a test, or as a process of their own."""

import os
import subprocess
import sys
from pathlib import Path

from click.testing import CliRunner, Result
from flask import Flask

from lms.cli import main
from lms.settings import Settings

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests" / "examples" / "sukabumi"
COMMAND = [sys.executable, "-P", "-m", "lms.cli"]


def run(where: Flask | Settings, *words: str, given: str | None = None) -> Result:
    """Run a command on the database of an app, or with these settings; anything unexpected is raised."""
    chosen = where if isinstance(where, Settings) else where.extensions["settings"]
    result = CliRunner().invoke(main, list(words), obj=chosen, input=given, prog_name="lms")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def settings(**changes: object) -> Settings:
    """Settings for a test, with some of them changed."""
    return Settings(**{"secret_key": "a secret for tests only, 32 characters", "locale": "en", **changes})


def environment(**changes: str) -> dict[str, str]:
    """The environment of a process of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("LMS_")}
    return {**kept, "PYTHONPATH": str(ROOT), "LMS_SECRET_KEY": "a secret for tests only, 32 characters", **changes}


def process(*words: str, cwd: Path | None = None, **changes: str) -> subprocess.CompletedProcess[str]:
    """Run a command as a process, and wait for its end."""
    return subprocess.run(
        [*COMMAND, *words], env=environment(**changes), cwd=cwd, capture_output=True, text=True, timeout=120
    )
