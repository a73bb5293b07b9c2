"""Numbers of the destination for rows that come under new keys."""

from __future__ import annotations

from ...models import MigrationRun, Step
from ...transfer.new_keys import reserve
from ..leases import Lease, now_and_then
from ..plan_records import plans_in_parts
from ..sessions import Sessions


def reserve_keys(
    step: Step, run: MigrationRun, lease: Lease, sessions: Sessions
) -> None:
    """Take a number for each row of the source that has none yet.

    One step for all tables: what leads to the rows of one may be in any other.
    """
    plans = [plan for part in plans_in_parts(run) for plan in part if plan.is_rekeyed]
    renew = now_and_then(lease)
    for plan in plans:
        if plan.key_map:
            reserve(sessions.source, sessions.destination, plan, plans, renew)
