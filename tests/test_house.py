"""How the house is built, where ruff, mypy and import-linter cannot say it: sizes, ways in, clocks, floats, locks."""

import ast
import re
import tomllib
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest
from sqlalchemy import Constraint, ForeignKeyConstraint, Index, PrimaryKeyConstraint, Table, UniqueConstraint

from lms.db import Base

ROOT = Path(__file__).parents[1]
ELSEWHERE = {".git", ".venv", "var", "dist", "__pycache__", "vendor"}
WRITTEN = {
    ".py",
    ".html",
    ".css",
    ".js",
    ".md",
    ".toml",
    ".txt",
    ".in",
    ".csv",
    ".jsonl",
    ".json",
    ".svg",
    ".po",
    ".yml",
    "",
}

ROOMS = {
    "people",
    "programme",
    "progress",
    "attendance",
    "assessment",
    "leave",
    "attended",
    "appeals",
    "overrides",
    "decisions",
    "xapi",
    "dashboards",
    "exchange",
}
ENTRANCES = {"service", "queries", "rules"}
# Whoever needs another way into a room writes it down here, with the reason.
FURTHER_ENTRANCES = {
    r"lms\.\w+\.(\w+_)?queries": {"models"},  # a query may join the tables of the rooms below, read-only
    r"lms\.app": {"alternate", "views", "pages", "paths", "sign_in", "listeners"},  # wires what the rooms offer
    r"lms\.(plugin|exchange|cli).*|plugins\..*": {"dialects"},  # plugins bring dialects of xAPI, commands hand them on
    # a file of scans or of a live class becomes marks by the rules and use cases that attendance has for them
    r"lms\.exchange\..*": {f"presence_{part}" for part in ("people", "queries", "rules", "scans", "service")}
    # and a file of ratings becomes ratings by those of assessment
    | {"rubric_queries", "rubric_rules", "rubric_service"},
    r"lms\.bench\..*": {"models", "storing", "writing"},  # the floor writes the very same rows as the record store
    # a bench opens check-in, signs people in, and knows what the QR shows
    r"lms\.bench\.(check_in|crowd)": {"check_in_models", "check_in_queries", "check_in_rules"},
    r"lms\.bench\.crowd": {"check_in_service", "sign_in"},
    r"lms\.bench\.results": {"comparison", "replay_queries"},  # the replay that a page shows
    r"lms\.cli\..*": {"export", "results", "readers", "statements"},  # a command reads and writes the very same files
    # a replay compares by the very fold, and moving a cohort ends with folding it
    r"lms\.progress\.move_queries": {"move_rules"},  # says what of a cohort is recorded, for the rules of its moves
    r"lms\.(dashboards|cli)\.replay\w*": {
        *("comparison", "move_queries", "move_rules", "move_service", "replay_queries"),
        *("replay_csv", "replay_words"),
    },
    r"lms\.programme\.setup_pages": {"pages"},  # inviting a cohort ends on the people's page of fresh links
    r"lms\.attendance\.register_access": {"guards"},  # what all pages of a register ask of whoever is signed in
    r".*[._](views|pages)": {"guards"},  # asks lms.people.guards who is signed in
}

BEFORE_ANY_ORGANISATION = {"organisation", "setup_code"}

FORBIDDEN_CLOCKS = {"now", "utcnow", "today", "time", "time_ns", "localtime", "gmtime"}
CLOCKS = {"datetime", "date", "time", "dt"}


def files() -> Iterator[Path]:
    """Every file of the project that somebody wrote."""
    folders = [ROOT]
    while folders:
        for path in sorted(folders.pop().iterdir()):
            if path.name in ELSEWHERE or path.name.endswith("_cache") or path.name == ".hypothesis":
                continue
            if path.is_dir():
                folders.append(path)
            elif path.suffix in WRITTEN:
                yield path


def is_code(path: Path) -> bool:
    """Whether the house's sizes hold for it: not for tests, nor for migrations, texts and data."""
    inside = path.relative_to(ROOT).parts
    return path.suffix in {".py", ".html", ".css", ".js"} and not {"tests", "migrations"} & set(inside)


def name(path: Path) -> str:
    """`lms.people.rules` for a file of code, its path for any other."""
    inside = path.relative_to(ROOT)
    return ".".join(inside.with_suffix("").parts) if path.suffix == ".py" else str(inside)


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


