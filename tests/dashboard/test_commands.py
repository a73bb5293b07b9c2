"""The setting COMMANDS: what makes sense, and what is said of the rest."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import override_settings

from dashboard.checks import check_setting
from dashboard.commands import ProjectCommand, project_commands

WRONG: list[tuple[Any, str]] = [
    ("rebuild_index --noinput", "as a list of texts"),
    ([], "as a list of texts"),
    (["index", 3], "as a list of texts"),
    (["a\0b"], "as a list of texts"),
    ({"command": ["index"], "shell": True}, "There is no shell"),
    ({"command": ["index"], "as_default": "yes"}, "'as_default' is True or False"),
    ({"command": ["index"], "seconds": 0}, "'seconds' is a positive number"),
    ({"command": ["index"], "seconds": True}, "'seconds' is a positive number"),
]


@pytest.mark.parametrize(("given", "said"), WRONG)
def test_an_entry_that_is_no_command_is_named_and_not_offered(
    given: Any, said: str
) -> None:
    commands = {"right": ["check"], "wrong": given}
    with override_settings(MIGRATION_CONSOLE={"COMMANDS": commands}):
        (message,) = check_setting()
        assert list(project_commands()) == ["right"]
    assert message.id == "migration_console.E285"
    assert "'wrong'" in message.msg
    assert said in str(message.hint)


def test_a_setting_that_is_no_dict_is_named() -> None:
    with override_settings(MIGRATION_CONSOLE={"COMMANDS": ["check"]}):
        (message,) = check_setting()
        assert project_commands() == {}
    assert message.id == "migration_console.E285"


def test_braces_stand_for_the_run_and_nothing_else_is_read() -> None:
    words = ("x", "--a={source}", "{destination}:{run}", '{"json": "{0}"}', "$HOME")
    found = ProjectCommand("name", words).words_for("old", "new; rm", 7)
    assert found == ["x", "--a=old", "new; rm:7", '{"json": "{0}"}', "$HOME"]
