"""The driver that a project has under the name of MySQLdb."""

from __future__ import annotations

from importlib import import_module

import MySQLdb

from .driver import Driver

# PyMySQL stands in where a project called its install_as_MySQLdb().
_NAME = "by_pymysql" if MySQLdb.__name__ == "pymysql" else "by_mysqlclient"

DRIVER: type[Driver] = import_module(f".{_NAME}", __package__).DRIVER
