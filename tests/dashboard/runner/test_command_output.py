"""What is kept of a command's output, however it comes in."""

from __future__ import annotations

import random

import pytest

from dashboard.runner.command_output import HEAD_BYTES, MASK, TAIL_BYTES, Output, plain


@pytest.mark.parametrize("seed", range(5))
def test_a_secret_is_masked_wherever_the_pieces_are_cut(seed: int) -> None:
    chance = random.Random(seed)
    words = ["tiger", "tigerlily", "x", "tig", "\n", "y" * chance.randrange(20_000)]
    text = "".join(chance.choice(words) for _ in range(40)).encode()
    output = Output(["tigerlily", "tiger"])
    at = 0
    while at < len(text):
        size = chance.randrange(1, 9_000)
        output.feed(text[at : at + size])
        at += size
        head, tail, _left_out = output.parts()
        assert "tiger" not in head + tail
    output.close()
    whole = text.replace(b"tigerlily", MASK).replace(b"tiger", MASK)
    head, tail, left_out = output.parts()
    assert output.size == len(text)
    if left_out:
        assert head.encode() == whole[:HEAD_BYTES]
        assert tail.encode() == whole[-TAIL_BYTES:]
        assert left_out == len(whole) - HEAD_BYTES - TAIL_BYTES
    else:
        assert (head.encode(), tail) == (whole, "")


def test_colours_progress_bars_and_nul_become_lines_of_text() -> None:
    data = b"\x1b[32mOK\x1b[0m\r10 %\r\n20 %\x00\xff\tend\n"
    assert plain(data) == "OK\n10 %\n20 %\ufffd\ufffd\tend\n"
