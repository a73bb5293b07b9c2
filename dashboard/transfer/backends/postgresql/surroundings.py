"""What stands around the rows of a PostgreSQL database, by its own functions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from django.utils.translation import gettext as _

from ...errors import TransferError
from .. import surroundings
from ..surroundings import Lacking, Needs, Obstacle, RowSecurity, Rule
from .names import named

if TYPE_CHECKING:
    from .session import PostgreSQLSession

TABLES = """
    SELECT t.name, has_table_privilege(c.oid, 'SELECT'),
           has_table_privilege(c.oid, 'INSERT'), has_table_privilege(c.oid, 'DELETE'),
           has_table_privilege(c.oid, 'TRUNCATE'),
           has_table_privilege(c.oid, 'UPDATE'),
           has_table_privilege(c.oid, 'REFERENCES')
               OR has_any_column_privilege(c.oid, 'REFERENCES'),
           pg_has_role(c.relowner, 'USAGE'), pg_get_userbyid(c.relowner)::text,
           has_schema_privilege(c.relnamespace, 'CREATE'), n.nspname::text
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_class c ON c.oid = to_regclass(t.class)
    JOIN pg_namespace n ON n.oid = c.relnamespace
"""
COLUMNS = """
    SELECT t.name FROM unnest(%s::text[], %s::text[], %s::text[]) t(name, class, col)
    JOIN pg_attribute a ON a.attrelid = to_regclass(t.class) AND a.attname = t.col
    GROUP BY t.name
    HAVING bool_and(has_column_privilege(a.attrelid, a.attnum, %s))
"""
# to_regclass of a table there would be an error that names nothing.
CLOSED = """
    SELECT nspname::text FROM pg_namespace
    WHERE nspname::text = ANY(%s) AND NOT has_schema_privilege(oid, 'USAGE')
"""
DATABASE = """
    SELECT current_user::text, current_database()::text, current_schema()::text,
           has_schema_privilege(current_schema(), 'CREATE'),
           has_database_privilege(current_database(), 'TEMPORARY')
"""
IS_STANDBY = "SELECT pg_is_in_recovery()"

# Whatever the session's own row_security says.
ROW_SECURITY = """
    SELECT t.name, row_security_active(c.oid), c.relforcerowsecurity,
           pg_has_role(c.relowner, 'USAGE'), current_user::text, {name}
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_class c ON c.oid = to_regclass(t.class)
    WHERE c.relrowsecurity ORDER BY t.name
""".format(name=named("c"))  # noqa: S608

# Views are rules too. What is disabled, or for a replica, does not apply here.
RULES = """
    SELECT t.name, r.rulename::text, r.ev_type::text
    FROM unnest(%s::text[], %s::text[]) t(name, class)
    JOIN pg_rewrite r ON r.ev_class = to_regclass(t.class)
    WHERE r.ev_type IN ('2', '3', '4') AND r.ev_enabled IN ('O', 'A')
    ORDER BY t.name, r.rulename
