"""The two commands, on scratch checkouts: with a stand-in for uv, and once with the venv and pip of Python itself."""

import ast
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]

COMMAND = """
import os, sys
print("Padu was asked to", *sys.argv[1:], "in", os.getcwd())
sys.exit(7 if "fail" in sys.argv else 0)
"""
PYTEST = """
import os, sys
print("pytest was asked to", *sys.argv[1:], "in", os.getcwd())
"""
UV = f"""#!{sys.executable}
import os, pathlib, sys
with open(os.environ["CALLS"], "a") as calls:
    calls.write(" ".join(sys.argv[1:]) + "\\n")
if sys.argv[1] == "venv":
    venv = pathlib.Path(sys.argv[-1])
    (venv / "bin").mkdir(parents=True)
    (venv / "lib" / "python3.{sys.version_info[1]}").mkdir(parents=True)
    (venv / "bin" / "python").symlink_to(sys.executable)
elif "UV_SAYS" in os.environ:
    print(os.environ["UV_SAYS"])
    sys.exit(2)
"""


class Checkout:
    """A scratch checkout, on a machine that has uv or has not."""

    def __init__(self, home: Path, *, uv: bool) -> None:
        self.root, self.home, self.calls, self.path = home / "a checkout", home / "home", home / "calls", home / "path"
        for directory in (self.root / "lms", self.home, self.path):
            directory.mkdir(parents=True)
        shutil.copy(ROOT / "manage.py", self.root)
        for name, content in {"lms/cli.py": COMMAND, "pytest.py": PYTEST}.items():
            (self.root / name).write_text(content)
        for lock in ("requirements.txt", "requirements-dev.txt"):
            (self.root / lock).write_text("# No package.\n")
        if uv:
            (self.path / "uv").write_text(UV)
            (self.path / "uv").chmod(0o755)

    def run(self, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
        foreign = ("LMS_", "PYTHONPATH", "UV_")
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        here = {
            "PATH": str(self.path),
            "HOME": str(self.home),
            "CALLS": str(self.calls),
            "PYTHONDONTWRITEBYTECODE": "1",
        }
        command = [sys.executable, self.root / "manage.py", *words]
        environment = {**inherited, **here, **variables}
        return subprocess.run(command, env=environment, cwd=self.home, capture_output=True, text=True, check=False)

    def installed(self) -> list[str]:
        """The locks that were installed, in order."""
        calls = self.calls.read_text().splitlines() if self.calls.exists() else []
        return [Path(call.split()[-1]).name for call in calls if call.startswith("pip install")]


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    return Checkout(tmp_path, uv=True)


@pytest.fixture
def manage() -> ModuleType:
    """manage.py as a module of its own, so that a test may change what it sees."""
    specification = importlib.util.spec_from_file_location("manage_under_test", ROOT / "manage.py")
    assert specification is not None
    assert specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


@pytest.mark.parametrize("words", [(), ("--help",), ("-h",), ("help",)])
def test_help_tells_the_words_and_installs_nothing(checkout: Checkout, words: tuple[str, ...]) -> None:
    done = checkout.run(*words)
    assert done.returncode == 0
    assert all(word in done.stdout for word in ("manage.py demo", "manage.py test", "manage.py WORD"))
    assert not (checkout.root / ".venv").exists()


def test_help_tells_the_words_of_padu_too_once_it_is_installed(checkout: Checkout) -> None:
    checkout.run("check")
    assert "Padu was asked to --help" in checkout.run().stdout


def test_a_word_installs_the_runtime_lock_with_its_hashes_and_runs_the_command(checkout: Checkout) -> None:
    done = checkout.run("import", "people file.csv", "--dry-run")
    assert done.returncode == 0, done.stderr
    assert f"Padu was asked to import people file.csv --dry-run in {checkout.home}" in done.stdout
    assert checkout.installed() == ["requirements.txt"]
    assert "--require-hashes" in checkout.calls.read_text()


def test_the_exit_code_of_the_command_is_passed_on(checkout: Checkout) -> None:
    assert checkout.run("fail").returncode == 7


def test_a_folder_named_lms_where_the_user_stands_is_not_taken_for_padu(checkout: Checkout) -> None:
    (checkout.home / "lms").mkdir()
    assert "Padu was asked to check" in checkout.run("check").stdout


def test_the_second_run_goes_straight_through(checkout: Checkout) -> None:
    checkout.run("check")
    done = checkout.run("check")
    assert done.stdout == f"Padu was asked to check in {checkout.home}\n"
    assert checkout.installed() == ["requirements.txt"]


def test_a_changed_lock_is_installed_anew(checkout: Checkout) -> None:
    checkout.run("check")
    (checkout.root / "requirements.txt").write_text("# Still none.\n")
    checkout.run("check")
    assert checkout.installed() == ["requirements.txt", "requirements.txt"]


def test_an_installation_that_did_not_end_is_taken_up_again(checkout: Checkout) -> None:
    assert checkout.run("check", UV_SAYS="half way").returncode == 1
    assert checkout.run("check").returncode == 0
    assert checkout.installed() == ["requirements.txt", "requirements.txt"]


def test_an_environment_whose_python_has_gone_is_made_anew(checkout: Checkout) -> None:
    checkout.run("check")
    python = checkout.root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to(checkout.home / "no-such-python")
    assert checkout.run("check").returncode == 0


def test_test_installs_the_development_lock_and_runs_pytest_in_the_checkout(checkout: Checkout) -> None:
    done = checkout.run("test", "-k", "marks")
    assert done.returncode == 0, done.stderr
    assert checkout.installed() == ["requirements-dev.txt"]
    assert f"--dist loadfile -k marks in {checkout.root}" in done.stdout


def test_test_without_xdist_leaves_out_its_options(checkout: Checkout) -> None:
    assert f"pytest was asked to -p no:xdist in {checkout.root}" in checkout.run("test", "-p", "no:xdist").stdout


def test_the_development_lock_serves_every_other_word(checkout: Checkout) -> None:
    checkout.run("test")
    checkout.run("check")
    assert checkout.installed() == ["requirements-dev.txt"]


def test_the_runtime_lock_alone_does_not_serve_test(checkout: Checkout) -> None:
    checkout.run("check")
    checkout.run("test")
    assert checkout.installed() == ["requirements.txt", "requirements-dev.txt"]


def test_progress_is_a_line_and_the_rest_goes_to_the_log(checkout: Checkout) -> None:
    done = checkout.run("check", UV_SAYS="\n".join(f"line {number}" for number in range(100)))
    assert "line 50\n" in (checkout.root / "var" / "install.log").read_text()
    assert "line 50\n" not in done.stdout + done.stderr


def test_a_failed_installation_shows_the_end_of_the_log(checkout: Checkout) -> None:
    done = checkout.run("check", UV_SAYS="hash mismatch for flask")
    assert done.returncode == 1
    assert "hash mismatch for flask" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    "told",
    [
        "error: Failed to fetch: dns error: failed to lookup address information",
        "Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
        "[Errno 101] Network is unreachable",
    ],
)
def test_a_machine_without_a_network_is_told_so_in_a_sentence(checkout: Checkout, told: str) -> None:
    done = checkout.run("check", UV_SAYS=told)
    assert done.returncode == 1
    assert "does not reach the package index" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_without_uv_it_uses_the_venv_and_pip_of_python_and_touches_nothing_outside(tmp_path: Path) -> None:
    checkout = Checkout(tmp_path, uv=False)
    done = checkout.run("check")
    assert done.returncode == 0, done.stderr
    assert "Padu was asked to check" in done.stdout
    assert list(checkout.home.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a checkout", "home", "path"]


def test_a_python_that_cannot_make_environments_names_the_package_to_install(
    manage: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(manage, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(manage, "PYTHON", tmp_path / ".venv" / "bin" / "python")
    monkeypatch.setattr(manage.shutil, "which", lambda _name: None)
    monkeypatch.setattr(manage.importlib.util, "find_spec", lambda name: None if name == "ensurepip" else object())
    with pytest.raises(SystemExit, match=r"apt install python3\.\d+-venv"):
        manage.make_environment()


def test_an_older_python_is_told_which_one_is_needed_and_which_is_here(
    manage: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(manage.sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(manage.shutil, "which", lambda name: f"/bin/{name}" if name == "python3.12" else None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or newer.*run python3\.12"):
        manage.main(["demo"])


def test_an_older_python_can_read_it() -> None:
    ast.parse((ROOT / "manage.py").read_text(), feature_version=(3, 8))
