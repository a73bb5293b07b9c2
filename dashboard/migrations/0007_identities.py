"""Spell the identities of PostgreSQL's databases as sessions do.

An older run would never find its databases again, nor get its schema put back. And
reserve what such a run reads.
"""

from __future__ import annotations

from typing import Any

from django.db import migrations

# system, database, and schemas that stood behind a colon.
PARTS = 4
IN_SCHEMAS = " schemas:"


def spelled(identity: str) -> str:
    if not identity.startswith("postgresql:") or IN_SCHEMAS in identity:
        return identity
    parts = identity.split(":", PARTS - 1)
    if len(parts) < PARTS:
        return identity
    return f"{':'.join(parts[:-1])}{IN_SCHEMAS}{parts[-1]}"


def spell(apps: Any, schema_editor: Any) -> None:
    alias = schema_editor.connection.alias
    runs = apps.get_model("migration_console", "MigrationRun").objects.using(alias)
    for run in runs.all():
        run.source_identity = spelled(run.source_identity)
        run.destination_identity = spelled(run.destination_identity)
        run.save(using=alias, update_fields=["source_identity", "destination_identity"])
    held = apps.get_model("migration_console", "Reservation").objects.using(alias)
    for one in list(held.select_related("run")):
        # The database, whatever schemas are seen there.
        one.identity = spelled(one.identity).partition(IN_SCHEMAS)[0]
        one.save(using=alias, update_fields=["identity"])
        read = spelled(one.run.source_identity).partition(IN_SCHEMAS)[0]
        held.get_or_create(run=one.run, identity=read, defaults={"role": "reads"})


class Migration(migrations.Migration):
    dependencies = [
        ("migration_console", "0006_waiting"),
    ]

    operations = [
        migrations.RunPython(spell, migrations.RunPython.noop),
    ]
