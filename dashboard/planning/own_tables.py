"""Tables of no model that belong to the database they lie in."""

from __future__ import annotations

import re

from django.utils.translation import gettext as _

from ..transfer.key_maps import PREFIX
from .sides import Side
from .table_selection import (
    OWN,
    ModelTable,
    all_models,
    belongs_to_its_database,
    has_table,
    owner_of,
)

# What Django's migrate remembers, in a table without an installed model.
BOOKKEEPING = "django_migrations"
RECEIPTS = f"{OWN}_receipts_"
# Between a schema and a name, as each engine quotes them.
SEPARATOR = r"[\"`.]+"


def why_kept(name: str) -> str:
    """Say why a table that no model owns stays in its database; "" if it need not."""
    last = re.split(SEPARATOR, name)[-1]
    if last == BOOKKEEPING:
        return _("What migrate has applied to this very database.")
    if last.startswith(RECEIPTS):
        return _("Receipts of a run of Migration Console.")
    if last.startswith(PREFIX):
        return _("Which row is which of another database, for merges under new keys.")
    return ""


def why_own(side: Side, name: str) -> str:
    """Say why a table stays in its database, one of a model too.

    ``name`` is what the database itself calls the table; "" if it need not stay.
    """
    for model in all_models():
        if not belongs_to_its_database(model) or not has_table(model):
            continue
        item = ModelTable(model._meta.label, model, owner_of(model), False)
        if side.name(item) == name:
            if model._meta.app_label == OWN:
                return _("A record of Migration Console itself.")
            return _("Sessions: who is signed in to this very site.")
    return why_kept(name)
