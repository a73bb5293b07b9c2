"""What an account of MySQL's or MariaDB's may do, by SHOW GRANTS."""

from __future__ import annotations

import re
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from ...errors import TransferError

if TYPE_CHECKING:
    from .session import MySQLSession

NAME = r"`(?:[^`]|``)*`"
# "GRANT SELECT, INSERT (`a`, `b`) ON `place`.* TO …"; of a role there is no ON. What a
# partial revoke takes away, of a whole database, is a line of its own.
LINE = re.compile(
    rf"(?P<verb>GRANT|REVOKE) (?P<what>.+?) ON (?:TABLE )?"
    rf"(?P<schema>\*|{NAME})\.(?P<table>\*|{NAME}) (?:TO|FROM) ",
    re.S,
)
PRIVILEGE = re.compile(rf"\s*([A-Z_ ]+?)\s*(?:\(((?:{NAME}|[^)`])*)\))?\s*(?:,|$)")
COLUMN = re.compile(rf"{NAME}|[^\s,`]+")

# MySQL's, 8.0.16 and newer; some providers have it on. Nowhere else is there one.
LITERAL = "SHOW GLOBAL VARIABLES LIKE 'partial_revokes'"

ALL = "ALL PRIVILEGES"


@dataclass
class Grants:
    """Privileges by where they hold.

    ``schemas`` are by pattern, ``tables`` by database and table, and ``columns`` by
    database, table and privilege; names of tables and columns are in small letters,
    since what they are compared with may have been asked for in any. Where rights may
    be revoked in part, the name of a database is ``literal`` and no pattern: then a
    backslash before a wildcard would be one of its characters.
    """

    literal: bool = False
    everywhere: set[str] = field(default_factory=set)
    schemas: list[tuple[re.Pattern[str], set[str]]] = field(default_factory=list)
    revoked: dict[str, set[str]] = field(default_factory=dict)
    tables: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    columns: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)

    def globally(self, *privileges: str) -> bool:
        """Whether the account has any of these for the whole server."""
        return any(one in self.everywhere for one in (*privileges, ALL))

    def on_schema(self, privilege: str, schema: str) -> bool:
        """Whether the account has a privilege for a whole database."""
        if privilege in self.revoked.get(schema, ()):
            return False
        return self.globally(privilege) or any(
            pattern.fullmatch(schema) and not {privilege, ALL}.isdisjoint(privileges)
            for pattern, privileges in self.schemas
        )

    def on_table(
        self, privilege: str, schema: str, table: str, columns: Collection[str] = ()
    ) -> bool:
        """Whether the account has a privilege for a table.

        For these ``columns`` of it at least, where there are any.
        """
        if self.on_schema(privilege, schema):
            return True
        place = schema.lower(), table.lower()
        if not {privilege, ALL}.isdisjoint(self.tables.get(place, ())):
            return True
        some = self.columns.get((*place, privilege), set())
        return bool(columns) and {name.lower() for name in columns} <= some

    def add(self, line: str) -> None:
        """Add what a line of SHOW GRANTS says."""
        match = LINE.match(line)
        if match is None:
            return
        schema, table = _unquoted(match["schema"]), _unquoted(match["table"])
        whole: set[str] = set()
        for privilege, columns in PRIVILEGE.findall(match["what"]):
            if columns:
                place = schema.lower(), table.lower(), privilege
                names = (_unquoted(one).lower() for one in COLUMN.findall(columns))
                self.columns.setdefault(place, set()).update(names)
            elif privilege:
                whole.add(privilege)
        if match["verb"] == "REVOKE":
            self.revoked.setdefault(schema, set()).update(whole)
        elif match["schema"] == "*":
            self.everywhere |= whole
        elif match["table"] == "*":
            pattern = (
                re.compile(re.escape(schema)) if self.literal else _pattern(schema)
            )
            self.schemas.append((pattern, whole))
        else:
            self.tables.setdefault((schema.lower(), table.lower()), set()).update(whole)


def grants(session: MySQLSession) -> Grants:
    """Return what the session's account may do, by itself and by its active roles."""
    role = session.query("SELECT CURRENT_ROLE()")[0][0]
    has_role = role not in (None, "", "NONE")
    asked = ["SHOW GRANTS"]
    if has_role and session.is_mariadb:
        asked.append("SHOW GRANTS FOR CURRENT_ROLE")
    elif has_role:
        asked = [f"SHOW GRANTS FOR CURRENT_USER() USING {role.replace('%', '%%')}"]
    literal = session.query(LITERAL)
    found = Grants(literal=bool(literal) and literal[0][1].upper() == "ON")
    for sql in asked:
        for (line,) in session.query(sql):
            found.add(line)
    if session.is_mariadb:
        # There is none before 10.11.
        with suppress(TransferError):
            for (line,) in session.query("SHOW GRANTS FOR PUBLIC"):
                found.add(line)
    return found


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


def _pattern(schema: str) -> re.Pattern[str]:
    """Return what the name of a database in a grant stands for: a pattern of LIKE."""
    wild = {"%": ".*", "_": "."}
    parts = re.findall(r"\\[%_]|.", schema, re.S)
    text = (wild.get(one, re.escape(one.removeprefix("\\") or one)) for one in parts)
    return re.compile("".join(text), re.S)
