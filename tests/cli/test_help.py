"""Every command explains itself, with an example."""

from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from lms.cli import main
from tests.cli.running import settings

CONTRACT = {
    "serve",
    "worker",
    "db upgrade",
    "db check",
    "organisation add",
    "programme publish",
    "cohort add",
    "user add",
    "import participants",
    "import sessions",
    "import attendance",
    "import assessments",
    "import statements",
    "credential add",
    "credential list",
    "export results",
    "rebuild",
    "check",
}


def _commands(group: click.Group, *before: str) -> Iterator[tuple[str, ...]]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from _commands(command, *before, name)
        else:
            yield (*before, name)


@pytest.mark.parametrize("words", sorted(_commands(main)), ids=" ".join)
def test_every_command_explains_itself_with_an_example(words: tuple[str, ...]) -> None:
    told = CliRunner().invoke(main, [*words, "--help"], obj=settings(), prog_name="lms")
    assert told.exit_code == 0
    assert f"Example: lms {' '.join(words)}" in told.output


def test_the_commands_that_others_script_are_there() -> None:
    assert {" ".join(words) for words in _commands(main)} >= CONTRACT


def test_the_help_lists_the_commands_of_plugins() -> None:
    told = CliRunner().invoke(main, ["--help"], obj=settings(plugins=("plugins.latsar",)))
    assert told.exit_code == 0
    assert "latsar" in told.output


def test_a_plugin_that_cannot_be_loaded_leaves_the_help_to_read() -> None:
    told = CliRunner().invoke(main, ["--help"], obj=settings(plugins=("plugins.nowhere",)))
    assert told.exit_code == 0
    assert "plugins.nowhere" in told.stderr
    assert "import" in told.stdout
