"""Who holds the lock that a session waits for, as far as its account may know."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _


@dataclass(frozen=True)
class Holder:
    """A session that holds a lock; never what it runs, which may quote values."""

    user: str = ""
    application: str = ""
    # As the server writes it, in UTC.
    since: str = ""
    number: int = 0

    def __str__(self) -> str:
        said = _("session %(number)d of user '%(user)s'") % {
            "number": self.number,
            "user": self.user or "?",
        }
        if self.application:
            said += ", " + _("application '%(name)s'") % {"name": self.application}
        if self.since:
            said += ", " + _("since %(moment)s UTC") % {"moment": self.since}
        return said


@dataclass(frozen=True)
class LockWait:
    """That a session waits for a lock, and who holds it or may hold it."""

    holders: Sequence[Holder] = ()
    is_certain: bool = True

    def described(self, alias: str) -> str:
        """Return it in a sentence."""
        names = {"alias": alias, "holders": "; ".join(map(str, self.holders))}
        if not self.holders:
            return (
                _(
                    "A lock in alias '%(alias)s' is held by another session, which "
                    "this account may not see."
                )
                % names
            )
        if self.is_certain:
            return _("A lock in alias '%(alias)s' is held by %(holders)s.") % names
        return (
            _(
                "A lock in alias '%(alias)s' is held by another session, perhaps by "
                "%(holders)s."
            )
            % names
        )
