"""A table on its way, by the product alone, and the words for what became of it."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from dashboard.databases import django_connection
from dashboard.planning.table_plans import column_kind
from dashboard.planning.table_selection import ModelTable
from dashboard.planning.value_words import WORDS
from dashboard.transfer.compare import Comparison, compare
from dashboard.transfer.copy import copy_range
from dashboard.transfer.demands import Demands
from dashboard.transfer.doubts import below_zero, doubts
from dashboard.transfer.errors import TransferError
from dashboard.transfer.keys import KeyRange
from dashboard.transfer.layouts import Trust, decide_layouts
from dashboard.transfer.matching import plan_table
from dashboard.transfer.plan import VALUES, TablePlan
from dashboard.transfer.scan import questions, scan
from dashboard.transfer.values import ObjectRoute
from dashboard.transfer.whole_table import tried
from tests.servers import fresh_name
from tests.values import judge

if TYPE_CHECKING:
    from tests.values.cells import Side

EQUAL = "equal"
REFUSED = "refused"
NOTICED = "noticed"
VERIFIED = "!changed and verified"
FALSE_ALARM = "!false alarm"
UNNAMED = "!unnamed"
CRASH = "!crash"


class Copying:
    """A table of the source on its way, by the product alone."""

    def __init__(self, source: Side, destination: Side, model: Any, table: str) -> None:
        self._source = source.session
        self._destination = destination.session
        self._reader = destination.reader
        self._receipts = destination.receipts
        self._aliases = source.alias, destination.alias
        model._meta.db_table = table
        self._item = ModelTable("bookshop.Reading", model, model, replaced_last=False)
        self._plan: TablePlan | None = None

    def run(self, keys: list[int]) -> dict[int, str]:
        """Copy all at once or, where that is refused, one by one.

        Returns the keys that did not arrive, with the word for why.
        """
        try:
            refusal = self._make_plan()
        except Exception as error:
            return dict.fromkeys(keys, f"{CRASH} {error!r}")
        if refusal is not None:
            return dict.fromkeys(keys, refusal)
        if self._copied(KeyRange()) is None:
            return {}
        found = {}
        for key in keys:
            word = self._copied(KeyRange((key - 1,), (key,)))
            if word is not None:
                found[key] = word
        return found

    def found(self, keys: list[int]) -> dict[int, set[str]]:
        """Find before the start what will not arrive as it is: by key, by which checks.

        As ``planning`` does, whose ids these are.
        """
        with suppress(Exception):
            self._make_plan()
        pair = self._source, self._destination
        plan = self._plan
        if plan is None:
            return {key: {"E110"} for key in keys}
        ids: dict[int, set[str]] = {key: set() for key in keys}
        there = self._destination.catalog.table(plan.table)
        asked = questions(*pair, plan, there)
        scanned = scan(self._source, plan, asked, examples=len(keys))
        assert scanned.ended_by is None, scanned.ended_by
        for one in scanned.broken:
            assert one.count == len(one.keys)
            for key in one.keys:
                ids[int(key[0])].add(WORDS[one.rule.name].error)
        for number in self._broken_by_the_table(plan, there):
            ids[number].add("E231")
        if plan.route == VALUES:
            for number in self._refused(plan):
                ids[number].add("E244")
        if decide_layouts(pair, plan, Trust.FULL).unproved:
            for found in ids.values():
                found.add("W245")
        return {key: found for key, found in ids.items() if found}

    def _broken_by_the_table(self, plan: TablePlan, there: Any) -> set[int]:
        """Find what breaks a CHECK of the destination, such as a domain's."""
        pair = self._source, self._destination
        here = self._source.catalog.table(plan.source_table)
        sides = zip(pair, (plan.source_table, plan.table), strict=True)
        old, new = (side.schema.demands([name])[name] for side, name in sides)
        checks = doubts(pair, plan, here, there, (old, new)).checks
        asked = below_zero(self._source, plan, here, (old, new))
        scanned = scan(self._source, plan, list(asked))
        keys = [key for one in scanned.broken for key in one.keys]
        if checks:
            broken = tried(*pair, plan, Demands(checks=checks), self._objects())
            keys += [key for one in broken for group in one.keys for key in group]
        return {int(key[0]) for key in keys}

    def _refused(self, plan: TablePlan) -> list[int]:
        route = self._objects()
        assert route is not None
        try:
            found = route.tried(self._source, plan, KeyRange())
            return [int(key[0]) for key, no in found if no]
        finally:
            route.close()

    def _objects(self) -> ObjectRoute | None:
        if self._plan is None or self._plan.route != VALUES:
            return None
        old, new = (django_connection(alias) for alias in self._aliases)
        return ObjectRoute(old, new, self._item.fields)

    def _make_plan(self) -> str | None:
        item = self._item
        tables = [
            side.catalog.table(item.table) for side in (self._source, self._destination)
        ]
        self._plan, remarks = plan_table(
            item.label,
            (self._source, tables[0]),
            (self._destination, tables[1]),
            {column: column_kind(item, column) for column in item.fields},
            item.key,
            "UTC",
        )
        blocking = [remark for remark in remarks if remark.blocks]
        if not blocking:
            return None
        return self._word(" ".join(f"{r.message} {r.remedy}" for r in blocking))

    def _word(self, said: str) -> str:
        named = self._item.table in said and judge.COLUMN in said
        return REFUSED if named else f"{UNNAMED}: {said}"

    def _copied(self, key_range: KeyRange) -> str | None:
        assert self._plan is not None
        objects = self._objects()
        try:
            copy_range(
                self._source,
                self._destination,
                self._plan,
                key_range,
                self._receipts,
                fresh_name("chunk"),
                1,
                objects,
            )
        except TransferError as error:
            return self._word(str(error))
        except Exception as error:
            return f"{CRASH} {error!r}"
        finally:
            if objects is not None:
                objects.close()
        return None

    def compared(self) -> Comparison | str:
        assert self._plan is not None
        try:
            return compare(self._source, self._reader, self._plan)
        except Exception as error:
            return f"{CRASH} comparing: {error!r}"


def judged(
    before: dict[int, Any], after: dict[int, Any], found: Comparison | str
) -> dict[int, str]:
    if isinstance(found, str):
        return dict.fromkeys(before, found)
    different = {int(difference.key[0]) for difference in found.differences}
    words = {}
    for key, value in before.items():
        is_equal = key in after and _same(value, after[key])
        if found.unproved:
            words[key] = NOTICED
        elif key in different:
            words[key] = f"{FALSE_ALARM}: {value!r:.80}" if is_equal else NOTICED
        else:
            words[key] = (
                EQUAL
                if is_equal
                else f"{VERIFIED}: {value!r:.80} -> {after.get(key)!r:.80}"
            )
    return words


def _same(one: Any, other: Any) -> bool:
    # True is 1 for Python.
    return type(one) is type(other) and bool(one == other)
