"""D1 to D18: texts, octets and what is taken for equal."""

from __future__ import annotations

import random
import string

from tests.edge_cases.case import Column, Tables, Types, model
from tests.values.samples import EVERY, POSTGRESQL, SQL, SQLITE, Value

NAME = "models.CharField(max_length=40"
TEXT = "models.TextField("
JSON = "models.JSONField("
TEXTS = {"postgresql": "text", "both": "longtext", "sqlite": "text"}
OCTETS = {"postgresql": "bytea", "both": "longblob", "sqlite": "blob"}
DOCUMENTS = {
    "postgresql": "jsonb",
    "mariadb": "longtext CHECK (json_valid(reading))",
    "mysql": "json",
    "sqlite": "text",
}
# Compared by their code points, spaces behind included.
EXACT = {
    "postgresql": "varchar(40)",
    "mariadb": "varchar(40) COLLATE utf8mb4_nopad_bin",
    "mysql": "varchar(40) COLLATE utf8mb4_0900_bin",
    "sqlite": "varchar(40)",
}
ORDINARY = Value("ordinary", "ordinary")


def unique(collation: str, mysql: str = "", sqlite: str = "") -> dict[str, str]:
    """A unique column, of these collations; PostgreSQL's has its own as it is."""
    return {
        "postgresql": "varchar(40) UNIQUE",
        "mariadb": f"varchar(40) COLLATE {collation} UNIQUE",
        "mysql": f"varchar(40) COLLATE {mysql or collation} UNIQUE",
        "sqlite": f"varchar(40) {sqlite} UNIQUE",
    }


def alike(name: str, what: str, types: dict[str, str], *texts: str) -> Column:
    """Two texts that some unique column takes for one."""
    values = tuple(Value(ascii(text), text) for text in texts)
    return Column(
        name=name,
        what=what,
        field=NAME,
        types=types,
        old=EXACT,
        values=(*values, ORDINARY),
        form="text",
    )


def text(
    name: str,
    what: str,
    *values: Value,
    types: Types = TEXTS,
    old: Types | None = None,
) -> Column:
    return Column(
        name=name,
        what=what,
        field=TEXT,
        types=types,
        old=old or {},
        values=(*values, ORDINARY),
        form="text",
    )


def random_text(length: int) -> str:
    """A text that no server makes much shorter by compressing it."""
    return "".join(random.Random(1).choices(string.ascii_letters, k=length))


TEN = {"postgresql": "char(10)", "both": "char(10)", "sqlite": "char(10)"}
SPACES = " " * 30
AWKWARD = ("\\", "\t", "\n", "\r", "\\N", "\\.", "a\n\\.\nb", "NULL", '"\\N"', "x\\")

