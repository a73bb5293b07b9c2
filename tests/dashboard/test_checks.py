from __future__ import annotations

from typing import Any

import pytest
from django.core.checks import Error, Warning, run_checks
from django.test import override_settings

from dashboard.checks import TAG, check_destinations, check_setting

pytestmark = pytest.mark.usefixtures("project")


def ids(value: Any) -> list[str]:
    with override_settings(MIGRATION_CONSOLE=value):
        return [str(message.id) for message in check_setting()]


def test_the_defaults_pass_in_silence() -> None:
    assert ids({}) == []
    assert run_checks(tags=[TAG]) == []


def test_an_unknown_option_is_named_with_the_one_that_was_meant() -> None:
    with override_settings(MIGRATION_CONSOLE={"LANE": 3}):
        assert check_setting() == [
            Warning(
                "MIGRATION_CONSOLE has no option 'LANE'.",
                hint="Did you mean 'LANES'?",
                id="migration_console.W001",
            )
        ]


def test_an_unknown_destination_is_an_error() -> None:
    with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": ["default", "nwe"]}):
        (found,) = check_setting()
    assert isinstance(found, Error)
    assert found.id == "migration_console.E003"
    assert "'nwe'" in found.msg
    assert "'default'" in str(found.hint)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([], ["migration_console.E001"]),
        ({"DESTINATIONS": "default"}, ["migration_console.E002"]),
        ({"DESTINATIONS": None}, []),
        ({"DESTINATIONS": ["default"]}, []),
        ({"PROTECTED": "default"}, ["migration_console.E002"]),
        ({"PROTECTED": ["nwe"]}, ["migration_console.E003"]),
        ({"PROTECTED": ("default",)}, []),
        ({"LANES": "2"}, ["migration_console.E004"]),
        ({"LANES": 0}, ["migration_console.E004"]),
        ({"LANES": True}, ["migration_console.E004"]),
        ({"CHUNK_ROWS": None}, []),
        ({"MODES": {"*": "merge", "shop.Log": "replace"}}, []),
        ({"MODES": {"*": "mrege"}}, ["migration_console.E008"]),
        ({"MODES": "merge"}, ["migration_console.E008"]),
        ({"CHUNK_ROWS": 500}, []),
        ({"CHUNK_ROWS": "500"}, ["migration_console.E004"]),
        ({"QUEUE": "copies"}, []),
        ({"THROTTLE": None}, []),
        ({"THROTTLE": "tests.throttles.told"}, []),
        ({"THROTTLE": "tests.throttles.missing"}, ["migration_console.E005"]),
        ({"THROTTLE": "tests.throttles.ANSWER"}, ["migration_console.E005"]),
        ({"THROTTLE": len}, ["migration_console.E005"]),
    ],
)
def test_values(value: Any, expected: list[str]) -> None:
    assert ids(value) == expected


def test_only_a_deployment_is_advised_to_name_destinations() -> None:
    with override_settings(MIGRATION_CONSOLE={}):
        assert run_checks(tags=[TAG]) == []
        found = run_checks(tags=[TAG], include_deployment_checks=True)
        assert "migration_console.W002" in [message.id for message in found]
    with override_settings(MIGRATION_CONSOLE={"DESTINATIONS": ["default"]}):
        assert check_destinations() == []