CODE = [path for path in files() if is_code(path)]
PYTHON = [path for path in CODE if path.suffix == ".py"]
PRODUCT = [path for path in PYTHON if name(path).startswith(("lms.", "plugins."))]
FIGURES = [
    path for path in PRODUCT if re.match(r"lms\.(programme|progress|attendance|assessment)\.|.*\.rules$", name(path))
]

Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions(path: Path) -> Iterator[Function]:
    yield from (node for node in ast.walk(tree(path)) if isinstance(node, Function))


def is_view(function: Function) -> bool:
    """Whether a blueprint's route leads to it."""
    calls = (one.func for one in function.decorator_list if isinstance(one, ast.Call))
    return any(
        isinstance(call, ast.Attribute) and call.attr in {"route", "get", "post", "put", "delete"} for call in calls
    )


def length(function: Function) -> int:
    """Lines from `def` to the end, without the docstring."""
    lines = (function.end_lineno or 0) - function.lineno + 1
    first = function.body[0]
    if ast.get_docstring(function) is not None:
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def found(paths: list[Path], problem: Callable[[ast.AST], bool]) -> list[str]:
    """`module:line` of every node that has the problem."""
    return [f"{name(path)}:{node.lineno}" for path in paths for node in ast.walk(tree(path)) if problem(node)]  # type: ignore[attr-defined]


def test_no_file_reaches_300_lines() -> None:
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in CODE}
    assert {path: lines for path, lines in sizes.items() if lines >= 300} == {}


def test_no_function_is_longer_than_50_lines() -> None:
    long = {f"{name(path)}:{one.name}": length(one) for path in PYTHON for one in functions(path) if length(one) > 50}
    assert long == {}


def test_hardly_any_function_is_longer_than_25_lines() -> None:
    lengths = [length(one) for path in PYTHON for one in functions(path)]
    assert sum(lines > 25 for lines in lengths) <= len(lengths) * 0.02


def test_every_view_is_shorter_than_15_lines() -> None:
    views = [(path, one) for path in PRODUCT for one in functions(path) if is_view(one)]
    assert {f"{name(path)}:{one.name}": length(one) for path, one in views if length(one) >= 15} == {}


def test_no_figure_goes_through_a_float() -> None:
    def is_float(node: ast.AST) -> bool:
        named = isinstance(node, ast.Name) and node.id == "float"
        return named or (isinstance(node, ast.Constant) and isinstance(node.value, float))

    assert found(FIGURES, is_float) == []


def test_only_the_clock_reads_the_time() -> None:
    def reads_the_time(node: ast.AST) -> bool:
        if not (isinstance(node, ast.Attribute) and node.attr in FORBIDDEN_CLOCKS):
            return False
        return isinstance(node.value, ast.Name | ast.Attribute) and ast.unparse(node.value).split(".")[-1] in CLOCKS

    assert found([path for path in PRODUCT if name(path) != "lms.clock"], reads_the_time) == []


def test_the_database_keeps_no_clock_of_its_own() -> None:
    """`now` is passed down, so that one operation has one moment."""
    assert found(PRODUCT, lambda node: isinstance(node, ast.Attribute) and ast.unparse(node) == "func.now") == []


def test_only_transaction_commits() -> None:
    def commits(node: ast.AST) -> bool:
        return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"

    assert found([path for path in PRODUCT if name(path) != "lms.db"], commits) == []


def test_every_dataclass_is_frozen_and_takes_keywords_only() -> None:
    def is_loose(node: ast.AST) -> bool:
        if not isinstance(node, ast.ClassDef):
            return False
        decorators = [ast.unparse(one) for one in node.decorator_list if ast.unparse(one).startswith("dataclass")]
        return any("frozen=True" not in one or "kw_only=True" not in one for one in decorators)

    assert found(PRODUCT, is_loose) == []


