"""The form on the page of a run that changes its speed."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from ..models import MigrationRun
from ..runner.pace import MOST_LANES, MOST_ROWS, Pace

# A reload keeps no number that somebody else has changed meanwhile.
FRESH = {"autocomplete": "off"}


def rows_per_second_field() -> forms.IntegerField:
    """Return the field of a limit, of a new run and of one that works."""
    return forms.IntegerField(
        label=_("Most rows per second"),
        required=False,
        min_value=0,
        max_value=MOST_ROWS,
        widget=forms.NumberInput(attrs={**FRESH, "placeholder": _("no limit")}),
        help_text=_("All lanes and hosts together. Empty: no limit."),
    )


class PaceForm(forms.Form):
    """Rows a second and lanes, of a run that works or may again."""

    rows_per_second = rows_per_second_field()
    lanes = forms.IntegerField(
        label=_("Lanes"),
        min_value=1,
        max_value=MOST_LANES,
        widget=forms.NumberInput(attrs=FRESH),
        help_text=_("Fewer finish what they hold first."),
    )
    # What the form showed; nobody types it.
    shown_rows = forms.IntegerField(
        required=False, widget=forms.HiddenInput(attrs=FRESH)
    )
    shown_lanes = forms.IntegerField(
        required=False, widget=forms.HiddenInput(attrs=FRESH)
    )

    @classmethod
    def of(cls, run: MigrationRun) -> PaceForm:
        """Show what a run has by now."""
        rows, lanes = run.rows_per_second, run.lane_count
        shown = {"shown_rows": rows, "shown_lanes": lanes}
        return cls(initial={"rows_per_second": rows, "lanes": lanes, **shown})

    def pace(self) -> Pace:
        """Return what is asked for; the form has to be valid."""
        data = self.cleaned_data
        return Pace(data["lanes"], data["rows_per_second"] or None)

    def shown(self) -> Pace | None:
        """Return the pace that was changed, as the form showed it; None unknown."""
        data = self.cleaned_data
        if data["shown_lanes"] is None:
            return None
        return Pace(data["shown_lanes"], data["shown_rows"] or None)

    def said(self) -> str:
        """Say in one line what is wrong."""
        return " ".join(
            f"{self.fields[name].label}: {error}"
            for name, errors in self.errors.items()
            for error in errors
        )