CASES = (
    text(
        "d01a",
        "U+0000 inside a text",
        Value("NUL", "a\0b", EVERY - POSTGRESQL),
    ),
    Column(
        name="d02a",
        what="the escape \\u0000 deep in a document",
        field=JSON,
        types=DOCUMENTS,
        old={"postgresql": "json"},
        values=(Value("nested", '{"a": [{"b\\u0000": "\\u0000"}]}'),),
        form="document",
    ),
    text(
        "d03a",
        "octets that are no UTF-8 in a column of texts",
        Value("latin-1", SQL("CAST(x'6180e962' AS TEXT)"), SQLITE),
    ),
    Column(
        name="d03b",
        what="octets that are no UTF-8, from a column of octets into texts",
        field=TEXT,
        types=TEXTS,
        old=OCTETS,
        values=(Value("FF FE", b"\xff\xfe"), Value("é", "é".encode())),
        form="text",
    ),
    Column(
        name="d04a",
        what="an emoji for a column of three octets a character",
        field=NAME,
        types={"both": "varchar(40) CHARACTER SET utf8mb3"},
        old=EXACT,
        values=(Value("🚲", "a🚲"), Value("é", "é")),
        form="text",
    ),
    text(
        "d05a",
        "an alias whose OPTIONS ask MySQL for a connection in latin1",
        Value("é, €, 🚲", "é€🚲ÿ"),
    ),
    alike(
        "d06a",
        "texts that differ in a space behind, under a unique key",
        unique("utf8mb4_general_ci", "utf8mb4_bin"),
        "bob",
        "bob ",
    ),
    alike(
        "d07a",
        "texts that differ in capitals, under a unique key",
        unique("utf8mb4_general_ci", "utf8mb4_0900_ai_ci", "COLLATE NOCASE"),
        "Bob",
        "bob",
    ),
    alike(
        "d07b",
        "texts that differ in capitals, in a column of citext",
        {"postgresql": "citext UNIQUE"},
        "Bob",
        "bob",
    ),
    alike(
        "d08a",
        "texts that differ in accents, under a unique key",
        unique("utf8mb4_general_ci", "utf8mb4_0900_ai_ci"),
        "resume",
        "résumé",
    ),
    alike(
        "d08b",
        "ß beside ss, under a unique key",
        unique("utf8mb4_unicode_ci"),
        "Strasse",
        "Straße",
    ),
    alike(
        "d08c",
        "two emoji, under a unique key",
        unique("utf8mb4_general_ci"),
        "🚲",
        "🚀",
    ),
    alike(
        "d08d",
        "a letter composed and decomposed, under a unique key",
        unique("utf8mb4_unicode_ci", "utf8mb4_0900_ai_ci"),
        "\u00e9",
        "e\u0301",
    ),
    Column(
        name="d09a",
        what="a space behind, into a column of fixed length",
        field=NAME,
        types=TEN,
        old=EXACT,
        values=(Value("bob ", "bob "), Value("bob", "bob")),
        form="text",
    ),
    Column(
        name="d09b",
        what="a padded text, between columns of fixed length",
        field=NAME,
        types=TEN,
        values=(Value("bob", "bob"), Value("empty", "")),
        form="text",
    ),
    Column(
        name="d09c",
        what="fewer octets than a column of fixed length has",
        field="models.BinaryField(",
        types={"both": "binary(5)"},
        old=OCTETS,
        values=(Value("2", b"ab"), Value("5", b"ab\0\0\0")),
        form="binary",
    ),
    Column(
        name="d10a",
        what="more characters than the column is long",
        field="models.CharField(max_length=20",
        types="varchar(20)",
        old="varchar(40)",
        values=(Value("21", "é" * 21), ORDINARY),
        form="text",
    ),
    Column(
        name="d10b",
        what="as many characters as the column is long, of several octets each",
        field="models.CharField(max_length=20",
        types="varchar(20)",
        values=(Value("20", "€" * 19 + "x"), ORDINARY),
        form="text",
    ),
    Column(
        name="d11a",
        what="too long by nothing but spaces behind",
        field="models.CharField(max_length=20",
        types="varchar(20)",
        old="varchar(40)",
        values=(Value("spaces", "bob" + SPACES), ORDINARY),
        form="text",
    ),
    Column(
        name="d12a",
        what="more octets than a small text type has",
        field=TEXT,
        types={"both": "text"},
        old=TEXTS,
        values=(Value("66,000 in 33,000", "é" * 33_000), ORDINARY),
        form="text",
    ),
    text(
        "d13a",
        "a text that is too long for its index",
        Value("9,000", random_text(9_000)),
        types={
            "postgresql": "text UNIQUE",
            "mariadb": "longtext UNIQUE",
            "sqlite": "text UNIQUE",
        },
        old=TEXTS,
    ),
    Column(
        name="d14a",
        what="octets of every value, at both ends those that formats use",
        field="models.BinaryField(",
        types=OCTETS,
        values=(
            Value("all", bytes(range(256))),
            *(Value(f"{n:02x}", bytes((n, 97, n))) for n in b"\0\x1a\\\t\n\r"),
            Value("hex", b"\\x4142"),
            Value("empty", b""),
        ),
        form="binary",
    ),
    text(
        "d15a",
        "texts that are marks of COPY and LOAD DATA",
        *(Value(ascii(one), one) for one in AWKWARD),
    ),
    text("d16a", "an empty text beside NULL", Value("empty", ""), Value("NULL", None)),
    text(
        "d17a",
        "quotes, semicolons and percent signs in texts",
        *(Value(one, one) for one in ("';--", '"`', "100%", "%s %(x)s %d %%")),
    ),
    Tables(
        name="d17b",
        what="percent signs and quotes in the names of columns",
        classes=model(
            "D17b",
            "d17b",
            """
            id = models.IntegerField(primary_key=True)
            share = models.IntegerField(db_column="100%")
            one = models.CharField(max_length=9, db_column="%s")
            two = models.CharField(max_length=9, db_column="%(x)s 'q'")
            """,
        ),
        both=(
            {
                "postgresql": 'CREATE TABLE d17b (id integer PRIMARY KEY, "100%" '
                'integer, "%s" varchar(9), "%(x)s \'q\'" varchar(9))',
                "both": "CREATE TABLE d17b (id integer PRIMARY KEY, `100%` integer, "
                "`%s` varchar(9), `%(x)s 'q'` varchar(9))",
                "sqlite": 'CREATE TABLE d17b (id integer PRIMARY KEY, "100%" integer, '
                '"%s" varchar(9), "%(x)s \'q\'" varchar(9))',
            },
        ),
        rows=("INSERT INTO d17b VALUES (1, 100, 'a%s', 'b%'), (2, 7, '%', '''')",),
        asked=("SELECT * FROM d17b ORDER BY 1",),
    ),
    text(
        "d18a",
        "characters that nobody sees, from right to left, beyond 16 bits",
        *(Value(ascii(c), f"a{c}b") for c in "\u200b\u202e\ufeff\U0001f6b2\U0010ffff"),
    ),
    text(
        "d18b",
        "half of a surrogate pair as octets",
        Value("D83D", SQL("CAST(x'EDA0BD' AS TEXT)"), SQLITE),
    ),
)
