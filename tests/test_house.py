"""The shape of the checkout: who imports whom, and what the files promise."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

BASE_DIR = Path(__file__).resolve().parent.parent
DASHBOARD = BASE_DIR / "dashboard"
DRIVERS = {"psycopg2", "MySQLdb", "sqlite3"}
REQUIREMENTS = sorted((BASE_DIR / "requirements").glob("*.txt"))


def modules(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(BASE_DIR).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def walk_running(node: ast.AST) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker looks at."""
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
        return
    for child in ast.iter_child_nodes(node):
        yield from walk_running(child)


def imports(path: Path) -> Iterator[str]:
    """Full names of what a module imports when it runs, wherever in it."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package.pop()
    for node in walk_running(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            parents = package[: len(package) - node.level + 1] if node.level else []
            base = [*parents, *([node.module] if node.module else [])]
            yield from (".".join([*base, alias.name]) for alias in node.names)


def outside(found: Iterable[str], *allowed: str) -> list[str]:
    return [
        name
        for name in found
        if not any(name == one or name.startswith(one + ".") for one in allowed)
    ]


def within(path: Path, *parts: str) -> bool:
    return path.is_relative_to(DASHBOARD.joinpath(*parts))


def test_transfer_knows_databases_and_nothing_of_the_project() -> None:
    allowed = ["dashboard.transfer", *sys.stdlib_module_names, *DRIVERS]
    for path in modules(DASHBOARD / "transfer"):
        assert (name_of(path), outside(imports(path), *allowed)) == (name_of(path), [])


def test_only_backends_know_the_drivers() -> None:
    users = [
        path for path in modules(DASHBOARD) if not drivers_of(path).isdisjoint(DRIVERS)
    ]
    assert users
    assert [path for path in users if not within(path, "transfer", "backends")] == []


def drivers_of(path: Path) -> set[str]:
    return {name.split(".")[0] for name in imports(path)} & DRIVERS


def test_imports_point_one_way() -> None:
    upwards = [
        f"{name_of(path)} imports {name}"
        for path in modules(DASHBOARD)
        for name in set(imports(path)) - set(outside(imports(path), *above(path)))
    ]
    assert upwards == []


def above(path: Path) -> list[str]:
    """What this module must not import."""
    found: list[str] = []
    if not within(path, "management") and not within(path, "admin"):
        found += ["dashboard.admin", "dashboard.management"]
    if within(path, "runner"):
        found += ["dashboard.admin.forms"]
    if path.name in ("models.py", "lifecycle.py"):
        found += ["dashboard.runner", "dashboard.tasks", "dashboard.progress"]
    return found


def test_the_vendor_is_asked_for_where_a_backend_is_chosen_and_nowhere_else() -> None:
    chosen = DASHBOARD / "transfer" / "backends" / "__init__.py"
    asking = [
        name_of(path)
        for path in modules(DASHBOARD)
        if path != chosen and any(map(compares_vendor, ast.walk(parsed(path))))
    ]
    assert asking == []


def parsed(path: Path) -> ast.AST:
    return ast.parse(path.read_text())


def compares_vendor(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare):
        return False
    sides = [node.left, *node.comparators]
    names = [getattr(side, "attr", getattr(side, "id", "")) for side in sides]
    # Asking whether two are the same names no vendor.
    named = any(isinstance(side, ast.Constant | ast.Tuple | ast.Set) for side in sides)
    return named and "vendor" in names


OWN = ("benchmarks", "dashboard", "localservers", "migration_console", "tests")


def test_nobody_but_the_demonstration_imports_the_demonstration() -> None:
    own = BASE_DIR / "migration_console" / "demonstration"
    tests = BASE_DIR / "tests" / "migration_console" / "demonstration"
    room = "migration_console.demonstration"
    users = [
        name_of(path)
        for directory in OWN
        for path in modules(BASE_DIR / directory)
        if not path.is_relative_to(own) and not path.is_relative_to(tests)
        if list(imports(path)) != outside(imports(path), room)
    ]
    assert users == []


def test_the_local_servers_know_nothing_of_the_project() -> None:
    for path in modules(BASE_DIR / "localservers"):
        known = set(imports(path)) - set(outside(imports(path), *OWN))
        assert (name_of(path), outside(known, "localservers")) == (name_of(path), [])


def test_the_demonstration_needs_nothing_for_developers() -> None:
    code = "import sys, migration_console.demonstration.run;"
    code += "print({'psutil', 'MySQLdb', 'pytest'} & set(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=BASE_DIR, capture_output=True, text=True
    )
    assert done.stdout == "set()\n", done.stderr


def test_nothing_is_called_utils() -> None:
    vague = {"utils", "helpers", "services"}
    assert [path for path in modules(DASHBOARD) if path.stem in vague] == []


# Files


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((BASE_DIR / "docker-compose.yml").read_text())


@pytest.mark.parametrize("service", ["web", "worker", "redis", "postgres", "mysql"])
def test_every_service_has_a_health_check(compose: Any, service: str) -> None:
    assert compose["services"][service]["healthcheck"]["test"]


def test_services_wait_for_services_that_exist(compose: Any) -> None:
    services = compose["services"]
    for service in services.values():
        assert set(service.get("depends_on", {})) <= set(services)


def test_ports_are_reachable_from_this_machine_only(compose: Any) -> None:
    ports = [
        port
        for service in compose["services"].values()
        for port in service.get("ports", [])
    ]
    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


@pytest.mark.parametrize("path", REQUIREMENTS, ids=lambda path: path.name)
def test_requirements_are_hashed_and_name_no_host(path: Path) -> None:
    text = path.read_text()
    assert "://" not in text
    assert not re.search(r"^\s*(-|--)(?!-?hash)", text.replace("    --hash", ""), re.M)
    logical = text.replace("\\\n", " ").splitlines()
    pinned = [line for line in logical if line.strip()]
    assert pinned
    for line in pinned:
        assert re.match(r"[a-z0-9.-]+==\S+", line), line
        assert "--hash=sha256:" in line, line


def test_the_tests_requirements_contain_the_demonstrations() -> None:
    demo, test = (
        set(re.findall(r"^[a-z0-9.-]+==\S+", path.read_text(), re.M))
        for path in REQUIREMENTS
    )
    assert demo < test


def test_only_the_extra_compiles() -> None:
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    assert not any("mysqlclient" in one for one in project["dependencies"])
    assert "mysqlclient" not in (BASE_DIR / "requirements" / "demo.txt").read_text()


def test_hooks_fetch_nothing() -> None:
    hooks = yaml.safe_load((BASE_DIR / ".pre-commit-config.yaml").read_text())
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}
