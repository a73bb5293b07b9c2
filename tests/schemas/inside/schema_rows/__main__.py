"""``python -m schema_rows migrate|fill|apart``, in the project's own Python.

Everything happens on ``default``, so that a data migration that ignores its alias
writes where it should.
"""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import django


def migrate(first: str) -> None:
    """Apply every migration; an app's and what it needs before all others."""
    from django.apps import apps
    from django.core.management import call_command
    from django.db import connections
    from django.db.migrations.loader import MigrationLoader

    options: dict[str, Any] = {"interactive": False, "verbosity": 0}
    if first:
        loader = MigrationLoader(connections["default"])
        migrated = {app for app, _ in loader.graph.nodes}
        labels = [one.label for one in apps.get_app_configs() if one.label in migrated]
        app = labels[-1] if first == "last" else first
        call_command("migrate", app, **options)
    call_command("migrate", run_syncdb=True, **options)


def fill(count: str) -> None:
    from schema_rows.planning import Plan
    from schema_rows.writing import fill as write

    plan = Plan("default", int(count))
    empty = write(plan)
    facts = {"tables": len(plan.rows), "empty": empty}
    sys.stdout.write("\n" + json.dumps(facts) + "\n")


def apart(other: str) -> None:
    """Name the models that only one of two databases can have."""
    from django.apps import apps
    from django.db import connections

    pair = [connections["default"], connections[other]]
    found = [
        model._meta.label
        for model in apps.get_models()
        if len({bool(model._meta.can_migrate(one)) for one in pair}) > 1
    ]
    sys.stdout.write("\n" + json.dumps(found) + "\n")


def main() -> None:
    command, argument = sys.argv[1:]
    # Defaults of models that know no zones.
    warnings.filterwarnings("ignore", "DateTimeField .* received a naive")
    django.setup()
    commands = {"migrate": migrate, "fill": fill, "apart": apart}
    commands[command](argument)


main()
