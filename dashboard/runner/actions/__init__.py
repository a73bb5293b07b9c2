"""What each action of a step does; all of it but a command is safe to repeat."""

from __future__ import annotations

from ...models import Step
from .commands import call_command
from .comparing import compare, compare_each, record_all
from .contract import Action, Together
from .emptying import empty, empty_each
from .foreign_keys import add_keys, prove_keys, prove_keys_of_each, restore_keys
from .indexes import put_back, put_settings_back, take_off
from .merging import measure_before
from .new_keys import reserve_keys
from .numbers import refresh_statistics, set_sequences
from .receipts import drop_receipts, open_receipts
from .replacing import replace
from .triggers import put_triggers_back, take_triggers_off

ACTIONS: dict[Step.Action, Action] = {
    Step.Action.OPEN: open_receipts,
    Step.Action.REMOVE_KEYS: take_off,
    Step.Action.REMOVE_TRIGGERS: take_triggers_off,
    Step.Action.EMPTY: empty,
    Step.Action.MEASURE: measure_before,
    Step.Action.RESERVE: reserve_keys,
    Step.Action.REMOVE_INDEXES: take_off,
    Step.Action.REPLACE: replace,
    Step.Action.RESTORE_INDEX: put_back,
    Step.Action.ADD_KEYS: add_keys,
    Step.Action.RESTORE_KEY: restore_keys,
    Step.Action.RESTORE_SETTINGS: put_settings_back,
    Step.Action.RESTORE_TRIGGERS: put_triggers_back,
    Step.Action.SEQUENCE: set_sequences,
    Step.Action.ANALYZE: refresh_statistics,
    Step.Action.PROVE_KEYS: prove_keys,
    Step.Action.CLOSE: drop_receipts,
    Step.Action.COMPARE: compare,
    Step.Action.COMMAND: call_command,
}

TOGETHER: dict[Step.Action, Together] = {
    Step.Action.EMPTY: Together(empty_each),
    Step.Action.PROVE_KEYS: Together(prove_keys_of_each),
    Step.Action.COMPARE: Together(compare_each, record_all),
}
"""What is done for several small tables by one claim."""
