"""Plans with a name: what a run is described with, kept and described again."""

from __future__ import annotations

from typing import Any

from django.db import IntegrityError
from django.utils.translation import gettext as _

from ..control_database import atomic
from ..models import MigrationRun, NamedPlan
from . import controls
from .refusals import RequestRefused

MOST_LETTERS = 100
# Who does a run is said each time that one is made.
KEPT = tuple(name for name in (*controls.DESCRIBED, "chunk_rows") if name != "executor")
"""The fields of a run that a plan holds, besides its databases."""


def keep(
    run: MigrationRun, name: str, actor: str, plan: NamedPlan | None = None
) -> NamedPlan:
    """Keep what a run is described with, saved or not, by a name.

    ``plan`` is one to be changed. Raises RequestRefused for a name that another one
    has, for none, and for options that make no sense.
    """
    controls.require_sense(run)
    name = " ".join(name.split())
    if not 0 < len(name) <= MOST_LETTERS:
        raise RequestRefused(
            _("A plan needs a name of 1 to %(most)d characters.")
            % {"most": MOST_LETTERS},
            _("Name it."),
        )
    plan = plan or NamedPlan(created_by=actor[:150])
    plan.name, plan.changed_by = name, actor[:150]
    plan.source, plan.destination = run.source, run.destination
    plan.choices = {field: getattr(run, field) for field in KEPT}
    try:
        with atomic():
            plan.save()
            if run.pk:
                MigrationRun.objects.filter(pk=run.pk).update(named_plan=plan)
    except IntegrityError:
        raise RequestRefused(
            _("There is a plan called '%(name)s' already.") % {"name": name},
            _("Choose another name, or edit that plan in the list of plans."),
        ) from None
    run.named_plan = plan
    return plan


def find(name: str) -> NamedPlan:
    """Return a plan by its name. Raises RequestRefused where there is none."""
    found = NamedPlan.objects.filter(name=name).first()
    if found is None:
        names = NamedPlan.objects.values_list("name", flat=True)
        raise RequestRefused(
            _("There is no plan called '%(name)s'.") % {"name": name},
            _("There are: %(names)s.") % {"names": ", ".join(names) or "–"},
        )
    return found


def described(plan: NamedPlan, *, to_edit: bool = False) -> MigrationRun:
    """Return a run as the plan describes it, not saved and checked by nobody.

    Raises RequestRefused for options that this version does not have, which one that
    is described ``to_edit`` is without.
    """
    unknown = sorted(set(plan.choices) - set(KEPT))
    if unknown and not to_edit:
        raise RequestRefused(
            _("Plan '%(name)s' holds options that this version lacks: %(them)s.")
            % {"name": plan.name, "them": ", ".join(unknown)},
            _("Edit the plan, which leaves them out, or use the version that kept it."),
        )
    choices: dict[str, Any] = {
        name: value for name, value in plan.choices.items() if name in KEPT
    }
    return MigrationRun(
        source=plan.source, destination=plan.destination, named_plan=plan, **choices
    )


def draft(plan: NamedPlan, actor: str) -> MigrationRun:
    """Write down a run of workers as the plan describes it."""
    return controls.draft(described(plan), actor)
