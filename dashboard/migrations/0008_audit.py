"""Write down from where a request came, for which plan, and what it confirmed."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("migration_console", "0007_identities"),
    ]

    operations = [
        migrations.AddField(
            model_name="event",
            name="address",
            field=models.CharField(blank=True, default="", max_length=255),
        ),
        migrations.AddField(
            model_name="event",
            name="confirmed",
            field=models.JSONField(blank=True, default=dict),
        ),
        migrations.AddField(
            model_name="event",
            name="plan_hash",
            field=models.CharField(blank=True, default="", max_length=64),
        ),
        migrations.AddField(
            model_name="event",
            name="was",
            field=models.CharField(
                blank=True,
                choices=[
                    ("draft", "Draft"),
                    ("checking", "Checking"),
                    ("ready", "Ready"),
                    ("running", "Running"),
                    ("pausing", "Pausing"),
                    ("paused", "Paused"),
                    ("cancelling", "Cancelling"),
                    ("cancelled", "Cancelled"),
                    ("succeeded", "Succeeded"),
                    ("failed", "Failed"),
                ],
                default="",
                max_length=12,
            ),
        ),
    ]
