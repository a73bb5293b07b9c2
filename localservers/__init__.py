"""Servers of one's own for the demonstration, the tests and the benchmarks.

Private directories, free ports, nothing left behind. Neither mirakuru nor port-for
does that part: a `Process` dies with its parent however that ends, and `free_port`
keeps off the ports for outgoing connections and those that browsers refuse.
"""

from __future__ import annotations
