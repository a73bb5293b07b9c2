"""Measures the product beside the servers' own limits and beside other tools."""

from __future__ import annotations
