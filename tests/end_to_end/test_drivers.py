"""Each driver alone, and with the other one: whichever Django uses is used.

Every combination is an environment of its own, made by pip.
"""

from __future__ import annotations

import json
import subprocess
import sys
import venv
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from tests import oracle
from tests.project import Project

pytestmark = pytest.mark.soak

# What the console itself needs, as these tests have it.
COMMON = [f"{name}=={version(name)}" for name in ("Django", "celery", "redis", "kombu")]
PSYCOPG2 = f"psycopg2-binary=={version('psycopg2-binary')}"
MYSQLCLIENT = f"mysqlclient=={version('mysqlclient')}"
PSYCOPG3 = "psycopg[binary,pool]>=3.2"
PYMYSQL = "PyMySQL>=1.1"
# Most projects call it in their settings.
INSTALL = "import pymysql; pymysql.install_as_MySQLdb()\n"

OF_POSTGRESQL = [
    ("postgresql", "sqlite"),
    ("sqlite", "postgresql"),
    ("postgresql", "postgresql"),
]
OF_MYSQL = [("mariadb", "sqlite"), ("sqlite", "mysql"), ("mariadb", "mariadb")]
OF_BOTH = [("postgresql", "mariadb"), ("mysql", "postgresql")]

# Back ends of somebody else's, by the engine that they are for.
POOLS = {
    "postgresql": "dj_db_conn_pool.backends.postgresql",
    "mysql": "dj_db_conn_pool.backends.mysql",
}
METRICS = {
    "postgresql": "django_prometheus.db.backends.postgresql",
    "mysql": "django_prometheus.db.backends.mysql",
}
ENGINES = {"pools": POOLS, "metrics": METRICS}

COMBINATIONS = {
    "psycopg 3": ([PSYCOPG3], OF_POSTGRESQL),
    "psycopg 3, the oldest": (["psycopg[binary]==3.1.8"], OF_POSTGRESQL),
    "psycopg 2": ([PSYCOPG2], OF_POSTGRESQL),
    "psycopg 3 and 2": ([PSYCOPG3, PSYCOPG2], OF_POSTGRESQL),
    "mysqlclient": ([MYSQLCLIENT], OF_MYSQL),
    "PyMySQL": ([PYMYSQL, "cryptography"], OF_MYSQL),
    "psycopg 3, PyMySQL": ([PSYCOPG3, PYMYSQL, "cryptography"], OF_BOTH),
    "psycopg 2, mysqlclient": ([PSYCOPG2, MYSQLCLIENT], OF_BOTH),
    "pools": ([PSYCOPG2, MYSQLCLIENT, "django-db-connection-pool"], OF_BOTH),
    "metrics": ([PSYCOPG3, MYSQLCLIENT, "django-prometheus"], OF_BOTH),
}


def environment(directory: Path, packages: list[str]) -> Path:
    """Make an environment with the packages alone, and return its Python."""
    venv.create(directory, with_pip=True)
    python = directory / "bin" / "python"
    install = [python, "-m", "pip", "install", "--quiet", *COMMON, "packaging"]
    subprocess.run([*install, *packages], check=True, timeout=600)
    if PYMYSQL in packages:
        place = f"lib/python{sys.version_info.major}.{sys.version_info.minor}"
        (directory / place / "site-packages" / "mysqldb.pth").write_text(INSTALL)
    return python


@pytest.mark.timeout(1200)
@pytest.mark.parametrize("name", COMBINATIONS)
def test_a_driver_copies_in_every_direction_that_it_takes(
    project: Project, tmp_path: Path, name: str
) -> None:
    packages, directions = COMBINATIONS[name]
    python = environment(tmp_path / "environment", packages)
    for source, destination in directions:
        old = project.database(source, filled=True)
        new = project.database(destination)
        entries = project.entry(old), project.entry(new)
        for alias in (old, new):
            # This process may lack what the environment has.
            project.entries[alias] = entry_for(name, project.entry(alias))
        schema = oracle.schema_snapshot(entries[1])

        done = project.manage(
            *("copydata", old, new, "--empty", "--no-input", "--json"),
            python=python,
            environment={"PYTHONWARNINGS": "error::DeprecationWarning:dashboard"},
        )

        assert done.returncode == 0, done.stderr
        assert json.loads(done.stdout)["verdict"] == "verified"
        assert oracle.differences(*entries) == []
        after = oracle.schema_snapshot(entries[1])
        assert oracle.schema_differences(schema, after) == []


def entry_for(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """The entry with the back end, or the pool, of the combination."""
    vendor = entry["ENGINE"].rpartition(".")[2]
    engine = ENGINES.get(name, {}).get(vendor, entry["ENGINE"])
    if name == "psycopg 3" and vendor == "postgresql":
        return {**entry, "OPTIONS": {"pool": True}}
    return {**entry, "ENGINE": engine}
