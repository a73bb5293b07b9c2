"""Events are added only, and outlive the people they name."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User

from dashboard.models import Event
from tests.dashboard.runs import make_run

pytestmark = pytest.mark.usefixtures("project")


def test_an_event_is_neither_changed_nor_deleted() -> None:
    run = make_run()
    event = Event.objects.create(run=run, actor="maria", status="running", message="a")
    event.message = "b"
    for attempt in (
        event.save,
        event.delete,
        run.events.all().delete,
        lambda: run.events.update(message="b"),
        lambda: Event.objects.filter(pk=event.pk).update(actor=""),
        lambda: Event.objects.bulk_update([event], ["message"]),
    ):
        with pytest.raises(TypeError):
            attempt()
    assert Event.objects.get(pk=event.pk).message == "a"


def test_an_event_outlives_the_account_that_it_names() -> None:
    user = User.objects.create(username="maria")
    run = make_run()
    Event.objects.create(
        run=run, actor=user.get_username(), status="running", message="a"
    )
    user.delete()
    assert run.events.get().actor == "maria"
