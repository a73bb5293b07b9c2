"""The contract of what looks for values that the other side would not take."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

from ..columns import Column
from ..keys import Key, KeyRange
from ..plan import PlanColumn, TablePlan
from ..rules import Rule, Sent


@dataclass(frozen=True)
class Suspects:
    """SQL for the values of a column that may break a rule; never for NULL.

    ``exact`` where each of them does, so that nobody has to read them.
    """

    condition: str
    exact: bool = False


@dataclass(frozen=True)
class Question:
    """A rule of the destination, asked of a column of the source."""

    column: PlanColumn
    rule: Rule
    suspects: Suspects


class Scanner(ABC):
    """Says what a column demands, and finds what may break another's demands."""

    @abstractmethod
    def rules(
        self, plan: TablePlan, column: PlanColumn, here: Column, *, foreign: bool
    ) -> list[Rule]:
        """Return what this side's column demands; ``foreign`` of another engine's."""

    def is_alike(self, plan: TablePlan, column: PlanColumn) -> bool:
        """Whether two columns of this engine take the same values in the same way."""
        return False

    def reading_rules(self, column: PlanColumn) -> list[Rule]:
        """Return what this side's reader demands, whatever the destination takes."""
        return []

    @abstractmethod
    def suspects(
        self, plan: TablePlan, column: PlanColumn, rule: Rule
    ) -> Suspects | None:
        """Return what may break a rule; None where nothing of that type can."""

    @abstractmethod
    def counts(
        self, plan: TablePlan, key_range: KeyRange, questions: list[Question]
    ) -> tuple[int, list[int]]:
        """Count the rows of a range, and of each question its suspects, at once."""

    @abstractmethod
    def suspected_rows(self, plan: TablePlan, questions: list[Question]) -> str:
        """Return an SQL expression that counts the rows with any suspect."""

    @abstractmethod
    def suspected(
        self,
        plan: TablePlan,
        key_range: KeyRange,
        question: Question,
        most: int,
    ) -> list[tuple[Key, Sent | None]]:
        """Return the first suspects of a range, by their keys, with what is sent.

        What is None cannot be sent at all.
        """
