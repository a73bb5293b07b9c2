"""D41 to D51: documents, UUIDs, addresses and fields of projects."""

from __future__ import annotations

from tests.edge_cases.case import Case, Column, Types
from tests.edge_cases.text import DOCUMENTS, JSON, OCTETS
from tests.values.samples import (
    EVERY,
    MARIADB,
    MYSQL,
    POSTGRESQL,
    SQL,
    SQLITE,
    Value,
)

UUID = "models.UUIDField("
UUIDS = {
    "postgresql": "uuid",
    "mariadb": "uuid",
    "mysql": "char(32)",
    "sqlite": "char(32)",
}
ADDRESS = "models.GenericIPAddressField("
ADDRESSES = {"postgresql": "inet", "both": "char(39)", "sqlite": "char(39)"}
OWN = "RawField('text'"
WORDS = {"both": "longtext", "sqlite": "text"}
# PostgreSQL's own types refuse by themselves what they cannot hold.
LOOSE = {"postgresql": "json", "mariadb": "longtext", "sqlite": "text"}


def document(
    name: str, what: str, *texts: str, engines: frozenset[str] = EVERY
) -> Column:
    return Column(
        name=name,
        what=what,
        field=JSON,
        types=DOCUMENTS,
        old=LOOSE,
        values=tuple(Value(one[:40], one, engines) for one in texts),
        form="document",
    )


def column(
    name: str,
    what: str,
    field: str,
    types: Types,
    form: str,
    *values: Value,
    old: Types | None = None,
) -> Column:
    return Column(
        name=name,
        what=what,
        field=field,
        types=types,
        old={} if old is None else old,
        values=values,
        form=form,
    )


def special(name: str, sql: str, text: str, what: str, field: str = OWN) -> Column:
    return column(
        name,
        what,
        field,
        {"postgresql": sql, **WORDS},
        "exact",
        Value(text, SQL(f"'{text}'"), POSTGRESQL),
    )


CASES: tuple[Case, ...] = (
    Column(
        name="d41a",
        what="the null of a document beside NULL",
        field=JSON,
        types=DOCUMENTS,
        values=(Value("NULL", None), Value("null", "null"), Value("[null]", "[null]")),
        form="document",
    ),
    document(
        "d42a",
        "spaces, escapes and the order of keys",
        '{ "bb" : 1,\t"a":2}',
        '"\\u00e9"',
        '"a\\/b"',
    ),
    document(
        "d42b",
        "a key twice in one object",
        '{"a": 1, "a": 2}',
        engines=EVERY - MYSQL,
    ),
    document(
        "d43a",
        "numbers that a float would change",
        *("[12345678901234567890123]", '{"n": 1.10}', "[1e2]"),
        engines=EVERY - MYSQL,
    ),
    document(
        "d44a",
        "half of a surrogate pair as an escape",
        '"\\ud83d"',
        engines=EVERY - MYSQL,
    ),
    document("d44b", "NaN in a document", "[NaN]", engines=MARIADB | SQLITE),
    document("d44c", "a document that is none", "{a", engines=MARIADB | SQLITE),
    document("d45a", "a document that is no object", "1", '"a"', "true", "[]"),
    document(
        "d45b",
        "a document nested 10,000 deep",
        "[" * 10_000 + "]" * 10_000,
        engines=SQLITE,
    ),
    column(
        "d46a",
        "UUIDs with and without hyphens, in capitals",
        UUID,
        UUIDS,
        "uuid",
        Value("hyphens", "00112233-4455-4677-8899-aabbccddeeff"),
        Value("capitals", "AABBCCDD-EEFF-4011-8233-445566778899"),
        old={"both": "char(36)", "sqlite": "char(36)"},
    ),
    column(
        "d46b",
        "a UUID in sixteen octets",
        UUID,
        UUIDS,
        "uuid",
        Value("octets", bytes(range(16)), EVERY - POSTGRESQL),
        old={"both": "binary(16)", "sqlite": "blob"},
    ),
    column(
        "d46c",
        "a UUID of version 8 and variant 0, which MariaDB's own type refuses",
        UUID,
        UUIDS,
        "uuid",
        Value("version 8", "00112233445586770899aabbccddeeff", EVERY - MARIADB),
        Value("version 4", "00112233445546778899aabbccddeeff"),
    ),
    column(
        "d48a",
        "an address with a mask",
        ADDRESS,
        ADDRESSES,
        "address",
        Value("/24", "192.168.0.1/24"),
        Value("no mask", "192.168.0.1"),
    ),
    column(
        "d48b",
        "an address in another spelling than its shortest",
        ADDRESS,
        ADDRESSES,
        "address",
        Value("long", "2001:0DB8::0001"),
        Value("mapped", "::ffff:1.2.3.4"),
    ),
    column(
        "d48c",
        "an address with a space behind, and a text that is none",
        ADDRESS,
        ADDRESSES,
        "address",
        Value("space", "10.0.0.1 ", SQLITE),
        Value("none", "nowhere", EVERY - POSTGRESQL),
    ),
    column(
        "d49a",
        "an array",
        "ArrayField(models.IntegerField()",
        {"postgresql": "integer[]", **WORDS},
        "exact",
        Value("numbers", SQL("'{1,NULL,3}'"), POSTGRESQL),
    ),
    special("d49b", "int4range", "[1,5)", "a range"),
    special("d49c", "money", "$1.50", "an amount of money"),
    special("d49d", "mood", "sad", "a word of an enumeration"),
    special("d49e", "citext", "Bob", "a text of no capitals"),
    special("d49f", "hstore", "a=>NULL", "pairs with NULL inside"),
    special("d49g", "tsvector", "a:1", "a search vector"),
    special("d49h", "word", "a word", "a text of a domain"),
    column(
        "d50a",
        "the path of a file that is not there",
        "models.FileField(upload_to='u'",
        "varchar(100)",
        "text",
        Value("path", "u/nowhere.pdf"),
        Value("empty", ""),
    ),
    column(
        "d51a",
        "octets of a field that never writes the same twice",
        "EncryptedField(",
        OCTETS,
        "binary",
        Value("octets", b"\x80\xff\x00 abc"),
    ),
    column(
        "d51b",
        "a text of a field that compresses, and one that it could not read",
        "CompressedField(",
        {"postgresql": "text", **WORDS},
        "text",
        Value("compressed", "eJyrVkpUsqoFAA=="),
        Value("not it", "{}"),
    ),
)
