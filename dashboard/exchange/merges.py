"""Files merged by key into tables that have rows: foreseen, written, and proved.

Each file is loaded into a temporary table, and what a merge would do is counted by
the statements that do it. All tables are written in one transaction, which is
committed only if exactly that has been done and nothing else has changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from django.utils.translation import gettext as _

from ..planning.natural_keys import NATURAL
from ..runner.claims import Claim
from ..transfer.backends.base import Session
from ..transfer.checksums import Checksum, Layout
from ..transfer.csvfiles.plans import compared_with
from ..transfer.errors import CountMismatch
from ..transfer.failpoints import reach
from ..transfer.keys import EVERYTHING
from ..transfer.layouts import layout_of
from ..transfer.merged import MODULUS, Merged
from ..transfer.merging import Found, Staging, staging
from .imports import Part
from .loads import Without, all_or_nothing, check_rows
from .tables import ExchangeRefused

Done = Callable[[Part, Merged], None]


@dataclass(frozen=True)
class Staged:
    """A file in its temporary table, and what a merge of it would do."""

    part: Part
    layout: Layout
    staging: Staging
    foreseen: Found

    @property
    def same(self) -> int:
        """How many rows of the file the merge would leave as they are."""
        return self.foreseen.rows - self.foreseen.inserted - self.foreseen.updated


@contextmanager
def stage(
    session: Session, parts: Sequence[Part], without: Without
) -> Iterator[list[Staged]]:
    """Load files into temporary tables, and count what would change.

    Raises ExchangeRefused where a key is in a file twice, or where rows are numbered
    otherwise in every database.
    """
    with ExitStack() as stack:
        yield [
            _staged(stack, session, part, f"_{number}", without)
            for number, part in enumerate(parts)
        ]


def _staged(
    stack: ExitStack, session: Session, part: Part, suffix: str, without: Without
) -> Staged:
    own = compared_with(part.plan, part.table)
    layout = layout_of(session, session, own)
    made = stack.enter_context(
        staging(session, part.plan, layout, alone=False, suffix=suffix)
    )
    lines = without.get(part.name, ())
    with session.transaction():
        rows = part.loading.load(session, lines, made.cleared())
        check_rows(part, rows, lines)
        _check_keys(session, part, made.staged)
        foreseen = made.find(EVERYTHING, rows)
    if part.found.label in NATURAL and (foreseen.inserted or foreseen.updated):
        raise ExchangeRefused(
            _("'%(model)s' would change, but every database numbers its rows itself.")
            % {"model": part.found.label},
            _("Leave it out: --exclude."),
        )
    return Staged(part, layout, made, foreseen)


def _check_keys(session: Session, part: Part, staged: str) -> None:
    """Raise ExchangeRefused for rows of one key: nobody knows which one is meant."""
    names = ", ".join(map(session.quote, part.plan.key))
    sql = (
        f"SELECT count(*) FROM (SELECT 1 AS one FROM {session.quote_table(staged)} "  # noqa: S608
        f"GROUP BY {names} HAVING count(*) > 1) doubled"
    )
    if number := int(session.query(sql)[0][0]):
        raise ExchangeRefused(
            _("%(file)s holds %(number)d keys more than once.")
            % {"file": part.name, "number": number},
            _("See which by --preview, and remove the others."),
        )


def write(
    session: Session,
    claim: Claim,
    staged: Sequence[Staged],
    done: Done = lambda part, merged: None,
) -> dict[str, Merged]:
    """Merge what was staged, all in one transaction, and prove it.

    Returns what was done by the files' labels. Raises CountMismatch, with all rolled
    back, where it is not what was foreseen or something else has changed.
    """
    found = {}
    with all_or_nothing(session, claim, [one.part for one in staged]):
        for one in staged:
            merged = _merged(session, one)
            found[one.part.found.label] = merged
            done(one.part, merged)
            reach("import merged")
    return found


def _merged(session: Session, one: Staged) -> Merged:
    before = _sum(session, one)
    merged = one.staging.put(EVERYTHING, one.foreseen.rows)
    after = _sum(session, one)
    _check_foreseen(one, merged)
    sums = merged.sums
    if sums is None:
        return merged
    expected = replace(
        before,
        rows=before.rows + merged.inserted,
        hashed=before.rows + merged.inserted,
        total=(before.total - sums.old + sums.new) % MODULUS,
    )
    if sums.new != sums.wanted or after != expected:
        raise CountMismatch(
            _("Table '%(table)s' does not hold what the file would have made of it.")
            % {"table": one.part.table},
            _(
                "Nothing was changed. Look for triggers, and for somebody who writes "
                "there at the same time."
            ),
        )
    return merged


def _sum(session: Session, one: Staged) -> Checksum:
    return session.comparer.checksums(one.layout, EVERYTHING)[""]


def _check_foreseen(one: Staged, merged: Merged) -> None:
    foreseen = one.foreseen
    if (merged.inserted, merged.updated) == (foreseen.inserted, foreseen.updated):
        return
    raise CountMismatch(
        _(
            "Of table '%(table)s' other rows would be changed than were foreseen: "
            "somebody has written there meanwhile."
        )
        % {"table": one.part.table},
        _("Nothing was changed. Call again, and look at the new numbers."),
    )
