"""The page on which tables are chosen, and downloaded as a zip of CSV files."""

from __future__ import annotations

import logging
from typing import Any

from django import forms
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.template.response import TemplateResponse
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..databases import aliases
from ..exchange.downloads import Download
from ..models import MigrationRun
from ..planning.table_selection import tables
from ..planning.transform_functions import offered
from ..transfer.csvfiles.dialect import DELIMITERS, Dialect, Quoting, made
from ..transfer.errors import TransferError
from .refusals import Refusal
from .site_pages import SitePages

ENCODINGS = ("utf-8-sig", "utf-8", "utf-16", "cp1252", "latin-1")
LONGEST_NAME = 200

logger = logging.getLogger("migration_console")


class ExportForm(forms.Form):
    """Which tables, and how their files are spelled."""

    alias = forms.ChoiceField(label=gettext_lazy("Database"))
    models = forms.MultipleChoiceField(
        label=gettext_lazy("Models"),
        widget=forms.SelectMultiple(attrs={"size": 16}),
        help_text=gettext_lazy("Each one is a file of its own."),
    )
    delimiter = forms.ChoiceField(
        label=gettext_lazy("Between values"),
        choices=[(word, word) for word in DELIMITERS],
    )
    quoting = forms.ChoiceField(
        label=gettext_lazy("In quotes"),
        choices=[
            (str(Quoting.ALL), gettext_lazy("Every value")),
            (str(Quoting.MINIMAL), gettext_lazy("Where it is needed")),
        ],
    )
    encoding = forms.ChoiceField(
        label=gettext_lazy("Encoding"), choices=[(word, word) for word in ENCODINGS]
    )
    null = forms.CharField(
        label=gettext_lazy("For NULL"),
        required=False,
        initial="NULL",
        help_text=gettext_lazy("A word, or nothing."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "alias": aliases(),
            "models": [item.label for item in tables()],
        }
        for name, words in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [(word, word) for word in words]

    def dialect(self) -> Dialect:
        """Return what was chosen. Raises DialectRefused."""
        data = self.cleaned_data
        return made(
            data["delimiter"], Quoting(data["quoting"]), data["encoding"], data["null"]
        )


def show(pages: SitePages, request: HttpRequest) -> HttpResponseBase:
    """Ask what to export; answer with the zip, made while it is sent."""
    if request.method != "POST":
        return _answer(pages, request, ExportForm())
    form = ExportForm(request.POST)
    if not form.is_valid():
        return _answer(pages, request, form)
    alias, models = form.cleaned_data["alias"], form.cleaned_data["models"]
    try:
        download = Download(alias, models, form.dialect())
    except TransferError as refusal:
        return _answer(pages, request, form, refusal)
    try:
        _note(request, alias, models)
    except BaseException:
        download.close()
        raise
    disposition = content_disposition_header(
        as_attachment=True, filename=f"{slugify(alias)}.zip"
    )
    return StreamingHttpResponse(
        download,
        content_type="application/zip",
        headers={
            "Content-Disposition": disposition or "attachment",
            "X-Content-Type-Options": "nosniff",
            "Cache-Control": "no-store",
        },
    )


def _answer(
    pages: SitePages,
    request: HttpRequest,
    form: ExportForm,
    refusal: Refusal | None = None,
) -> TemplateResponse:
    context = pages.context(
        request,
        None,
        title=_("Download as CSV"),
        form=form,
        refusal=refusal,
        transformed=", ".join(sorted(offered())),
    )
    return TemplateResponse(request, "migration_console/export.html", context)


def _note(request: HttpRequest, alias: str, models: list[str]) -> None:
    """Write down who takes rows away, before the first one goes."""
    said = _("Downloaded as CSV from '%(alias)s': %(models)s.")
    kind = ContentType.objects.get_for_model(MigrationRun, for_concrete_model=False)
    LogEntry.objects.create(
        user_id=str(request.user.pk),
        content_type_id=kind.pk,
        object_repr=alias[:LONGEST_NAME],
        action_flag=CHANGE,
        change_message=said % {"alias": alias, "models": ", ".join(models)},
    )
    logger.info("Tables of '%s' are downloaded as CSV.", alias)
