"""What somebody asks of a run, besides its databases and its tables."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..conf import option
from ..models import MigrationRun
from .only import Only


@dataclass(frozen=True)
class Asked:
    """What becomes of rows and values, and of what the destination holds.

    ``renamed`` says what the source calls models and fields; ``only`` which rows take
    part, ``changes`` and ``transforms`` what becomes of them, and ``modes`` how they
    get into tables that hold some (modes.py).
    """

    renamed: Mapping[str, str] = field(default_factory=dict)
    only: Only = field(default_factory=Only)
    changes: Mapping[str, str] = field(default_factory=dict)
    transforms: Mapping[str, str] = field(default_factory=dict)
    modes: Mapping[str, str] = field(default_factory=dict)
    # The chosen tables are emptied before the copy.
    empty_first: bool = False
    # False for a comparison, which needs no empty destination.
    writes: bool = True
    # Those of the destination are off during the load.
    triggers_off: bool = False

    @classmethod
    def of(cls, run: MigrationRun) -> Asked:
        """Return what is asked of a run, saved or not."""
        return cls(
            renamed=run.renamed,
            only=Only.of(run),
            changes={**option("CHANGES"), **run.changes},
            transforms=run.transforms,
            modes=run.modes if run.copies else {},
            empty_first=run.empty_first,
            writes=run.copies,
            triggers_off=run.copies and run.triggers == MigrationRun.Triggers.OFF,
        )
