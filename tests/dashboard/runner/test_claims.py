"""Claims of an import on a database beside the reservations of runs."""

from __future__ import annotations

import pytest

from dashboard.control_database import now_ms
from dashboard.models import Reservation
from dashboard.runner.claims import claimed
from dashboard.runner.refusals import RequestRefused
from dashboard.runner.reservations import abandoned, reserve
from tests.dashboard.runs import make_run

pytestmark = pytest.mark.usefixtures("project")


def test_a_run_and_an_import_keep_each_other_out_until_a_claim_is_stale() -> None:
    into = make_run(source_identity="A", destination_identity="B", destination="b")
    out_of = make_run(source_identity="B", destination_identity="C", source="b")
    with claimed("b", "B") as claim:
        for run in (into, out_of):
            with pytest.raises(RequestRefused) as refused:
                reserve(run)
            assert "Files are being loaded into 'b'" in refused.value.message
            assert abandoned(run) == []
        with pytest.raises(RequestRefused), claimed("b", "B"):
            pass
        claim.require()
        assert claim.renew()
        # Its holder was silent for too long.
        Reservation.objects.filter(run=None).update(until_ms=now_ms() - 1)
        reserve(out_of)
        assert not claim.renew()
        with pytest.raises(RequestRefused, match="was lost"):
            claim.require()
    with pytest.raises(RequestRefused) as refused, claimed("b", "B"):
        pass
    assert f"Run {out_of.pk} is using 'b'" in refused.value.message
    with claimed("d", "D"):
        assert Reservation.objects.filter(run=None).count() == 1
    assert not Reservation.objects.filter(run=None).exists()
