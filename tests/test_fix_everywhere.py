"""What holds of a fix in every file kind and every notation, by all that `fixtures/` hold: a registry that knows everything is
asked, and readers that have nothing in common with pinlint's say what changed."""

from __future__ import annotations

import io
import json
import os
import re
import shutil
import tomllib
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from test_fix_promises import omniscient
from test_fixtures import CASES, files_of

from pinlint.config import load
from pinlint.discover import Found
from pinlint.fix import mend as mending
from pinlint.fix import second_reader
from pinlint.notations import NOTATIONS


class Fixed(NamedTuple):
    """The files of a case before and after, by path, and the notation of every pin that was written."""

    before: dict[str, bytes]
    after: dict[str, bytes]
    pins: list[tuple[str, str]]

    @property
    def changed(self) -> list[str]:
        return [path for path, data in self.after.items() if data != self.before.get(path)]


def fixed(case: Path, change: Callable[[str, bytes], bytes] = lambda _, data: data) -> tuple[Fixed, Fixed]:
    """A case fixed once, and once more; `change` is done to its files before."""
    with TemporaryDirectory() as name:
        copy = Path(name) / "case"
        shutil.copytree(case, copy, symlinks=True)
        for path in _files(copy):
            if path != "expected.txt" and not path.endswith("pinlint.toml") and not (copy / path).is_symlink():
                (copy / path).write_bytes(change(path, (copy / path).read_bytes()))
        return _run(copy), _run(copy)


def _run(folder: Path) -> Fixed:
    before = _files(folder)
    found, policy = Found(str(folder), files_of(str(folder))), load(str(folder))
    (one,) = mending.mend([found], lambda _: policy, omniscient(found, policy), (), unsafe=True, write=True)
    pins = [
        (patch.path, fix.attempt.finding.reference.notation)
        for patch in one.patches
        for fix in patch.fixes
        if fix.pin and fix.attempt.finding.reference
    ]
    return Fixed(before, _files(folder), pins)


