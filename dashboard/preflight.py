"""What could go wrong, found before a row is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import connections

from .conf import option
from .databases import database, keeps_no_zone
from .discovery import ModelTable, UnknownLabel, references, select, tables
from .runner.clock import control_alias
from .transfer.backends import connect
from .transfer.backends.base import Session, Size
from .transfer.columns import FIELD_KINDS, ColumnKind, Table
from .transfer.errors import TransferError
from .transfer.matching import plan_table
from .transfer.plan import TablePlan

LABEL = "migration-console-check"

CONTENT_TYPE = "contenttypes.ContentType"
# Filled by migrate itself; a count of them says nothing about data.
MADE_BY_MIGRATE = (CONTENT_TYPE, "auth.Permission")
NAMES_SHOWN = 10
NO_ROWS = Size(0, exact=True)


@dataclass(frozen=True)
class Found:
    """What one check found: the level is error, warning or info."""

    check: str
    level: str
    message: str
    remedy: str = ""
    model: str = ""


@dataclass(frozen=True)
class PlannedTable:
    """A table with its plan and what is known of its size."""

    item: ModelTable
    plan: TablePlan
    size: Size
    before: Size


@dataclass
class Outcome:
    """Everything that the checks found and planned."""

    found: list[Found] = field(default_factory=list)
    tables: list[PlannedTable] = field(default_factory=list)
    identity: str = ""
    source_identity: str = ""
    zone: str = "UTC"
    single_tables: bool = False
    one_writer: bool = False

    @property
    def is_blocked(self) -> bool:
        """Whether any finding is an error."""
        return any(found.level == "error" for found in self.found)

    def error(self, check: str, message: str, remedy: str, model: str = "") -> None:
        """Add a finding that blocks the start."""
        self.found.append(Found(check, "error", message, remedy, model))

    def note(self, check: str, message: str, remedy: str = "", model: str = "") -> None:
        """Add a finding that is to be read."""
        self.found.append(Found(check, "info", message, remedy, model))

    def warning(self, check: str, message: str, remedy: str, model: str = "") -> None:
        """Add a finding that is to be read before the start."""
        self.found.append(Found(check, "warning", message, remedy, model))


def aliases() -> list[str]:
    """Return the aliases of the project."""
    return sorted(connections.settings)


def check(
    source: str,
    destination: str,
    labels: Sequence[str] = (),
    exclude: Sequence[str] = (),
    *,
    empty: bool = False,
    writes: bool = True,
) -> Outcome:
    """Run every check; nothing is written anywhere.

    ``writes`` is False for a comparison, which needs no empty destination.
    """
    outcome = Outcome()
    chosen = _chosen(outcome, labels, exclude)
    with ExitStack() as stack:
        old = _open(outcome, stack, source)
        new = _open(outcome, stack, destination)
        if old is None or new is None or outcome.is_blocked:
            return outcome
        _check_aliases(outcome, old, new, writes)
        if outcome.is_blocked:
            return outcome
        _plan(outcome, chosen, old, new, writes)
        if writes and not outcome.is_blocked:
            _check_destination(outcome, new, empty)
            _check_content_types(outcome, old, new)
            _note_account(outcome, source, destination)
        outcome.single_tables = new.schema.one_loader_per_table
        outcome.one_writer = new.schema.one_writer
    return outcome


def _chosen(
    outcome: Outcome, labels: Sequence[str], exclude: Sequence[str]
) -> list[ModelTable]:
    try:
        chosen = select(labels, exclude)
    except UnknownLabel as error:
        outcome.error(
            "labels",
            f"'{error}' names no app and no model of this project.",
            "Use app or app.Model, for instance: "
            + ", ".join(sorted({item.label for item in tables()})[:3])
            + ".",
        )
        return []
    if not chosen:
        outcome.error("labels", "No table is left.", "Choose at least one model.")
    return chosen


def _open(outcome: Outcome, stack: ExitStack, alias: str) -> Session | None:
    try:
        return stack.enter_context(connect(database(alias), LABEL))
    except TransferError as error:
        outcome.error("connection", error.message, error.remedy)
        return None


def _check_aliases(outcome: Outcome, old: Session, new: Session, writes: bool) -> None:
    source, destination = old.database.alias, new.database.alias
    allowed = option("DESTINATIONS")
    if writes and allowed is not None and destination not in allowed:
        outcome.error(
            "destination",
            f"Alias '{destination}' is not among the allowed destinations.",
            "Add it to MIGRATION_CONSOLE['DESTINATIONS'], or use another alias.",
        )
    outcome.source_identity, outcome.identity = old.identity(), new.identity()
    if outcome.source_identity == outcome.identity:
        outcome.error(
            "same database",
            f"Aliases '{source}' and '{destination}' are one and the same database.",
            "Give DATABASES two different databases.",
        )
    zones = [s.database.zone for s in (old, new) if keeps_no_zone(s.database.alias)]
    if len(set(zones)) > 1:
        outcome.error(
            "time zones",
            f"'{source}' keeps timestamps in {zones[0]}, '{destination}' in "
            f"{zones[1]}, and neither engine stores a zone.",
            "Set the same TIME_ZONE for both aliases.",
        )
    outcome.zone = zones[0] if zones else "UTC"


def _plan(
    outcome: Outcome,
    chosen: Sequence[ModelTable],
    old: Session,
    new: Session,
    writes: bool,
) -> None:
    missing: dict[str, list[ModelTable]] = defaultdict(list)
    for item in chosen:
        source, destination = (s.catalog.table(item.table) for s in (old, new))
        if source is None and destination is None:
            outcome.note(
                "no table",
                f"{item.label} takes no part: neither database has a table "
                f"'{item.table}'.",
                "A router, or a feature that the databases lack, may keep it out.",
                item.label,
            )
            continue
        for side, table in ((old, source), (new, destination)):
            if table is None:
                missing[side.database.alias].append(item)
        if source is not None and destination is not None:
            _plan_one(outcome, item, (old, source), (new, destination), writes)
    for alias, items in missing.items():
        names = _names(item.table for item in items)
        outcome.error(
            "missing tables",
            f"Alias '{alias}' has no table {names}.",
            f"Make them: manage.py migrate --database={alias}",
        )
    if not outcome.tables and not outcome.is_blocked:
        outcome.error(
            "no table",
            "Neither database has a table of the chosen models.",
            f"Make them: manage.py migrate --database={new.database.alias}, and the "
            f"same for '{old.database.alias}'.",
        )


def _names(names: Iterable[str]) -> str:
    listed = [f"'{name}'" for name in names]
    more = len(listed) - NAMES_SHOWN
    text = ", ".join(listed[:NAMES_SHOWN])
    return f"{text} and {more} more" if more > 0 else text


def _plan_one(
    outcome: Outcome,
    item: ModelTable,
    source: tuple[Session, Table],
    destination: tuple[Session, Table],
    writes: bool,
) -> None:
    plan, remarks = plan_table(
        item.label,
        source,
        destination,
        {column: _kind(item, column) for column in item.fields},
        item.key,
        outcome.zone,
    )
    for remark in remarks:
        if remark.blocks:
            outcome.error("table", remark.message, remark.remedy, item.label)
        else:
            outcome.note("columns", remark.message, remark.remedy, item.label)
    if plan is not None:
        size = source[0].catalog.size(item.table)
        before = NO_ROWS
        if writes:
            before = destination[0].catalog.size(item.table)
        outcome.tables.append(PlannedTable(item, plan, size, before))


def _kind(item: ModelTable, column: str) -> ColumnKind | None:
    field = item.fields[column]
    target = field
    # A reference holds what it refers to.
    while target.is_relation and hasattr(target, "target_field"):
        target = target.target_field
    if hasattr(field, "output_field") and getattr(field, "generated", False):
        target = field.output_field
    return FIELD_KINDS.get(target.get_internal_type())


def _check_destination(outcome: Outcome, new: Session, empty: bool) -> None:
    chosen = {planned.item.table for planned in outcome.tables}
    filled = [planned for planned in outcome.tables if planned.before.rows]
    data = [planned for planned in filled if not _made_by_migrate(planned, new)]
    if data and not empty:
        outcome.error(
            "not empty",
            "These tables of the destination hold rows: "
            + _names(p.item.table for p in data)
            + ".",
            "Have the selected tables emptied first (--empty), or exclude them.",
        )
    emptied = {planned.item.table for planned in filled}
    for key in new.catalog.foreign_keys():
        if key.to_table not in emptied or key.table in chosen:
            continue
        name = new.quote(key.table)
        if new.query(f"SELECT 1 FROM {name} LIMIT 1"):  # noqa: S608
            outcome.error(
                "referring table",
                f"Table '{key.table}' of the destination is not selected, holds rows "
                f"and refers to '{key.to_table}', which would be emptied.",
                f"Select '{key.table}' as well, or exclude '{key.to_table}'.",
            )


def _made_by_migrate(planned: PlannedTable, new: Session) -> bool:
    if planned.item.label in MADE_BY_MIGRATE:
        return True
    if planned.item.label != "sites.Site" or planned.before.rows > 1:
        return False
    name = new.quote(planned.item.table)
    domains = new.query(f"SELECT domain FROM {name}")  # noqa: S608
    return domains == [("example.com",)]


def _check_content_types(outcome: Outcome, old: Session, new: Session) -> None:
    """Refuse references whose numbers mean something else over there."""
    labels = {planned.item.label for planned in outcome.tables}
    if not apps.is_installed("django.contrib.contenttypes"):
        return
    for label, names, what in (
        (CONTENT_TYPE, ("app_label", "model"), "content types"),
        ("auth.Permission", ("content_type_id", "codename"), "permissions"),
    ):
        if label in labels or not apps.is_installed(
            "django.contrib." + label.split(".")[0]
        ):
            continue
        users = [p for p in outcome.tables if references(p.item, label)]
        table = apps.get_model(label)._meta.db_table
        if users and _numbers(old, table, names) != _numbers(new, table, names):
            outcome.error(
                "content types",
                f"{_names(p.item.label for p in users)} refer to {what}, which have "
                "other numbers in the destination.",
                f"Copy everything, or select {label} and what refers to it as well.",
            )


def _numbers(
    session: Session, table: str, names: tuple[str, str]
) -> dict[int, tuple[object, ...]] | None:
    if session.catalog.table(table) is None:
        return None
    columns = ", ".join(session.quote(name) for name in ("id", *names))
    rows = session.query(f"SELECT {columns} FROM {session.quote(table)}")  # noqa: S608
    return {row[0]: tuple(row[1:]) for row in rows}


def _note_account(outcome: Outcome, source: str, destination: str) -> None:
    """Say who can sign in afterwards, where the pages' own users change."""
    user = get_user_model()
    labels = {planned.item.label for planned in outcome.tables}
    if user._meta.label not in labels or control_alias() != destination:
        return
    accounts = _superusers(source)
    if accounts:
        outcome.warning(
            "account",
            "The accounts of this site are replaced by those of the source. "
            f"Afterwards sign in with one of them: {_names(accounts)}.",
            "Make sure that you know its password.",
        )
    else:
        outcome.warning(
            "account",
            "The accounts of this site are replaced by those of the source, which "
            "has no active superuser.",
            f"Make one: manage.py createsuperuser --database={source}",
        )


def _superusers(alias: str) -> list[str]:
    user = get_user_model()
    names = {field.name for field in user._meta.get_fields()}
    if not {"is_superuser", "is_active"} <= names:
        return []
    found = user._base_manager.using(alias).filter(is_superuser=True, is_active=True)
    return list(found.values_list(user.USERNAME_FIELD, flat=True)[:NAMES_SHOWN])
