"""No pages: what is tested is the terminal."""

from __future__ import annotations

urlpatterns: list[object] = []
