"""Tables of many rows that are equal on both sides, made by the servers."""

from __future__ import annotations

from dashboard.transfer.columns import ColumnKind
from tests.dashboard.transfer.every_kind import FIELD, ID, DatabasePair, Field, types
from tests.servers import ByEngine, fresh_name

TEXT = Field("name", ColumnKind.TEXT, types("varchar(100)"))
FEW_FIELDS = [ID, TEXT, FIELD["document"]]

COUNTED = (
    "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s "
    "WHERE n < {rows}) SELECT n FROM s"
)
NUMBERS = ByEngine(
    postgresql="SELECT n FROM generate_series(1, {rows}) n",
    mariadb="SELECT seq AS n FROM seq_1_to_{rows}",
    mysql=COUNTED,
    sqlite=COUNTED,
)
# The same document, spelled as each engine likes it.
DOCUMENT = ByEngine(
    postgresql="""'{"a": 1, "bb": 2}'::jsonb""",
    mariadb="""'{"bb": 2, "a": 1}'""",
    mysql="""'{"bb": 2, "a": 1.0}'""",
    sqlite="""'{"bb":2,"a":1.0}'""",
)


def filled_by_servers(
    pair: DatabasePair, rows: int, fields: list[Field] = FEW_FIELDS
) -> str:
    table = fresh_name("t")
    for side in pair:
        side.create(table, fields)
        values = {"id": "n", "name": "'same'", "document": DOCUMENT[side.engine]}
        texts = ", ".join(values[field.name] for field in fields)
        numbers = NUMBERS[side.engine].format(rows=rows)
        side.run(f"INSERT INTO {table} SELECT {texts} FROM ({numbers}) s")
    return table
