"""The forms that confirm: what is deleted, and exactly one plan."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import MigrationRun
from ..runner.confirmations import Confirmation, unsealed
from ..runner.refusals import RequestRefused


class TypedForm(forms.Form):
    """The confirmation of what is deleted, by the name of the destination."""

    # What was asked of whom, and when; see Confirmation.
    confirmation = forms.CharField(widget=forms.HiddenInput, required=False)
    typed = forms.CharField(
        label=_("Name of the destination"),
        required=False,
        strip=True,
        widget=forms.TextInput(
            attrs={
                "autocomplete": "off",
                "autocapitalize": "off",
                "spellcheck": "false",
            }
        ),
    )

    def __init__(self, *args: Any, asked: Confirmation, **kwargs: Any) -> None:
        """Ask a person for a confirmation, or read what they answered."""
        super().__init__(*args, **kwargs)
        self.run = MigrationRun.objects.get(pk=asked.run)
        self._actor = asked.actor
        # A fresh one each time that the form is shown.
        self.sealed = asked.sealed()

    def clean_confirmation(self) -> Confirmation:
        try:
            given = self.cleaned_data["confirmation"]
            return unsealed(given, self.run, self._actor)
        except RequestRefused as refused:
            raise forms.ValidationError(str(refused)) from None

    def clean_typed(self) -> str:
        typed: str = self.cleaned_data["typed"]
        if typed != self.run.destination:
            raise forms.ValidationError(
                _("Type “%(name)s” to confirm that these rows will be deleted."),
                params={"name": self.run.destination},
            )
        return typed


class StartForm(TypedForm):
    """The confirmation of exactly one plan."""

    plan_hash = forms.CharField(widget=forms.HiddenInput)
    # Which checks were shown: others may plan the same and warn of more.
    checked = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(
        self, *args: Any, run: MigrationRun, actor: str = "", **kwargs: Any
    ) -> None:
        rows = dict(run.tables.to_confirm().values_list("pk", "rows_confirmed"))
        asked = Confirmation.asked(run, actor, rows)
        super().__init__(*args, asked=asked, **kwargs)
        self.fields["plan_hash"].initial = run.plan_hash
        self.fields["checked"].initial = run.check_number
        if not rows:
            del self.fields["typed"], self.fields["confirmation"]
