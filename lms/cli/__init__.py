"""The command line: `lms ...`, also `python3 manage.py ...`."""

import click

from lms.cli import house
from lms.cli.attended import attended
from lms.cli.bench import bench
from lms.cli.check import check
from lms.cli.cohorts import cohort, programme
from lms.cli.credentials import credential
from lms.cli.database import database
from lms.cli.demo import demo
from lms.cli.exports import export, rebuild
from lms.cli.imports import imports
from lms.cli.leave import leave
from lms.cli.organisations import organisation, user
from lms.cli.replay import replay
from lms.cli.serve import serve
from lms.cli.worker import worker


class Commands(click.Group):
    """Our own commands, then those of plugins, which are loaded only when they are asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        own = super().list_commands(ctx)
        try:
            with ctx.scope(cleanup=False), house.explained():
                return [*own, *self._further()]
        except house.Trouble as trouble:
            # Help is needed most when something is in the way.
            trouble.show()
            return own

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        own = super().get_command(ctx, cmd_name)
        if own is not None:
            return own
        with ctx.scope(cleanup=False), house.explained():
            return self._further().get(cmd_name)

    def _further(self) -> dict[str, click.Command]:
        return {command.name or "": command for plugin in house.plugins() for command in plugin.commands}


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def main() -> None:
    """Padu: blended learning in one place, with figures that can be explained.

    Exit codes: 0 fine, 1 refused (the message says what is wrong), 2 used wrongly, 3 the settings or the database are
    in the way.
    """


for command in (
    serve,
    worker,
    database,
    organisation,
    user,
    programme,
    cohort,
    imports,
    credential,
    leave,
    export,
    rebuild,
    replay,
    attended,
    check,
    demo,
    bench,
):
    main.add_command(command)
