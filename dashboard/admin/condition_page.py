"""The parts of a condition of one model: its fields, their lookups and widgets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db import models
from django.forms.widgets import Input
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from ..planning.lookups import WrongFilter, field_of, model_of
from .site_pages import SitePages

INPUTS: dict[type[models.Field[Any, Any]], str] = {
    models.DateTimeField: "datetime-local",
    models.DateField: "date",
    models.TimeField: "time",
}
"""What a browser writes as the field itself reads it, whatever the language."""


def show(pages: SitePages, request: HttpRequest) -> HttpResponse:
    """Answer with the fields of a model, and of one of them what it takes."""
    try:
        model = model_of(request.GET.get("model", "")).model
        name = request.GET.get("field", "")
        of = field_of(model, name) if name else None
    except WrongFilter as wrong:
        return HttpResponseBadRequest(str(wrong), content_type="text/plain")
    fields = [one for one in model._meta.concrete_fields if one.column]
    context = {
        "fields": [(one.name, one.verbose_name) for one in fields],
        "name": of.name if of else "",
        "lookups": _lookups(of) if of else [],
        "widget": _widget(of) if of else "",
    }
    return TemplateResponse(request, "migration_console/new/condition.html", context)


def _lookups(of: models.Field[Any, Any]) -> list[tuple[str, str]]:
    texts = {
        "exact": _("is"),
        "in": _("is one of (with commas)"),
        "gt": _("is greater than"),
        "gte": _("is at least"),
        "lt": _("is less than"),
        "lte": _("is at most"),
        "contains": _("contains"),
        "startswith": _("begins with"),
        "isnull": _("is not set (true or false)"),
    }
    is_text = isinstance(of, models.CharField | models.TextField)
    known = of.get_lookups()
    return [
        (name, text)
        for name, text in texts.items()
        if name in known and (is_text or name not in ("contains", "startswith"))
    ]


def _widget(of: models.Field[Any, Any]) -> str:
    """Return the field's own widget; of a reference that of the key it holds.

    A list of all rows of another model would be as long as its table.
    """
    real = of.target_field if isinstance(of, models.ForeignKey) else of
    found = real.formfield()
    widget: forms.Widget = found.widget if found is not None else forms.TextInput()
    for kind, name in INPUTS.items():
        if isinstance(real, kind):
            widget = forms.TextInput(attrs={"type": name, "step": "any"})
            break
    if isinstance(real, models.BooleanField):
        widget = forms.Select(choices=[("true", _("yes")), ("false", _("no"))])
    elif not _is_one_line(widget):
        widget = forms.TextInput()
    # As long as a value is one, and several are not.
    widget.attrs.pop("maxlength", None)
    # Of no form: half a value does not keep the run from being planned.
    attributes = {"id": "mc-condition-value", "form": "mc-condition-form"}
    return widget.render("value", None, attributes)


def _is_one_line(widget: forms.Widget) -> bool:
    """Whether a widget is one input whose value a person reads as it is sent."""
    if isinstance(widget, forms.Select):
        return not widget.allow_multiple_selected
    unread = ("file", "checkbox", "hidden")
    return isinstance(widget, Input) and widget.input_type not in unread
