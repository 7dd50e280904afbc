"""Packed charts as trees: what Helm reads of them, and what nobody should read."""

from __future__ import annotations

import gzip
import io
import os
import tarfile

import pytest
from servers.charts import manifest, packed, tarred

from pinlint.archives import ArchiveTree, unpacked
from pinlint.text import Unread

GOOD = packed("shop", {"Chart.yaml": manifest("shop"), "templates/a.yaml": "a: 1\n"})


def test_an_archive_is_a_tree() -> None:
    tree = ArchiveTree("shop", GOOD)
    assert sorted(tree.listed()) == ["Chart.yaml", "templates/a.yaml"]
    assert tree.read("templates/a.yaml").text == "a: 1\n"
    assert not tree.exists("shop/Chart.yaml")
    with pytest.raises(Unread):
        tree.read("../Chart.yaml")


def test_charts_in_it_are_part_of_it() -> None:
    inner = packed("inner", {"Chart.yaml": manifest("inner"), "charts/deep-1.0.tgz": packed("deep", {"Chart.yaml": "a"})})
    outer = packed("outer", {"Chart.yaml": manifest("outer"), "charts/inner-1.2.3.tgz": inner, "files/x.tgz": inner})
    assert sorted(unpacked(outer)) == [
        "Chart.yaml", "charts/inner-1.2.3/Chart.yaml", "charts/inner-1.2.3/charts/deep-1.0/Chart.yaml", "files/x.tgz",
    ]  # fmt: skip


def test_a_header_for_all_files_renames_none() -> None:
    """As Go has it, whose reader hands such a header to whoever wants it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT, pax_headers={"path": "a/README.md"}) as archive:
        member = tarfile.TarInfo("a/templates/a.yaml")
        member.size = 1
        archive.addfile(member, io.BytesIO(b"x"))
    assert unpacked(gzip.compress(out.getvalue())) == {"templates/a.yaml": b"x"}


@pytest.mark.parametrize(
    "behind", [b"", b"\0" * 1024, b"garbage", b"\x1f", GOOD], ids=["nothing", "zeros", "text", "half a mark", "another archive"]
)
def test_what_lies_behind_is_not_looked_at(behind: bytes) -> None:
    assert set(unpacked(GOOD + behind)) == {"Chart.yaml", "templates/a.yaml"}


def test_an_archive_may_come_in_pieces() -> None:
    whole = gzip.decompress(GOOD)
    assert unpacked(gzip.compress(whole[:700]) + gzip.compress(whole[700:])) == unpacked(GOOD)


def test_names_may_be_no_text() -> None:
    assert unpacked(tarred([(os.fsdecode(b"a/\xff.yaml"), "x")])) == {os.fsdecode(b"\xff.yaml"): b"x"}


def nested(levels: int) -> bytes:
    found = packed("a", {"Chart.yaml": "x"})
    for _ in range(levels):
        found = packed("a", {"Chart.yaml": "x", "charts/a.tgz": found})
    return found


def header(**fields: object) -> bytes:
    """An archive whose only header says something that is not so."""
    member = tarfile.TarInfo("a/x")
    for field, value in fields.items():
        setattr(member, field, value)
    return gzip.compress(member.tobuf(tarfile.GNU_FORMAT) * 3)


def sparse() -> bytes:
    """An archive with a file whose map of holes, in the file itself, is said to be long, and is damaged."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        member = tarfile.TarInfo("a/x")
        member.pax_headers = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a/x"}
        member.size = 512
        archive.addfile(member, io.BytesIO(b"30000000\n".ljust(512, b"-")))
    return gzip.compress(out.getvalue())


def damaged(archive: bytes, place: int) -> bytes:
    raw = bytearray(gzip.decompress(archive))
    raw[place] ^= 1
    return gzip.compress(bytes(raw))


HOSTILE = {
    "absolute": (tarred([("/a/Chart.yaml", "x")]), "leads out of it"),
    "above": (tarred([("a/../../Chart.yaml", "x")]), "leads out of it"),
    "above with backslashes": (tarred([("a\\..\\..\\x", "x")]), "leads out of it"),
    "a drive": (tarred([("C:\\a\\x", "x")]), "leads out of it"),
    "git's": (tarred([("a/.git/config", "x")]), "leads out of it"),
    "no folder": (tarred([("Chart.yaml", "x")]), "beside its folder"),
    "link": (tarred([("a/x", "")], type=tarfile.SYMTYPE, linkname="y"), "no chart has"),
    "hard link": (tarred([("a/x", "")], type=tarfile.LNKTYPE, linkname="a/y"), "no chart has"),
    "device": (tarred([("a/x", "")], type=tarfile.CHRTYPE), "no chart has"),
    "FIFO": (tarred([("a/x", "")], type=tarfile.FIFOTYPE), "no chart has"),
    "twice": (tarred([("a/x", "1"), ("a/x", "2")]), "in it twice"),
    "twice, nearly": (tarred([("a/x", "1"), ("b/x", "2")]), "in it twice"),
    "packed and unpacked": (packed("a", {"charts/b/x": "1", "charts/b.tgz": nested(0)}), "packed and unpacked"),
    "too many files": (tarred((f"a/{number}", "") for number in range(20_001)), "more than 20,000 entries"),
    "a large file": (tarred([("a/x", bytes((5 << 20) + 1))]), "larger than 5 MiB"),
    "a bomb": (tarred((f"a/{number}", bytes(5 << 20)) for number in range(13)), "more than 64 MiB"),
    "a bomb in pieces": (gzip.compress(bytes(1 << 20)) * 65, ""),
    "a bomb inside": (packed("a", {f"charts/{n}.tgz": packed("b", {"x": bytes(5 << 20)}) for n in range(13)}), "more than 64 MiB"),
    "too deep": (nested(9), "inside one another"),
    "a deep folder": (tarred([("a/" + "b/" * 51 + "x", "1")]), "too deep"),
    "a long name": (tarred([("a/" + "x" * 5000, "1")]), "headers are larger"),
    "many long names": (tarred((f"a/{number:03}{'x' * 3000}", "") for number in range(100)), "headers are larger"),
    "a negative size": (header(size=-1024), "larger than"),
    "a size that is not so": (header(size=4096), "it is no packed chart"),
    "a sparse file": (sparse(), "a sparse file"),
    "a sparse file of an older kind": (tarred([("a/x", "")], type=tarfile.GNUTYPE_SPARSE), "a sparse file"),
    "a header that is damaged": (damaged(GOOD, 1024 + 148), "bad checksum"),
    "an end within a header": (gzip.compress(gzip.decompress(GOOD)[: 1024 + 300]), "truncated header"),
    "no archive": (b"<html>", "it is no packed chart"),
    "nothing": (b"", "it is no packed chart"),
    "no tar": (gzip.compress(b"<html>" * 200), "it is no packed chart"),
    "cut off": (GOOD[: len(GOOD) // 2], "it is no packed chart"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_what_no_chart_has_is_refused(case: str) -> None:
    archive, why = HOSTILE[case]
    if not why:
        assert unpacked(archive) == {}  # tar ends where nothing but zeros follows, and nobody looks further
        return
    with pytest.raises(Unread, match=why):
        unpacked(archive)
