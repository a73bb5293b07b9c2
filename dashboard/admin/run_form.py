"""One form for all that describes a run: anew, from an old one, or from a plan."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest, QueryDict
from django.shortcuts import get_object_or_404

from ..models import MigrationRun, NamedPlan
from ..planning.row_counts import Offer
from ..runner import named_plans
from .forms import MigrationForm
from .prefilled import Prefilled


def labels_of(found: Offer) -> list[str]:
    """Return the labels of what is on offer."""
    return [model.label for app in found.groups for model in app.models]


def form_of(run: MigrationRun, found: Offer, filled: Prefilled) -> MigrationForm:
    """Return the form with the choices of a run, and what was put to them."""
    pair = {"source": run.source, "destination": run.destination}
    return MigrationForm(
        offered=found.groups,
        chosen=filled.chosen,
        excluded=filled.excluded,
        besides=filled.besides,
        initial={**filled.initial, **pair},
    )


def answered(data: QueryDict, found: Offer, filled: Prefilled) -> MigrationForm:
    """Return the form with what somebody sent, who was shown those choices."""
    excluded = [*filled.excluded, *data.getlist("excluded")]
    more = {"excluded": excluded, "besides": filled.besides}
    return MigrationForm(data, offered=found.groups, **more)


@dataclass
class Origin:
    """What a new run begins with: an old one, a plan with a name, or nothing."""

    run: MigrationRun | None = None
    plan: NamedPlan | None = None

    @classmethod
    def of(cls, request: HttpRequest) -> Origin:
        """Read it from the address or the form; answers that there is none such."""
        data = request.POST if request.method == "POST" else request.GET
        plan, run = data.get("plan", ""), data.get("run", "")
        if plan.isdecimal():
            found = get_object_or_404(NamedPlan, pk=int(plan))
            return cls(named_plans.described(found, to_edit=True), found)
        if run.isdecimal():
            return cls(get_object_or_404(MigrationRun, pk=int(run)))
        return cls()

    @property
    def hidden(self) -> list[tuple[str, str]]:
        """What its forms send along, to be the same one again."""
        if self.plan is not None:
            return [("plan", str(self.plan.pk))]
        return [("run", str(self.run.pk))] if self.run is not None else []
