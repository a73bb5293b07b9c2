"""What has to hold after every fault, by an oracle that shares no code with it.

I1 no row is lost, I2 none is there twice, I3 every value is equal, I4 the schema is
as before, I5 new rows get numbers, I6 the status is true, I7 progress adds up to what
is there, I8 one clear error, I9 nothing stays behind, I10 the source is unchanged,
I11 a table has one writer, I12 it ends in time.
"""

from __future__ import annotations

from typing import Any

from dashboard.models import Chunk, MigrationRun, Reservation
from tests import oracle
from tests.project import Project, wait_until

SESSIONS = {
    "postgresql": """
        SELECT application_name FROM pg_stat_activity
        WHERE datname = current_database()
          AND application_name LIKE 'migration-console-%'""",
    "mysql": """
        SELECT id FROM information_schema.innodb_trx t
        JOIN information_schema.processlist p ON p.id = t.trx_mysql_thread_id
        WHERE p.db = DATABASE()""",
}


class Witness:
    """Remembers two databases before a run and judges them after it."""

    def __init__(self, project: Project, source: str, destination: str) -> None:
        self._project = project
        self._aliases = source, destination
        self._schemas = [self._schema(alias) for alias in self._aliases]
        self._rows = oracle.row_counts(project.entry(source))

    def _schema(self, alias: str) -> dict[str, set[Any]]:
        return oracle.schema_snapshot(self._project.entry(alias))

    def assert_kept(self, run: MigrationRun) -> None:
        """Raise AssertionError, with the invariant's number, for what is broken."""
        run.refresh_from_db()
        source, destination = map(self._project.entry, self._aliases)
        status = run.status, run.verdict, run.error
        assert status == ("succeeded", "verified", ""), f"I6: {status}"
        assert oracle.differences(source, destination) == [], "I1 I2 I3"
        before, after = self._schemas[1], self._schema(self._aliases[1])
        assert oracle.schema_differences(before, after) == [], "I4"
        assert oracle.new_object_problems(self._aliases[1]) == [], "I5"
        assert self._schema(self._aliases[0]) == self._schemas[0], "I10: schema"
        assert oracle.row_counts(source) == self._rows, "I10: rows"
        self._assert_sums(run)
        self._assert_nothing_left(run)

    def _assert_sums(self, run: MigrationRun) -> None:
        there = oracle.row_counts(self._project.entry(self._aliases[1]))
        for table in run.tables.filter(replaced_last=False):
            copied = Chunk.objects.filter(table=table, state="copied")
            rows = sum(copied.values_list("rows", flat=True))
            found = there.get(table.table, rows)
            assert table.rows_copied == rows == found, f"I7: {table.table}"
        for chunk in Chunk.objects.of(run):
            assert chunk.state in ("copied", "void"), f"I7: chunk {chunk.state}"

    def _assert_nothing_left(self, run: MigrationRun) -> None:
        entry = self._project.entry(self._aliases[1])
        assert not Reservation.objects.filter(run=run).exists(), "I9: reservation"
        # Whoever ends a run lets go of its lane a moment later; a lease of a dead
        # process runs out.
        wait_until(lambda: not run.lanes.leased().exists(), 10, "I9: lease")
        with oracle.reading(entry) as reader:
            receipts = [name for name in reader.all_tables() if "_receipts_" in name]
        assert receipts == [], "I9: receipts"
        wait_until(lambda: not self._sessions(entry), 10, "I9: sessions stay open")

    def _sessions(self, entry: dict[str, Any]) -> list[tuple[Any, ...]]:
        kind = entry["ENGINE"].rpartition(".")[2]
        sql = SESSIONS.get(kind)
        if sql is None:
            return []
        with oracle.reading(entry) as reader:
            return list(reader.query(sql))
