"""What stands around the rows of a MySQL or MariaDB database, by SHOW GRANTS."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from .. import surroundings
from ..surroundings import Lacking, Needs, Obstacle
from .grants import Grants, grants
from .triggers import quoted

if TYPE_CHECKING:
    from .session import MySQLSession

# Tables up to which each is named in a GRANT of its own; of more, the database is.
NAMED_TABLES = 10

# What the receipts table is made for, read, written, corrected and dropped by.
OF_RECEIPTS = ("CREATE", "DROP", "SELECT", "INSERT", "UPDATE")
# One of which MariaDB wants of a table that a foreign key is to refer to.
REFERRING = ("REFERENCES", "SELECT", "INSERT", "UPDATE", "DELETE")

# Neither server has all of them; 12 of MariaDB's have words for numbers.
READ_ONLY = """
    SHOW GLOBAL VARIABLES WHERE variable_name IN
        ('read_only', 'super_read_only', 'innodb_read_only')
"""
OFF = ("OFF", "0")
# Who may write to a server that is read_only.
WRITERS = {True: ("READ_ONLY ADMIN", "SUPER"), False: ("CONNECTION_ADMIN", "SUPER")}


class Surroundings(surroundings.Surroundings):
    """Compares what is needed with what the account was granted."""

    def __init__(self, session: MySQLSession) -> None:
        self._session = session

    @cached_property
    def _known(self) -> Grants:
        return grants(self._session)

    @cached_property
    def _account(self) -> str:
        return quoted(str(self._session.query("SELECT CURRENT_USER()")[0][0]))

    # --- privileges -------------------------------------------------------

    def lacking(self, needs: Needs) -> list[Lacking]:
        found = [*self._of_rows(needs), *self._of_tables(needs)]
        if needs.makes_tables:
            found += self._of_database(needs)
        return found

    def hidden(self, tables: Sequence[str]) -> list[Lacking]:
        # Any of these shows all of a table's columns, and of some columns only those.
        showing = ("SELECT", "INSERT", "UPDATE", "REFERENCES")
        dark = [n for n in tables if not any(self._has(p, n) for p in showing)]
        return list(self._on("SELECT", dark, _("to see their columns")))

    def _of_rows(self, needs: Needs) -> Iterator[Lacking]:
        read, loaded = _("to read and compare their rows"), _("to load rows into them")
        yield from self._on("SELECT", needs.read, read, needs.read)
        yield from self._on("INSERT", needs.written, loaded, needs.written)
        # TRUNCATE TABLE asks for it.
        emptied = _("to empty them first")
        yield from self._on("DROP", needs.emptied, emptied)
        yield from self._on("DELETE", needs.deleted, emptied)
        fixed = {name: needs.written.get(name, ()) for name in needs.updated}
        yield from self._on("UPDATE", fixed, _("to update rows in them"), fixed)

    def _of_tables(self, needs: Needs) -> Iterator[Lacking]:
        items = [one for one in needs.items if not one.is_trigger]
        altered = dict.fromkeys([*(one.table for one in items), *needs.numbered])
        why = _("to take indexes and keys off and put them back, and to set numbers")
        yield from self._on("ALTER", altered, why)
        referred = dict.fromkeys(one.to_table for one in items if one.to_table)
        enough = REFERRING if self._session.is_mariadb else REFERRING[:1]
        lacking = [
            name
            for name in referred
            if not any(self._has(privilege, name) for privilege in enough)
        ]
        why = _("to put foreign keys that refer to them back")
        yield from self._on("REFERENCES", lacking, why)

    def _of_database(self, needs: Needs) -> Iterator[Lacking]:
        (schema,) = self._session.query("SELECT DATABASE()")[0]
        for privileges, why, needed in (
            (OF_RECEIPTS, _("to keep the receipts of what is committed there"), True),
            (
                ("CREATE TEMPORARY TABLES",),
                _("to stage rows that are merged")
                if needs.stages
                else _(
                    "for a dry run, and to find the column of a row that is refused"
                ),
                needs.stages,
            ),
        ):
            yield from self._on_schema(schema, privileges, why, needed=needed)
        if needs.emptied:
            why = _("to keep others from writing between the count and the deletion")
            yield from self._on_schema(schema, ("LOCK TABLES",), why, needed=False)
        why = _("to see whether triggers run for the rows that are loaded")
        for lacking in self._on("TRIGGER", needs.written, why):
            yield Lacking(
                lacking.privilege,
                lacking.tables,
                lacking.why,
                lacking.statements,
                needed=False,
            )

    def _on_schema(
        self, schema: str, privileges: Sequence[str], why: str, *, needed: bool
    ) -> Iterator[Lacking]:
        lacking = [p for p in privileges if not self._known.on_schema(p, schema)]
        if lacking:
            names = ", ".join(lacking)
            sql = f"GRANT {names} ON {self._place(schema)} TO {self._account}"
            yield Lacking(names, (), why, (sql,), needed=needed)

    def _on(
        self,
        privilege: str,
        tables: Iterable[str],
        why: str,
        columns: Mapping[str, Collection[str]] | None = None,
    ) -> Iterator[Lacking]:
        """Yield what is lacking of tables, of some of whose columns it is enough."""
        known = columns or {}
        names = tuple(
            name
            for name in tables
            if not self._has(privilege, name, known.get(name, ()))
        )
        if not names:
            return
        places = [self._session.place(name) for name in names]
        if len(names) > NAMED_TABLES:
            targets = list(dict.fromkeys(self._place(schema) for schema, _t in places))
        else:
            targets = [self._place(*place) for place in places]
        statements = [
            f"GRANT {privilege} ON {one} TO {self._account}" for one in targets
        ]
        yield Lacking(privilege, names, why, tuple(statements))

    def _has(self, privilege: str, table: str, columns: Collection[str] = ()) -> bool:
        return self._known.on_table(privilege, *self._session.place(table), columns)

    def _place(self, schema: str, table: str = "") -> str:
        """Return what stands behind ON: a table, or a database as a plain name."""
        quote = self._session.quote
        if table:
            return f"{quote(schema)}.{quote(table)}".replace("%%", "%")
        name = quote(schema).replace("%%", "%")
        if not self._known.literal:
            # Of a whole database it is a pattern.
            name = name.replace("%", "\\%").replace("_", "\\_")
        return f"{name}.*"

    # --- the server -------------------------------------------------------

    def obstacles(self) -> list[Obstacle]:
        found = self._session.query(READ_ONLY)
        on = {name.lower() for name, value in found if value.upper() not in OFF}
        if not on:
            return []
        lasting = on - {"read_only"}
        if not lasting and self._known.globally(*WRITERS[self._session.is_mariadb]):
            return []
        return [
            Obstacle(
                _("The server takes no writes: %(names)s is on.")
                % {"names": ", ".join(sorted(on))},
                _("Let the alias lead to the primary server, or switch it off there."),
            )
        ]
