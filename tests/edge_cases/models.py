"""D57 to D63: what models are, and what refers to what."""

from __future__ import annotations

from tests.edge_cases.case import Tables, model
from tests.edge_cases.keys import NUMBERED, table
from tests.edge_cases.schema import KEY, NUMBER, numbered

CASES = (
    Tables(
        name="d57a",
        what="fields that set themselves whenever a row is saved",
        classes=model(
            "D57a",
            "d57a",
            f"{KEY}\nmade = models.DateField(auto_now_add=True)\n"
            "seen = models.DateField(auto_now=True)",
        ),
        both=(table("d57a", "id integer PRIMARY KEY, made date, seen date"),),
        rows=("INSERT INTO d57a VALUES (1, '2001-01-01', '2001-02-03')",),
        asked=("SELECT id, made, seen FROM d57a ORDER BY 1",),
    ),
    Tables(
        name="d58a",
        what="a manager that hides rows",
        classes="""
class Hiding(models.Manager):
    def get_queryset(self):
        return super().get_queryset().filter(number=1)
"""
        + model("D58a", "d58a", f"{NUMBER}\nobjects = Hiding()"),
        both=(table("d58a", "id integer PRIMARY KEY, number integer"),),
        rows=("INSERT INTO d58a VALUES (1, 1), (2, 2), (3, NULL)",),
        asked=("SELECT id, number FROM d58a ORDER BY 1",),
    ),
    Tables(
        name="d59a",
        what="a model that inherits from another's table, and a proxy",
        classes=numbered("d59a")
        + model("D59aChild", "d59a_child", "more = models.IntegerField()", "D59a")
        + "class D59aProxy(D59aChild):\n    class Meta:\n        proxy = True\n",
        both=(
            table("d59a", "id integer PRIMARY KEY, number integer"),
            table(
                "d59a_child",
                "d59a_ptr_id integer PRIMARY KEY, more integer, "
                "FOREIGN KEY (d59a_ptr_id) REFERENCES d59a (id)",
            ),
        ),
        rows=(
            "INSERT INTO d59a VALUES (1, 1), (2, 2)",
            "INSERT INTO d59a_child VALUES (2, 3)",
        ),
        asked=(
            "SELECT id, number FROM d59a ORDER BY 1",
            "SELECT d59a_ptr_id, more FROM d59a_child ORDER BY 1",
        ),
    ),
    Tables(
        name="d61a",
        what="many to many: automatic, with fields of its own, and with itself",
        classes=model(
            "D61a",
            "d61a",
            f"{KEY}\nfriends = models.ManyToManyField('self', db_table='d61a_friends')"
            "\nall = models.ManyToManyField('self', through='D61aOwn')",
        )
        + model(
            "D61aOwn",
            "d61a_own",
            f"{KEY}\none = models.ForeignKey(D61a, models.CASCADE, related_name='+')\n"
            "two = models.ForeignKey(D61a, models.CASCADE, related_name='+')\n"
            "since = models.IntegerField()",
        ),
        both=(
            table("d61a", "id integer PRIMARY KEY"),
            table(
                "d61a_friends",
                "id {}, from_d61a_id integer REFERENCES d61a (id), "
                "to_d61a_id integer REFERENCES d61a (id), "
                "UNIQUE (from_d61a_id, to_d61a_id)",
                NUMBERED,
            ),
            table(
                "d61a_own",
                "id integer PRIMARY KEY, one_id integer REFERENCES d61a (id), "
                "two_id integer REFERENCES d61a (id), since integer",
            ),
        ),
        rows=(
            "INSERT INTO d61a VALUES (1), (2)",
            "INSERT INTO d61a_friends VALUES (3, 1, 2), (4, 2, 1)",
            "INSERT INTO d61a_own VALUES (9, 2, 2, 1999)",
        ),
        asked=(
            "SELECT * FROM d61a_friends ORDER BY 1",
            "SELECT id, one_id, two_id, since FROM d61a_own ORDER BY 1",
        ),
    ),
    Tables(
        name="d62a",
        what="rows that refer to later ones, of their own table and in a circle",
        classes=model(
            "D62a",
            "d62a",
            f"{KEY}\nparent = models.ForeignKey('self', models.CASCADE, null=True)\n"
            "best = models.ForeignKey('D62aPart', models.CASCADE, null=True)",
        )
        + model(
            "D62aPart",
            "d62a_part",
            f"{KEY}\nwhole = models.ForeignKey(D62a, models.CASCADE)",
        ),
        both=(
            table("d62a", "id integer PRIMARY KEY, parent_id integer, best_id integer"),
            table(
                "d62a_part",
                "id integer PRIMARY KEY, whole_id integer NOT NULL, "
                "FOREIGN KEY (whole_id) REFERENCES d62a (id)",
            ),
        ),
        rows=(
            "INSERT INTO d62a VALUES (1, 9, 4), (2, 1, NULL), (3, 3, 1), (4, 9, 1), "
            "(9, NULL, 4)",
            "INSERT INTO d62a_part VALUES (1, 9), (4, 1)",
        ),
        destination=(
            {
                engine: f"ALTER TABLE d62a ADD {what}"
                for engine in ("postgresql", "both")
                for what in (
                    "FOREIGN KEY (parent_id) REFERENCES d62a (id), "
                    "ADD FOREIGN KEY (best_id) REFERENCES d62a_part (id)",
                )
            },
        ),
        asked=(
            "SELECT id, parent_id, best_id FROM d62a ORDER BY 1",
            "SELECT id, whole_id FROM d62a_part ORDER BY 1",
        ),
    ),
    Tables(
        name="d63a",
        what="rows that refer to what is not there",
        classes=numbered("d63a")
        + model(
            "D63aPart",
            "d63a_part",
            f"{KEY}\nwhole = models.ForeignKey(D63a, models.CASCADE)",
        ),
        both=(table("d63a", "id integer PRIMARY KEY, number integer"),),
        source=(table("d63a_part", "id integer PRIMARY KEY, whole_id integer"),),
        destination=(
            table(
                "d63a_part",
                "id integer PRIMARY KEY, whole_id integer, "
                "FOREIGN KEY (whole_id) REFERENCES d63a (id)",
            ),
        ),
        rows=(
            "INSERT INTO d63a VALUES (1, 1)",
            "INSERT INTO d63a_part VALUES (1, 1), (2, 5), (3, 5)",
        ),
        asked=("SELECT id, whole_id FROM d63a_part ORDER BY 1",),
    ),
    Tables(
        name="d60a",
        what="a view where the table should be",
        classes=numbered("d60a"),
        source=(table("d60a", "id integer PRIMARY KEY, number integer"),),
        destination=("CREATE VIEW d60a AS SELECT 1 AS id, 1 AS number",),
        rows=("INSERT INTO d60a VALUES (1, 1)",),
        asked=("SELECT id, number FROM d60a ORDER BY 1",),
    ),
)
