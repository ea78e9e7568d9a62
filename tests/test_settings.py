"""The secret that is made at the first start: one for all processes, whichever of them comes first."""

import os
from pathlib import Path

import pytest

from lms import settings
from lms.settings import Settings, SettingsError


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the secret is kept."""
    monkeypatch.setattr(settings, "ROOT", tmp_path)
    return tmp_path / "var" / "secret-key"


def test_the_secret_is_made_once_and_is_for_its_owner_only(kept: Path) -> None:
    made = Settings.from_env({}).secret_key
    assert len(made) >= 32
    assert Settings.from_env({}).secret_key == made
    assert kept.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_of_two_that_start_at_once_both_have_the_secret_of_the_first(
    kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def overtaken(source: str, target: Path) -> None:
        """Another process has put its secret there in between."""
        assert not kept.exists(), "Whoever looks now sees an unfinished file."
        kept.write_text("the secret of the other process, which was first")
        link(source, target)

    monkeypatch.setattr(os, "link", overtaken)
    assert Settings.from_env({}).secret_key == "the secret of the other process, which was first"
    assert [path.name for path in kept.parent.iterdir()] == [kept.name]


def test_an_empty_secret_is_refused(kept: Path) -> None:
    kept.parent.mkdir()
    kept.touch()
    with pytest.raises(SettingsError, match="secret-key"):
        Settings.from_env({})
