"""What a model's table is called in a database.

Django cuts a name that it made itself to what the engine of ``default`` allows,
whatever alias ``migrate`` runs for. So a table may have one name in a database
that was migrated as ``default``, and another where a different engine was.
"""

from __future__ import annotations

from collections.abc import Collection

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.utils import strip_quotes, truncate_name
from django.db.models import Model

# PostgreSQL's, MySQL's and none, by ``ops.max_name_length()``.
LIMITS = (63, 64, None)


def names_in(
    model: type[Model], wrapper: BaseDatabaseWrapper, taken: Collection[str] = ()
) -> list[str]:
    """Return the names that a model's table may have in a database, best first.

    First the one that Django looks for once the database is ``default``; then
    the one that it looks for now, and what other engines make of it. ``taken``
    are the names of other models' tables.
    """
    limit = wrapper.ops.max_name_length()
    found = [
        name_cut_to(model, limit),
        model._meta.db_table,
        *(name_cut_to(model, other) for other in LIMITS),
    ]
    return [
        between_quotes(wrapper, name)
        for name in dict.fromkeys(found)
        if name == model._meta.db_table or name not in taken
    ]


def name_cut_to(model: type[Model], limit: int | None) -> str:
    """Return ``db_table`` as it is where ``default`` allows so many characters."""
    options = model._meta
    owner = options.auto_created
    if isinstance(owner, type) and issubclass(owner, Model):
        field = next(
            field
            for field in owner._meta.local_many_to_many
            if field.remote_field.through is model
        )
        if field.db_table:
            return str(field.db_table)
        name = f"{strip_quotes(name_cut_to(owner, limit))}_{field.name}"
        return truncate_name(name, limit)
    if options.original_attrs.get("db_table"):
        return options.db_table
    return truncate_name(f"{options.app_label}_{options.model_name}", limit)


def between_quotes(wrapper: BaseDatabaseWrapper, name: str) -> str:
    """Return a name as the engine is asked for it, without the outer quotes.

    '"s"."t"' is a schema and a table where the engine quotes with ", and one
    odd name where it does not.
    """
    quoted = wrapper.ops.quote_name(name)
    return quoted[1:-1]
