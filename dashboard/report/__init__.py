"""The verification report: one object, rendered as HTML, JSON and CSV."""

from __future__ import annotations

from .build import build
from .contents import Report
from .render import (
    FILE_TYPES,
    UnknownFileTypeError,
    as_csv,
    as_html,
    as_json,
    check_path,
    render,
    write,
)

__all__ = [
    "FILE_TYPES",
    "Report",
    "UnknownFileTypeError",
    "as_csv",
    "as_html",
    "as_json",
    "build",
    "check_path",
    "render",
    "write",
]
