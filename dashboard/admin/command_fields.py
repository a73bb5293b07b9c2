"""The fields by which commands are chosen: by the names that the settings give them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django import forms

from ..commands import project_commands


class CommandsField(forms.MultipleChoiceField):
    """Some of the project's commands, called in the order in which they stand."""

    widget = forms.CheckboxSelectMultiple

    def offer(self, chosen: Iterable[str] | None) -> None:
        """Offer every command, those that are chosen first and in their order."""
        known = project_commands()
        first = [name for name in chosen or () if name in known]
        names = dict.fromkeys([*first, *known])
        self.choices = [(name, f"{name}: {known[name].line}") for name in names]


def offer_commands(form: forms.Form, initial: Mapping[str, Any]) -> None:
    """Let both fields of a form offer what the settings have."""
    for name in ("commands_before", "commands_after"):
        field = form.fields[name]
        assert isinstance(field, CommandsField)
        field.offer(initial.get(name))


def gone(names: Sequence[str]) -> list[str]:
    """Return the names that the settings have no more."""
    return [name for name in names if name not in project_commands()]
