"""Says who can sign in after a run that replaces the accounts of this site."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.utils.translation import gettext as _

from ..control_database import control_alias
from .checked_plan import NAMES_SHOWN, CheckedPlan, listed


def note_accounts(checked: CheckedPlan, source: str, destination: str) -> None:
    """Warn where the pages' own users are among what is replaced."""
    label = get_user_model()._meta.label
    if label not in checked.labels or control_alias() != destination:
        return
    accounts = _superusers(source)
    if accounts:
        checked.warning(
            "W150",
            _(
                "The accounts of this site are replaced by those of the source. "
                "Afterwards, sign in with one of these: %(names)s."
            )
            % {"names": listed(accounts)},
            _("Make sure that you know its password."),
        )
    else:
        checked.warning(
            "W151",
            _(
                "The accounts of this site are replaced by those of the source, which "
                "has no active superuser."
            ),
            _("Create one: manage.py createsuperuser --database=%(alias)s")
            % {"alias": source},
        )


def _superusers(alias: str) -> list[str]:
    user = get_user_model()
    names = {field.name for field in user._meta.get_fields()}
    if not {"is_superuser", "is_active"} <= names:
        return []
    found = user._base_manager.using(alias).filter(is_superuser=True, is_active=True)
    return list(found.values_list(user.USERNAME_FIELD, flat=True)[:NAMES_SHOWN])
