from __future__ import annotations

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("migration_console", "0015_preflights"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="migrationrun",
            options={
                "base_manager_name": "objects",
                "default_permissions": ("view",),
                "ordering": ["-id"],
                "permissions": [
                    ("start_migrationrun", "Can plan and start migration runs"),
                    (
                        "control_migrationrun",
                        "Can pause, resume, cancel and retry runs",
                    ),
                    ("view_row_values", "Can view keys and values of rows set aside"),
                    ("export_migrationrun", "Can download tables as CSV files"),
                ],
                "verbose_name": "migration run",
                "verbose_name_plural": "migration runs",
            },
        ),
    ]
