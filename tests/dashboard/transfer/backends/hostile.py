"""Settings of an account that change every text, or hide rows, as far as they may."""

from __future__ import annotations

POSTGRESQL = {
    "datestyle": "German, DMY",
    "intervalstyle": "iso_8601",
    "timezone": "Asia/Kathmandu",
    "extra_float_digits": "-15",
    "bytea_output": "escape",
    "xmloption": "document",
    "standard_conforming_strings": "off",
    "array_nulls": "off",
    "transform_null_equals": "on",
    "statement_timeout": "2000",
    "lock_timeout": "7",
    "idle_in_transaction_session_timeout": "1500",
    "idle_session_timeout": "1500",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "serializable",
    "default_transaction_deferrable": "on",
    "gin_fuzzy_search_limit": "2",
    "client_encoding": "LATIN1",
}

MODES = "PIPES_AS_CONCAT,NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PAD_CHAR_TO_FULL_LENGTH"

# Of MySQL and MariaDB alike, as SET takes them.
MYSQL = {
    "sql_mode": f"'{MODES},REAL_AS_FLOAT,HIGH_NOT_PRECEDENCE'",
    "sql_select_limit": "5",
    "group_concat_max_len": "4",
    "time_zone": "'+05:45'",
    "max_sort_length": "8",
    "max_join_size": "20",
    "sql_safe_updates": "1",
    "sql_auto_is_null": "1",
    "sql_quote_show_create": "0",
    "sql_notes": "0",
    "div_precision_increment": "0",
    "completion_type": "1",
    "character_set_results": "latin1",
    "character_set_client": "latin1",
    "character_set_connection": "latin1",
    "tx_isolation": "'SERIALIZABLE'",
    "tx_read_only": "1",
    "foreign_key_checks": "1",
    "unique_checks": "0",
    "net_read_timeout": "2",
    "net_write_timeout": "2",
    "wait_timeout": "3",
    "lock_wait_timeout": "1",
    "innodb_lock_wait_timeout": "1",
}
MARIADB = {
    **MYSQL,
    "max_statement_time": "2",
    "system_versioning_asof": "'2001-01-01 00:00:00'",
    "check_constraint_checks": "0",
}
# It has other names for two of them.
RENAMED = {
    "tx_isolation": "transaction_isolation",
    "tx_read_only": "transaction_read_only",
}
MYSQL_ITSELF = {
    **{RENAMED.get(name, name): value for name, value in MYSQL.items()},
    "max_execution_time": "2000",
    "information_schema_stats_expiry": "86400",
}


def init_command(engine: str) -> str:
    """What a connection of the engine sets at once."""
    settings = MARIADB if engine == "mariadb" else MYSQL_ITSELF
    return "SET " + ", ".join(f"{name} = {value}" for name, value in settings.items())


def in_database(role: str, database: str) -> list[str]:
    """What lets the server itself set all of it, for one role in one database."""
    return [
        f'ALTER ROLE {role} IN DATABASE "{database}" SET {name} TO '
        + ", ".join(f"'{part.strip()}'" for part in value.split(","))
        for name, value in POSTGRESQL.items()
    ]
