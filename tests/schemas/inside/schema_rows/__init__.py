"""Rows for models that nobody here designed; runs inside the project's Python."""

from __future__ import annotations
