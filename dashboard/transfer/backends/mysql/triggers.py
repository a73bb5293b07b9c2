"""MySQL's and MariaDB's triggers: dropped, and made again by the server's own words.

Neither has a way to disable one. What a trigger is made under, its definer, SQL mode,
character set and collation, belongs to it and is written down with it, and so is its
place among those that fire for the same.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from ...schema_items import Hindrance, ObjectType, SchemaItem
from .grants import Grants, grants

if TYPE_CHECKING:
    from .session import MySQLSession

TRIGGERS = """
    SELECT event_object_table, trigger_name, event_manipulation, action_timing,
           action_order, definer, sql_mode, character_set_client,
           collation_connection, database_collation
    FROM information_schema.triggers
    WHERE event_object_schema = %s AND event_object_table IN ({names})
    ORDER BY event_object_table, event_manipulation, action_timing, action_order
"""

IS_TRIGGER = """
    SELECT count(*) FROM information_schema.triggers
    WHERE trigger_schema = %s AND event_object_table = %s AND trigger_name = %s
"""

# Tables that are asked about in one statement.
AT_ONCE = 1_000

# As the text of a trigger is sent: UTF-8, which the other sets share for ASCII.
UTF8 = {"utf8", "utf8mb3", "utf8mb4"}

SESSION = "SELECT @@sql_mode, @@character_set_client, @@collation_connection"
SETTING = """
    SET SESSION sql_mode = %s, character_set_client = %s, collation_connection = %s
"""

# Who may give a trigger another definer than himself, and who may make one where the
# server keeps a binary log.
DEFINERS = {
    True: ("SET USER", "SUPER"),
    False: ("SET_ANY_DEFINER", "SET_USER_ID", "SUPER"),
}
LOGGED = {True: ("SUPER", "BINLOG ADMIN"), False: ("SUPER",)}

BINARY_LOG = "SELECT @@log_bin AND NOT @@log_bin_trust_function_creators"
COLLATION = """
    SELECT default_collation_name FROM information_schema.schemata
    WHERE schema_name = %s
"""


def triggers(
    session: MySQLSession,
    tables: Sequence[str],
    deleted: Collection[str],
    updated: Collection[str] = (),
) -> list[SchemaItem]:
    """Return the triggers of a load; TRUNCATE, which empties a table, fires none."""
    schemas: dict[str, dict[str, str]] = defaultdict(dict)
    for table in tables:
        schema, name = session.place(table)
        schemas[schema][_folded(session, name)] = table
    found = []
    for schema, wanted in schemas.items():
        for row in _rows(session, schema, list(wanted)):
            table = wanted[_folded(session, row[0])]
            # From MariaDB 12.0 on a trigger has several, with commas between them.
            events = row[2].split(",")
            fires = [
                "INSERT" in events,
                "DELETE" in events and table in deleted,
                "UPDATE" in events and table in updated,
            ]
            if any(fires):
                found.append(_item(session, table, row))
    return found


def _folded(session: MySQLSession, name: str) -> str:
    return name.lower() if session.folds_names else name


def _rows(
    session: MySQLSession, schema: str, names: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    for start in range(0, len(names), AT_ONCE):
        part = names[start : start + AT_ONCE]
        sql = TRIGGERS.format(names=", ".join(["%s"] * len(part)))
        # The catalogue compares by a collation, whatever the server does with names.
        wanted = set(part)
        for row in session.query(sql, (schema, *part)):
            if _folded(session, row[0]) in wanted:
                yield row


def _item(session: MySQLSession, table: str, row: Sequence[Any]) -> SchemaItem:
    _, name, event, timing, order, definer, mode, client, connection, database = row
    schema, _name = session.schema_and_name(table)
    place = session.quote_table(
        f"{schema}{session.separator}{name}" if schema else name
    )
    statement = session.query(f"SHOW CREATE TRIGGER {place}")[0][2]
    return SchemaItem(
        object_type=ObjectType.TRIGGER,
        table=table,
        name=name,
        columns=(),
        definition={
            "sql": statement,
            "definer": definer,
            "mode": mode,
            "client": client,
            "connection": connection,
            "database": database,
            "order": f"{event} {timing} {int(order):05}",
        },
    )


def is_there(session: MySQLSession, item: SchemaItem) -> bool:
    """Whether the table has a trigger of that name."""
    place = (*session.place(item.table), item.name)
    return bool(session.query(IS_TRIGGER, place)[0][0])


def is_as_before(session: MySQLSession, item: SchemaItem) -> bool:
    """Whether a trigger is there, with everything that belongs to it."""
    found = triggers(session, [item.table], [item.table])
    return item in found


def remove(session: MySQLSession, item: SchemaItem) -> None:
    """Drop a trigger that is there."""
    session.execute(f"DROP TRIGGER IF EXISTS {session.quote(item.name)}")


def restore(session: MySQLSession, item: SchemaItem) -> None:
    """Make a trigger again under what it was made under."""
    with _made_under(session, item):
        session.execute(item.definition["sql"].replace("%", "%%"))


@contextmanager
def _made_under(session: MySQLSession, item: SchemaItem) -> Iterator[None]:
    (before,) = session.query(SESSION)
    names = ("mode", "client", "connection")
    try:
        session.execute(SETTING, [item.definition[name] for name in names])
        yield
    finally:
        session.execute(SETTING, before)


def hindrances(session: MySQLSession, items: Sequence[SchemaItem]) -> list[Hindrance]:
    """Return the triggers that this account could not make again as they are."""
    if not items:
        return []
    known = grants(session)
    account = str(session.query("SELECT CURRENT_USER()")[0][0])
    logged = _of_the_log(session, known, account)
    collations: dict[str, str] = {}
    found = []
    for item in items:
        schema, _name = session.place(item.table)
        if schema not in collations:
            collations[schema] = str(session.query(COLLATION, (schema,))[0][0])
        reason = (
            logged
            or _of_the_definer(session, known, account, item.definition["definer"])
            or _of_the_text(session, item, collations[schema])
        )
        if reason:
            found.append(Hindrance(item, *reason))
    return found


Reason = tuple[str, str] | None


def _of_the_log(session: MySQLSession, known: Grants, account: str) -> Reason:
    if known.globally(*LOGGED[session.is_mariadb]):
        return None
    if not int(session.query(BINARY_LOG)[0][0] or 0):
        return None
    return (
        _("The server keeps a binary log and lets no account like this make triggers."),
        _("SET GLOBAL log_bin_trust_function_creators = 1; or keep the triggers."),
    )


def _of_the_definer(
    session: MySQLSession, known: Grants, account: str, definer: str
) -> Reason:
    """Say why the account may not make a trigger of that definer's."""
    if definer == account:
        return None
    needed = DEFINERS[session.is_mariadb]
    lacking = [] if known.globally(*needed) else [_named(session, needed[0])]
    if not session.is_mariadb:
        lacking += _of_a_system_user(session, known, definer)
    if not lacking:
        return None
    return (
        _("Its definer is %(definer)s, and the account %(account)s may not say so.")
        % {"definer": definer, "account": account},
        _("GRANT %(privileges)s ON *.* TO %(account)s; or keep the triggers.")
        % {"privileges": ", ".join(lacking), "account": quoted(account)},
    )


