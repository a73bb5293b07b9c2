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

from dashboard.transfer import errors

BASE_DIR = Path(__file__).resolve().parent.parent
DASHBOARD = BASE_DIR / "dashboard"
TYPES = "TYPE_CHECKING"
DRIVERS = {"psycopg", "psycopg2", "MySQLdb", "pymysql", "sqlite3"}
REQUIREMENTS = sorted((BASE_DIR / "requirements").glob("*.txt"))


def modules(directory: Path) -> list[Path]:
    return sorted(directory.rglob("*.py"))


def name_of(path: Path) -> str:
    parts = path.relative_to(BASE_DIR).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def walk(node: ast.AST, *, for_types: bool) -> Iterator[ast.AST]:
    """All nodes but those that only a type checker looks at, unless asked for."""
    yield node
    is_for_types = isinstance(node, ast.If) and ast.unparse(node.test) == TYPES
    if is_for_types and not for_types:
        return
    for child in ast.iter_child_nodes(node):
        yield from walk(child, for_types=for_types)


def imports(path: Path, *, for_types: bool = False) -> Iterator[str]:
    """Full names of what a module imports, wherever in it."""
    package = name_of(path).split(".")
    if path.name != "__init__.py":
        package.pop()
    for node in walk(ast.parse(path.read_text()), for_types=for_types):
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
    allowed = [
        "dashboard.transfer",
        "django.utils.translation",
        *sys.stdlib_module_names,
        *DRIVERS,
    ]
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


def test_a_backend_looks_at_no_other_and_its_parts_at_no_session() -> None:
    backends = DASHBOARD / "transfer" / "backends"
    folders = [path for path in backends.iterdir() if (path / "session.py").exists()]
    assert len(folders) == len(VENDORS)
    for folder in folders:
        own = name_of(folder / "__init__.py")
        others = [name_of(other / "__init__.py") for other in folders]
        others.remove(own)
        for path in modules(folder):
            banned = [*others, *([f"{own}.session"] if path.stem != "__init__" else [])]
            known = set(imports(path)) - set(outside(imports(path), *banned))
            assert (name_of(path), known) == (name_of(path), set())


VENDORS = {"postgresql", "mysql", "sqlite"}
CHOSEN_BY_VENDOR = "dashboard.transfer.backends"


def test_the_vendor_is_asked_for_where_a_backend_is_chosen_and_nowhere_else() -> None:
    asking = {
        name_of(path)
        for path in modules(DASHBOARD)
        if any(map(asks_for_vendor, ast.walk(ast.parse(path.read_text()))))
    }
    assert asking == {CHOSEN_BY_VENDOR}


@pytest.mark.parametrize(
    "code",
    [
        "session.vendor == 'mysql'",
        "'sqlite' != vendor",
        "name in ('postgresql', 'mysql')",
        "vendor in names and vendor not in {'sqlite'}",
        "session.vendor == 'another'",
        "TYPES = {'postgresql': 'text'}",
        "RATES = {('mysql', 'sqlite'): 5}",
        "dict(postgresql=1)",
        "types['mysql']",
        "match vendor:\n    case 'mysql' | 'other': pass",
    ],
)
def test_every_way_to_ask_for_the_vendor_is_seen(code: str) -> None:
    assert any(map(asks_for_vendor, ast.walk(ast.parse(code))))


@pytest.mark.parametrize(
    "code", ["one.vendor == other.vendor", "vendor = 'mysql'", "f('sqlite')"]
)
def test_to_name_a_vendor_is_not_to_ask_for_it(code: str) -> None:
    assert not any(map(asks_for_vendor, ast.walk(ast.parse(code))))


