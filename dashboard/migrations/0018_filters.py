from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("migration_console", "0017_commands_and_named_plans"),
    ]

    operations = [
        migrations.AddField(
            model_name="migrationrun",
            name="filters",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="migrationrun",
            name="newer",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="migrationrun",
            name="with_parents",
            field=models.BooleanField(default=False),
        ),
        migrations.AddField(
            model_name="tablecopy",
            name="highest",
            field=models.JSONField(blank=True, null=True),
        ),
    ]
