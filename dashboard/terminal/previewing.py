"""A preview in a terminal: the first rows of a model before and after its transform."""

from __future__ import annotations

import json
from dataclasses import asdict

from django.core.management.base import CommandError, OutputWrapper
from django.utils.translation import gettext as _

from ..models import MigrationRun
from ..runner.previews import PreviewedRow, preview
from ..runner.recent_checks import structure_of
from .before_start import refuse, say_found
from .screen import Screen


def say_preview(
    screen: Screen, run: MigrationRun, label: str, document: OutputWrapper | None
) -> None:
    """Write what becomes of a model's first rows, also as JSON. Raises CommandError."""
    checked = structure_of(run)
    found = [p.plan for p in checked.tables if p.item.label == label]
    if checked.is_blocked:
        say_found(screen, checked)
        refuse(checked)
    if not found or found[0].transform is None:
        raise CommandError(
            _("%(label)s goes through no function that the settings name.")
            % {"label": label}
        )
    rows = preview(run, found[0])
    if document is not None:
        said = {
            "kind": "preview",
            "model": label,
            "transform": found[0].transform.name,
            "rows": [asdict(row) for row in rows],
        }
        document.write(json.dumps(said, indent=2, ensure_ascii=False))
    for row in rows:
        _say(screen, row)


def _say(screen: Screen, row: PreviewedRow) -> None:
    if not row.made:
        screen.say(_("%(key)s: left out") % {"key": row.key})
    for made in row.made:
        text = _("%(key)s:") if made else _("%(key)s: as it is")
        screen.say(text % {"key": row.key})
        for one in made:
            values = (one.before, one.after)
            shown = ["NULL" if value is None else repr(value) for value in values]
            screen.say(f"    {one.column}: {' → '.join(shown)}")
