"""A shop with one of every shape that a Django project brings along."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey, GenericRelation
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import F, Q


class Currency(models.Model):
    """A text primary key."""

    code = models.CharField(max_length=3, primary_key=True)
    name = models.CharField(max_length=60)
    per_euro = models.DecimalField(max_digits=14, decimal_places=6)

    class Meta:
        verbose_name_plural = "currencies"

    def __str__(self) -> str:
        return self.code


class Genre(models.Model):
    """Refers to itself, and one of its columns is a reserved word."""

    name = models.CharField(max_length=80, unique=True)
    parent = models.ForeignKey(
        "self", models.CASCADE, null=True, blank=True, related_name="children"
    )
    position = models.SmallIntegerField(default=0, db_column="order")

    def __str__(self) -> str:
        return self.name


class Author(models.Model):
    first_name = models.CharField(max_length=60, blank=True)
    last_name = models.CharField(max_length=60, db_index=True)
    email = models.EmailField(unique=True)
    homepage = models.URLField(blank=True)
    biography = models.TextField(blank=True)
    born_on = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()


class Book(models.Model):
    """A UUID primary key and most of the built-in fields."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    title = models.CharField(max_length=200, db_index=True)
    slug = models.SlugField(max_length=80, unique=True)
    summary = models.TextField(blank=True)
    price = models.DecimalField(max_digits=12, decimal_places=4)
    currency = models.ForeignKey(Currency, models.PROTECT)
    weight = models.FloatField(null=True, blank=True)
    pages = models.PositiveSmallIntegerField(default=0)
    shelf = models.SmallIntegerField(default=0)
    sold = models.PositiveIntegerField(default=0)
    balance = models.IntegerField(default=0)
    catalogue_number = models.BigIntegerField(null=True, blank=True)
    published_on = models.DateField(null=True, blank=True, db_index=True)
    read_aloud_at = models.TimeField(null=True, blank=True)
    reading_time = models.DurationField(null=True, blank=True)
    details = models.JSONField(null=True, blank=True)
    cover = models.BinaryField(blank=True)
    in_print = models.BooleanField(default=True)
    translated = models.BooleanField(null=True, blank=True)
    genres = models.ManyToManyField(Genre, blank=True, related_name="books")
    authors = models.ManyToManyField(Author, blank=True, related_name="books")
    contributors = models.ManyToManyField(
        Author, through="Contribution", related_name="contributed_to"
    )
    sequels = models.ManyToManyField("self", symmetrical=False, blank=True)
    tags = GenericRelation("Tag")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        indexes = [
            models.Index(fields=["currency", "price"], name="bookshop_book_price"),
        ]

    def __str__(self) -> str:
        return self.title


class Contribution(models.Model):
    """A through model of its own, with fields."""

    book = models.ForeignKey(Book, models.CASCADE)
    author = models.ForeignKey(Author, models.CASCADE)
    role = models.CharField(max_length=20)
    share = models.DecimalField(max_digits=5, decimal_places=2)
    agreed_on = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["book", "author", "role"], name="bookshop_contribution_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} of {self.book_id}"


class Edition(models.Model):
    """A text primary key with many rows, some of them awkward."""

    number = models.CharField(max_length=40, primary_key=True)
    book = models.ForeignKey(Book, models.CASCADE, related_name="editions")
    year = models.SmallIntegerField()
    remark = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 — NULL and '' both occur

    def __str__(self) -> str:
        return self.number


