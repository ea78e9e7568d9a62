"""The whole extension surface. A plugin is a value: `plugin = Plugin(name=..., ...)` in a module that settings name.

Each field is documented in docs/plugins.md. A plugin that fails to load stops the start: half a product is worse
than none.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path

import click
from flask import Blueprint

from lms.events import Listener
from lms.xapi.dialects import Dialect


class PluginError(Exception):
    """A plugin that settings or an entry point name cannot be loaded."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ProgrammePack:
    """A programme file that a plugin brings, to be published as it is or taken as a start."""

    code: str
    title: str
    path: Path


@dataclass(frozen=True, kw_only=True, slots=True)
class Plugin:
    """What a plugin adds. `name` is also the prefix of its addresses, tables and templates."""

    name: str
    title: str
    dialects: tuple[Dialect, ...] = ()
    programmes: tuple[ProgrammePack, ...] = ()
    blueprints: tuple[Blueprint, ...] = ()
    commands: tuple[click.Command, ...] = ()
    listeners: Mapping[type, Sequence[Listener]] = field(default_factory=dict)
    translations: Path | None = None


def load_plugins(names: Sequence[str]) -> tuple[Plugin, ...]:
    """The plugins of these modules, then those that installed packages announce as entry points `padu.plugins`."""
    found = [_load(name) for name in names]
    found += [_checked(entry.name, entry.load()) for entry in entry_points(group="padu.plugins")]
    twice = {plugin.name for plugin in found if sum(other.name == plugin.name for other in found) > 1}
    if twice:
        raise PluginError(f"Two plugins are called {', '.join(sorted(twice))}; remove one from LMS_PLUGINS.")
    return tuple(found)


def _load(module: str) -> Plugin:
    try:
        return _checked(module, getattr(import_module(module), "plugin", None))
    except ImportError as error:
        raise PluginError(f"The plugin {module} (LMS_PLUGINS) cannot be imported: {error}") from error


def _checked(name: str, value: object) -> Plugin:
    if not isinstance(value, Plugin):
        raise PluginError(f"{name} has no `plugin = Plugin(...)`, so it is not a plugin.")
    return value
