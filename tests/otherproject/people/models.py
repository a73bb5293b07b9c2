from __future__ import annotations

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import models


class Person(AbstractBaseUser):
    """A user without permissions, known by an address."""

    email = models.EmailField(unique=True)
    born_at = models.DateTimeField(null=True)
    friends = models.ManyToManyField("self")

    USERNAME_FIELD = "email"

    class Meta:
        db_table = "person"
