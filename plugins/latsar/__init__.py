"""Latsar CPNS, the basic training of Indonesia's new civil servants: a programme to start from, and its sources."""

from pathlib import Path

from lms.plugin import Plugin
from plugins.latsar.commands import latsar
from plugins.latsar.packs import PACKS
from plugins.latsar.views import blueprint

plugin = Plugin(
    name="latsar",
    title="Latsar CPNS",
    programmes=PACKS,
    blueprints=(blueprint,),
    commands=(latsar,),
    translations=Path(__file__).parent / "translations",
)