def imports(path: Path) -> Iterator[str]:
    """The modules that it imports, in full: `from lms.people import queries` gives `lms.people.queries`."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            is_room = node.module.count(".") == 1
            yield from (f"{node.module}.{alias.name}" if is_room else node.module for alias in node.names)


def ways_in(module: str) -> set[str]:
    """The modules of another room that this one may import."""
    further = (more for pattern, more in FURTHER_ENTRANCES.items() if re.fullmatch(pattern, module))
    return ENTRANCES.union(*further)


def test_a_room_is_entered_through_its_service_queries_and_rules_only() -> None:
    trespasses = []
    for path in PRODUCT:
        home = name(path).split(".")[1]
        for imported in sorted(set(imports(path))):
            package, _, inside = imported.partition(".")
            room, _, module = inside.partition(".")
            if package == "lms" and room in ROOMS and room != home and module.split(".")[0] not in ways_in(name(path)):
                trespasses.append(f"{name(path)} imports {imported}")
    assert trespasses == []


def test_the_organisation_leads_every_key() -> None:
    """So no row can point into another organisation, and the database can be spread over machines by it."""
    for path in PRODUCT:
        if path.name == "models.py":
            import_module(name(path))
    loose = [f"{table.name}: {key}" for table in Base.metadata.sorted_tables for key in loose_keys(table)]
    assert loose == []


def loose_keys(table: Table) -> list[Constraint | Index]:
    """The table's primary, foreign and unique keys that another column than the organisation's leads."""
    if table.name in BEFORE_ANY_ORGANISATION:
        return []
    kinds = (PrimaryKeyConstraint, ForeignKeyConstraint, UniqueConstraint)
    keys = [one for one in table.constraints if isinstance(one, kinds)]
    unique = [one for one in table.indexes if one.unique]
    return [one for one in (*keys, *unique) if next(iter(one.columns)).name != "organisation_id"]


def test_every_migration_is_dated_and_says_what_changes() -> None:
    names = [path.name for path in (ROOT / "migrations" / "versions").glob("*.py")]
    assert [one for one in names if not re.fullmatch(r"\d{8}_\d{4}_[a-z0-9_]{3,}\.py", one)] == []


@pytest.mark.parametrize("document", ["README.md", "CHANGELOG.md", "LICENSE", "docs"])
def test_the_project_has_its(document: str) -> None:
    assert (ROOT / document).exists()


# A class of one character keeps each pattern from finding itself.
UNFIT = {
    "a path of somebody's machine": r"(?<![\w.])/(?:r[o]ot|h[o]me|w[o]rk|[U]sers)/\w",
    "the host of a package registry": r"p[y]thonhosted\.|p[y]pi\.org/simple|registry\.n[p]mjs|registry\.y[a]rnpkg",
    "something left undone": r"\b(?:T[O]DO|F[I]XME|X[X]X)\b|N[o]tImplementedError",
}


@pytest.mark.parametrize("what", UNFIT)
def test_no_file_holds(what: str) -> None:
    pattern = re.compile(UNFIT[what])
    texts = {path: path.read_text(encoding="utf-8") for path in files()}
    assert [str(path.relative_to(ROOT)) for path, text in texts.items() if pattern.search(text)] == []


def pins(lock: str) -> dict[str, str]:
    """What a lock pins: the version of each package."""
    return dict(re.findall(r"^([a-z0-9-]+)(?:\[[a-z,]+\])?==(\S+)", (ROOT / lock).read_text(), flags=re.MULTILINE))


def wanted(requirements: str) -> set[str]:
    """The packages that a list asks for, by their normalised names."""
    lines = (ROOT / requirements).read_text().splitlines()
    return {match.group().lower() for line in lines if (match := re.match(r"[A-Za-z][A-Za-z0-9-]*", line))}


def test_the_locks_hold_what_the_lists_ask_for() -> None:
    assert wanted("requirements.in") - set(pins("requirements.txt")) == set()
    assert wanted("requirements-dev.in") - set(pins("requirements-dev.txt")) == set()


def test_the_development_lock_holds_the_runtime_lock() -> None:
    assert pins("requirements.txt").items() <= pins("requirements-dev.txt").items()


@pytest.mark.parametrize("lock", ["requirements.txt", "requirements-dev.txt"])
def test_every_package_of_a_lock_has_a_hash_and_no_address(lock: str) -> None:
    text = (ROOT / lock).read_text()
    assert "://" not in text
    packages = re.split(r"\n(?=\S)", text.strip())
    assert [package.split("==")[0] for package in packages if "--hash=sha256:" not in package] == []


def test_the_contracts_of_import_linter_know_every_room() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    inside = next(one["containers"] for one in contracts if "containers" in one)
    rooms = {f"lms.{room}" for room in ROOMS}
    plugins = {f"plugins.{path.parent.name}" for path in (ROOT / "plugins").glob("*/__init__.py")}
    assert set(inside) == rooms | plugins