def _files(folder: Path) -> dict[str, bytes]:
    return {os.fsdecode(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


@cache
def plainly(case: Path) -> tuple[Fixed, Fixed]:
    return fixed(case)


EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.parent.name}-{case.name}")


def test_every_notation_is_seen() -> None:
    seen = {notation for case in CASES for _, notation in plainly(case)[0].pins}
    assert set(NOTATIONS) <= seen


@EACH
def test_fixing_twice_changes_nothing(case: Path) -> None:
    _, again = plainly(case)
    assert (again.changed, again.pins) == ([], [])


# Other readers

#: What a pin looks like: it takes the place of something, comes behind it, or is the value of a new key.
_KEYS = {"digest", "integrity", "commit", "ref", "version"}
_PIN = re.compile(
    r"(?::latest)?@?sha(?:256|512)[:-][0-9A-Za-z+/=]+|(?<![0-9a-f])(?:[0-9a-f]{64}|[0-9a-f]{40})(?![0-9a-f])|\d+\.\d+\.\d+"
)


def differences(before: Any, after: Any, path: str = "") -> Iterator[tuple[str, Any, Any]]:
    """(path, before, after) of what differs in two trees of mappings, lists and scalars."""
    if isinstance(before, dict) and isinstance(after, dict):
        if "rev" in after and "rev" not in before:  # in the place of the tag or branch of a repository, of which one may be there
            before = {"rev" if key in ("tag", "branch") and key not in after else key: value for key, value in before.items()}
        assert [key for key in after if key in before] == list(before), path
        for key, value in after.items():
            yield from differences(before.get(key), value, f"{path}/{key}") if key in before else [(f"{path}/{key}", None, value)]
    elif isinstance(before, list) and isinstance(after, list):
        assert len(before) == len(after), path
        for number, (one, other) in enumerate(zip(before, after, strict=True)):
            yield from differences(one, other, f"{path}/{number}")
    elif before != after or type(before) is not type(after):
        yield path, before, after


def _yaml(data: bytes) -> Any:
    from ruamel.yaml import YAML

    reader = YAML(typ="safe", pure=True)
    reader.allow_duplicate_keys = True
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return list(reader.load_all(io.StringIO(data.decode("utf-8-sig"))))


_READERS: dict[str, Callable[[bytes], Any]] = {
    ".yml": _yaml,
    ".yaml": _yaml,
    "Kustomization": _yaml,
    ".toml": lambda data: tomllib.loads(data.decode().replace("\r\n", "\n")),
    ".json": json.loads,
}


def judged(before: bytes, after: bytes, read: Callable[[bytes], Any]) -> int | None:
    """How many values another reader sees changed, all of them to a pin; None where it cannot read the file as it was."""
    from ruamel.yaml.error import YAMLError

    try:
        old = read(before)
    except (YAMLError, ValueError, NotImplementedError, AttributeError, TypeError):
        return None
    found = list(differences(old, read(after)))
    for path, was, now in found:
        assert isinstance(now, str), (path, was, now)
        assert _PIN.search(now), (path, was, now)
        if was is None:
            assert path.rpartition("/")[2].lower() in {*_KEYS, "imagedigest", "sha"}, (path, now)
        elif "\n" in now:
            assert len(now.splitlines()) == len(str(was).splitlines()), path
    return len(found)


@EACH
def test_another_reader_sees_pins_and_nothing_else(case: Path) -> None:
    once, _ = plainly(case)
    for path in once.changed:
        read = next((reader for end, reader in _READERS.items() if path.endswith(end)), None)
        if read and path in once.before:
            assert judged(once.before[path], once.after[path], read) != 0, path


def test_the_other_readers_have_much_to_look_at() -> None:
    seen: Counter[str] = Counter()
    for case in CASES:
        once, _ = plainly(case)
        for path in once.changed:
            for end, read in _READERS.items():
                if path.endswith(end) and path in once.before and judged(once.before[path], once.after[path], read):
                    seen[end] += 1
    assert seen[".yaml"] + seen[".yml"] > 60
    assert min(seen[".toml"], seen[".json"]) > 0


# Bytes

CHANGES: dict[str, Callable[[bytes], bytes]] = {
    "crlf": lambda data: data.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"),
    "bom": lambda data: data if data.startswith(b"\xef\xbb\xbf") else b"\xef\xbb\xbf" + data,
    "no final newline": lambda data: data.rstrip(b"\r\n"),
    "trailing tabs": lambda data: data.replace(b"\r\n", b"\n") + b"\t\n",
    "undecodable": lambda data: data + (b"" if data.endswith(b"\n") else b"\n") + b"# \xff\xfe\n",
}


#: Two changes for each case, in turn: the same notations stand in very many.
CHANGED = [(case, change) for number, case in enumerate(CASES) for change in ([*CHANGES] * 2)[number % len(CHANGES) :][:2]]


@pytest.mark.parametrize(("case", "change"), CHANGED, ids=[f"{change}-{case.parent.name}-{case.name}" for case, change in CHANGED])
def test_the_bytes_between_the_pins_stay_whatever_they_are(case: Path, change: str) -> None:
    """A file that was changed before it is fixed is the fixed file with the same change, or nothing was written into it."""
    once, again = fixed(case, lambda _, data: CHANGES[change](data))
    assert (again.changed, again.pins) == ([], [])
    if (change, case.parent.name, case.name) == ("trailing tabs", "gradle_wrapper", "pinned"):
        return  # its files contradict one another about one address: with whom this registry agrees is chance
    if (change, case.name) == ("bom", "built_by_commands"):
        return  # no shell finds a program whose name begins with a mark, so the first build makes nothing
    plain, _ = plainly(case)
    for path in once.changed:
        if change in ("trailing tabs", "undecodable") and not plain.before.get(path, b"").endswith(b"\n"):
            continue  # what is appended to its last line may stand before what is written below that
        if path in plain.before and path.rpartition("/")[2] not in ("Chart.lock", "requirements.lock"):  # these are written anew
            assert once.after[path] == CHANGES[change](plain.after[path]), path


@pytest.mark.parametrize("change", ["crlf", "bom", "no final newline"])
def test_every_notation_is_written_into_files_of_any_make(change: str) -> None:
    seen = {notation for case in CASES for _, notation in fixed(case, lambda _, data: CHANGES[change](data))[0].pins}
    assert set(NOTATIONS) - seen <= ({"json-sibling", "wrapper-sum"} if change == "bom" else set())


# The readers that have a say in every run


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("a: x:1\n", "a: x:1@D\n", ""),
        ("a: x:1\n", "a: 'x:1@D'\n", ""),
        ("a: x:1 # b\n", "a: x:1@D # b\n", ""),
        ("a: &x x:1\nb: *x\n", "a: &x x:1@D\nb: *x\n", ""),
        ("- a: x:1\n", "- a: x:1\n  digest: D\n", ""),
        ("a: x:1\nb: 2\n", "a: x:1@D\nb: 3\n", "sees b changed"),
        ("a: x:1\nb: 2\n", "a: x:1@D\nb: '2'\n", "sees b changed"),
        ("a: x:1\nb: 2\n", "a: x:1@D\n", "sees something changed"),
        ("a: x:1\n", "a: x:1@D\nc: D\n", "sees c changed"),
        ("a: x:1\n", "a: y:1@D\n", "sees a changed"),
        ("a: x:1\n", "b: x:1@D\n", "sees b changed"),
        ("a: [x:1]\n", "a: [x:1@D, y]\n", "changed in more"),
        ("a: [x:1, y]\n", "a: [x:1@D]\n", "changed in more"),
        ("a: x:1\n", "a: x:1@D\n---\nb: 1\n", "changed in more"),
        ("a: [x:1]\n", "a: {x:1@D}\n", "sees a changed"),
        ("? [a]\n: x:1\n", "? [b]\n: x:1@D\n", "changed in more"),
        ("? [a]\n: x:1\n", "? [a]\n: x:1@D\n", ""),
        ("a: x:1\n", "a: [x:1@D\n", "can no longer read"),
        ("a: x:1\n---\nb: 1\n", "a: x:1@D\n---\nb: 1\n", ""),
        ("a: x:1\n---\nb: 1\n", "a: x:1@D\n---\nb: 2\n", "sees b changed"),
        ("a: x:1\n---\nb: 1\n", "a: x:1@D\nb: 1\n", "changed in more"),
        ("%TAG !e! tag:e,1:\n---\na: !e!b x:1\n", "%TAG !e! tag:e,2:\n---\na: !e!b x:1@D\n", "sees a changed"),
        ("a: [x:1\n", "a: [x:1@D\n", ""),
    ],
)
def test_what_the_second_reader_of_yaml_notices(before: str, after: str, why: str) -> None:
    digest = f"sha256:{'a' * 64}"
    found = second_reader.difference(
        "yaml", "a.yaml", before, after.replace("D", digest), [("", f"@{digest}"), ("", f"\n  digest: {digest}")]
    )
    assert why in found
    assert bool(found) == bool(why)


