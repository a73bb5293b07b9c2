"""The schema of a database as its own catalogue has it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.oracle.readers import (
    Entry,
    MySQLReader,
    PostgreSQLReader,
    SQLiteReader,
    reading,
)

# The schema

POSTGRESQL_SCHEMA = {
    "columns": """
        SELECT c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
               a.attnotnull, pg_get_expr(d.adbin, d.adrelid), a.attidentity,
               a.attgenerated, a.attcollation::regcollation::text, a.attstattarget
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
        LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v')
          AND a.attnum > 0 AND NOT a.attisdropped""",
    "constraints": """
        SELECT conrelid::regclass::text, conname, contype::text,
               pg_get_constraintdef(oid), convalidated, condeferrable, condeferred
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace""",
    "indexes": """
        SELECT i.indrelid::regclass::text, pg_get_indexdef(i.indexrelid), i.indisvalid,
               i.indisready, i.indisunique, i.indisprimary, i.indisclustered,
               i.indisreplident, c.reloptions::text, c.reltablespace::text,
               obj_description(c.oid)
        FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
        WHERE c.relnamespace = 'public'::regnamespace""",
    "triggers": """
        SELECT tgrelid::regclass::text, pg_get_triggerdef(oid), tgenabled::text
        FROM pg_trigger WHERE NOT tgisinternal""",
    # Those behind foreign keys: a switched-off one would be silent.
    "internal triggers": """
        SELECT tgrelid::regclass::text, tgenabled::text, count(*)
        FROM pg_trigger WHERE tgisinternal GROUP BY 1, 2""",
    "relations": """
        SELECT relname, relkind::text, relpersistence::text, relreplident::text,
               relrowsecurity, reloptions::text, relacl::text, relowner::regrole::text,
               -- relhastriggers may stay true for ever after the last one went.
               EXISTS (SELECT FROM pg_trigger WHERE tgrelid = pg_class.oid)
        FROM pg_class WHERE relnamespace = 'public'::regnamespace""",
    "sequences": """
        SELECT sequencename, start_value, min_value, max_value, increment_by, cycle,
               cache_size, data_type::text FROM pg_sequences
        WHERE schemaname = 'public'""",
    "functions": """
        SELECT proname, pg_get_functiondef(oid) FROM pg_proc
        WHERE pronamespace = 'public'::regnamespace AND prokind <> 'a'""",
    "schemas": "SELECT nspname FROM pg_namespace WHERE nspname !~ '^pg_(temp|toast)'",
}
MYSQL_SCHEMA = {
    "columns": """
        SELECT table_name, column_name, ordinal_position, column_default, is_nullable,
               column_type, collation_name, extra, generation_expression, column_comment
        FROM information_schema.columns WHERE table_schema = DATABASE()""",
    "constraints": """
        SELECT table_name, constraint_name, constraint_type
        FROM information_schema.table_constraints WHERE table_schema = DATABASE()""",
    "foreign keys": """
        SELECT table_name, constraint_name, referenced_table_name, update_rule,
               delete_rule, unique_constraint_name
        FROM information_schema.referential_constraints
        WHERE constraint_schema = DATABASE()""",
    "key columns": """
        SELECT table_name, constraint_name, column_name, ordinal_position,
               referenced_table_name, referenced_column_name
        FROM information_schema.key_column_usage WHERE table_schema = DATABASE()""",
    "checks": """
        SELECT constraint_name, check_clause FROM information_schema.check_constraints
        WHERE constraint_schema = DATABASE()""",
    "indexes": """
        SELECT table_name, index_name, seq_in_index, column_name, non_unique, sub_part,
               collation, index_type, index_comment
        FROM information_schema.statistics WHERE table_schema = DATABASE()""",
    "triggers": """
        SELECT trigger_name, event_manipulation, event_object_table, action_timing,
               action_statement, action_order, definer, sql_mode,
               character_set_client, collation_connection, database_collation
        FROM information_schema.triggers WHERE trigger_schema = DATABASE()""",
    "relations": """
        SELECT table_name, table_type, engine, row_format, table_collation,
               create_options, table_comment
        FROM information_schema.tables WHERE table_schema = DATABASE()""",
    "routines": """
        SELECT routine_name, routine_type, routine_definition
        FROM information_schema.routines WHERE routine_schema = DATABASE()""",
}
SQLITE_SCHEMA = {
    "all": """
        SELECT type, name, tbl_name, sql FROM sqlite_master
        WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
           OR name LIKE 'sqlite\\_autoindex%' ESCAPE '\\'""",
}
SCHEMAS = {
    PostgreSQLReader: POSTGRESQL_SCHEMA,
    MySQLReader: MYSQL_SCHEMA,
    SQLiteReader: SQLITE_SCHEMA,
}


def schema_snapshot(entry: Entry) -> dict[str, set[Any]]:
    """What the schema is made of, as sets: equal before and after a run."""
    with reading(entry) as reader:
        return {
            part: set(reader.query(sql)) for part, sql in SCHEMAS[type(reader)].items()
        }


def schema_differences(
    before: Mapping[str, set[Any]], after: Mapping[str, set[Any]]
) -> list[str]:
    found = []
    for part in before:
        found += [f"{part}: gone: {one}" for one in before[part] - after[part]]
        found += [f"{part}: new: {one}" for one in after[part] - before[part]]
    return sorted(found)
