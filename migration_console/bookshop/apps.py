from __future__ import annotations

from django.apps import AppConfig


class BookshopConfig(AppConfig):
    name = "migration_console.bookshop"
    label = "bookshop"
    verbose_name = "Bookshop"
    default_auto_field = "django.db.models.BigAutoField"
