"""System checks of the MIGRATION_CONSOLE setting, under the tag "migration_console"."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning, register
from django.db import connections
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from .commands import WrongCommand, understood
from .conf import DEFAULTS, SETTING
from .transfer.plan import MODES

TAG = "migration_console"
KEPT = "keep"
TRIGGERS = (KEPT, "off")
MODE_NAMES = (*MODES, "replace")


@register(TAG)
def check_setting(**kwargs: Any) -> list[CheckMessage]:
    value = getattr(settings, SETTING, {})
    if not isinstance(value, dict):
        return [
            Error(
                _("The setting %(setting)s is not a dict.") % {"setting": SETTING},
                hint=_("Write %(setting)s = {...}, or remove it.")
                % {"setting": SETTING},
                id="migration_console.E001",
            )
        ]
    return [
        *_unknown_keys(value),
        *_unknown_aliases("DESTINATIONS", value.get("DESTINATIONS")),
        *_unknown_aliases("PROTECTED", value.get("PROTECTED")),
        *_wrong_numbers(value),
        *_wrong_throttle(value.get("THROTTLE")),
        *_wrong_triggers(value.get("TRIGGERS", KEPT)),
        *_wrong_commands(value.get("COMMANDS", {})),
        *_wrong_transforms(value.get("TRANSFORMS", {})),
        *_wrong_modes(value.get("MODES", {})),
    ]


@register(TAG, deploy=True)
def check_destinations(**kwargs: Any) -> list[CheckMessage]:
    value = getattr(settings, SETTING, {})
    if not isinstance(value, dict) or value.get("DESTINATIONS") is not None:
        return []
    return [
        Warning(
            _(
                "%(setting)s['DESTINATIONS'] is not set: every database may be written "
                "to."
            )
            % {"setting": SETTING},
            hint=_("Name the aliases that runs may copy into, such as ['new']."),
            id="migration_console.W002",
        )
    ]


def _unknown_keys(value: dict[str, Any]) -> Iterable[CheckMessage]:
    for key in value:
        if key in DEFAULTS:
            continue
        close = get_close_matches(str(key).upper(), DEFAULTS, n=1)
        if close:
            hint = _("Did you mean '%(name)s'?") % {"name": close[0]}
        else:
            hint = _("Use one of: %(names)s.") % {"names": ", ".join(DEFAULTS)}
        yield Warning(
            _("%(setting)s has no option %(name)r.")
            % {"setting": SETTING, "name": key},
            hint=hint,
            id="migration_console.W001",
        )


def _unknown_aliases(option: str, aliases: Any) -> Iterable[CheckMessage]:
    if aliases is None:
        return
    if isinstance(aliases, str) or not isinstance(aliases, list | tuple | set):
        yield Error(
            _("%(setting)s['%(option)s'] is not a list of aliases.")
            % {"setting": SETTING, "option": option},
            hint=_("Write ['new'], or leave the option out."),
            id="migration_console.E002",
        )
        return
    for alias in aliases:
        if alias not in connections.settings:
            known = ", ".join(repr(name) for name in connections)
            yield Error(
                _(
                    "%(setting)s['%(option)s'] names %(alias)r, which is not in "
                    "DATABASES."
                )
                % {"setting": SETTING, "option": option, "alias": alias},
                hint=_("DATABASES has: %(aliases)s.") % {"aliases": known},
                id="migration_console.E003",
            )


def _wrong_numbers(value: dict[str, Any]) -> Iterable[CheckMessage]:
    for key, given in value.items():
        default = DEFAULTS.get(key)
        numeric = isinstance(default, int | float) or key == "CHUNK_ROWS"
        if not numeric or (given is None and default is None):
            continue
        if isinstance(given, bool) or not isinstance(given, int | float) or given <= 0:
            yield Error(
                _("%(setting)s[%(name)r] is %(value)r, not a positive number.")
                % {"setting": SETTING, "name": key, "value": given},
                hint=_("The default is %(value)r.") % {"value": default},
                id="migration_console.E004",
            )


def _wrong_throttle(path: Any) -> Iterable[CheckMessage]:
    """Find a throttle that could not be asked: it would hold every run back."""
    if path is None:
        return
    try:
        found = import_string(path) if isinstance(path, str) else None
    except Exception:
        # Whatever the project's module raises; what it says is the log's affair.
        found = None
    if not callable(found):
        yield Error(
            _("%(setting)s['THROTTLE'] is %(value)r, not a function's dotted path.")
            % {"setting": SETTING, "value": path},
            hint=_("Write 'package.module.function', or leave the option out."),
            id="migration_console.E005",
        )


def _wrong_triggers(value: Any) -> Iterable[CheckMessage]:
    if value not in TRIGGERS:
        yield Error(
            _("%(setting)s['TRIGGERS'] is %(value)r.")
            % {"setting": SETTING, "value": value},
            hint=_("Write one of: %(names)s.") % {"names": ", ".join(TRIGGERS)},
            id="migration_console.E006",
        )


def _wrong_commands(value: Any) -> Iterable[CheckMessage]:
    if not isinstance(value, dict):
        yield Error(
            _("%(setting)s['COMMANDS'] is not a dict.") % {"setting": SETTING},
            hint=_("Write {'rebuild index': ['rebuild_index', '--noinput']}."),
            id="migration_console.E285",
        )
        return
    for name, given in value.items():
        try:
            understood(name, given)
        except WrongCommand as wrong:
            yield Error(
                _("%(setting)s['COMMANDS'] has an entry %(name)r that is no command.")
                % {"setting": SETTING, "name": name},
                hint=str(wrong),
                id="migration_console.E285",
            )


def _wrong_transforms(value: Any) -> Iterable[CheckMessage]:
    """Find what names no function; it is imported when a run is checked."""
    if isinstance(value, dict) and all(map(_are_paths, value.values())):
        return
    yield Error(
        _("%(setting)s['TRANSFORMS'] does not map models to dotted paths.")
        % {"setting": SETTING},
        hint=_("Write {'app.Model': 'package.module.function'}, or a list of paths."),
        id="migration_console.E007",
    )


def _wrong_modes(value: Any) -> Iterable[CheckMessage]:
    if isinstance(value, dict) and all(one in MODE_NAMES for one in value.values()):
        return
    yield Error(
        _("%(setting)s['MODES'] does not map models, apps or '*' to modes.")
        % {"setting": SETTING},
        hint=_("Use one of: %(names)s.") % {"names": ", ".join(MODE_NAMES)},
        id="migration_console.E008",
    )


def _are_paths(named: Any) -> bool:
    paths = [named] if isinstance(named, str) else named
    return isinstance(paths, list | tuple) and all(
        isinstance(path, str) and "." in path for path in paths
    )
