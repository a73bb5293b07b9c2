from __future__ import annotations

from django.contrib import admin

from migration_console.bookshop import models


class ContributionInline(admin.TabularInline):
    model = models.Contribution
    extra = 0
    raw_id_fields = ["author"]


class OrderLineInline(admin.TabularInline):
    model = models.OrderLine
    extra = 0
    raw_id_fields = ["book"]


class BookshopAdmin(admin.ModelAdmin):
    # Counting every row for the page numbers costs seconds on large tables.
    show_full_result_count = False


@admin.register(models.Book)
class BookAdmin(BookshopAdmin):
    list_display = ["title", "slug", "price", "published_on", "in_print"]
    search_fields = ["title", "slug"]
    raw_id_fields = ["genres", "authors", "sequels"]
    inlines = [ContributionInline]


@admin.register(models.Author)
class AuthorAdmin(BookshopAdmin):
    list_display = ["last_name", "first_name", "email", "born_on"]
    search_fields = ["last_name", "email"]


@admin.register(models.Order)
class OrderAdmin(BookshopAdmin):
    list_display = ["number", "placed_at", "shipped_on", "paid"]
    raw_id_fields = ["customer"]
    inlines = [OrderLineInline]


@admin.register(models.Edition, models.Review, models.EBook, models.Audiobook)
class OfBookAdmin(BookshopAdmin):
    raw_id_fields = ["book"]


# Stock has a composite primary key, which the admin cannot register.
admin.site.register(
    [
        models.Currency,
        models.Employee,
        models.Genre,
        models.Product,
        models.DiscountedProduct,
        models.Profile,
        models.Shop,
        models.Tag,
        models.DailyTotal,
    ],
    BookshopAdmin,
)
