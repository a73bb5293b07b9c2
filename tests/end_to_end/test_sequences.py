"""After a run every sequence goes on beyond the largest key, whatever it hangs on."""

from __future__ import annotations

from typing import Any

import pytest

from tests.dashboard.planning.checking import run_sql
from tests.oracle import reading
from tests.project import Project, soaked
from tests.servers import fresh_name
from tests.throwaway import Throwaway

NAMES = ["called", "cast", "triggered", "one", "other", "always", "down", "odd", "low"]
MODELS = "\n".join(
    f"class {name.title()}(models.Model):\n    name = models.CharField(max_length=40)"
    for name in NAMES
)
# How the destination numbers its rows; Django made an identity of each.
SHAPES = """
CREATE SEQUENCE called_ids;
CREATE FUNCTION inner_id() RETURNS bigint LANGUAGE plpgsql AS
    'BEGIN RETURN nextval(''called_ids''); END';
CREATE FUNCTION next_id() RETURNS bigint LANGUAGE sql AS 'SELECT inner_id() + 0';
ALTER TABLE shop_called ALTER id DROP IDENTITY, ALTER id SET DEFAULT next_id();
CREATE SEQUENCE "Cast ids";
ALTER TABLE shop_cast ALTER id DROP IDENTITY,
    ALTER id SET DEFAULT nextval('"Cast ids"'::text);
CREATE SEQUENCE triggered_ids;
CREATE FUNCTION set_id() RETURNS trigger LANGUAGE plpgsql AS
    'BEGIN IF NEW.id IS NULL THEN NEW.id := nextval(''triggered_ids''); END IF;
     RETURN NEW; END';
ALTER TABLE shop_triggered ALTER id DROP IDENTITY;
CREATE TRIGGER set_id BEFORE INSERT ON shop_triggered
    FOR EACH ROW EXECUTE FUNCTION set_id();
CREATE SEQUENCE shared_ids;
ALTER TABLE shop_one ALTER id DROP IDENTITY,
    ALTER id SET DEFAULT nextval('shared_ids');
ALTER TABLE shop_other ALTER id DROP IDENTITY,
    ALTER id SET DEFAULT nextval('shared_ids');
ALTER TABLE shop_always ALTER id SET GENERATED ALWAYS;
CREATE SEQUENCE down_ids INCREMENT -1;
ALTER TABLE shop_down ALTER id DROP IDENTITY,
    ALTER id SET DEFAULT nextval('down_ids');
CREATE SEQUENCE odd_ids INCREMENT 2;
ALTER TABLE shop_odd ALTER id DROP IDENTITY,
    ALTER id SET DEFAULT nextval('odd_ids');
"""
KEYS = {
    **dict.fromkeys(NAMES, [3, 70]),
    "other": [900],
    "down": [-40, -2],
    "low": [-5],
}
NEXT = {
    **dict.fromkeys(NAMES, 71),
    **{"one": 901, "other": 902, "down": -41, "odd": 73, "low": 1},
}


def made(project: Project, source: str, destination: str, models: str) -> Throwaway:
    project.database(source, "old", migrated=False)
    project.database(destination, "new", migrated=False)
    project.control("sqlite", migrated=False)
    throwaway = Throwaway(project, models)
    throwaway.migrate()
    return throwaway


def fill(project: Project, keys: dict[str, list[int]]) -> None:
    for name, numbers in keys.items():
        for number in numbers:
            run_sql(project, "old", f"INSERT INTO shop_{name} VALUES ({number}, 'row')")


def next_key(project: Project, name: str) -> int:
    """Insert a row without a key, as a project does, and return what it got."""
    run_sql(project, "new", f"INSERT INTO shop_{name} (name) VALUES ('next')")
    with reading(project.entry("new")) as reader:
        sql = f"SELECT id FROM shop_{name} WHERE name = 'next'"
        return int(reader.query(sql)[0][0])


def errors(report: dict[str, Any]) -> str:
    found = [one for one in report["findings"] if one["level"] == "error"]
    return " ".join(f"{one['message']} {one['remedy']}" for one in found)


@pytest.mark.parametrize("source", [soaked("sqlite"), "postgresql"])
def test_f43_every_sequence_goes_on_beyond_the_largest_key(
    project: Project, source: str
) -> None:
    throwaway = made(project, source, "postgresql", MODELS)
    run_sql(project, "new", SHAPES)
    fill(project, KEYS)

    report = throwaway.copy("old", "new", "shop")

    assert report["verdict"] == "verified"
    assert {name: next_key(project, name) for name in NAMES} == NEXT


ONE = "class Event(models.Model):\n    name = models.CharField(max_length=40)\n"
INTEGER = """
ALTER TABLE shop_event ALTER id DROP IDENTITY;
CREATE SEQUENCE event_ids AS integer OWNED BY shop_event.id;
ALTER TABLE shop_event ALTER id SET DEFAULT nextval('event_ids')
"""


def test_a_sequence_that_is_too_small_is_found_before_the_start(
    project: Project,
) -> None:
    throwaway = made(project, "mariadb", "postgresql", ONE)
    run_sql(project, "new", INTEGER)
    fill(project, {"event": [1, 3_000_000_000]})

    told = errors(throwaway.copy("old", "new", "shop", code=1))

    assert "'event_ids'" in told
    assert "'shop_event'" in told
    assert "3000000000" in told
    remedy = "ALTER SEQUENCE event_ids AS bigint"
    assert remedy in told
    with reading(project.entry("new")) as reader:
        assert reader.query("SELECT count(*) FROM shop_event") == [(0,)]
    run_sql(project, "new", remedy)
    assert throwaway.copy("old", "new", "shop")["verdict"] == "verified"
    assert next_key(project, "event") == 3_000_000_001


