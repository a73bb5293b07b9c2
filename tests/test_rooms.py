"""The rooms of the app: who may import whom, and how large they may be."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_house import BASE_DIR, DASHBOARD, imports, modules, name_of

# Every room with the rooms that it may import; nothing else of the app is allowed.
# A module at the top is a room of its own.
ROOMS: dict[str, set[str]] = {
    "conf": set(),
    "commands": {"conf"},
    "as_default": {"databases", "transfer"},
    "supervisor": set(),
    "command_process": {"as_default"},
    "statuses": set(),
    "wording": set(),
    "transfer": set(),
    "transforms": set(),
    "models": {"statuses"},
    "control_database": {"models", "transfer"},
    "databases": {"conf", "transfer"},
    "planning": {
        "commands",
        *("conf", "control_database", "databases", "models", "statuses", "transfer"),
    },
    "celery": set(),
    "runner": {
        "commands",
        *("celery", "conf", "control_database", "databases", "models", "planning"),
        *("statuses", "transfer", "wording"),
    },
    "progress": {
        *("conf", "control_database", "models", "statuses", "transfer", "wording"),
    },
    "exchange": {
        *("conf", "databases", "models", "planning", "runner", "transfer"),
    },
    "report": {"models", "progress", "statuses", "transfer", "wording"},
    "templatetags": {"transfer", "wording"},
    "terminal": {
        *("conf", "control_database", "databases", "models", "planning", "progress"),
        *("exchange", "report", "runner", "statuses", "transfer", "wording"),
    },
    "management": {"conf", "models", "runner", "statuses", "terminal"},
    "admin": {
        "commands",
        *("conf", "control_database", "databases", "models", "planning", "progress"),
        *("exchange", "report", "runner", "statuses", "transfer", "wording"),
    },
    "worker": {"conf", "control_database", "models", "runner", "transfer"},
    "tasks": {"conf", "control_database", "models", "runner", "worker"},
    "checks": {"commands", "conf", "transfer"},
    "deploy_checks": {"checks", "conf", "models", "transfer"},
    "migrate_process": {"as_default"},
    "apps": {"checks", "conf", "deploy_checks"},
    "migrations": set(),
}
MOST_LINES = 350
MOST_FUNCTION_LINES = 40
SOURCES = ["dashboard", "migration_console", "localservers", "benchmarks", "tests"]


def room_of(name: str) -> str:
    """The first part below the app, of a module or of what is imported from one."""
    return name.split(".")[1] if "." in name else ""


def test_every_room_is_named_here() -> None:
    found = {room_of(name_of(path)) for path in modules(DASHBOARD)} - {""}
    assert found == set(ROOMS)


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_a_room_imports_only_what_lies_below_it(room: str) -> None:
    upwards = [
        f"{name_of(path)} imports {name}"
        for path in modules(DASHBOARD)
        if room_of(name_of(path)) == room
        for name in every_import(path)
        if name.startswith("dashboard.") and room_of(name) not in {room, *ROOMS[room]}
    ]
    assert upwards == []


def every_import(path: Path) -> set[str]:
    """What a module imports, also for a type checker alone."""
    return {*imports(path), *imports(path, for_types=True)}


def graph(*, for_types: bool) -> dict[str, set[str]]:
    """Each module with the modules of the app that it imports, wherever in it."""
    known = {name_of(path): path for path in modules(DASHBOARD)}
    found: dict[str, set[str]] = {}
    for name, path in known.items():
        taken = every_import(path) if for_types else set(imports(path))
        wanted = {module_of(one, known) for one in taken}
        found[name] = wanted - {name, ""}
    return found


def module_of(imported: str, known: dict[str, Path]) -> str:
    """The module that an imported name is, or lies in."""
    while imported and imported not in known:
        imported = imported.rpartition(".")[0]
    return imported


def circles(edges: dict[str, set[str]]) -> list[set[str]]:
    """The groups of modules that reach each other (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in index:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], index[other])
        if low[node] == index[node]:
            group = set(stack[stack.index(node) :])
            del stack[stack.index(node) :]
            if len(group) > 1:
                found.append(group)

    for node in edges:
        if node not in index:
            visit(node)
    return found


def test_nothing_goes_in_circles() -> None:
    assert circles(graph(for_types=False)) == []


def test_only_a_session_and_its_parts_know_each_others_types() -> None:
    """And those of one backend."""
    backends = "dashboard.transfer.backends."
    for group in circles(graph(for_types=True)):
        packages = {name.rpartition(".")[0] for name in group}
        assert len(packages) == 1, group
        assert packages.pop().startswith(backends), group


# Sizes


def source_files() -> Iterator[Path]:
    for folder in SOURCES:
        for path in modules(BASE_DIR / folder):
            if "migrations" not in path.parts:
                yield path


@pytest.mark.parametrize("path", list(source_files()), ids=name_of)
def test_modules_and_functions_stay_small(path: Path) -> None:
    text = path.read_text()
    assert len(text.splitlines()) <= MOST_LINES
    if path.stem.startswith("test_"):
        # A test tells a story from its beginning to its end.
        return
    long = [
        f"{node.name}: {length} lines"
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := (node.end_lineno or 0) - node.lineno + 1) > MOST_FUNCTION_LINES
    ]
    assert long == []


def test_imports_inside_the_app_are_relative() -> None:
    """An installed wheel holds the app under another name."""
    absolute = [
        name_of(path)
        for path in modules(DASHBOARD)
        for node in ast.walk(ast.parse(path.read_text()))
        if any(map(is_ours, absolute_imports(node)))
    ]
    assert absolute == []


def absolute_imports(node: ast.AST) -> list[str]:
    if isinstance(node, ast.ImportFrom) and not node.level:
        return [node.module or ""]
    return [name.name for name in node.names] if isinstance(node, ast.Import) else []


def is_ours(name: str) -> bool:
    return name.split(".")[0] in ("dashboard", "migration_console")
