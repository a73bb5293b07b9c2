"""How PostgreSQL's catalogue names a table."""

from __future__ import annotations


def named(relation: str) -> str:
    """Return the SQL of a table's name, as the alias of its pg_class row has it.

    With the schema where the search path does not lead to the table, in the
    spelling of ``SQLSession.separator``.
    """
    return (
        f"CASE WHEN pg_table_is_visible({relation}.oid) THEN {relation}.relname::text "  # noqa: S608
        "ELSE (SELECT nspname FROM pg_namespace "
        f"WHERE oid = {relation}.relnamespace) || '\".\"' || {relation}.relname END"
    )
