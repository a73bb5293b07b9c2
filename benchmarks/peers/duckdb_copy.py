"""python duckdb_copy.py WORK.json, in the environment that holds DuckDB."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import duckdb  # type: ignore[import-not-found]
import duckdb_ext  # type: ignore[import-not-found]


def main() -> None:
    work = json.loads(Path(sys.argv[1]).read_text())
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    # As its guide advises for loads that are larger than memory.
    connection.execute("SET preserve_insertion_order = false")
    for alias in ("source", "destination"):
        attach(connection, alias, **work[alias])
    for table, columns in work["tables"]:
        names = ", ".join(f'"{column}"' for column in columns)
        try:
            connection.execute(
                f'INSERT INTO destination."{table}" ({names}) '
                f'SELECT {names} FROM source."{table}"'
            )
        except duckdb.Error as error:
            sys.exit(f"{table}: {str(error).splitlines()[0]}")


def attach(connection: Any, alias: str, type: str, address: str) -> None:
    """Load the extension that a wheel brought, and attach one database with it."""
    name = f"{type}_scanner.duckdb_extension"
    (extension,) = (
        path for home in duckdb_ext.__path__ for path in Path(home).rglob(name)
    )
    connection.execute(f"LOAD '{extension}'")
    options = f"TYPE {type}" + (", READ_ONLY" if alias == "source" else "")
    connection.execute(f"ATTACH '{address}' AS {alias} ({options})")


if __name__ == "__main__":
    main()
