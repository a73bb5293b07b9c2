"""Directories and zips: what is not read, and what is never half there."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest

from dashboard.transfer.csvfiles.manifest import Manifest, file_name
from dashboard.transfer.csvfiles.octets import blocks
from dashboard.transfer.csvfiles.places import PlaceRefused, new_place, place
from dashboard.transfer.errors import TransferError


def packed(path: Path, name: str, octets: bytes = b"a\n1\n", mode: int = 0) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packing:
        entry = zipfile.ZipInfo(name)
        entry.compress_type = zipfile.ZIP_DEFLATED
        entry.external_attr = mode << 16
        packing.writestr(entry, octets)
    return path


@pytest.mark.parametrize(
    "name", ["../a.csv", "/etc/a.csv", "x/a.csv", "..\\a.csv", ".hidden.csv"]
)
def test_a_zip_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    with pytest.raises(PlaceRefused, match="no export has made"):
        place(packed(tmp_path / "a.zip", name))


def test_a_zip_holds_no_link_and_not_more_than_it_can(tmp_path: Path) -> None:
    link = packed(tmp_path / "l.zip", "a.csv", b"/etc/passwd", stat.S_IFLNK | 0o777)
    with pytest.raises(PlaceRefused, match=r"'a\.csv'"):
        place(link)
    bomb = packed(tmp_path / "b.zip", "a.csv", b"")
    octets = bytearray(bomb.read_bytes())
    # The directory's own word for how large the file is unpacked.
    at = octets.index(b"PK\x01\x02") + 24
    octets[at : at + 4] = (1 << 31).to_bytes(4, "little")
    bomb.write_bytes(octets)
    with pytest.raises(PlaceRefused, match=r"'a\.csv'"):
        place(bomb)


def test_a_link_in_a_directory_is_no_file_of_it(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("a\n1\n")
    os.symlink("/etc/passwd", tmp_path / "link.csv")
    found = place(tmp_path)
    assert found.names() == ["real.csv"]
    with pytest.raises(PlaceRefused, match=r"link\.csv"):
        found.open("link.csv")


def test_a_damaged_zip_is_told(tmp_path: Path) -> None:
    path = packed(tmp_path / "a.zip", "a.csv", os.urandom(3_000).hex().encode())
    octets = bytearray(path.read_bytes())
    octets[200] ^= 0xFF
    path.write_bytes(octets)
    with (
        pytest.raises(TransferError, match=r"a\.csv is damaged|no utf-8"),
        place(path).open("a.csv") as file,
    ):
        list(blocks(file, "utf-8", "a.csv"))


@pytest.mark.parametrize("name", ["out", "out.zip"])
def test_what_is_not_complete_is_not_there(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with pytest.raises(ZeroDivisionError), new_place(path) as made:
        with made.file("a.csv") as file:
            file.write(b"a\n")
        raise ZeroDivisionError
    assert list(tmp_path.iterdir()) == []
    for octets in (b"one", b"two"):
        with new_place(path, overwrite=octets == b"two") as made:
            for one, content in (("a.csv", octets), ("manifest.json", b"{}")):
                with made.file(one) as file:
                    file.write(content)
            assert path.exists() is (octets == b"two")
        with place(path).open("a.csv") as read:
            assert read.read() == octets
    with pytest.raises(PlaceRefused, match="not empty"), new_place(path):
        pass
    assert [one.name for one in tmp_path.iterdir()] == [name]
    assert stat.S_IMODE((tmp_path / name).stat().st_mode) & 0o077 in (0, 0o044)


def test_what_is_no_export_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with (
        pytest.raises(PlaceRefused, match="something else"),
        new_place(tmp_path / "mine", overwrite=True),
    ):
        pass
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"


@pytest.mark.parametrize(
    "octets",
    [
        *(b"", b"[]", b"{", b'{"format": 1}', b'{"format": "x"}', b"[" * 99_999),
        b'{"format": 2, "tables": []}',
        b'{"format": 1, "vendor": "", "zone": "UTC", "tables": [{"model": "a.B", '
        b'"table": "t", "file": "../t.csv", "columns": [], "key": [], "rows": 0, '
        b'"octets": 0, "checksum": ""}]}',
    ],
)
def test_a_manifest_that_is_none_is_refused(octets: bytes) -> None:
    with pytest.raises(TransferError, match=r"manifest\.json"):
        Manifest.loaded(octets)


def test_a_file_is_named_as_any_system_takes_it() -> None:
    assert file_name("shop.Order") == "shop.Order.csv"
    assert file_name('table:s"."t/../x') == "s_._t_.._x.csv"
    assert file_name("table:é") == "_.csv"
