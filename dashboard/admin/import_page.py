"""The pages on which CSV files are uploaded, looked at, and loaded."""

from __future__ import annotations

import logging
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth import get_permission_codename
from django.contrib.contenttypes.models import ContentType
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..databases import destinations
from ..exchange import uploads
from ..exchange.sessions import Done, Import, Look, importing
from ..exchange.tables import ExchangeRefused
from ..models import MigrationRun
from ..planning.modes import REPLACE
from ..planning.table_selection import Item, ModelTable
from ..transfer.csvfiles.spellings import Days
from ..transfer.plan import MERGE, MISSING
from .permissions import may_see_values
from .refusals import REFUSALS, Refusal, tell
from .site_pages import SitePages

LONGEST_NAME = 200
MOST_FAULTS = 100

logger = logging.getLogger("migration_console")

CHANGED = gettext_lazy(
    "Something else would be changed by now than was shown before. Look at it again."
)


class UploadForm(forms.Form):
    """A zip or a file, and what is to become of its rows."""

    alias = forms.ChoiceField(label=gettext_lazy("Database"))
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("A zip of an export, or one file app.Model.csv."),
        widget=forms.FileInput(attrs={"accept": ".zip,.csv"}),
    )
    mode = forms.ChoiceField(
        label=gettext_lazy("Rows that are there"),
        choices=[
            (MERGE, gettext_lazy("Update those that differ, insert new ones")),
            (MISSING, gettext_lazy("Leave them, insert new ones")),
            (REPLACE, gettext_lazy("Delete them first")),
        ],
    )
    dates = forms.ChoiceField(
        label=gettext_lazy("Dates with slashes"),
        required=False,
        choices=[
            ("", gettext_lazy("Refused, because nobody knows their order")),
            (str(Days.DMY), gettext_lazy("Day, month, year")),
            (str(Days.MDY), gettext_lazy("Month, day, year")),
        ],
    )
    only_good = forms.BooleanField(
        label=gettext_lazy("Leave out lines that cannot be loaded"),
        required=False,
        help_text=gettext_lazy("Otherwise one such line prevents all."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["alias"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(alias, alias) for alias in destinations()]


def ask(pages: SitePages, request: HttpRequest) -> HttpResponse:
    """Ask for a file; keep it, and show what it would change."""
    refusal: Refusal | None = None
    form = UploadForm()
    if request.method == "POST":
        form = UploadForm(request.POST, request.FILES)
        if form.is_valid():
            try:
                upload = _kept(request, form.cleaned_data)
            except REFUSALS as error:
                refusal = error
            else:
                return HttpResponseRedirect(pages.url("import_file", upload.token))
    context = pages.context(
        request, None, title=_("Load CSV"), form=form, refusal=refusal
    )
    return TemplateResponse(request, "migration_console/import.html", context)


def _kept(request: HttpRequest, data: dict[str, Any]) -> uploads.Upload:
    file = data["file"]
    wanted = uploads.Wanted(
        user=str(request.user.pk),
        name=file.name,
        alias=data["alias"],
        mode=data["mode"],
        dates=data["dates"],
        only_good=data["only_good"],
    )
    return uploads.keep(file.chunks(), file.size, wanted)


def show(pages: SitePages, request: HttpRequest, token: UUID) -> HttpResponse:
    """Show what an upload would change; load or discard it on demand."""
    upload = uploads.find(token, str(request.user.pk))
    if upload is None:
        messages.warning(request, _("The file is gone: it is kept for an hour."))
        return HttpResponseRedirect(pages.url("import"))
    if "discard" in request.POST:
        upload.remove()
        messages.info(request, _("The file was removed, and nothing was loaded."))
        return HttpResponseRedirect(pages.url("import"))
    try:
        with importing(upload) as work:
            _check_permitted(request, work, upload.wanted.mode)
            look = work.look(with_values=may_see_values(request))
            if request.method == "POST" and _is_confirmed(request, upload, look):
                return _loaded(pages, request, upload, work, look)
    except REFUSALS as refusal:
        tell(request, refusal)
        upload.remove()
        return HttpResponseRedirect(pages.url("import"))
    return _preview(pages, request, upload, look)


def _is_confirmed(request: HttpRequest, upload: uploads.Upload, look: Look) -> bool:
    if look.faults and not upload.wanted.only_good:
        return False
    if request.POST.get("digest") != look.digest:
        messages.warning(request, str(CHANGED))
        return False
    if look.deleted and request.POST.get("typed", "").strip() != upload.wanted.alias:
        messages.warning(
            request,
            _("Type “%(name)s” to confirm that these rows will be deleted.")
            % {"name": upload.wanted.alias},
        )
        return False
    return True


def _loaded(
    pages: SitePages,
    request: HttpRequest,
    upload: uploads.Upload,
    work: Import,
    look: Look,
) -> HttpResponse:
    labels = ", ".join(one.part.found.label for one in look.seen)
    facts = {"alias": upload.wanted.alias, "models": labels, "mode": upload.wanted.mode}
    _note(request, facts, _("CSV into '%(alias)s' (%(mode)s) begins: %(models)s."))
    done = work.load(look)
    upload.remove()
    facts["models"] = "; ".join(map(_said, done))
    _note(request, facts, _("CSV into '%(alias)s' (%(mode)s) loaded: %(models)s."))
    context = pages.context(
        request,
        None,
        title=_("Loaded into %(alias)s") % {"alias": upload.wanted.alias},
        done=done,
        faults=look.faults,
        urls={"import": pages.url("import")},
    )
    return TemplateResponse(request, "migration_console/import_done.html", context)


def _said(one: Done) -> str:
    text = _(
        "%(label)s: %(inserted)d inserted, %(updated)d updated, %(deleted)d deleted"
    )
    return text % vars(one)


def _preview(
    pages: SitePages, request: HttpRequest, upload: uploads.Upload, look: Look
) -> HttpResponse:
    faults = look.faults
    context = pages.context(
        request,
        None,
        title=_("What would change in %(alias)s") % {"alias": upload.wanted.alias},
        look=look,
        upload=upload,
        faults=faults[:MOST_FAULTS],
        more_faults=max(len(faults) - MOST_FAULTS, 0),
        may_load=not faults or upload.wanted.only_good,
        may_see_values=may_see_values(request),
    )
    return TemplateResponse(request, "migration_console/import_preview.html", context)


# --- who may ---------------------------------------------------------------------


def _check_permitted(request: HttpRequest, work: Import, mode: str) -> None:
    """Refuse tables whose rows a person may not change on their own pages.

    Otherwise whoever may load files could make a superuser.
    """
    actions = ["add"] + ["change"] * (mode != MISSING) + ["delete"] * (mode == REPLACE)
    lacking = [item.label for item in work.items if not _may(request, item, actions)]
    if lacking:
        raise ExchangeRefused(
            _("You may not change rows of: %(models)s.")
            % {"models": ", ".join(lacking)},
            _("Ask for the permissions of those models, or leave their files out."),
        )


def _may(request: HttpRequest, item: Item, actions: list[str]) -> bool:
    if not isinstance(item, ModelTable):
        return bool(request.user.is_superuser)
    # The pairs of a many-to-many field are changed with their owner.
    owner: Any = item.model._meta.auto_created
    options = owner._meta if owner else item.model._meta
    names = ["change"] if owner else actions
    return all(
        request.user.has_perm(
            f"{options.app_label}.{get_permission_codename(name, options)}"
        )
        for name in names
    )


def _note(request: HttpRequest, facts: dict[str, str], said: str) -> None:
    """Write down who loads what, and what has become of it."""
    kind = ContentType.objects.get_for_model(MigrationRun, for_concrete_model=False)
    LogEntry.objects.create(
        user_id=str(request.user.pk),
        content_type_id=kind.pk,
        object_repr=facts["alias"][:LONGEST_NAME],
        action_flag=CHANGE,
        change_message=said % facts,
    )
    logger.info("CSV files are loaded into '%s'.", facts["alias"])
