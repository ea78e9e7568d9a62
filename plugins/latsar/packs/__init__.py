"""The programme files, one a decree: a new decree brings a new file and leaves the older ones as they are."""

from pathlib import Path

from lms.plugin import ProgrammePack

PACKS = (
    ProgrammePack(
        code="latsar-cpns-13-2022",
        title="Latsar CPNS (Kep. Kepala LAN 13/K.1/PDP.07/2022)",
        path=Path(__file__).parent / "latsar-cpns-13-2022.toml",
    ),
)
