"""Settings of projects that nobody here designed, one module each."""

from __future__ import annotations