def asks_for_vendor(node: ast.AST) -> bool:
    """Whether something is compared with, matched on, or looked up by a vendor."""
    match node:
        case ast.Compare():
            sides = [node.left, *node.comparators]
            names = [getattr(side, "attr", getattr(side, "id", "")) for side in sides]
            # Asking whether two are the same names no vendor.
            constant = any(isinstance(side, ast.Constant) for side in sides)
            return any(map(names_vendor, sides)) or (constant and "vendor" in names)
        case ast.MatchValue():
            return names_vendor(node.value)
        case ast.Dict():
            return any(key is not None and names_vendor(key) for key in node.keys)
        case ast.Subscript():
            return names_vendor(node.slice)
        case ast.Call(func=ast.Name(id="dict")):
            return any(keyword.arg in VENDORS for keyword in node.keywords)
    return False


def names_vendor(node: ast.AST) -> bool:
    """Whether a constant, or one among several, is the name of a vendor."""
    return any(
        isinstance(part, ast.Constant) and part.value in VENDORS
        for part in [node, *getattr(node, "elts", [])]
    )


def test_every_transaction_names_the_control_database() -> None:
    """Where a router keeps the console elsewhere, another one would guard nothing."""
    others = [
        name_of(path)
        for path in modules(DASHBOARD)
        if {"django.db.transaction", "django.db.transaction.atomic"}
        & set(imports(path))
        and name_of(path) != "dashboard.control_database"
    ]
    assert others == []


def test_what_is_said_to_people_can_be_translated() -> None:
    bare = [
        f"{name_of(path)}, line {node.lineno}"
        for path in modules(DASHBOARD)
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and says_untranslated(node)
    ]
    assert bare == []


# What shows its arguments to people; before a name, how many of them are not shown.
SPEAKING = {"RequestRefused": 0, "CommandError": 0, "Remark": 0, "Condition": 2}
SPEAKING_METHODS = {
    ("checked", "error"): 1,
    ("checked", "warning"): 1,
    ("checked", "note"): 1,
    ("screen", "say"): 0,
    ("messages", "error"): 1,
    ("messages", "warning"): 1,
    ("forms", "ValidationError"): 0,
}


def says_untranslated(call: ast.Call) -> bool:
    """Whether people are shown a bare text, or gettext has one without named places."""
    name = getattr(call.func, "id", "")
    if name in ("_", "gettext", "gettext_lazy"):
        return not all(
            isinstance(one, ast.Constant)
            and not re.search("%[^(]", str(one.value).replace("%%", ""))
            for one in call.args
        )
    hidden = hidden_arguments(call)
    if hidden is None:
        return False
    named = [one.value for one in call.keywords if one.arg in ("message", "remedy")]
    shown = [*call.args[hidden:], *named]
    return any(map(is_bare_text, shown))


def has_named_places(text: str) -> bool:
    return not re.search("%[^(]", text.replace("%%", ""))


def hidden_arguments(call: ast.Call) -> int | None:
    """How many arguments people do not see; None where they see none."""
    if isinstance(call.func, ast.Attribute):
        owner = getattr(call.func.value, "id", "")
        return SPEAKING_METHODS.get((owner, call.func.attr))
    name = getattr(call.func, "id", "")
    error = getattr(errors, name, None)
    if isinstance(error, type) and issubclass(error, errors.TransferError):
        return 0
    return SPEAKING.get(name)


def is_bare_text(node: ast.AST) -> bool:
    """Whether letters stand in a text that gettext has not seen."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(
        isinstance(part, ast.Constant)
        and isinstance(part.value, str)
        and bool(re.search("[A-Za-z]{2}", part.value))
        for part in parts
    )


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
        if path.stem in ("demo", "test")
    )
    assert demo < test


def test_only_the_extra_compiles() -> None:
    project = tomllib.loads((BASE_DIR / "pyproject.toml").read_text())["project"]
    assert not any("mysqlclient" in one for one in project["dependencies"])
    assert "mysqlclient" not in (BASE_DIR / "requirements" / "demo.txt").read_text()


def test_hooks_fetch_nothing() -> None:
    hooks = yaml.safe_load((BASE_DIR / ".pre-commit-config.yaml").read_text())
    assert {repository["repo"] for repository in hooks["repos"]} == {"local"}
