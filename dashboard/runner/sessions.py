"""The sessions of one slice, opened when first needed."""

from __future__ import annotations

from functools import cached_property

from django.utils.translation import gettext as _

from ..databases import database, django_connection
from ..models import MigrationRun
from ..planning.table_selection import tables
from ..transfer.backends import connect
from ..transfer.backends.base import Session
from ..transfer.errors import WrongDatabase
from ..transfer.plan import VALUES, TablePlan
from ..transfer.receipts import Receipts
from ..transfer.values import ObjectRoute
from .leases import process_name


class Sessions:
    """A reading source, a writing destination, and readers for comparing."""

    def __init__(self, run: MigrationRun, label: str) -> None:
        self._run = run
        self._label = label
        self._open: dict[str, Session] = {}
        self._routes: dict[str, ObjectRoute] = {}

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
        """A session on the destination that may write and load."""
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
            found = database(alias, self._run.time_zone)
            session = connect(found, label, writing=writing, loading=writing)
            try:
                self._check_identity(session)
            except BaseException:
                session.close()
                raise
            self._open[name] = session
        return self._open[name]

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
            raise WrongDatabase(
                _(
                    "In the process %(process)s, alias '%(alias)s' is another "
                    "database than the one that was checked."
                )
                % {"process": process_name(), "alias": alias},
                _(
                    "Give that process the DATABASES['%(alias)s'] of the others or "
                    "stop it, then retry."
                )
                % {"alias": alias},
            )

    def objects(self, plan: TablePlan) -> ObjectRoute | None:
        """Return the values route for a plan that needs it."""
        if plan.route != VALUES:
            return None
        # Its connections last: a slice copies hundreds of chunks.
        if plan.model not in self._routes:
            self._routes[plan.model] = ObjectRoute(
                django_connection(self._run.source),
                django_connection(self._run.destination),
                {item.label: item.fields for item in self._tables}[plan.model],
            )
        return self._routes[plan.model]

    @cached_property
    def _tables(self) -> list:  # type: ignore[type-arg]
        return tables()

    def close(self) -> None:
        """Close everything; what is needed again is opened again."""
        for session in self._open.values():
            session.close()
        for route in self._routes.values():
            route.close()
        self._open.clear()
        self._routes.clear()
