"""What MySQL's tables demand of their rows together, and a table to try them in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ...demands import Check, Demands, Unique
from ...errors import TransferError
from ..clauses import (
    OF_MYSQL,
    Definition,
    definitions,
    divided,
    enclosed,
    mentioned,
    unquoted,
)
from .temporary import as_privilege

if TYPE_CHECKING:
    from .session import MySQLSession

UNIQUES = """
    SELECT s.table_name, s.index_name, s.column_name, coalesce(s.sub_part, 0),
           coalesce(c.collation_name, '')
    FROM information_schema.statistics s
    LEFT JOIN information_schema.columns c
        ON c.table_schema = s.table_schema AND c.table_name = s.table_name
        AND c.column_name = s.column_name
    WHERE s.table_schema = %s AND s.table_name IN ({names}) AND s.non_unique = 0
    ORDER BY s.table_name, s.index_name, s.seq_in_index
"""

# What is made of the name JSON is among MariaDB's.
CHECKED_BY_MARIADB = """
    SELECT DISTINCT table_name FROM information_schema.check_constraints
    WHERE constraint_schema = %s AND table_name IN ({names})
      AND check_clause NOT LIKE 'json_valid(%%'
"""
CHECKED_BY_MYSQL = """
    SELECT DISTINCT table_name FROM information_schema.table_constraints
    WHERE table_schema = %s AND table_name IN ({names}) AND constraint_type = 'CHECK'
"""

# Without subpartitions, in the order of their bounds.
PARTITIONS = """
    SELECT DISTINCT table_name, partition_method, partition_expression,
           partition_description, partition_ordinal_position
    FROM information_schema.partitions
    WHERE table_schema = %s AND table_name IN ({names})
      AND (partition_method LIKE 'RANGE%%' OR partition_method LIKE 'LIST%%')
    ORDER BY table_name, partition_ordinal_position
"""
# Bounds that take every row, and those of several columns, which are not judged.
ENDLESS = ("MAXVALUE", "DEFAULT")

COLUMNS = """
    SELECT column_name, column_type, coalesce(character_set_name, ''),
           coalesce(collation_name, ''), coalesce(generation_expression, '') <> ''
    FROM information_schema.columns WHERE table_schema = %s AND table_name = %s
    ORDER BY ordinal_position
"""

# Collations in which two texts are equal only octet by octet: the others pad the
# shorter one with spaces, if nothing else.
EXACT = ("", "binary", "utf8mb4_0900_bin")
UNPADDED = "_nopad_bin"

# Tables that are asked about in one statement.
AT_ONCE = 1_000


def demands(session: MySQLSession, tables: Sequence[str]) -> dict[str, Demands]:
    """Return what these tables demand, by their names; see the contract."""
    rows = _by_table(session, UNIQUES, tables)
    checked = CHECKED_BY_MARIADB if session.is_mariadb else CHECKED_BY_MYSQL
    with_checks = _by_table(session, checked, tables)
    divided_ones = _by_table(session, PARTITIONS, tables)
    found = {}
    for table in tables:
        has_expression = any(row[1] is None for row in rows[table])
        parts = divided_ones.get(table, [])
        is_read = has_expression or table in with_checks or bool(parts)
        lines = _definitions(session, table) if is_read else []
        uniques = tuple(_uniques(session, rows[table], lines))
        checks = (*_checks(lines), *_of_partitions(table, parts, lines))
        found[table] = Demands(uniques, checks)
    return found


def _by_table(
    session: MySQLSession, sql: str, tables: Sequence[str]
) -> dict[str, list[tuple[Any, ...]]]:
    """Return the rows of what is asked about tables, without the tables' names."""
    by_schema: dict[str, dict[str, str]] = defaultdict(dict)
    for table in tables:
        schema, name = session.place(table)
        by_schema[schema][name.lower() if session.folds_names else name] = table
    found: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for schema, known in by_schema.items():
        names = list(known)
        for start in range(0, len(names), AT_ONCE):
            part = names[start : start + AT_ONCE]
            asked = sql.format(names=", ".join(["%s"] * len(part)))
            for name, *row in session.query(asked, (schema, *part)):
                # The catalogue compares names as its own collation does.
                place = name.lower() if session.folds_names else name
                if place in known:
                    found[known[place]].append(tuple(row))
    return found


def _definitions(session: MySQLSession, table: str) -> list[Definition]:
    found = session.query(f"SHOW CREATE TABLE {session.quote_table(table)}")
    return definitions(str(found[0][1]), OF_MYSQL)


