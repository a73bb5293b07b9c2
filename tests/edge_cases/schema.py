"""D55, D56, D64 to D66, D72, D77: what a schema does of itself."""

from __future__ import annotations

from tests.edge_cases.case import Tables, model
from tests.edge_cases.keys import table
from tests.values.samples import BOTH, POSTGRESQL

TRIGGER = {
    "postgresql": (
        "CREATE FUNCTION d56a() RETURNS trigger LANGUAGE plpgsql AS "
        "'BEGIN NEW.number = 7; RETURN NEW; END'",
        "CREATE TRIGGER d56a BEFORE INSERT ON d56a FOR EACH ROW "
        "EXECUTE FUNCTION d56a()",
    ),
    "both": (
        "",
        "CREATE TRIGGER d56a BEFORE INSERT ON d56a FOR EACH ROW SET NEW.number = 7",
    ),
    "sqlite": (
        "",
        "CREATE TRIGGER d56a AFTER INSERT ON d56a "
        "BEGIN UPDATE d56a SET number = 7 WHERE id = NEW.id; END",
    ),
}
KEY = "id = models.IntegerField(primary_key=True)"
NUMBER = f"{KEY}\nnumber = models.IntegerField(null=True)"


def numbered(name: str) -> str:
    """A model of a key and a number."""
    return model(name.capitalize(), name, NUMBER)


