"""The sessions of one slice, opened when first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from ..databases import answer, check_destination, database, django_connection
from ..models import MigrationRun
from ..planning.table_selection import tables
from ..planning.transform_functions import route
from ..transfer.backends import connect
from ..transfer.backends.base import Session
from ..transfer.backends.comparer import ComparedSide
from ..transfer.errors import (
    CannotServe,
    ConnectionLost,
    TransferError,
    Unavailable,
    WrongDatabase,
)
from ..transfer.plan import VALUES, TablePlan
from ..transfer.receipts import Receipts
from ..transfer.routes import Route
from ..transfer.transform_route import TransformRoute, compared_plan
from ..transfer.values import ObjectRoute
from .processes import process_name

# How far apart two answers may be about one start of a server.
SAME_START_SECONDS = 1


@contextmanager
def _opening() -> Iterator[None]:
    """Say of what prevents a connection whether it is the server or this process.

    The run was checked with the same settings, so what is refused here for good
    is this process's own affair: an old password, a driver that is missing.
    """
    try:
        yield
    except ConnectionLost as error:
        raise Unavailable(error.message, error.remedy, code=error.code) from error
    except TransferError as error:
        if error.retriable:
            raise
        raise CannotServe(
            _("The process %(process)s cannot work for the run. %(said)s")
            % {"process": process_name(), "said": error.message},
            error.remedy,
            code=error.code,
        ) from error


class Sessions:
    """A reading source, a writing destination, and readers for comparing."""

    def __init__(self, run: MigrationRun, label: str) -> None:
        self._run = run
        self._label = label
        self._open: dict[str, Session] = {}
        self._routes: dict[str, Route] = {}
        # By alias, when its server had been started as it was first reached.
        self._started: dict[str, int | None] = {}

    def __enter__(self) -> Sessions:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    @property
    def source(self) -> Session:
        """A read-only session on the source."""
        return self._session("source", self._run.source, writing=False)

    @property
    def destination(self) -> Session:
        """A session on the destination that may write and load.

        Raises NotADestination where the settings of this process forbid that.
        """
        if "destination" not in self._open:
            check_destination(self._run.destination)
        return self._session("destination", self._run.destination, writing=True)

    @property
    def destination_reader(self) -> Session:
        """A read-only session on the destination."""
        return self._session("reader", self._run.destination, writing=False)

    @property
    def receipts(self) -> Receipts:
        """The run's receipts, through the writing session."""
        return Receipts(self.destination, self._run.receipts_table)

    def _session(self, name: str, alias: str, *, writing: bool) -> Session:
        if name not in self._open:
            label = self._label if writing else f"{self._label}-{name[0]}"
            with _opening():
                self._open[name] = self._opened(alias, label, writing=writing)
        return self._open[name]

    def _opened(self, alias: str, label: str, *, writing: bool) -> Session:
        found = database(alias, self._run.time_zone)
        session = connect(found, label, writing=writing, loading=writing)
        try:
            self._check_identity(session)
            if alias not in self._started:
                self._started[alias] = session.started_seconds()
        except BaseException:
            session.close()
            raise
        return session

    def are_as_before(self) -> bool:
        """Whether both servers answer, and have run since they were first reached."""
        try:
            return all(map(self._runs_on, (self.source, self.destination)))
        except TransferError:
            self.close()
            return False

    def _runs_on(self, session: Session) -> bool:
        first = self._started[session.database.alias]
        now = session.started_seconds()
        return first is None or now is None or now - first <= SAME_START_SECONDS

    def _check_identity(self, session: Session) -> None:
        """Refuse a database that is not the one that was checked and confirmed.

        A worker has settings of its own, which may be another deployment's.
        """
        alias = session.database.alias
        checked = (
            self._run.source_identity
            if alias == self._run.source
            else self._run.destination_identity
        )
        if session.location() != checked:
            raise _elsewhere(alias)

    def objects(self, plan: TablePlan) -> Route | None:
        """Return the route of a plan whose rows need another than text's.

        Raises CannotServe where this process has not the function that was checked.
        """
        if plan.route != VALUES and plan.transform is None:
            return None
        # Its connections last: a slice copies hundreds of chunks.
        if plan.model not in self._routes:
            self._routes[plan.model] = self._route(plan)
        return self._routes[plan.model]

    @contextmanager
    def compared(self, plan: TablePlan) -> Iterator[tuple[ComparedSide, TablePlan]]:
        """Give the source of a comparison, or what a transform makes of it."""
        found = self.objects(plan) if plan.transform else None
        if not isinstance(found, TransformRoute):
            yield self.source, plan
            return
        # Loads SQLite's backend, which few processes need.
        from ..transfer.transformed_side import TransformedSide

        side = TransformedSide(found, self.source)
        try:
            yield side, compared_plan(plan)
        finally:
            side.close()

    def _route(self, plan: TablePlan) -> Route:
        fields = self._fields(plan)
        if plan.transform is not None:
            return route(plan, fields, self._run.source, self._run.destination)
        objects = ObjectRoute(
            django_connection(self._run.source),
            django_connection(self._run.destination),
            fields,
        )
        try:
            found = answer(objects.source, self.source.whereabouts_sql)
            if found != self.source.whereabouts():
                raise _elsewhere(self._run.source)
            # Of a file there is nothing else to ask for than its place.
            self._check_identity(self.source)
        except BaseException:
            objects.close()
            raise
        return objects

    def _fields(self, plan: TablePlan) -> Mapping[str, Any]:
        fields: Mapping[str, Any]
        for item in self._tables:
            if item.label == plan.model:
                fields = item.fields
                return fields
        raise CannotServe(
            _("The process %(process)s has no model '%(model)s'.")
            % {"process": process_name(), "model": plan.model},
            _("Give that process the code of the others, or stop it."),
        )

    @cached_property
    def _tables(self) -> list:  # type: ignore[type-arg]
        return tables()

    def end_statements(self) -> None:
        """End what another thread is running on any of them."""
        for found in list(self._routes.values()):
            if isinstance(found, TransformRoute):
                found.end_statement()
        for session in list(self._open.values()):
            # It may have ended, or its connection, by itself.
            with suppress(Exception):
                session.end_statement()

    def close(self) -> None:
        """Close everything; what is needed again is opened again."""
        for session in self._open.values():
            session.close()
        for found in self._routes.values():
            found.close()
        self._open.clear()
        self._routes.clear()


def _elsewhere(alias: str) -> WrongDatabase:
    return WrongDatabase(
        _(
            "In the process %(process)s, alias '%(alias)s' is another database than "
            "the one that was checked."
        )
        % {"process": process_name(), "alias": alias},
        _(
            "Give that process the DATABASES['%(alias)s'] of the others or stop it, "
            "then retry."
        )
        % {"alias": alias},
    )