@pytest.mark.parametrize(
    ("destination", "narrow", "wide"),
    [
        (
            "mariadb",
            "ALTER TABLE shop_event MODIFY id int AUTO_INCREMENT",
            "ALTER TABLE shop_event MODIFY id bigint AUTO_INCREMENT",
        ),
        soaked(
            "postgresql",
            "ALTER TABLE shop_event ALTER id TYPE int",
            "ALTER TABLE shop_event ALTER id TYPE bigint;"
            " ALTER SEQUENCE shop_event_id_seq AS bigint",
        ),
    ],
)
def test_d53_numbers_of_deleted_rows_are_not_given_again_and_fit_too(
    project: Project, destination: str, narrow: str, wide: str
) -> None:
    throwaway = made(project, "sqlite", destination, ONE)
    run_sql(project, "new", narrow)
    fill(project, {"event": [1, 3_000_000_000]})
    run_sql(project, "old", "DELETE FROM shop_event WHERE id > 1")

    told = errors(throwaway.copy("old", "new", "shop", code=1))

    assert "'id'" in told
    assert "3000000000" in told
    run_sql(project, "new", wide)
    throwaway.copy("old", "new", "shop")
    assert next_key(project, "event") == 3_000_000_001


HIDDEN = """
CREATE FUNCTION hidden_id() RETURNS bigint LANGUAGE plpgsql AS
    'BEGIN RETURN nextval(''shop_'' || ''ids''); END';
CREATE SEQUENCE shop_ids;
ALTER TABLE shop_event ALTER id DROP IDENTITY, ALTER id SET DEFAULT hidden_id()
"""


@pytest.mark.soak
def test_d54_a_function_that_hides_its_sequence_is_named(project: Project) -> None:
    throwaway = made(project, "sqlite", "postgresql", ONE)
    run_sql(project, "new", HIDDEN)
    fill(project, {"event": [1]})
    report = throwaway.copy("old", "new", "shop")
    (told,) = [one for one in report["findings"] if one["level"] == "warning"]
    assert "'hidden_id'" in told["message"]
    assert "'shop_event'" in told["message"]


@pytest.mark.soak
def test_a_sequence_of_mariadb_behind_a_default_goes_on(project: Project) -> None:
    throwaway = made(project, "sqlite", "mariadb", ONE)
    run_sql(
        project,
        "new",
        "CREATE SEQUENCE event_ids MAXVALUE 100",
        "ALTER TABLE shop_event MODIFY id bigint NOT NULL"
        " DEFAULT (NEXT VALUE FOR event_ids)",
    )
    fill(project, {"event": [5, 700]})
    told = errors(throwaway.copy("old", "new", "shop", code=1))
    assert "event_ids" in told
    assert "ends at 100" in told
    run_sql(project, "new", "ALTER SEQUENCE event_ids MAXVALUE 1000")
    throwaway.copy("old", "new", "shop")
    assert next_key(project, "event") == 701


LOOSE = """
CREATE SEQUENCE loose_ids;
ALTER TABLE shop_event ALTER id DROP IDENTITY, ALTER id SET DEFAULT nextval('loose_ids')
"""
OWN = """
DO $$ DECLARE name text; BEGIN
    FOR name IN SELECT tablename FROM pg_tables WHERE schemaname = 'public' LOOP
        EXECUTE format('ALTER TABLE %%I OWNER TO {role}', name);
    END LOOP;
END $$
"""


def as_role(project: Project, throwaway: Throwaway, alias: str, rights: str) -> str:
    """Let the alias be reached by an account of its own with certain rights."""
    role = fresh_name("role")
    run_sql(
        project,
        alias,
        f"CREATE ROLE {role} LOGIN PASSWORD 'canary'",
        f"GRANT USAGE, CREATE ON SCHEMA public TO {role}",
        rights.format(role=role),
    )
    entry = {**project.entry(alias), "USER": role, "PASSWORD": "canary"}
    project.register(f"{alias}_limited", entry)
    throwaway.write_settings()
    return role


@pytest.mark.soak
def test_a_sequence_that_the_account_may_not_set_is_found_before_the_start(
    project: Project,
) -> None:
    throwaway = made(project, "sqlite", "postgresql", ONE)
    run_sql(project, "new", LOOSE)
    role = as_role(project, throwaway, "new", OWN)
    fill(project, {"event": [5]})
    told = errors(throwaway.copy("old", "new_limited", "shop", code=1))
    assert "may not read and set sequence 'loose_ids'" in told
    sql = told.split("As its owner: ")[1]
    assert sql == f"GRANT SELECT, UPDATE ON SEQUENCE loose_ids TO {role}"
    run_sql(project, "new", sql)
    throwaway.copy("old", "new_limited", "shop")
    assert next_key(project, "event") == 6


@pytest.mark.soak
def test_a_sequence_of_the_source_that_cannot_be_read_is_named(
    project: Project,
) -> None:
    throwaway = made(project, "postgresql", "sqlite", ONE)
    fill(project, {"event": [5]})
    rights = "GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
    as_role(project, throwaway, "old", rights)
    report = throwaway.copy("old_limited", "new", "shop")
    (note,) = report["findings"]
    assert "'shop_event_id_seq'" in note["message"]
    assert report["verdict"] == "verified"
    assert next_key(project, "event") == 6
