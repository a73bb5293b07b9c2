"""The tables that are copied, one group for each shape of `benchmarks.shapes`.

Nothing here rewrites a value when it is saved (no `auto_now`), so that every
contestant can leave the destination equal to the source.
"""

from __future__ import annotations

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils import timezone

# --------------------------------------------------------------------------
# pids: the PID manager of one of the articles, three large tables
# --------------------------------------------------------------------------


class Namespace(models.Model):
    prefix = models.CharField(max_length=40, unique=True)
    description = models.CharField(max_length=200, blank=True)

    def __str__(self) -> str:
        return self.prefix


class Owner(models.Model):
    name = models.CharField(max_length=100)
    email = models.EmailField()

    def __str__(self) -> str:
        return self.name


class Service(models.Model):
    name = models.CharField(max_length=60, unique=True)
    address = models.URLField()

    def __str__(self) -> str:
        return self.name


class Pid(models.Model):
    key = models.CharField(max_length=80, unique=True)
    namespace = models.ForeignKey(Namespace, models.PROTECT)
    owner = models.ForeignKey(Owner, models.PROTECT)
    service = models.ForeignKey(Service, models.PROTECT)
    created_at = models.DateTimeField(default=timezone.now)
    changed_at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return self.key


class Target(models.Model):
    pid = models.ForeignKey(Pid, models.CASCADE)
    url = models.URLField(max_length=255)
    active = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pid", "url"], name="target_pid_url")
        ]

    def __str__(self) -> str:
        return self.url


class LogRecord(models.Model):
    """The columns of the admin's own log."""

    action_time = models.DateTimeField(default=timezone.now)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE)
    content_type = models.ForeignKey(
        ContentType, models.SET_NULL, blank=True, null=True
    )
    object_id = models.TextField(blank=True, null=True)  # noqa: DJ001
    object_repr = models.CharField(max_length=200)
    action_flag = models.PositiveSmallIntegerField()
    change_message = models.TextField(blank=True)

    def __str__(self) -> str:
        return self.object_repr


# --------------------------------------------------------------------------
# narrow: many-to-many pairs
# --------------------------------------------------------------------------


class Keyword(models.Model):
    word = models.CharField(max_length=60)

    def __str__(self) -> str:
        return self.word


class Document(models.Model):
    title = models.CharField(max_length=100)
    keywords = models.ManyToManyField(Keyword)

    def __str__(self) -> str:
        return self.title


# --------------------------------------------------------------------------
# wide: forty columns
# --------------------------------------------------------------------------


class Measurement(models.Model):
    count_1 = models.IntegerField()
    count_2 = models.IntegerField()
    count_3 = models.IntegerField()
    count_4 = models.IntegerField(null=True)
    count_5 = models.IntegerField(null=True)
    total_1 = models.BigIntegerField()
    total_2 = models.BigIntegerField()
    total_3 = models.BigIntegerField()
    level_1 = models.SmallIntegerField()
    level_2 = models.SmallIntegerField()
    level_3 = models.SmallIntegerField()
    amount_1 = models.DecimalField(max_digits=12, decimal_places=2)
    amount_2 = models.DecimalField(max_digits=12, decimal_places=2)
    amount_3 = models.DecimalField(max_digits=14, decimal_places=4)
    amount_4 = models.DecimalField(max_digits=14, decimal_places=4, null=True)
    value_1 = models.FloatField()
    value_2 = models.FloatField()
    value_3 = models.FloatField()
    value_4 = models.FloatField(null=True)
    flag_1 = models.BooleanField()
    flag_2 = models.BooleanField()
    flag_3 = models.BooleanField(null=True)
    seen_at_1 = models.DateTimeField()
    seen_at_2 = models.DateTimeField()
    seen_at_3 = models.DateTimeField()
    seen_at_4 = models.DateTimeField(null=True)
    day_1 = models.DateField()
    day_2 = models.DateField()
    day_3 = models.DateField(null=True)
    code_1 = models.CharField(max_length=20)
    code_2 = models.CharField(max_length=20)
    code_3 = models.CharField(max_length=40)
    code_4 = models.CharField(max_length=40)
    name_1 = models.CharField(max_length=100)
    name_2 = models.CharField(max_length=100)
    name_3 = models.CharField(max_length=100)
    note_1 = models.TextField()
    note_2 = models.TextField()
    note_3 = models.TextField(null=True)  # noqa: DJ001

    def __str__(self) -> str:
        return self.code_1


# --------------------------------------------------------------------------
# fat: few rows of 200 kB
# --------------------------------------------------------------------------


class Attachment(models.Model):
    name = models.CharField(max_length=100)
    body = models.TextField()
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name


# --------------------------------------------------------------------------
# uuid, text, composite: keys that are no counter
# --------------------------------------------------------------------------


class Device(models.Model):
    id = models.UUIDField(primary_key=True)
    name = models.CharField(max_length=100)
    token = models.UUIDField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Term(models.Model):
    key = models.CharField(max_length=64, primary_key=True)
    meaning = models.CharField(max_length=200)
    weight = models.IntegerField()

    def __str__(self) -> str:
        return self.key


class Reading(models.Model):
    pk = models.CompositePrimaryKey("station", "number")
    station = models.IntegerField()
    number = models.BigIntegerField()
    value = models.IntegerField()
    read_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.station}/{self.number}"
