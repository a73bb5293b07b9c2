"""PostgreSQL's triggers: disabled, and enabled again as each of them was."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from ...schema_items import Hindrance, ObjectType, SchemaItem
from .names import named

if TYPE_CHECKING:
    from .session import PostgreSQLSession

# tgtype: row 1, insert 4, delete 8, update 16, truncate 32. Of a partitioned table the
# rows meet the row triggers of their partition, which are copies of its own ones, or
# others; up to version 14 such a copy counts as internal. What fires depends on the
# session.
TRIGGERS = """
    SELECT t.name, {at}, g.tgname::text, g.tgenabled::text, pg_get_triggerdef(g.oid),
           g.tgrelid = to_regclass(t.class)
    FROM unnest(%s::text[], %s::text[], %s::int[]) t(name, class, events)
    CROSS JOIN LATERAL (
        SELECT to_regclass(t.class)::oid AS relid
        UNION SELECT p.relid FROM pg_partition_tree(to_regclass(t.class)) p
    ) r
    JOIN pg_class c ON c.oid = r.relid
    JOIN pg_trigger g ON g.tgrelid = c.oid
    WHERE (NOT g.tgisinternal OR (g.tgparentid <> 0 AND g.tgconstraint = 0))
      AND g.tgtype & t.events > 0
      AND (c.oid = to_regclass(t.class) OR g.tgtype & 33 > 0)
      AND g.tgenabled::text = ANY(
          CASE current_setting('session_replication_role')
               WHEN 'replica' THEN ARRAY['R', 'A'] ELSE ARRAY['O', 'A'] END)
    ORDER BY t.name, c.relispartition, c.relname, g.tgname
""".format(at=named("c"))  # noqa: S608

STATE = """
    SELECT g.tgenabled::text, pg_get_triggerdef(g.oid) FROM pg_trigger g
    WHERE g.tgrelid = to_regclass(%s) AND g.tgname = %s
"""

OWNERS = """
    SELECT t.n, pg_get_userbyid(c.relowner)::text, current_user::text
    FROM unnest(%s::text[]) WITH ORDINALITY t(class, n)
    JOIN pg_class c ON c.oid = to_regclass(t.class)
    WHERE NOT pg_has_role(c.relowner, 'USAGE')
"""

LOADED, EMPTIED, UPDATED = 4, 8 + 32, 16

ENABLING = {"O": "ENABLE", "A": "ENABLE ALWAYS", "R": "ENABLE REPLICA"}
DISABLED = "D"


def triggers(
    session: PostgreSQLSession,
    tables: Sequence[str],
    emptied: Collection[str],
    updated: Collection[str] = (),
) -> list[SchemaItem]:
    """Return the triggers that fire in this session; see ``Schema.triggers``."""
    events = [
        LOADED
        + (EMPTIED if name in emptied else 0)
        + (UPDATED if name in updated else 0)
        for name in tables
    ]
    classes = [session.regclass(name) for name in tables]
    found = session.query(TRIGGERS, (list(tables), classes, events))
    return [
        SchemaItem(
            object_type=ObjectType.TRIGGER,
            table=table,
            # That of a partition mostly has the name of its parent's.
            name=name if is_own else f"{at}: {name}",
            columns=(),
            definition={"at": at, "name": name, "enabled": enabled, "sql": sql},
        )
        for table, at, name, enabled, sql, is_own in found
    ]


def is_enabled(session: PostgreSQLSession, item: SchemaItem) -> bool:
    """Whether a trigger is enabled as it was."""
    return [state for state, _sql in _found(session, item)] == [
        item.definition["enabled"]
    ]


def is_as_before(session: PostgreSQLSession, item: SchemaItem) -> bool:
    """Whether a trigger is enabled as it was, and has the same definition."""
    wanted = item.definition["enabled"], item.definition["sql"]
    return _found(session, item) == [wanted]


def _found(session: PostgreSQLSession, item: SchemaItem) -> list[tuple[str, str]]:
    place = session.regclass(item.definition["at"]), item.definition["name"]
    return [(state, sql) for state, sql in session.query(STATE, place)]


def removing_sql(session: PostgreSQLSession, item: SchemaItem) -> str:
    """Return what disables a trigger of that very table, not of its partitions."""
    return _altering(session, item, "DISABLE")


def restoring_sql(session: PostgreSQLSession, item: SchemaItem) -> str:
    """Return what enables a trigger again, as it was."""
    return _altering(session, item, ENABLING[item.definition["enabled"]])


def _altering(session: PostgreSQLSession, item: SchemaItem, change: str) -> str:
    table = session.quote_table(item.definition["at"])
    name = session.quote(item.definition["name"])
    return f"ALTER TABLE ONLY {table} {change} TRIGGER {name}"


def hindrances(
    session: PostgreSQLSession, items: Sequence[SchemaItem]
) -> list[Hindrance]:
    """Return the triggers of tables that the account does not own."""
    classes = [session.regclass(item.definition["at"]) for item in items]
    return [
        Hindrance(
            items[number - 1],
            _("Only the owner of its table, '%(owner)s', may disable it.")
            % {"owner": owner},
            _("GRANT %(owner)s TO %(account)s; or keep the triggers.")
            % {"owner": _role(session, owner), "account": _role(session, account)},
        )
        for number, owner, account in session.query(OWNERS, (classes,))
    ]


def _role(session: PostgreSQLSession, name: str) -> str:
    return session.quote(name).replace("%%", "%")
