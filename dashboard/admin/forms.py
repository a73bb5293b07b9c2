"""The forms of the pages: the databases, and the migration."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ..conf import option
from ..databases import aliases, destinations
from ..models import MigrationRun
from ..planning.modes import WrongMode, described_modes, modes_asked, modes_in
from ..planning.renames import renamed_in
from ..planning.row_counts import AppChoice, ModelChoice
from ..planning.table_selection import ALL
from ..planning.transform_functions import NoTransform, chosen, listed_transforms
from ..runner.pace import MOST_LANES
from ..transfer.changes import WrongChange, listed
from .command_fields import CommandsField, offer_commands
from .pace_form import rows_per_second_field
from .rows_form import RowsForm


def _alias_choices(names: Iterable[str]) -> list[tuple[str, str]]:
    return [("", "---------"), *((name, name) for name in names)]


class DatabasesForm(forms.Form):
    """From which database into which."""

    source = forms.ChoiceField(
        label=_("Source"),
        help_text=_("The database to copy from. It is only read."),
        error_messages={"required": _("Choose a source.")},
    )
    destination = forms.ChoiceField(
        label=_("Destination"),
        help_text=_("The database to copy into."),
        error_messages={"required": _("Choose a destination.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, names in (("source", aliases()), ("destination", destinations())):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = _alias_choices(names)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("source") and data.get("source") == data.get("destination"):
            self.add_error("destination", _("Choose a database other than the source."))
        return data


class MigrationForm(RowsForm, DatabasesForm):
    """What to copy, and how."""

    models = forms.MultipleChoiceField(
        error_messages={
            "required": _("Choose at least one model."),
            "invalid_choice": _("“%(value)s” is not a model of this project."),
        }
    )
    # Tables that no line of the page is about: of many-to-many fields.
    excluded = forms.MultipleChoiceField(required=False)
    mode = forms.ChoiceField(
        label=_("What to do"),
        choices=[
            (MigrationRun.Mode.COPY, _("Copy rows")),
            (MigrationRun.Mode.COMPARE, _("Compare only")),
        ],
        widget=forms.RadioSelect,
        initial=MigrationRun.Mode.COPY,
    )
    empty = forms.BooleanField(
        label=_("Empty the tables in the destination first"),
        required=False,
        help_text=_(
            "Deletes all rows that the chosen tables hold in the destination. You"
            " confirm this before the start. Without it, a run cannot start while one"
            " of the tables holds rows."
        ),
    )
    modes = forms.CharField(
        label=_("Into tables that hold rows"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"}
        ),
        help_text=_(
            "merge: rows are found by their key, those that differ are updated and the"
            " others inserted. missing: only what is not there is inserted. new-keys:"
            " as merge, under numbers that the destination gives. replace: emptied"
            " first. For all tables, or one a line for models, such as"
            " shop.Order=missing. Only replace deletes rows."
        ),
    )
    verify = forms.ChoiceField(
        label=_("What to compare"),
        choices=MigrationRun.Verify.choices,
        initial=MigrationRun.Verify.FULL,
    )
    on_bad_rows = forms.ChoiceField(
        label=_("If the destination does not take a row"),
        choices=MigrationRun.OnBadRows.choices,
        initial=MigrationRun.OnBadRows.STOP,
        required=False,
        help_text=_(
            "A row that is set aside is kept here with the reason, and its values for"
            " those who may see them. The run ends as failed until it is loaded."
        ),
    )
    triggers = forms.ChoiceField(
        label=_("Triggers of the destination"),
        choices=MigrationRun.Triggers.choices,
        required=False,
        help_text=_(
            "What they write into other tables is compared with nothing. Off, they are"
            " written down before and put back as they were, however the run ends."
        ),
    )
    renamed = forms.CharField(
        label=_("Other names in the source"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "spellcheck": "false"}),
        help_text=_(
            "What an older database calls the tables and columns of your models, one"
            " a line: app.Model=table or app.Model.field=column. A column that it does"
            " not have is filled with the field’s default; the plan says so."
        ),
    )
    no_scan = forms.BooleanField(
        label=_("Do not look through the values first"),
        required=False,
        help_text=_(
            "Values that the destination refuses are then found in the middle of the"
            " run, and what it changes by the comparison."
        ),
    )
    changes = forms.CharField(
        label=_("Changes to values"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 3, "spellcheck": "false", "autocapitalize": "off"}
        ),
        help_text=_(
            "One per line, such as shop.Book.title=strip-nul. Nothing else is changed,"
            " which the comparison proves; the report says how many values it was."
        ),
    )
    transforms = forms.CharField(
        label=_("Functions that rows go through"),
        required=False,
        widget=forms.Textarea(
            attrs={"rows": 2, "spellcheck": "false", "autocapitalize": "off"}
        ),
        help_text=_(
            "One per line, such as shop.Customer=clean: one that the settings name for"
            " the model, or none. Without a line the first of the settings is taken."
        ),
    )
    lanes = forms.IntegerField(
        label=_("Lanes"),
        min_value=1,
        max_value=MOST_LANES,
        help_text=_("How many worker processes work on the run at the same time."),
    )
    rows_per_second = rows_per_second_field()
    commands_before = CommandsField(
        label=_("Before the copy"),
        required=False,
        help_text=_("Once all checks are made. If one fails, nothing is changed."),
    )
    commands_after = CommandsField(
        label=_("After the copy"),
        required=False,
        help_text=_("Once the data is compared. Each can be run again alone."),
    )
    keep_as = forms.CharField(
        label=_("Keep these choices as a plan"),
        required=False,
        max_length=100,
        help_text=_("A name by which they can be run again, also by a scheduler."),
    )

    def __init__(
        self,
        *args: Any,
        offered: Iterable[AppChoice],
        chosen: Iterable[str] | None = None,
        excluded: Iterable[str] = (),
        besides: Iterable[str] = (),
        **kwargs: Any,
    ) -> None:
        """Offer the models of apps, and tables that no model owns as a group.

        ``chosen`` are the labels that are ticked at first, None for all that can be,
        ``excluded`` tables of many-to-many fields that are left out, and ``besides``
        other tables that are copied by themselves.
        """
        super().__init__(*args, **kwargs)
        self._chosen = None if chosen is None else set(chosen)
        self.left_out = list(excluded)
        self.besides = list(besides)
        parts = self.fields["excluded"]
        assert isinstance(parts, forms.MultipleChoiceField)
        parts.choices = [(label, label) for label in self.left_out]
        self.apps = [app for app in offered if app.models]
        field = self.fields["models"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [
            *((model.label, model.name) for model in self.offered()),
            *((label, label) for label in self.besides),
        ]
        self.fields["lanes"].initial = option("LANES")
        self.fields["triggers"].initial = option("TRIGGERS")
        offer_commands(self, self.initial)

    def clean_renamed(self) -> dict[str, str]:
        try:
            return renamed_in(self.cleaned_data["renamed"].splitlines())
        except ValueError as error:
            raise forms.ValidationError(
                _("“%(line)s” is not app.Model=table or app.Model.field=column."),
                params={"line": error},
            ) from None

    def clean_changes(self) -> dict[str, str]:
        try:
            return listed(self.cleaned_data["changes"].splitlines())
        except WrongChange as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def commands_fields(self) -> list[forms.BoundField]:
        """Return the fields by which commands are chosen."""
        return [self["commands_before"], self["commands_after"]]

    def clean_modes(self) -> dict[str, str]:
        try:
            return modes_in(self.cleaned_data["modes"].splitlines())
        except WrongMode as wrong:
            raise forms.ValidationError(str(wrong)) from None

    def clean_transforms(self) -> dict[str, str]:
        try:
            found = listed_transforms(self.cleaned_data["transforms"].splitlines())
            chosen(found)
        except NoTransform as wrong:
            raise forms.ValidationError(str(wrong)) from None
        return found

    def offered(self) -> Iterable[ModelChoice]:
        """Return every model on offer."""
        return (model for app in self.apps for model in app.models)

    def checked(self) -> set[str]:
        """Return the labels that are ticked: every model that can be, at first."""
        if self.is_bound:
            return set(self["models"].value() or ())
        if self._chosen is not None:
            return self._chosen
        return {
            model.label
            for model in self.offered()
            if not (model.problem or model.is_unowned)
        }

    def described(self) -> MigrationRun:
        """Return the run that is asked for, not saved; the form has to be valid."""
        data = self.cleaned_data
        compares = data["mode"] == MigrationRun.Mode.COMPARE
        verify = data["verify"]
        if compares and verify == MigrationRun.Verify.NONE:
            # A comparison that compares nothing makes no sense.
            verify = MigrationRun.Verify.FULL
        return MigrationRun(
            source=data["source"],
            destination=data["destination"],
            labels=self._labels(data["models"]),
            excluded=data["excluded"],
            renamed=data["renamed"],
            changes=data["changes"],
            transforms=data["transforms"],
            **self.only(),
            scan_values=not data["no_scan"],
            **self._modes(data, compares=compares),
            verify=verify,
            on_bad_rows=data["on_bad_rows"] or MigrationRun.OnBadRows.STOP,
            triggers=data["triggers"] or option("TRIGGERS"),
            lane_count=data["lanes"],
            rows_per_second=data["rows_per_second"] or None,
            commands_before=[] if compares else data["commands_before"],
            commands_after=[] if compares else data["commands_after"],
            mode=data["mode"],
        )

    def _modes(self, data: dict[str, Any], *, compares: bool) -> dict[str, Any]:
        if compares:
            return {}
        empties = data["empty"]
        modes = modes_asked(option("MODES"), data["modes"], empties=empties)
        return described_modes(modes, empties=empties)

    def _labels(self, chosen: Sequence[str]) -> list[str]:
        """Return the chosen labels, with every model as one."""
        models = {model.label for model in self.offered() if not model.is_unowned}
        if not models or not models <= set(chosen):
            return list(chosen)
        others = [label for label in chosen if label not in models]
        return [ALL, *others] if others else []
