"""`lms latsar ...`"""

import click

from plugins.latsar.packs import PACKS

BY_CODE = {pack.code: pack for pack in PACKS}


@click.group()
def latsar() -> None:
    """Latsar CPNS, the basic training of new civil servants."""


@latsar.command()
@click.option("--code", type=click.Choice(sorted(BY_CODE)), default=PACKS[-1].code, show_default=True)
def pack(code: str) -> None:
    """Print the programme file to start from.

    \b
    Example:
      lms latsar pack > latsar.toml
      lms programme publish latsar.toml
    """
    click.echo(BY_CODE[code].path.read_text(encoding="utf-8"), nl=False)