def test_one_pin_may_be_the_end_of_another() -> None:
    """`maven` and `maven:latest` get the same digest, and one of them the tag before it."""
    digest = f"@sha256:{'a' * 64}"
    changes = [("", digest), ("", f":latest{digest}")]
    after = f"- maven:latest{digest}\n- maven:latest{digest}\n- b:1{digest}\n"
    assert second_reader.difference("yaml", "a.yaml", "- maven\n- maven:latest\n- b:1\n", after, changes) == ""
    assert second_reader.difference("yaml", "a.yaml", "- maven\n- mavem:latest\n- b:1\n", after, changes) != ""


@pytest.mark.parametrize(("commit", "fine"), [("a" * 40, True), ("1234567890" * 4, False), ("0" * 40, False)])
def test_a_commit_that_is_a_number_to_yaml_is_noticed(commit: str, fine: bool) -> None:
    assert (second_reader.difference("yaml", "a.yaml", "rev: v1\n", f"rev: {commit}\n", [("v1", commit)]) == "") == fine
    assert second_reader.difference("yaml", "a.yaml", "rev: 'v1'\n", f"rev: '{commit}'\n", [("v1", commit)]) == ""


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('[[repos]]\nrev = "v1"\n', '[[repos]]\nrev = "C"  # frozen: v1\n', ""),
        ("[[repos]]\r\nrev = 'v1'\r\n", "[[repos]]\r\nrev = 'C'\r\n", ""),
        ('rev = "v1"\nx = "v1"\n', 'rev = "v1"\nx = "C"\ny = 1\n', "sees y changed"),
        ('rev = "v1"\nx = 1\n', 'rev = "C"\nx = 2\n', "sees x changed"),
        ('rev = "v1"\nx = 1\n', 'rev = "C"\nx = "1"\n', "sees x changed"),
        ('rev = "v1"\nx = 1\n', 'rev = "C"\n', "sees something changed"),
        ('rev = "v1"\n', 'rev = "vC"\n', "sees rev changed"),
        ('a = ["v1"]\n', 'a = ["C", "v1"]\n', "changed in more"),
        ('rev = "v1"\n', 'rev = "C\n', "can no longer read"),
    ],
)
def test_what_the_second_reader_of_toml_notices(before: str, after: str, why: str) -> None:
    found = second_reader.difference("yaml", "prek.toml", before, after.replace("C", "a" * 40), [("v1", "a" * 40)])
    assert why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize(
    ("after", "fine"),
    [
        ('a = { git = "g", rev = "C", x = "y" }', True),
        ('a = { git = "g", rev = "D", x = "y" }', False),
        ('a = { git = "g", ref = "C", x = "y" }', False),
        ('a = { git = "g", rev = "C" }', False),
        ('a = { git = "g", rev = ["C"], x = "y" }', False),
        ('a = { rev = "C", tag = "v1", x = "y" }', False),
    ],
    ids=["as meant", "another text", "another key", "one less", "another type", "in place of another"],
)
def test_what_the_second_reader_notices_of_a_key_in_place_of_another(after: str, fine: bool) -> None:
    before = 'a = { git = "g", tag = "v1", x = "y" }'
    found = second_reader.difference("toml", "a.toml", before, after, [('tag = "v1', 'rev = "C')])
    assert (found == "") == fine, found


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ('{"version": "1"}', '{"version": "1", "integrity": "D"}', ""),
        ('{"integrity": "old"}', '{"integrity": "D"}', ""),
        ('{"a": {"version": "1"}, "b": 1}', '{"a": {"version": "1", "integrity": "D"}, "b": 2}', "sees b changed"),
        ('{"a": 1}', '{"b": 1}', "changed in more"),
        ('{"a": 1, "a": 2}', '{"a": 2}', "changed in more"),
        ('{"a": [1, 2]}', '{"a": [1]}', "sees something changed"),
        ('{"a": {"b": 1}}', '{"a": {"b": true}}', "sees b changed"),
        ('{"a": {"b": 1}}', '{"a": {"b": 1.0}}', "sees b changed"),
        ('{"a": %s}' % ("9" * 5000), '{"a": %s}' % ("9" * 4999), "sees a changed"),
        ('{"a": NaN, "integrity": "old"}', '{"a": NaN, "integrity": "D"}', ""),
        ('{"a": ' * 900 + '"old"' + "}" * 900, '{"a": ' * 900 + '"D"' + "}" * 900, ""),
        ('{"a": ' * 900 + "1" + "}" * 900, '{"a": ' * 900 + "2" + "}" * 900, "sees a changed"),
        ('{"a": 1}', '{"a": 1', "can no longer read"),
        ('{"a": 1, // why\n}', "{", ""),
    ],
)
def test_what_the_second_reader_of_json_notices(before: str, after: str, why: str) -> None:
    made = [("", ', "integrity": "D"'), ('"old"', '"D"')]
    found = second_reader.difference("json", "package-lock.json", before, after, made)
    assert why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize(
    ("before", "after", "why"),
    [
        ("<a><version>[1,2)</version></a>", "<a><version>1.5</version></a>", ""),
        ("<a><version>[1,2)</version><b/></a>", "<a><version>1.5</version><c/></a>", "changed in more"),
        ("<a><version>[1,2)</version></a>", "<a><version>1.5</version>x</a>", "changed in more"),
        ("<a x='1'><version>[1,2)</version></a>", "<a x='2'><version>1.5</version></a>", "sees x changed"),
        ("<a><b><version>[1,2)</version></b></a>", "<a><version>1.5</version></a>", "changed in more"),
        ("<a><version>[1,2)</version></a>", "<a><version>1.5</a>", "can no longer read"),
    ],
)
def test_what_the_second_reader_of_xml_notices(before: str, after: str, why: str) -> None:
    found = second_reader.difference("xml", "pom.xml", before, after, [("[1,2)", "1.5")])
    assert why in found
    assert bool(found) == bool(why)