def _divides_definers(session: MySQLSession) -> bool:
    """Whether the server is one of MySQL's that has two privileges for definers."""
    version = str(session.query("SELECT VERSION()")[0][0])
    numbers = re.findall(r"\d+", version)[:2]
    return not session.is_mariadb and tuple(map(int, numbers)) >= (8, 2)


def _named(session: MySQLSession, privilege: str) -> str:
    """Return the privilege for definers as this version calls it."""
    if session.is_mariadb or _divides_definers(session):
        return privilege
    return "SET_USER_ID"


def _of_a_system_user(session: MySQLSession, known: Grants, definer: str) -> list[str]:
    """Return what is needed besides for a definer who is one, or may be gone.

    Of accounts that may not be looked at the worst is taken.
    """
    name, _, host = definer.rpartition("@")
    may_look = known.on_table("SELECT", "mysql", "user") and known.on_table(
        "SELECT", "mysql", "global_grants"
    )
    is_system = is_gone = True
    if may_look:
        place = (name, host)
        is_gone = not session.query(
            "SELECT 1 FROM mysql.user WHERE user = %s AND host = %s", place
        )
        is_system = bool(
            session.query(
                "SELECT 1 FROM mysql.global_grants WHERE user = %s AND host = %s "
                "AND priv = 'SYSTEM_USER'",
                place,
            )
        )
    lacking = []
    if is_system and not known.globally("SYSTEM_USER"):
        lacking.append("SYSTEM_USER")
    gone = "ALLOW_NONEXISTENT_DEFINER"
    if is_gone and _divides_definers(session) and not known.globally(gone):
        lacking.append(gone)
    return lacking


def _of_the_text(session: MySQLSession, item: SchemaItem, collation: str) -> Reason:
    definition = item.definition
    remedy = _("Keep the triggers, or drop this one and make it again yourself.")
    if session.schema_and_name(item.table)[0]:
        return _("It lies in another database than the connection."), remedy
    if definition["client"] not in UTF8 and not definition["sql"].isascii():
        return (
            _("Its text was written in the character set %(name)s.")
            % {"name": definition["client"]},
            remedy,
        )
    if definition["database"] != collation:
        return (
            _("It was made when the collation of the database was %(name)s.")
            % {"name": definition["database"]},
            remedy,
        )
    return None


def quoted(account: str) -> str:
    """Return an account as GRANT takes it."""
    name, _, host = account.rpartition("@")
    return "@".join("'{}'".format(part.replace("'", "''")) for part in (name, host))
