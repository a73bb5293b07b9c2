"""The definitions inside of a CREATE TABLE, taken apart without understanding them.

Of servers and files whose catalogue has no expression in the words in which they take
it back. What stands between quotes is never looked into.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

NAMED = r"\"(?:[^\"]|\"\")*\"|`(?:[^`]|``)*`"
REST = r"|\w+|\s+|."

# A backslash escapes in MySQL's texts, and not in SQLite's.
OF_MYSQL = re.compile(rf"'(?:[^'\\]|\\.|'')*'|{NAMED}{REST}", re.S)
OF_SQLITE = re.compile(
    rf"'(?:[^']|'')*'|{NAMED}|\[[^\]]*\]|--[^\n]*|/\*.*?\*/{REST}", re.S
)

DEPTHS = {"(": 1, ")": -1}

OF_TABLE = {"CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "KEY", "INDEX"}
OF_TABLE |= {"FULLTEXT", "SPATIAL", "EXCLUDE", "PERIOD"}
"""What a definition begins with that is no column's."""


@dataclass(frozen=True)
class Definition:
    """One of a table's definitions: a column's by its name, or "" for another one."""

    column: str
    tokens: tuple[str, ...]

    @property
    def text(self) -> str:
        return "".join(self.tokens).strip()

    def checks(self) -> Iterator[tuple[str, str]]:
        """Yield the name of each CHECK, or the column's, and its condition."""
        name = ""
        for word, place in _words(self.tokens):
            if word == "CONSTRAINT":
                name = unquoted(_next(self.tokens, place + 1)[0])
            elif word == "CHECK":
                inside, _ = enclosed(self.tokens, place)
                yield name or self.column, "".join(inside).strip()
                name = ""

    def after(self, word: str) -> str:
        """Return what follows a word outside of all brackets; "" without it."""
        for found, place in _words(self.tokens):
            if found == word:
                return _next(self.tokens, place + 1)[0]
        return ""

    def bracket_after(self, word: str) -> str:
        """Return what the bracket after such a word encloses; "" without it."""
        for found, place in _words(self.tokens):
            if found == word:
                return "".join(enclosed(self.tokens, place)[0])
        return ""


def definitions(statement: str, tokens: re.Pattern[str]) -> list[Definition]:
    """Return what the first bracket of a CREATE TABLE encloses."""
    inside, _ = enclosed(tokens.findall(statement), 0)
    return [_definition(part) for part in divided(inside)]


def enclosed(tokens: Sequence[str], start: int) -> tuple[list[str], int]:
    """Return what the next bracket encloses, and the place behind it."""
    depth, first = 0, len(tokens)
    for place in range(start, len(tokens)):
        if tokens[place] == "(":
            first = min(first, place + 1)
            depth += 1
        elif tokens[place] == ")":
            depth -= 1
            if depth == 0:
                return list(tokens[first:place]), place + 1
    return [], len(tokens)


def divided(tokens: Sequence[str]) -> list[list[str]]:
    """Divide tokens at the commas outside of all brackets."""
    found: list[list[str]] = [[]]
    depth = 0
    for word in tokens:
        depth += DEPTHS.get(word, 0)
        if word == "," and depth == 0:
            found.append([])
        elif not word.startswith(("--", "/*")):
            found[-1].append(word)
    return found


def unquoted(name: str) -> str:
    """Return a name without its quotes."""
    if name[:1] == "[":
        return name[1:-1]
    quote = name[:1]
    return name[1:-1].replace(quote * 2, quote) if quote in tuple("\"`'") else name


def mentioned(
    sql: str, tokens: re.Pattern[str], columns: Sequence[str]
) -> tuple[str, ...]:
    """Return the columns whose names stand in an expression, in whatever case."""
    words = [word for word in tokens.findall(sql) if word[:1] != "'"]
    names = {unquoted(word).lower() for word in words}
    return tuple(column for column in columns if column.lower() in names)


def _definition(tokens: list[str]) -> Definition:
    first, _ = _next(tokens, 0)
    is_column = bool(first) and first.upper() not in OF_TABLE
    return Definition(unquoted(first) if is_column else "", tuple(tokens))


def _words(tokens: Sequence[str]) -> Iterator[tuple[str, int]]:
    """Yield the words outside of all brackets in capitals, with their places."""
    depth = 0
    for place, word in enumerate(tokens):
        depth += DEPTHS.get(word, 0)
        if depth == 0 and word[:1].isalpha():
            yield word.upper(), place


def _next(tokens: Sequence[str], start: int) -> tuple[str, int]:
    """Return the next token that is no space, and its place."""
    for place in range(start, len(tokens)):
        if not tokens[place].isspace():
            return tokens[place], place
    return "", len(tokens)