CASES = (
    Tables(
        name="d55a",
        what="a column that both sides compute",
        classes=model(
            "D55a",
            "d55a",
            f"""{KEY}
number = models.IntegerField()
twice = models.GeneratedField(
    expression=models.F("number") * 2,
    output_field=models.IntegerField(),
    db_persist=True,
)
""",
        ),
        both=(
            table(
                "d55a",
                "id integer PRIMARY KEY, number integer, "
                "twice integer GENERATED ALWAYS AS (number * 2) STORED",
            ),
        ),
        rows=("INSERT INTO d55a (id, number) VALUES (1, 21), (2, -1)",),
        asked=("SELECT id, number, twice FROM d55a ORDER BY 1",),
    ),
    Tables(
        name="d56a",
        what="a trigger of the destination that changes what is written",
        classes=numbered("d56a"),
        both=(table("d56a", "id integer PRIMARY KEY, number integer"),),
        destination=tuple(
            {engine: statements[n] for engine, statements in TRIGGER.items()}
            for n in (0, 1)
        ),
        rows=("INSERT INTO d56a VALUES (1, 1)",),
        asked=("SELECT id, number FROM d56a ORDER BY 1",),
    ),
    Tables(
        name="d56b",
        what="columns that the destination would fill itself",
        classes=model(
            "D56b",
            "d56b",
            f"{KEY}\nnumber = models.IntegerField(null=True, db_default=5)\n"
            "day = models.CharField(max_length=30, null=True)",
        ),
        both=(
            table(
                "d56b",
                "id integer PRIMARY KEY, number integer DEFAULT 5, "
                "day varchar(30) DEFAULT 'today'",
            ),
        ),
        rows=("INSERT INTO d56b VALUES (1, NULL, NULL), (2, 0, '')",),
        asked=("SELECT id, number, day FROM d56b ORDER BY 1",),
    ),
    Tables(
        name="d64a",
        what="NULL several times under a unique key, alone and of two columns",
        classes=model(
            "D64a",
            "d64a",
            f"{NUMBER}\nother = models.IntegerField(null=True)",
        ),
        both=(
            table(
                "d64a",
                "id integer PRIMARY KEY, number integer UNIQUE, other integer, "
                "UNIQUE (number, other)",
            ),
        ),
        rows=("INSERT INTO d64a VALUES (1, NULL, 1), (2, NULL, 1), (3, 3, NULL)",),
        asked=("SELECT id, number, other FROM d64a ORDER BY 1",),
    ),
    Tables(
        name="d64b",
        what="NULL several times, where a unique key takes one for another",
        destinations=POSTGRESQL,
        classes=numbered("d64b"),
        source=(table("d64b", "id integer PRIMARY KEY, number integer"),),
        destination=(
            "CREATE TABLE d64b (id integer PRIMARY KEY, "
            "number integer UNIQUE NULLS NOT DISTINCT)",
        ),
        rows=("INSERT INTO d64b VALUES (1, NULL), (2, NULL), (3, 3)",),
        asked=("SELECT id, number FROM d64b ORDER BY 1",),
    ),
    Tables(
        name="d65a",
        what="a unique key that is checked at the end of a transaction",
        destinations=POSTGRESQL,
        classes=numbered("d65a"),
        source=(table("d65a", "id integer PRIMARY KEY, number integer"),),
        destination=(
            "CREATE TABLE d65a (id integer PRIMARY KEY, "
            "number integer UNIQUE DEFERRABLE INITIALLY DEFERRED)",
        ),
        rows=("INSERT INTO d65a VALUES (1, 1), (2, 2)",),
        asked=("SELECT id, number FROM d65a ORDER BY 1",),
    ),
    Tables(
        name="d66a",
        what="values that break a CHECK of the destination",
        classes=numbered("d66a"),
        source=(table("d66a", "id integer PRIMARY KEY, number integer"),),
        destination=(
            table(
                "d66a",
                "id integer PRIMARY KEY, number integer, CHECK (number % 2 = 0)",
            ),
        ),
        rows=("INSERT INTO d66a VALUES (1, 1), (2, 2), (3, NULL)",),
        asked=("SELECT id, number FROM d66a ORDER BY 1",),
    ),
    Tables(
        name="d66b",
        what="values that collide under a unique index of some rows",
        destinations=frozenset({"postgresql", "sqlite"}),
        classes=numbered("d66b"),
        both=(table("d66b", "id integer PRIMARY KEY, number integer"),),
        destination=("CREATE UNIQUE INDEX d66b_1 ON d66b (number) WHERE number > 5",),
        rows=("INSERT INTO d66b VALUES (1, 1), (2, 1), (3, 6), (4, 6)",),
        asked=("SELECT id, number FROM d66b ORDER BY 1",),
    ),
    Tables(
        name="d66c",
        what="indexes of expressions, of some rows, and those that exclude",
        destinations=POSTGRESQL,
        classes=model("D66c", "d66c", f"{KEY}\nname = models.TextField()"),
        both=(
            table(
                "d66c",
                "id integer PRIMARY KEY, name {}",
                {"postgresql": "text", "both": "longtext", "sqlite": "text"},
            ),
        ),
        destination=(
            "CREATE INDEX d66c_1 ON d66c (lower(name))",
            "CREATE UNIQUE INDEX d66c_2 ON d66c (name) WHERE id > 1",
            "CREATE INDEX d66c_3 ON d66c USING gin (to_tsvector('simple', name))",
            "ALTER TABLE d66c ADD EXCLUDE USING gist (int4range(id, id + 1) WITH &&)",
        ),
        rows=("INSERT INTO d66c VALUES (1, 'a'), (2, 'a'), (3, 'A')",),
        asked=("SELECT id, name FROM d66c ORDER BY 1",),
    ),
    Tables(
        name="d72a",
        what="spaces, quotes, reserved words and capitals in names",
        classes=model(
            "D72a",
            "d72a Order",
            """
            id = models.IntegerField(primary_key=True)
            one = models.IntegerField(db_column="select")
            two = models.IntegerField(db_column="Two words")
            three = models.IntegerField(db_column="größe")
            """,
        ),
        both=(
            {
                engine: f"CREATE TABLE {q}d72a Order{q} (id integer PRIMARY KEY, "
                f"{q}select{q} integer, {q}Two words{q} integer, {q}größe{q} integer)"
                for engine, q in (("postgresql", '"'), ("both", "`"), ("sqlite", '"'))
            },
        ),
        rows=(
            {
                engine: f"INSERT INTO {q}d72a Order{q} VALUES (1, 2, 3, 4)"
                for engine, q in (("postgresql", '"'), ("both", "`"), ("sqlite", '"'))
            },
        ),
        asked=(
            {
                engine: f"SELECT {q}größe{q}, {q}Two words{q}, {q}select{q}, id "
                f"FROM {q}d72a Order{q}"
                for engine, q in (("postgresql", '"'), ("both", "`"), ("sqlite", '"'))
            },
        ),
    ),
    Tables(
        name="d77a",
        what="a table of an engine that cannot roll back",
        destinations=BOTH,
        classes=numbered("d77a"),
        source=(table("d77a", "id integer PRIMARY KEY, number integer"),),
        destination=(
            "CREATE TABLE d77a (id integer PRIMARY KEY, number integer) ENGINE=MyISAM",
        ),
        rows=("INSERT INTO d77a VALUES (1, 1)",),
        asked=("SELECT id, number FROM d77a ORDER BY 1",),
    ),
)