class Product(models.Model):
    """The parent of two inherited models."""

    sku = models.CharField(max_length=30, unique=True)
    name = models.CharField(max_length=120)
    price = models.DecimalField(max_digits=10, decimal_places=2)
    currency = models.ForeignKey(Currency, models.PROTECT)
    active = models.BooleanField(default=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class EBook(Product):
    book = models.ForeignKey(Book, models.CASCADE, related_name="ebooks")
    file = models.FileField(upload_to="ebooks", max_length=200, blank=True)
    file_bytes = models.PositiveBigIntegerField(default=0)

    class Meta:
        verbose_name = "e-book"


class Audiobook(Product):
    book = models.ForeignKey(Book, models.CASCADE, related_name="audiobooks")
    duration = models.DurationField()
    narrator = models.ForeignKey(
        Author, models.SET_NULL, null=True, blank=True, related_name="narrations"
    )


class DiscountedProduct(Product):
    """A proxy: no table of its own."""

    class Meta:
        proxy = True


class Shop(models.Model):
    """One half of a circle of foreign keys, and a column name with a space."""

    name = models.CharField(max_length=80)
    manager = models.ForeignKey(
        "Employee", models.SET_NULL, null=True, blank=True, related_name="manages"
    )
    opens_at = models.TimeField(db_column="opening time")
    closes_at = models.TimeField(db_column="closing time")

    def __str__(self) -> str:
        return self.name


class Employee(models.Model):
    shop = models.ForeignKey(Shop, models.CASCADE, related_name="employees")
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    name = models.CharField(max_length=80)
    hired_on = models.DateField()
    salary = models.DecimalField(max_digits=15, decimal_places=2)

    def __str__(self) -> str:
        return self.name


class Stock(models.Model):
    """A composite primary key."""

    pk = models.CompositePrimaryKey("shop_id", "sku")
    shop = models.ForeignKey(Shop, models.CASCADE)
    sku = models.CharField(max_length=30)
    on_hand = models.IntegerField()
    reserved = models.IntegerField(default=0)
    counted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name_plural = "stock"
        constraints = [
            models.CheckConstraint(
                condition=Q(reserved__gte=0), name="bookshop_stock_reserved"
            ),
        ]

    def __str__(self) -> str:
        return self.sku


class Profile(models.Model):
    """Its primary key is a one-to-one relation."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.CASCADE,
        primary_key=True,
        related_name="bookshop_profile",
    )
    phone = models.CharField(max_length=40, blank=True)
    birthday = models.DateField(null=True, blank=True)
    favourite = models.ForeignKey(Genre, models.SET_NULL, null=True, blank=True)
    settings = models.JSONField(default=dict, blank=True)

    def __str__(self) -> str:
        return f"Profile {self.user_id}"


class Order(models.Model):
    number = models.CharField(max_length=20, unique=True)
    customer = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="orders"
    )
    shop = models.ForeignKey(Shop, models.PROTECT, related_name="orders")
    placed_at = models.DateTimeField(db_index=True)
    shipped_on = models.DateField(null=True, blank=True)
    paid = models.BooleanField(null=True, blank=True)
    address = models.GenericIPAddressField(null=True, blank=True)
    note = models.TextField(null=True, blank=True)  # noqa: DJ001 — NULL and '' both occur

    def __str__(self) -> str:
        return self.number


class OrderLine(models.Model):
    """The table with most of the rows."""

    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    book = models.ForeignKey(Book, models.PROTECT, related_name="lines")
    quantity = models.PositiveSmallIntegerField()
    pack = models.PositiveSmallIntegerField(default=1)
    unit_price = models.DecimalField(max_digits=12, decimal_places=4)
    gift = models.BooleanField(default=False)
    pieces = models.GeneratedField(
        expression=F("quantity") * F("pack"),
        output_field=models.IntegerField(),
        db_persist=True,
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(unit_price__gte=0), name="bookshop_line_price"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.book_id}"


class Review(models.Model):
    book = models.ForeignKey(Book, models.CASCADE, related_name="reviews")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True
    )
    headline = models.CharField(max_length=120, null=True, blank=True)  # noqa: DJ001 — NULL and '' both occur
    text = models.TextField()
    stars = models.SmallIntegerField()
    score = models.FloatField()
    written_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"Review {self.pk}"


class Tag(models.Model):
    """A generic relation with a text key."""

    label = models.CharField(max_length=40)
    content_type = models.ForeignKey(ContentType, models.CASCADE)
    object_id = models.CharField(max_length=64)
    target = GenericForeignKey("content_type", "object_id")

    class Meta:
        indexes = [
            models.Index(
                fields=["content_type", "object_id"], name="bookshop_tag_target"
            ),
        ]

    def __str__(self) -> str:
        return self.label


class DailyTotal(models.Model):
    """A date as primary key."""

    day = models.DateField(primary_key=True)
    orders = models.PositiveIntegerField()
    turnover = models.DecimalField(max_digits=15, decimal_places=2)
    closed_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return str(self.day)
