"""Sequences above the largest key that is still there."""

from __future__ import annotations

from typing import Any

from django.contrib.admin.models import LogEntry
from django.contrib.auth.models import Group, User
from django.core.management.color import no_style
from django.db import connections, models

from migration_console.bookshop.models import (
    Author,
    Book,
    Contribution,
    Employee,
    Genre,
    Order,
    OrderLine,
    Product,
    Review,
    Shop,
    Tag,
)

# Rows that are made and deleted again: the next key lies above the largest one.
DELETED = 7


def raise_and_delete(using: str) -> None:
    """Leave every sequence above the largest key that is still there."""
    for model in (Author, Genre, Order, OrderLine, Review, Tag, Product, Group):
        _raise_and_delete(model, using)
    through = [Book.authors.through, Book.genres.through, Book.sequels.through]
    _reset(using, [*through, Contribution, Shop, Employee, User, LogEntry])
    _reset(using, [Group.permissions.through, User.groups.through])
    _reset(using, [User.user_permissions.through])


def _raise_and_delete(model: type[models.Model], using: str) -> None:
    objects = model._base_manager.using(using)
    last = objects.order_by("pk").last()
    assert last is not None  # filled just before
    largest = last.pk
    for number in range(1, DELETED + 1):
        last.pk = largest + number
        last._state.adding = True
        for field in model._meta.concrete_fields:
            if field.unique and not field.primary_key:
                setattr(last, field.attname, f"deleted{number}")
        last.save(using=using, force_insert=True)
    _reset(using, [model])
    objects.filter(pk__gt=largest).delete()


def _reset(using: str, found: list[Any]) -> None:
    connection = connections[using]
    with connection.cursor() as cursor:
        for sql in connection.ops.sequence_reset_sql(no_style(), found):
            cursor.execute(sql)
