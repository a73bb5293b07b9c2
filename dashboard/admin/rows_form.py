"""The part of a form that says which rows take part."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..planning.lookups import WrongFilter, conditions_in, newer_in, pairs_in


class RowsForm(forms.Form):
    """Conditions as lines, fields that grow, and what these rows refer to."""

    filters = forms.CharField(
        label=_("Only some rows"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"}
        ),
        help_text=_(
            "One condition a line, such as shop.Story feed=42 or shop.Order"
            " placed__gte=2024-01-01; several of one model hold together. The plan says"
            " how many rows it is, and which index finds them."
        ),
    )
    newer = forms.CharField(
        label=_("Newer than the last run"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"}
        ),
        help_text=_(
            "A model and a field that grows, one a line: shop.Order id. Only rows above"
            " its highest value in the last verified run of the two databases. Into"
            " what is there already, they go by the mode merge."
        ),
    )
    with_parents = forms.BooleanField(
        label=_("Bring the rows that these refer to"),
        required=False,
        help_text=_("Of models that are not chosen only the rows that are needed."),
    )

    def clean_filters(self) -> dict[str, list[list[str]]]:
        try:
            return conditions_in(pairs_in(self.cleaned_data["filters"].splitlines()))
        except WrongFilter as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def clean_newer(self) -> dict[str, str]:
        try:
            return newer_in(pairs_in(self.cleaned_data["newer"].splitlines()))
        except WrongFilter as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def only(self) -> dict[str, Any]:
        """Return what a run is described with; the form has to be valid."""
        names = ("filters", "newer", "with_parents")
        return {name: self.cleaned_data[name] for name in names}