@pytest.mark.parametrize(
    ("path", "reader"),
    [
        ("a/compose.yaml", "yaml"),
        ("prek.toml", "toml"),
        ("Kustomization", "yaml"),
        ("package-lock.json", "json"),
        ("pom.xml", "xml"),
    ],
)
def test_the_second_readers_are_asked(path: str, reader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = {
        "a/compose.yaml": "services: {a: {image: 'acme/a:1'}}\n",
        "prek.toml": '[[repos]]\nrepo = "https://git.example/a"\nrev = "v1"\nhooks = []\n',
        "Kustomization": "images:\n- name: acme/a\n  newTag: v1\n",
        "package-lock.json": '{"lockfileVersion": 3, "packages": {"": {}, "node_modules/a": {"version": "1.0.0"}}}',
        "pom.xml": "<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version><parent><groupId>c</groupId>"
        "<artifactId>d</artifactId><version>[1,2)</version><relativePath/></parent></project>",
    }
    (tmp_path / path).parent.mkdir(exist_ok=True)
    (tmp_path / path).write_text(texts[path])
    monkeypatch.setattr(second_reader, f"_{reader}", lambda: reader)
    monkeypatch.setattr(second_reader, "_parts", lambda before, after, _: [(before, after)])
    monkeypatch.setattr(second_reader, "_compared", lambda _, __, asked, ___: "it says no" if asked == reader else "")
    assert _run(tmp_path).changed == []
    monkeypatch.undo()
    assert _run(tmp_path).changed == [path]