def _uniques(
    session: MySQLSession, rows: list[tuple[Any, ...]], lines: list[Definition]
) -> Iterator[Unique]:
    by_index: dict[str, list[tuple[Any, ...]]] = defaultdict(list)
    for index, *row in rows:
        by_index[index].append(tuple(row))
    for index, parts in by_index.items():
        if any(column is None for column, _, _ in parts):
            yield _of_expressions(session, index, lines)
            continue
        yield Unique(
            index,
            tuple(column for column, _, _ in parts),
            tuple(_part(session, column, int(length)) for column, length, _ in parts),
            is_plain=not any(int(length) for _, length, _ in parts),
            is_exact=all(
                collation in EXACT or collation.endswith(UNPADDED)
                for _, _, collation in parts
            ),
        )


def _part(session: MySQLSession, column: str, length: int) -> str:
    name = session.quote(column)
    return f"LEFT({name}, {length})" if length else name


def _of_expressions(
    session: MySQLSession, index: str, lines: list[Definition]
) -> Unique:
    """Return a key of expressions by its line of SHOW CREATE TABLE."""
    columns = [line.column for line in lines if line.column]
    for line in lines:
        if not line.column and unquoted(line.after("KEY")) == index:
            tokens, _ = enclosed(line.tokens, 0)
            texts = ["".join(part).strip() for part in divided(tokens)]
            text = " ".join(texts)
            parts = tuple(_of_line(session, part, columns) for part in texts)
            return Unique(index, mentioned(text, OF_MYSQL, columns), parts)
    return Unique(index, (), ())


def _of_line(session: MySQLSession, part: str, columns: list[str]) -> str:
    """Return a part of a key: an expression in brackets, or a column or its begin."""
    if part.startswith("("):
        return _escaped(part.removesuffix(" DESC"))
    tokens = OF_MYSQL.findall(part)
    inside, _ = enclosed(tokens, 0)
    return _part(session, unquoted(tokens[0]), int("".join(inside) or 0))


def _checks(lines: list[Definition]) -> Iterator[Check]:
    columns = [line.column for line in lines if line.column]
    for line in lines:
        # In a comment for servers that know no other CHECKs.
        if "NOT ENFORCED" in line.text:
            continue
        for name, condition in line.checks():
            if not condition.startswith("json_valid("):
                named = mentioned(condition, OF_MYSQL, columns)
                yield Check(name, named, _escaped(condition))


def _of_partitions(
    table: str, parts: list[tuple[Any, ...]], lines: list[Definition]
) -> Iterator[Check]:
    """Yield what a row needs to have a partition: to be below, or among, its bounds."""
    if not parts:
        return
    method, expression, last, _ = parts[-1]
    bounds = [str(bound) for _, _, bound, _ in parts]
    columns = [line.column for line in lines if line.column]
    named = mentioned(str(expression), OF_MYSQL, columns)
    is_of_many = len(named) != 1 or "(" in "".join(bounds)
    if is_of_many or any(word in bounds for word in ENDLESS):
        return
    condition = f"{expression} < {last}"
    if str(method).startswith("LIST"):
        condition = f"{expression} IN ({', '.join(bounds)})"
    yield Check(table, named, _escaped(condition), is_partition=True)


def make_shadow(
    session: MySQLSession, table: str, columns: Collection[str], called: str
) -> str:
    """Make the table, see ``make_shadow`` of the contract, and return its name."""
    quote = session.quote
    session.execute(f"DROP TEMPORARY TABLE IF EXISTS {quote(called)}")
    rows = session.query(COLUMNS, session.place(table))
    names = {name.lower() for name in columns}
    wanted = [row for row in rows if row[0].lower() in names]
    generated = {name for name, *_, is_generated in wanted if int(is_generated)}
    lines = _definitions(session, table) if generated else []
    made = [
        f"{quote(name)} {_escaped(kind)}{_collated(characters, collation)} NULL"
        for name, kind, characters, collation, _ in wanted
        if name not in generated
    ]
    made += [_escaped(one.text) for one in lines if one.column in generated]
    try:
        session.execute(
            f"CREATE TEMPORARY TABLE {quote(called)} ({', '.join(made)}) ENGINE=InnoDB"
        )
    except TransferError as error:
        raise as_privilege(session, table, error) from error
    return called


def _escaped(sql: str) -> str:
    # It goes through the driver as part of a format string.
    return sql.replace("%", "%%")


def _collated(characters: str, collation: str) -> str:
    return f" CHARACTER SET {characters} COLLATE {collation}" if collation else ""
