"""The project's functions that rows may go through, as the settings name them.

``MIGRATION_CONSOLE["TRANSFORMS"]`` maps "app.Model" to the dotted path of a function,
or to a list of them. No other one is ever imported: what somebody types only chooses.
"""

from __future__ import annotations

import dis
import hashlib
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal
from functools import partial
from types import CodeType, FunctionType
from typing import Any

from django.conf import settings
from django.db import connections
from django.utils.module_loading import import_string
from django.utils.translation import gettext as _

from ..conf import option
from ..transfer.errors import CannotServe
from ..transfer.plan import TablePlan
from ..transfer.transform import Transform
from ..transfer.transform_route import Model, TransformRoute

NONE = "none"
"""Chooses that a model's rows stay as they are."""
EVERY = "*"
"""Stands for every model in what was chosen."""

# What a constant of a function's module may be to count as a part of its code.
SIMPLE = (str, bytes, int, float, bool, Decimal, tuple, frozenset, type(None))


class NoTransform(ValueError):
    """A choice that cannot be followed: what is wrong, and what would help."""


def offered() -> dict[str, list[str]]:
    """Return the dotted paths that the settings name, by model."""
    found = option("TRANSFORMS")
    return {
        str(model): [named] if isinstance(named, str) else [str(one) for one in named]
        for model, named in found.items()
    }


def chosen(choices: Mapping[str, str]) -> dict[str, str]:
    """Return the transform of each model that has one.

    The first that the settings name, unless somebody has chosen another one, or none.
    Raises NoTransform for what the settings do not name.
    """
    found = {model: names[0] for model, names in offered().items() if names}
    if choices.get(EVERY) == NONE:
        found = {}
    for model, name in choices.items():
        if model == EVERY:
            continue
        found.pop(model, None)
        if name != NONE:
            found[model] = _path(model, name)
    return found


def _path(model: str, name: str) -> str:
    names = offered().get(model, [])
    # By its last part alone, where that is enough.
    matching = [one for one in names if name in (one, one.rpartition(".")[2])]
    if len(matching) == 1:
        return matching[0]
    known = ", ".join(names) or _("none")
    raise NoTransform(
        _("The settings name no transform '%(name)s' for %(model)s, but: %(known)s.")
        % {"name": name, "model": model, "known": known}
    )


def listed_transforms(lines: list[str]) -> dict[str, str]:
    """Return transforms by model of lines "app.Model=name". Raises NoTransform."""
    found: dict[str, str] = {}
    for line in filter(None, map(str.strip, lines)):
        model, equals, name = (part.strip() for part in line.partition("="))
        if not (model and equals and name):
            raise NoTransform(
                _("'%(line)s' is no transform. Write app.Model=name.") % {"line": line}
            )
        found[model] = name
    return found


# --- functions -----------------------------------------------------------------


def described(path: str) -> Transform:
    """Return what a plan says of a function, by its dotted path.

    ``fields`` are as the function names them. Raises NoTransform.
    """
    function = _imported(path)
    by_field = getattr(function, "by_field", None)
    fields = by_field if by_field is not None else getattr(function, "fields", None)
    return Transform(
        path,
        fingerprint(function),
        None if fields is None else tuple(fields),
        bool(getattr(function, "makes_keys", False)),
    )


def _imported(path: str) -> Callable[[Any], Any]:
    try:
        found = import_string(path)
    except Exception as error:
        # Whatever the project's module raises while it is imported.
        raise NoTransform(
            _("The transform '%(path)s' cannot be imported: %(error)s.")
            % {"path": path, "error": type(error).__name__}
        ) from None
    if not callable(found):
        raise NoTransform(_("'%(path)s' is no function.") % {"path": path})
    function: Callable[[Any], Any] = found
    return function


def route(
    plan: TablePlan, fields: Mapping[str, Any], source: str, destination: str
) -> TransformRoute:
    """Return the route of a plan that has a transform.

    Raises CannotServe where this process has another function than the plan's.
    """
    transform = plan.transform
    assert transform is not None
    facts = {"name": transform.name, "model": plan.model}
    if transform.name not in offered().get(plan.model, []):
        raise CannotServe(
            _("The settings of this process name no '%(name)s' for %(model)s.") % facts,
            _("Give every process the same MIGRATION_CONSOLE['TRANSFORMS']."),
        )
    try:
        function = _imported(transform.name)
    except NoTransform as error:
        raise CannotServe(str(error), _("Correct it, or plan anew.")) from None
    if fingerprint(function) != transform.fingerprint:
        raise CannotServe(
            _("The transform '%(name)s' is not what it was when the run was checked.")
            % facts,
            _(
                "Give every process the same code and the same Python and start it "
                "anew, or plan a new run."
            ),
        )
    aliases = connections[source], connections[destination]
    return TransformRoute(plan, function, Model(fields, aliases, settings.USE_TZ))


# --- fingerprints ----------------------------------------------------------------


def fingerprint(function: Any) -> str:
    """Return a digest of a function's code as it was imported, in hexadecimal.

    Other functions and plain constants of its package that it uses are a part of it,
    and what an object says of itself by ``fingerprint``.
    """
    digest = hashlib.sha256()
    for part in _parts(function, set()):
        digest.update(part.encode("utf-8", "surrogatepass") + b"\0")
    return digest.hexdigest()[:32]


def _parts(function: Any, seen: set[int]) -> Iterator[str]:
    if id(function) in seen:
        return
    seen.add(id(function))
    own = getattr(function, "fingerprint", None)
    if callable(own):
        yield str(own())
        return
    function = getattr(function, "__wrapped__", function)
    if isinstance(function, partial):
        yield from _parts(function.func, seen)
        named = sorted(function.keywords.items())
        yield repr([one for one in (*function.args, *named) if _is_simple(one)])
        return
    code = getattr(function, "__code__", None)
    if code is None:
        # An object with __call__, or a partial: its type's code is what it does.
        kind = type(function)
        yield f"{kind.__module__}.{kind.__qualname__}"
        call = vars(kind).get("__call__")
        if isinstance(call, FunctionType):
            yield from _parts(call, seen)
        return
    yield from _of_code(code)
    yield repr([one for one in function.__defaults__ or () if _is_simple(one)])
    for cell in function.__closure__ or ():
        yield from _value(cell.cell_contents, function, seen)
    # What it assigns itself, a counter or what is made on first use, is no code.
    assigned = set(_assigned(code))
    for name in sorted(set(_names(code)) - assigned):
        if name in function.__globals__:
            yield name
            yield from _value(function.__globals__[name], function, seen)


def _value(value: Any, of: FunctionType, seen: set[int]) -> Iterator[str]:
    if _is_simple(value):
        yield repr(sorted(map(repr, value)) if isinstance(value, frozenset) else value)
    elif isinstance(value, FunctionType):
        package = of.__module__.partition(".")[0]
        if value.__module__.partition(".")[0] == package:
            yield from _parts(value, seen)


def _is_simple(value: Any) -> bool:
    if isinstance(value, tuple | frozenset):
        return all(map(_is_simple, value))
    return isinstance(value, SIMPLE)


def _of_code(code: CodeType) -> Iterator[str]:
    yield code.co_code.hex()
    yield repr((code.co_names, code.co_varnames, code.co_argcount))
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _of_code(constant)
        elif isinstance(constant, frozenset):
            # Its order is another one in every process.
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)


def _assigned(code: CodeType) -> Iterator[str]:
    for one in dis.get_instructions(code):
        if one.opname == "STORE_GLOBAL":
            yield one.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _assigned(constant)


def _names(code: CodeType) -> Iterator[str]:
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names(constant)
