"""The routes that rows take where they do not go as text from server to server."""

from __future__ import annotations

from .transform_route import TransformRoute
from .values import ObjectRoute

Route = ObjectRoute | TransformRoute
