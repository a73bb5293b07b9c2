"""Sequences, and whether new objects can follow."""

from __future__ import annotations

from django.apps import apps
from django.core.management.color import no_style
from django.db import connections, models, transaction

from tests.oracle.readers import (
    LEFT_OUT,
    LEFT_OUT_PREFIXES,
    Entry,
    MySQLReader,
    Reader,
    SQLiteReader,
    reading,
)

# Sequences


def high_water_marks(entry: Entry) -> dict[str, int]:
    """The largest key that each table has ever given out, where that is known."""
    with reading(entry) as reader:
        match reader:
            case SQLiteReader():
                rows = reader.query("SELECT name, seq FROM sqlite_sequence")
            case MySQLReader():
                rows = reader.query(
                    "SELECT table_name, auto_increment - 1"
                    " FROM information_schema.tables"
                    " WHERE table_schema = DATABASE() AND auto_increment IS NOT NULL"
                )
            case _:
                rows = _postgresql_marks(reader)
    return {
        table: int(mark)
        for table, mark in rows
        if table not in LEFT_OUT and not table.startswith(LEFT_OUT_PREFIXES)
    }


def _postgresql_marks(reader: Reader) -> list[tuple[str, int]]:
    return reader.query(
        "SELECT c.relname, coalesce(s.last_value, 0) FROM pg_depend d"
        " JOIN pg_class c ON c.oid = d.refobjid"
        " JOIN pg_class q ON q.oid = d.objid AND q.relkind = 'S'"
        " JOIN pg_sequences s ON s.sequencename = q.relname"
        "  AND s.schemaname = 'public'"
        " WHERE d.deptype IN ('a', 'i') AND d.refobjsubid > 0"
    )


class _Undo(Exception):
    pass


def new_object_problems(using: str) -> list[str]:
    """Insert a row with a new key into every table that makes keys; undo it."""
    problems = []
    for model in apps.get_models(include_auto_created=True):
        options = model._meta
        if options.proxy or options.db_table.startswith(LEFT_OUT_PREFIXES):
            continue
        if _makes_keys(model) and options.db_table not in LEFT_OUT:
            problems += _new_object_problem(model, using)
    return problems


def _makes_keys(model: type[models.Model]) -> bool:
    first = next(iter(model._meta.get_parent_list()), model)
    return isinstance(first._meta.pk, models.AutoField)


def _new_object_problem(model: type[models.Model], using: str) -> list[str]:
    objects = model._base_manager.using(using)
    last = objects.order_by("pk").last()
    if last is None:
        return []
    largest = last.pk
    try:
        with transaction.atomic(using=using):
            _insert_like(model, last, using)
            if last.pk <= largest:
                return [f"{model._meta.label}: the new key {last.pk} is too small"]
            raise _Undo
    except _Undo:
        return []
    except Exception as error:
        return [f"{model._meta.label}: {error!r}"]


def _insert_like(model: type[models.Model], last: models.Model, using: str) -> None:
    """Make a copy of the row with a new key and other unique values."""
    if model._meta.auto_created or model._meta.label == "bookshop.Contribution":
        # A pair that is there once; nothing refers to it.
        model._base_manager.using(using).filter(pk=last.pk).delete()
    unique_together = {name for names in model._meta.unique_together for name in names}
    for field in model._meta.concrete_fields:
        if isinstance(field, models.AutoField) or field.remote_field:
            if isinstance(field, models.OneToOneField) and field.null:
                setattr(last, field.attname, None)
        elif field.unique or field.name in unique_together:
            setattr(last, field.attname, "probe")
    last.pk = last.id = None  # type: ignore[attr-defined]
    last._state.adding = True
    last.save(using=using, force_insert=True)


def move_sequences(using: str, model: type[models.Model]) -> None:
    """Set the model's sequence behind its rows, for tests that insert keys."""
    connection = connections[using]
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), [model]):
            cursor.execute(sql)
