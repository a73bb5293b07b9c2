"""The data files: made once, kept below the work directory."""

from __future__ import annotations

import multiprocessing
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from benchmarks.engines.base import binary_file
from benchmarks.shapes import SHAPES, Shape, Table

VERSION = 2
"""Raised when rows change, so that files of before are not used again."""


def files(shape: Shape, size: str, directory: Path) -> dict[Table, Path]:
    """The data file of each table, made where it is missing."""
    home = directory / f"{shape.name}-{size}-v{VERSION}"
    home.mkdir(parents=True, exist_ok=True)
    found = {table: home / f"{table.name}.tsv" for table in shape.tables}
    missing = [table for table, path in found.items() if not path.exists()]
    missing.sort(key=lambda table: -shape.counts[size][table.name])
    if missing:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(min(2, os.cpu_count() or 1), context) as pool:
            jobs = [
                pool.submit(_make, shape.name, size, table.name, str(found[table]))
                for table in missing
            ]
            for job in jobs:
                job.result()
    return found


def _make(shape_name: str, size: str, table_name: str, path: str) -> None:
    shape = SHAPES[shape_name]
    table = next(t for t in shape.tables if t.name == table_name)
    target = Path(path)
    partial = target.with_suffix(".partial")
    with partial.open("w", encoding="utf-8", newline="\n") as output:
        output.writelines(table.make(shape.counts[size]))
    if table.binary:
        _make_binary(table, partial, binary_file(target))
    partial.replace(target)


def _make_binary(table: Table, text: Path, target: Path) -> None:
    """PostgreSQL's bytes begin with `\\x`, which `COPY` wants escaped."""
    columns = [table.columns.index(column) for column in table.binary]
    with text.open(encoding="utf-8") as lines, target.open("w") as output:
        for line in lines:
            values = line.rstrip("\n").split("\t")
            for column in columns:
                values[column] = rf"\\x{values[column]}"
            output.write("\t".join(values) + "\n")


def bytes_in(paths: dict[Table, Path]) -> int:
    return sum(path.stat().st_size for path in paths.values())
