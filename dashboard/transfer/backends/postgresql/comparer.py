from __future__ import annotations


class Comparer:
    def __init__(self, session):
        self._session = session
