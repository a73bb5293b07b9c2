"""Tables, their rows in the source, and what a destination breaks of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Case:
    """A table on both sides, its rows in the source, and what is said of them.

    ``said`` is the end of an id and what the message has; "" where nothing is.
    """

    old: str
    new: str
    rows: str
    said: str = ""
    also: Sequence[str] = ()

    @property
    def wanted(self) -> tuple[str, str]:
        number, _, words = self.said.partition(" ")
        return number, words


def keyed(column: str) -> str:
    return f"id integer PRIMARY KEY, {column}"


CI = "CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci"
INTO_MYSQL = {
    "spaces": Case(
        keyed("c varchar(9) UNIQUE"),
        keyed(f"c varchar(9) {CI} UNIQUE"),
        "(1, 'bob'), (2, 'bob '), (3, NULL), (4, NULL), (5, 'x')",
        "E230 whose key 'c' takes each value once: 1 group of them (keys: 1 = 2)",
    ),
    "letters": Case(
        keyed("c varchar(9) UNIQUE"),
        keyed(f"c varchar(9) {CI} UNIQUE"),
        "(1, 'a'), (2, 'A'), (3, 'é'), (4, 'E'), (5, '😀'), (6, '😎'), (7, '100%%')",
        "E230 3 groups of them (keys: 1 = 2, 3 = 4, 5 = 6)",
    ),
    "together": Case(
        keyed("a int, b varchar(9), UNIQUE (a, b)"),
        keyed(f"a int, b varchar(9) {CI}, UNIQUE k (a, b)"),
        "(1, 1, 'x'), (2, 1, 'X'), (3, 2, 'x'), (4, NULL, 'x'), (5, NULL, 'X')",
        "E230 'a, b' in the destination, whose key 'k'",
    ),
    "words": Case(
        "w varchar(9) PRIMARY KEY",
        f"w varchar(9) {CI} PRIMARY KEY",
        "('same'), ('Same'), ('other')",
        "E230 'PRIMARY'",
    ),
    "begins": Case(
        keyed("c varchar(9) UNIQUE"),
        keyed(f"c varchar(9) {CI}, UNIQUE (c(3))"),
        "(1, 'abcd'), (2, 'abce'), (3, 'ab')",
        "E230 (keys: 1 = 2)",
    ),
    "generated": Case(
        keyed("c varchar(9)"),
        keyed(f"c varchar(9) {CI}, g varchar(9) AS (left(c, 2)) STORED UNIQUE"),
        "(1, 'abc'), (2, 'abd')",
        "E230 'g'",
    ),
    "apart": Case(
        keyed("c varchar(9) UNIQUE, n int UNIQUE, d date UNIQUE"),
        keyed("c varbinary(9) UNIQUE, n int UNIQUE, d date UNIQUE"),
        "(1, 'a', 1, '2024-01-01'), (2, 'A', 2, '2024-01-02')",
    ),
    "checked": Case(
        keyed("n int, p int, c varchar(9)"),
        keyed(
            f"n int, p int CHECK (p >= 0), c varchar(9) {CI}, "
            "CONSTRAINT no_three CHECK (n <> 3 AND c NOT LIKE 'a%%'')%%')"
        ),
        "(1, 3, 0, 'x'), (2, 2, 1, NULL), (3, 1, 1, 'a'')b'), (4, NULL, 0, '')",
        "E231 2 rows of table 'checked' break the CHECK 'no_three'",
    ),
    "positive": Case(
        keyed("n int"),
        keyed("n int CHECK (n >= 0)"),
        "(1, 0), (2, -1), (3, -2)",
        "E231 2 rows of table 'positive'",
    ),
    "divided": Case(
        "w varchar(5) PRIMARY KEY",
        "w varchar(5) PRIMARY KEY) PARTITION BY LIST COLUMNS (w) "
        "(PARTITION a VALUES IN ('a', 'b%%'), PARTITION c VALUES IN ('c')",
        "('a'), ('b%%'), ('d')",
        "E231 1 row of table 'divided' has no partition in the destination, which "
        "divides it by 'w' (keys: d)",
    ),
    "below": Case(
        keyed("n int"),
        keyed("n int") + ") PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN (9)",
        "(8, 1), (9, 2)",
        "E231 (keys: 9)",
    ),
    "endless": Case(
        keyed("n int"),
        keyed("n int")
        + ") PARTITION BY RANGE (id) (PARTITION a VALUES LESS THAN MAXVALUE",
        "(8, 1), (9, 2)",
    ),
}
OF_MYSQL_ALONE = {
    "lowered": Case(
        keyed("c varchar(9) UNIQUE"),
        keyed(
            "c varchar(9) COLLATE utf8mb4_bin, "
            "UNIQUE e ((lower(c)), (substr('a,)', 1)))"
        ),
        "(1, 'ab'), (2, 'AB')",
        "E230 'e'",
    ),
    "lax": Case(
        keyed("n int"),
        keyed("n int, CONSTRAINT lax CHECK (n <> 3) NOT ENFORCED"),
        "(1, 3)",
    ),
}
INTO_POSTGRESQL = {
    "folded": Case(
        keyed("c varchar(9) COLLATE utf8mb4_bin UNIQUE"),
        keyed("c citext UNIQUE"),
        "(1, 'a'), (2, 'A'), (3, NULL)",
        "E230 (keys: 1 = 2)",
    ),
    "accents": Case(
        keyed("c varchar(9) COLLATE utf8mb4_bin UNIQUE"),
        keyed("c varchar(9) COLLATE loose UNIQUE"),
        "(1, 'resume'), (2, 'Résumé')",
        "E230 (keys: 1 = 2)",
    ),
    "exact": Case(
        keyed(f"c varchar(9) {CI} UNIQUE"), keyed("c varchar(9) UNIQUE"), "(1, 'a')"
    ),
    "expression": Case(
        keyed("c varchar(9), s int"),
        keyed("c varchar(9), s int"),
        "(1, 'a', 1), (2, 'A', 1), (3, 'b', 0), (4, 'B', 0)",
        "E230 'c, s' in the destination, whose key 'lowered' takes each value once: 1",
        ("CREATE UNIQUE INDEX lowered ON expression (lower(c)) WHERE s > 0",),
    ),
    "divided": Case(
        keyed("n int"),
        "id int PRIMARY KEY, n int) PARTITION BY LIST (id",
        "(1, 1), (2, 2), (3, 3)",
        "E231 2 rows of table 'divided' have no partition in the destination, which "
        "divides it by 'id' (keys: 2, 3)",
        (
            "CREATE TABLE part PARTITION OF divided FOR VALUES IN (1, 2) "
            "PARTITION BY RANGE (id)",
            "CREATE TABLE leaf PARTITION OF part FOR VALUES FROM (0) TO (2)",
        ),
    ),
    "default": Case(
        keyed("n int"),
        "id int, n int) PARTITION BY RANGE (id",
        "(1, 1)",
        also=('CREATE TABLE rest PARTITION OF "default" DEFAULT',),
    ),
    "nulls": Case(
        keyed("c varchar(9) UNIQUE"),
        keyed("c varchar(9) UNIQUE NULLS NOT DISTINCT"),
        "(1, NULL), (2, NULL)",
        "E230 (keys: 1 = 2)",
    ),
    "overlaps": Case(
        keyed("room int, since int, until int, gone int"),
        keyed(
            "room int, since int, until int, gone int, CONSTRAINT booked EXCLUDE "
            "USING gist ((abs(room)) WITH =, int4range(since, until) WITH &&) "
            "WHERE (gone %% 2 = 0)"
        ),
        "(1, 1, 1, 5, 0), (2, 2, 1, 5, 0), (3, 1, 5, 6, 0), (4, -1, 2, 3, 0), "
        "(5, 1, 2, 3, 1), (6, 1, NULL, NULL, NULL)",
        "E236 'room, since, until, gone' by the destination's constraint 'booked': "
        "1 pair of them (keys: 1 = 4)",
    ),
    "apart": Case(
        keyed("room int"),
        keyed("room int, EXCLUDE USING btree (room WITH =)"),
        "(1, 1), (2, 2), (3, NULL), (4, NULL)",
    ),
    "new_key": Case(
        keyed("a int, b int"),
        keyed("a int, b int, UNIQUE (a, b)"),
        "(1, 1, 1), (2, 1, 1), (3, 2, 1)",
        "E230 (keys: 1 = 2)",
    ),
    "domains": Case(
        keyed("n int, t varchar(9)"),
        keyed("n small_n, t word"),
        "(1, 9, 'ok'), (2, 10, 'ok'), (3, NULL, 'ok'), (4, 1, 'VALUE'), (5, -1, 'x')",
        "E231 1 row of table 'domains' breaks the CHECK 'below_ten'",
    ),
    "checked": Case(
        keyed("n int, p int"),
        keyed('n int, p int CHECK (p >= 0), CONSTRAINT "100%%" CHECK (n %% 3 <> 0)'),
        "(1, 3, -1), (2, 4, 1)",
        "E231 1 row of table 'checked' breaks the CHECK '100%'",
    ),
    "long": Case(
        keyed("c longtext, d longtext"),
        keyed("c text, d text"),
        "(1, concat(sha2(1,512),sha2(2,512),repeat(sha2(3,512),60)), 'x'), "
        f"(2, concat({','.join(f'sha2({n},512)' for n in range(60))}), 'x'), "
        "(3, 'x', 'y')",
        "E232 1 row of table 'long' has values of 'c' that the destination's index "
        "'long_c' has no room for (keys: 2)",
        ("CREATE INDEX long_c ON long (c)",),
    ),
}
BEFORE = (
    "CREATE EXTENSION citext",
    "CREATE EXTENSION btree_gist",
    "CREATE COLLATION loose (provider = icu, locale = 'und-u-ks-level1', "
    "deterministic = false)",
    "CREATE DOMAIN below AS int CONSTRAINT below_ten CHECK (VALUE < 10)",
    "CREATE DOMAIN small_n AS below CONSTRAINT above CHECK (VALUE > 0 OR VALUE = -1)",
    "CREATE DOMAIN word AS text CHECK (VALUE <> 'VALUE.' AND \"length\"(VALUE) > 0)",
)
INTO_SQLITE = {
    "nocase": Case(
        keyed("c varchar(9) UNIQUE"),
        keyed("c varchar(9) COLLATE NOCASE UNIQUE"),
        "(1, 'a'), (2, 'A'), (3, 'ä'), (4, 'Ä')",
        "E230 1 group of them (keys: 1 = 2)",
    ),
    "expression": Case(
        keyed("c varchar(9), s int"),
        keyed("c varchar(9), s int"),
        "(1, 'a', 1), (2, 'A', 1), (3, 'b', 0), (4, 'B', 0)",
        "E230 'c, s' in the destination, whose key 'lowered' takes each value once: 1",
        ("CREATE UNIQUE INDEX lowered ON expression (lower(c) DESC) WHERE s > 0",),
    ),
    "checked": Case(
        keyed("n int, p int"),
        'id integer PRIMARY KEY, -- a comment, (\n "n" int CHECK ("n" <> 3), p int, '
        "CONSTRAINT [no one] CHECK (p <> 1 /* ) */ AND 'x)' <> '')",
        "(1, 3, 1), (2, 4, 2), (3, 3, 0)",
        "E231 2 rows of table 'checked' break the CHECK 'n'",
    ),
    "unnamed": Case(
        keyed("n int"),
        keyed("n int, CHECK (n <> 3)"),
        "(1, 3)",
        "E231 CHECK 'n <> 3' of",
    ),
    "partial": Case(
        keyed("n int, s int"),
        keyed("n int, s int"),
        "(1, 1, 1), (2, 1, 1), (3, 1, 0)",
        "E230 (keys: 1 = 2)",
        ("CREATE UNIQUE INDEX some ON partial (n) WHERE s > 0 -- and no others",),
    ),
}

DIRECTIONS = {
    "mariadb": ("postgresql", INTO_MYSQL, ()),
    "mysql": ("postgresql", {**INTO_MYSQL, **OF_MYSQL_ALONE}, ()),
    "postgresql": ("mariadb", INTO_POSTGRESQL, BEFORE),
    "sqlite": ("postgresql", INTO_SQLITE, ()),
}
