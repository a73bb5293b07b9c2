"""Bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest

from dashboard.models import MigrationRun
from tests import oracle
from tests.dashboard.terminal.pseudo import Terminal
from tests.project import Project

BAR = re.compile(r"[█░]{24} +(\d+) %")
FULL, EMPTY = "█", "░"
# Pieces small enough for several frames.
SLOW = {"CHUNK_ROWS": 10}
HERE = ("--no-input", "--lanes=1")
COPY = ("copydata", "old", "new", *HERE)
DELETING = ("copydata", "new", "old", "bookshop.DailyTotal", "--empty", "--lanes=1")

Open = Callable[..., Terminal]


@pytest.fixture
def window(project: Project) -> Iterator[Open]:
    """Open windows on a copy of the shop between two files."""
    opened: list[Terminal] = []
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")

    def make(*arguments: str, **size: int) -> Terminal:
        opened.append(Terminal(project, *arguments, **size))
        return opened[-1]

    yield make
    for one in opened:
        one.close()


def percents(frames: list[list[str]]) -> list[int]:
    """Return what the bar of the whole run says in every frame."""
    return [
        int(found[1])
        for frame in frames
        for line in frame
        if line.startswith("all ") and (found := BAR.search(line))
    ]


def assert_only_done_at_a_hundred(frames: list[list[str]]) -> None:
    seen = percents(frames)
    assert seen == sorted(seen)
    # The run had not ended when any but the last of them was drawn.
    assert all(percent < 100 for percent in seen[:-1])
    for frame in frames:
        for line in frame:
            if (found := BAR.search(line)) and found[1] != "100":
                assert EMPTY in line


def test_bars_are_drawn_up_to_a_hundred_and_erased_and_the_verdicts_are_left(
    project: Project, window: Open
) -> None:
    project.options.update(SLOW)
    opened = window(*COPY)
    assert opened.end() == 0, opened.text
    frames = [one for one in opened.frames() if not one[0].startswith("Checking")]
    assert len(frames) >= 3
    for frame in frames:
        assert BAR.search(frame[0])
        assert frame[0].startswith("all ")
        assert not BAR.search(frame[-1])
    assert any(line.startswith("bookshop.") for frame in frames for line in frame[1:])
    assert_only_done_at_a_hundred(frames)
    left = opened.screen()
    assert not [line for line in left if FULL in line or EMPTY in line]
    assert not [line for line in left if "\x1b" in line]
    verdicts = [line for line in left if line.endswith("verified")]
    assert len(verdicts) == MigrationRun.objects.get().tables.count()
    assert any(re.match(r"Run \d+: succeeded, verified; ", line) for line in left)


@pytest.mark.parametrize(("columns", "lines"), [(40, 30), (61, 6), (200, 4)])
def test_no_line_is_wider_and_no_frame_higher_than_the_window(
    project: Project, window: Open, columns: int, lines: int
) -> None:
    opened = window(*COPY, columns=columns, lines=lines)
    assert opened.end() == 0, opened.text
    frames = opened.frames()
    assert frames
    for frame in frames:
        assert 1 <= len(frame) <= lines - 2
        # A line that fills the window would move to the next one.
        assert max(map(len, frame)) < columns
    if columns < 62:
        assert max(len(line) for frame in frames for line in frame) == columns - 1


def test_ctrl_c_is_typed_and_the_run_is_paused(project: Project, window: Open) -> None:
    project.options.update(CHUNK_ROWS=2)
    opened = window(*COPY)
    opened.wait_for(" rows/s")
    opened.type("\x03")
    opened.wait_for("Pausing")
    assert opened.end() == 130, opened.text
    assert "Traceback" not in opened.text
    run = MigrationRun.objects.get()
    assert run.status == "paused"
    left = opened.screen()
    assert any(line.startswith(f"Run {run.pk}: paused; ") for line in left)
    assert any(line.endswith(f"copydata --resume {run.pk}") for line in left)
    assert not [line for line in left if FULL in line or EMPTY in line]
    assert run.tables.exclude(state="copied").exists()


def test_a_silent_command_says_nothing(project: Project, window: Open) -> None:
    opened = window(*COPY, "--verbosity=0")
    assert opened.end() == 0
    assert opened.text == ""
    assert MigrationRun.objects.get().status == "succeeded"


def test_a_wrong_answer_on_a_terminal_deletes_nothing(
    project: Project, window: Open
) -> None:
    before = oracle.row_counts(project.entry("old"))
    opened = window(*DELETING)
    opened.wait_for("to continue: ")
    opened.type("new\r")
    assert opened.end() == 1
    assert "Nothing was deleted and nothing was copied." in opened.text
    assert oracle.row_counts(project.entry("old")) == before
    # End of input, as Ctrl-D types it, and Ctrl-C at the question.
    for key in ("\x04", "\x03"):
        opened = window(*DELETING)
        opened.wait_for("to continue: ")
        opened.type(key)
        assert opened.end() == 1
        assert "Nothing was deleted" in opened.text
        assert "Traceback" not in opened.text
    assert oracle.row_counts(project.entry("old")) == before


def test_elsewhere_lines_are_plain_and_say_what_is_copied(project: Project) -> None:
    # Long enough for a second line.
    project.options.update(CHUNK_ROWS=8)
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    done = project.manage(*COPY, check=True)
    assert "\x1b" not in done.stdout + done.stderr
    assert "\r" not in done.stdout
    assert FULL not in done.stdout
    lines = done.stdout.splitlines()
    assert re.match(r"[A-Z]\w+: \d+ ", lines[0])
    said = [line for line in lines if line.endswith(" rows copied")]
    assert said
    # Each once.
    assert len(said) == len(set(said))
    assert lines[-1].startswith("Run ")
    assert done.stderr == ""


def test_elsewhere_silence_is_silence_too(project: Project) -> None:
    project.database("sqlite", "old", filled=True)
    project.database("sqlite", "new")
    done = project.manage(*COPY, "--verbosity=0", check=True)
    assert (done.stdout, done.stderr) == ("", "")


def test_the_checks_say_where_they_are(window: Open) -> None:
    terminal = window("copydata", "old", "new", "--check")
    assert terminal.end() == 0
    lines = [line for frame in terminal.frames() for line in frame]
    assert any(line.startswith("Checking: ") for line in lines)
    # None of it is left when the findings are there.
    assert not [line for line in terminal.screen() if line.startswith("Checking")]
