"""importdata: what would change, the confirmation, and the load."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.core.management.base import CommandError
from django.utils.translation import gettext as _

from ..databases import check_destination
from ..exchange.imports import Given, Part, Prepared, prepare
from ..exchange.loads import Without, doomed, held, load, load_in_chunks
from ..exchange.merges import Staged, stage, write
from ..exchange.previews import Preview, preview
from ..exchange.tables import session
from ..planning.modes import REPLACE
from ..transfer.backends.base import Session
from ..transfer.csvfiles.dialect import Dialect
from ..transfer.csvfiles.places import place
from ..transfer.csvfiles.rows import Fault
from ..transfer.csvfiles.spellings import Days
from ..transfer.differences import DIFFERS, MISSING
from ..transfer.merged import Merged
from ..transfer.plan import BY_KEY
from ..wording import count
from .exchanging import dialect_of, says_spelling
from .questions import is_continued, is_destination_typed
from .screen import Screen

__all__ = ["NAMES", "import_from"]

NAMES = (*BY_KEY, REPLACE)
"""The modes of an import: a file says of no row which one it is but by its key."""

MOST_SHOWN = 20


@dataclass(frozen=True)
class Wishes:
    """What was asked for beside the files; ``mode`` is "" or one by key."""

    mode: str = ""
    empties: bool = False
    only_good: Path | None = None
    in_chunks: bool = False
    previews: bool = True
    only_previews: bool = False
    asks: bool = True


class Importing:
    """One call of importdata, with a session that may write."""

    def __init__(
        self, screen: Screen, writer: Session, prepared: Prepared, wishes: Wishes
    ) -> None:
        self._screen = screen
        self._session = writer
        self._parts = prepared.parts
        self._wishes = wishes
        for note in (*prepared.notes, *(n for p in prepared.parts for n in p.notes)):
            screen.say(note)

    def run(self) -> None:
        """Do it all. Raises CommandError and TransferError; then nothing is loaded."""
        wishes = self._wishes
        faults = self._previewed() if wishes.previews else self._read()
        self._say_faults(faults)
        if wishes.only_previews:
            if faults:
                raise CommandError(_("Lines of the files cannot be loaded; see above."))
            return
        if faults and wishes.only_good is None:
            raise CommandError(
                _(
                    "Nothing was loaded. Correct the lines, or load the others by "
                    "--only-good FILE."
                )
            )
        without = {
            part.name: {f.line for f in faults if f.file == part.name}
            for part in self._parts
        }
        if wishes.mode:
            self._merge(without, faults)
        else:
            self._load(without, faults)

    def _load(self, without: Without, faults: Sequence[Fault]) -> None:
        wishes, writer = self._wishes, self._session
        confirmed = self._confirmed()
        with held(writer) as claim:
            self._set_aside(faults)
            if wishes.in_chunks:
                rows = load_in_chunks(
                    writer, claim, self._parts, without, self._say_done
                )
            else:
                rows = load(
                    writer, claim, self._parts, confirmed, without, self._say_done
                )
        self._screen.say(
            _("%(rows)s rows loaded into %(tables)d tables of '%(alias)s'.")
            % {
                "rows": count(sum(rows.values())),
                "tables": len(rows),
                "alias": writer.database.alias,
            }
        )

    def _merge(self, without: Without, faults: Sequence[Fault]) -> None:
        writer = self._session
        with stage(writer, self._parts, without) as staged:
            for one in staged:
                self._screen.say(foreseen_line(one))
            is_asked = self._wishes.asks and any(one.foreseen.updated for one in staged)
            if is_asked and not is_continued(self._screen):
                raise CommandError(_("Nothing was written."))
            with held(writer) as claim:
                self._set_aside(faults)
                found = write(writer, claim, staged)
        for label, merged in found.items():
            self._screen.say(merged_line(label, merged))

    def _set_aside(self, faults: Sequence[Fault]) -> None:
        if faults and self._wishes.only_good is not None:
            _write_refused(self._wishes.only_good, faults)

    def _say_done(self, part: Part, rows: int) -> None:
        self._screen.say(
            _("%(model)s: %(rows)s rows loaded")
            % {"model": part.found.label, "rows": count(rows)}
        )

    # --- before -----------------------------------------------------------

    def _previewed(self) -> list[Fault]:
        found: list[Fault] = []
        with session(self._session.database.alias) as reader:
            for part in self._parts:
                one = preview(self._session, reader, part)
                for line in lines_of(one):
                    self._screen.say(line)
                found += one.faults
        return found

    def _read(self) -> list[Fault]:
        """Return the lines that cannot be read, of files that nobody has proved."""
        edited = (part for part in self._parts if part.is_edited)
        return [fault for part in edited for fault in part.loading.faults()]

    def _say_faults(self, faults: Sequence[Fault]) -> None:
        for fault in faults[:MOST_SHOWN]:
            self._screen.say(str(fault))
        if len(faults) > MOST_SHOWN:
            more = count(len(faults) - MOST_SHOWN)
            self._screen.say(_("… and %(more)s more lines") % {"more": more})

    def _confirmed(self) -> dict[str, int]:
        """Return the rows that may be deleted. Raises CommandError for a no."""
        if self._wishes.in_chunks:
            return {}
        rows = doomed(self._session, self._parts)
        if rows and not self._wishes.empties:
            raise CommandError(
                _(
                    "Tables are not empty: %(tables)s. To replace their rows: --empty; "
                    "to merge by key: --mode merge."
                )
                % {"tables": ", ".join(rows)}
            )
        alias = self._session.database.alias
        is_asked = rows and self._wishes.asks
        if is_asked and not is_destination_typed(self._screen, alias, rows):
            raise CommandError(_("Nothing was deleted and nothing was loaded."))
        return rows


def lines_of(one: Preview) -> list[str]:
    """Return a preview as lines."""
    facts = {
        "model": one.part.found.label,
        "rows": count(one.rows),
        "new": count(one.new),
        "changed": count(one.changed),
        "same": count(one.same),
        "missing": count(one.missing),
        "refused": count(len(one.faults)),
    }
    if one.is_more:
        lines = [
            _("%(model)s: %(rows)s rows; more differences than were counted") % facts
        ]
    else:
        text = _(
            "%(model)s: %(rows)s rows: %(new)s new, %(changed)s changed, %(same)s the "
            "same; %(missing)s of the table are not in the file; %(refused)s refused"
        )
        lines = [text % facts]
    if one.unverifiable:
        lines.append(f"  {one.unverifiable}")
    words = {DIFFERS: _("changed"), MISSING: _("new")}
    for row in one.examples:
        word = words.get(row.problem, _("not in the file"))
        columns = f" ({', '.join(row.columns)})" if row.columns else ""
        lines.append(f"  {word}: {', '.join(row.key)}{columns}")
    return lines


def foreseen_line(one: Staged) -> str:
    """Say what a merge of a file would do."""
    text = _(
        "%(model)s: %(inserted)s rows to be inserted, %(updated)s updated, %(same)s "
        "left as they are"
    )
    return text % {
        "model": one.part.found.label,
        "inserted": count(one.foreseen.inserted),
        "updated": count(one.foreseen.updated),
        "same": count(one.same),
    }


def merged_line(label: str, merged: Merged) -> str:
    """Say what a merge has done, which has been proved."""
    text = _("%(model)s: %(inserted)s rows inserted, %(updated)s updated, as foreseen")
    return text % {
        "model": label,
        "inserted": count(merged.inserted),
        "updated": count(merged.updated),
    }


def _write_refused(path: Path, faults: Sequence[Fault]) -> None:
    """Write down which lines are left out, and why; never over another file."""
    with path.open("x", newline="", encoding="utf-8-sig") as file:
        writer = csv.writer(file)
        writer.writerow(["file", "line", "column", "reason"])
        writer.writerows([f.file, f.line, f.column, f.reason] for f in faults)


def import_from(screen: Screen, options: dict[str, Any]) -> None:
    """Import as the options of the command say."""
    found = place(options["path"])
    manifest = found.manifest()
    base = manifest.dialect if manifest else Dialect()
    dialect = dialect_of(options, base) if says_spelling(options) else None
    days = Days(options["dates"]) if options["dates"] else None
    mode = options["mode"]
    if mode in BY_KEY and (options["empty"] or options["in_chunks"]):
        text = _("--mode %(mode)s goes with neither --empty nor --in-chunks.")
        raise CommandError(text % {"mode": mode})
    wishes = Wishes(
        mode=mode if mode in BY_KEY else "",
        empties=options["empty"] or mode == REPLACE,
        only_good=options["only_good"],
        in_chunks=options["in_chunks"],
        previews=not (options["no_preview"] or options["in_chunks"]),
        only_previews=options["preview"],
        asks=options["interactive"],
    )
    check_destination(options["alias"])
    with session(options["alias"], writing=True) as writer:
        prepared = prepare(
            writer,
            found,
            options["labels"],
            options["exclude"],
            Given(dialect, days, wishes.mode),
        )
        Importing(screen, writer, prepared, wishes).run()
