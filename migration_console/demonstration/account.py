"""The same superuser in every database.

The same row, key and password hash: a session goes on when the users of the
new database are replaced by those of the old one.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime

import django

ACCOUNT_ID = 1


def make_account(name: str, password: str) -> None:
    from django.conf import settings
    from django.contrib.auth.hashers import make_password
    from django.contrib.auth.models import User
    from django.core.management.color import no_style
    from django.db import connections

    account = User(
        id=ACCOUNT_ID,
        username=name,
        password=make_password(password),
        is_staff=True,
        is_superuser=True,
        date_joined=datetime.now(UTC),
    )
    for alias in settings.DATABASES:
        account.save(using=alias)
        with connections[alias].cursor() as cursor:
            for sql in connections[alias].ops.sequence_reset_sql(no_style(), [User]):
                cursor.execute(sql)


if __name__ == "__main__":
    django.setup()
    make_account(*sys.argv[1:])