"""
NUMBER = "SELECT pg_backend_pid()"
# Others may be served in between, and take the session that was free a moment ago.
TRIES = 5

EVENTS = {"2": "UPDATE", "3": "INSERT", "4": "DELETE"}


class Facts(NamedTuple):
    """What the account may do with a table."""

    select: bool
    insert: bool
    delete: bool
    truncate: bool
    update: bool
    references: bool
    owns: bool
    owner: str
    creates: bool
    schema: str


class Surroundings(surroundings.Surroundings):
    """Asks the server's functions, which know of roles and their members."""

    def __init__(self, session: PostgreSQLSession) -> None:
        self._session = session

    # --- privileges -------------------------------------------------------

    def lacking(self, needs: Needs) -> list[Lacking]:
        (database,) = self._session.query(DATABASE)
        account = self._role(database[0])
        if closed := list(self._closed(needs.tables, account)):
            return closed
        facts = self._facts(needs.tables)
        found = [
            *self._of_rows(needs, facts, account),
            *self._of_tables(needs, facts, account),
        ]
        if needs.makes_tables:
            found += self._of_database(account, *database[1:], stages=needs.stages)
        return found

    def _closed(self, tables: Sequence[str], account: str) -> Iterator[Lacking]:
        """Yield the schemas in which the account sees no table; of those, no more."""
        schemas: dict[str, list[str]] = defaultdict(list)
        for name in tables:
            schemas[self._session.schema_and_name(name)[0]].append(name)
        for (schema,) in self._session.query(CLOSED, (sorted(filter(None, schemas)),)):
            sql = f"GRANT USAGE ON SCHEMA {self._role(schema)} TO {account}"
            why = _("to look at them")
            yield Lacking("USAGE", tuple(schemas[schema]), why, (sql,))

    def _facts(self, tables: Sequence[str]) -> dict[str, Facts]:
        classes = [self._session.regclass(name) for name in tables]
        rows = self._session.query(TABLES, (list(tables), classes))
        return {name: Facts(*row) for name, *row in rows}

    def _of_rows(
        self, needs: Needs, facts: Mapping[str, Facts], account: str
    ) -> Iterator[Lacking]:
        truncated = set(needs.emptied) - self._referred(needs)
        deleted = {*needs.deleted, *needs.emptied} - truncated
        for privilege, wanted, why in (
            ("SELECT", needs.read, _("to read and compare their rows")),
            ("INSERT", needs.written, _("to load rows into them")),
            (
                "UPDATE",
                {name: needs.written.get(name, ()) for name in needs.updated},
                _("to update rows in them"),
            ),
        ):
            lacking = [n for n in wanted if not getattr(facts[n], privilege.lower())]
            some = self._in_columns({n: wanted[n] for n in lacking}, privilege)
            yield from self._on(
                privilege, [n for n in lacking if n not in some], why, account
            )
        for privilege, names in (("DELETE", deleted), ("TRUNCATE", truncated)):
            lacking = [n for n in facts if n in names]
            lacking = [n for n in lacking if not getattr(facts[n], privilege.lower())]
            yield from self._on(privilege, lacking, _("to empty them first"), account)

    def _referred(self, needs: Needs) -> set[str]:
        """Return what a foreign key still refers to that does not come off."""
        off = {(one.table, one.name) for one in needs.items if one.is_foreign_key}
        return {
            key.to_table
            for key in self._session.catalog.foreign_keys()
            if (key.table, key.name) not in off
        }

    def _in_columns(
        self, columns: Mapping[str, Sequence[str]], privilege: str
    ) -> set[str]:
        """Return the tables of which the account has it for each of these columns."""
        pairs = [(name, column) for name in columns for column in columns[name]]
        if not pairs:
            return set()
        values = (
            [name for name, _column in pairs],
            [self._session.regclass(name) for name, _column in pairs],
            [column for _name, column in pairs],
            privilege,
        )
        return {name for (name,) in self._session.query(COLUMNS, values)}

    def _of_tables(
        self, needs: Needs, facts: Mapping[str, Facts], account: str
    ) -> Iterator[Lacking]:
        altered = dict.fromkeys(one.table for one in needs.items)
        owners: dict[str, list[str]] = defaultdict(list)
        for name in altered:
            if not facts[name].owns:
                owners[facts[name].owner].append(name)
        why = _(
            "to take their indexes, keys, triggers and settings off and put them back"
        )
        for owner, names in owners.items():
            sql = f"GRANT {self._role(owner)} TO {account}"
            yield Lacking(_("ownership"), tuple(names), why, (sql,))
        referred = dict.fromkeys(one.to_table for one in needs.items if one.to_table)
        lacking = [n for n in referred if n in facts and not facts[n].references]
        why = _("to put foreign keys that refer to them back")
        yield from self._on("REFERENCES", lacking, why, account)
        indexed = {one.table for one in needs.items if one.is_index}
        schemas = {facts[n].schema for n in indexed if not facts[n].creates}
        for schema in sorted(schemas):
            why = _("to put indexes back there")
            yield self._create_in(schema, why, account)

    def _of_database(
        self,
        account: str,
        database: str,
        schema: str | None,
        creates: bool | None,
        temporary: bool,
        *,
        stages: bool,
    ) -> Iterator[Lacking]:
        why = _("to keep the receipts of what is committed there")
        if schema is None:
            remedy = _("Let search_path begin with a schema that is there.")
            yield Lacking("CREATE", (), why, (remedy,))
        elif not creates:
            yield self._create_in(schema, why, account)
        if not temporary:
            sql = f"GRANT TEMPORARY ON DATABASE {self._role(database)} TO {account}"
            why = _("for a dry run, and to find the column of a row that is refused")
            if stages:
                why = _("to stage rows that are merged")
            yield Lacking("TEMPORARY", (), why, (sql,), needed=stages)

    def _create_in(self, schema: str, why: str, account: str) -> Lacking:
        sql = f"GRANT CREATE ON SCHEMA {self._role(schema)} TO {account}"
        return Lacking("CREATE", (), why, (sql,))

    def _on(
        self, privilege: str, tables: Iterable[str], why: str, account: str
    ) -> Iterator[Lacking]:
        names = tuple(tables)
        if names:
            places = ", ".join(map(self._session.regclass, names))
            sql = f"GRANT {privilege} ON {places} TO {account}"
            yield Lacking(privilege, names, why, (sql,))

    def _role(self, name: str) -> str:
        return self._session.quote(name).replace("%%", "%")

    # --- policies, rules, the server ------------------------------------------

    def obstacles(self) -> list[Obstacle]:
        if not self._session.query(IS_STANDBY)[0][0]:
            return []
        return [
            Obstacle(
                _("The server is a standby in recovery, which takes no writes."),
                _("Let the alias lead to the primary server."),
            )
        ]

    def is_pooled(self) -> bool:
        # A pooler makes up the number that a client would cancel by.
        return int(self._session.connection.info.backend_pid) != self._number()

    def _number(self) -> int:
        return int(self._session.query(NUMBER)[0][0])

    def shares_with(self, other: surroundings.Surroundings) -> bool:
        assert isinstance(other, Surroundings)
        for _try in range(TRIES):
            mine = self._number()
            try:
                with other._session.transaction():
                    theirs = other._number()
                    if theirs == mine or self._number() != mine:
                        return True
            except TransferError:
                # By statements instead of transactions, of which there are none then.
                return True
        return False

    def row_security(self, tables: Sequence[str]) -> list[RowSecurity]:
        classes = [self._session.regclass(name) for name in tables]
        found = []
        for name, holds, is_forced, owns, account, real in self._session.query(
            ROW_SECURITY, (list(tables), classes)
        ):
            remedy = _("ALTER ROLE %(account)s BYPASSRLS") % {
                "account": self._role(account)
            }
            if owns and is_forced:
                why = _("It is forced, so that it holds for the owner too.")
                place = self._session.regclass(real)
                remedy += _("; or, for the time of the run: %(sql)s") % {
                    "sql": f"ALTER TABLE {place} NO FORCE ROW LEVEL SECURITY"
                }
            else:
                why = _("The account does not own the table.")
            found.append(RowSecurity(name, holds, why, remedy))
        return found

    def rules(self, tables: Sequence[str]) -> list[Rule]:
        classes = [self._session.regclass(name) for name in tables]
        rows = self._session.query(RULES, (list(tables), classes))
        return [Rule(table, name, EVENTS[event]) for table, name, event in rows]
