"""Hashes only for sets that pip can still install: what their versions ask for is in them, and nothing here brings more.

pip judges each case twice: it takes the set before, and after a fix it takes it with hashes.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from servers.indexes import files_of, pypiserver, sdist, wheel
from servers.stub import Stub, stub
from test_fix_pypi import fix, knowing, listed, page, project, user

from pinlint.ecosystems.pypi.closure import Pinned, gap
from pinlint.ecosystems.pypi.environments import environments, here, named
from pinlint.ecosystems.pypi.metadata import Ranged, metadata_of
from pinlint.ecosystems.pypi.pages import File

FILES = {
    **files_of("leaf", "1.0", "2.0"),
    **dict([
        wheel("twig", "1.0", "leaf>=1.0"), wheel("twig", "2.0", "leaf>=2.0"),
        wheel("bush", "1.0", "Leaf>=1.0; extra == 'green'", "colour; sys_platform == 'win32'", "old; python_version < '3.9'"),
        wheel("grove", "1.0", "bush[green]"), wheel("colour", "1.0"), wheel("old", "1.0"), wheel("built", "1.0+cpu", "leaf"),
        wheel("rare", "1.0rc1"), wheel("wants-rare", "1.0", "rare>=0.9"), wheel("linked", "1.0", "leaf @ https://files.example/leaf.zip"),
        sdist("stone", "1.0"), sdist("marble", "1.0", "leaf", format_="2.2"),
    ]),
}  # fmt: skip


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with pypiserver(tmp_path_factory.mktemp("index"), FILES) as url:
        yield url


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub() as one:
        yield one


def takes(folder: Path, environment: dict[str, str], *arguments: str) -> bool:
    """Whether pip would install the requirements."""
    command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", "--no-cache-dir", *arguments]
    command += ["--only-binary", ":all:", "-r", "requirements.txt"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=120, check=False).returncode == 0


@pytest.mark.parametrize(
    ("files", "why"),
    [
        ({"requirements.txt": "twig==1.0\nleaf==1.0\n"}, ""),
        ({"requirements.txt": "twig==1.0\n"}, "it pins no leaf>=1.0 for twig 1.0; rename it to requirements.in, then"),
        ({"requirements.txt": "-r base.txt\ntwig==1.0\n", "base.txt": "leaf==1.0\n"}, ""),
        ({"requirements.txt": "-r base.txt\nleaf==1.0\n", "base.txt": "twig==1.0\n"}, "refuse base.txt with hashes: it pins no"),
        ({"requirements.txt": "bush==1.0\n"}, ""),
        ({"requirements.txt": "bush[green]==1.0\n"}, "no Leaf>=1.0 for bush 1.0"),
        ({"requirements.txt": "grove==1.0\nbush==1.0\n"}, "no Leaf>=1.0 for bush 1.0"),
        ({"requirements.txt": "grove==1.0\nbush==1.0\nleaf==2.0\n"}, ""),
        ({"requirements.txt": "twig==1.0\nleaf==1.0; sys_platform == 'never'\n"}, "no leaf>=1.0 for twig 1.0"),
        ({"requirements.txt": "wants-rare==1.0\nrare==1.0rc1\n"}, ""),
        ({"requirements.txt": "built==1.0\nleaf==1\n"}, ""),
        ({"requirements.txt": "Twig==1.0.0\nLEAF==1.0\nleaf==1.0\n"}, ""),
        ({"requirements.txt": "twig==1.0\n-c constraints.txt\n", "constraints.txt": "leaf==1.0\n"}, "no leaf>=1.0 for twig 1.0"),
        ({"requirements.txt": "twig==1.0\n", "requirements.in": "twig\n", "uv.lock": ""}, "; `uv pip compile --generate-hashes"),
    ],
    ids=[
        "closed", "open", "closed by another file", "open by itself", "extra not asked for", "extra", "extra of a dependency",
        "extra of a dependency closed", "pinned elsewhere only", "pre-release", "local version", "spellings, twice",
        "constraint only", "uv",
    ],
)  # fmt: skip
def test_hashes_are_written_where_pip_then_takes_the_set(index: str, tmp_path: Path, files: dict[str, str], why: str) -> None:
    environment = user(tmp_path, f"index-url = {index}")
    folder = project(tmp_path, files)
    assert takes(folder, environment)
    done = fix(folder, environment)
    written = "--hash" in (folder / "requirements.txt").read_text()
    assert written is (not why), done.stdout
    if not why:
        assert takes(folder, environment, "--require-hashes")
        return
    assert why in " ".join(done.stdout.split())
    assert all((folder / name).read_text() == text for name, text in files.items())


def test_a_hashed_constraint_serves_what_is_asked_for(index: str, tmp_path: Path) -> None:
    """pip takes the hashes of constraints for requirements and for what those ask for."""
    environment = user(tmp_path, f"index-url = {index}")
    hashed = project(tmp_path, {"requirements.txt": "leaf==1.0\n"})
    assert fix(hashed, environment).returncode == 0
    leaf = (hashed / "requirements.txt").read_text()
    folder = project(tmp_path, {"requirements.txt": "-c constraints.txt\ntwig==1.0\n", "constraints.txt": leaf})
    assert "Fixed 1" in fix(folder, environment).stdout
    assert takes(folder, environment, "--require-hashes")


def test_a_set_that_is_installed_without_dependencies_need_not_be_closed(index: str, tmp_path: Path) -> None:
    environment = user(tmp_path, f"index-url = {index}")
    folder = project(tmp_path, {"requirements.txt": "twig==1.0\n", "run.sh": "pip install --no-deps -r requirements.txt\n"})
    assert "Fixed 1" in fix(folder, environment).stdout
    assert takes(folder, environment, "--require-hashes", "--no-deps")


def test_a_set_costs_one_small_request_more_for_each_requirement(server: Stub, tmp_path: Path) -> None:
    names = [f"p{number}" for number in range(9)]
    server.answer = knowing(
        {f"/simple/{name}/": page(name, listed(f"{name}-1.0-py3-none-any.whl"), listed(f"{name}-1.0.zip")) for name in names}
    )
    folder = project(tmp_path, {"requirements.txt": "".join(f"{name}==1.0\n" for name in names)})
    assert "Fixed 9" in fix(folder, user(tmp_path, f"index-url = {server.url}/simple")).stdout
    assert len(server.asked) == 2 * len(names)


# --- what an index may say, without one -------------------------------------------------------------------------------------------


def test_the_end_of_a_wheel_is_enough() -> None:
    name, data = wheel("twig", "1.0", "leaf>=1.0")
    data = b"\0" * 200_000 + data  # zip archives are read from their end
    asked = []

    def fetch(url: str, stretch: tuple[int, int] | None) -> Ranged:
        asked.append(stretch)
        assert stretch
        start, end = (len(data) + stretch[0], len(data)) if stretch[0] < 0 else stretch
        return Ranged(data[max(0, start) : end], max(0, start), len(data))

    found = metadata_of([File(name, "u", {}, yanked=False)], lambda _: (), "twig", "1.0", fetch)
    assert (found.requires, found.unclear, len(asked)) == (("leaf>=1.0",), "", 1)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        wheel("leaf", "1.0"), (wheel("twig", "1.0")[0], b"PK" * 99), ("twig-1.0.tar.gz", b"\x1f\x8b" + b"\0" * 99),
        sdist("twig", "1.0"),
        ("twig-1.0.tar.gz", sdist("leaf", "1.0", format_="2.2")[1]), ("twig-1.0.zip", b""),
    ],
    ids=["another's wheel", "no wheel", "no archive", "old sources", "another's sources", "empty"],
)  # fmt: skip
def test_metadata_that_do_not_tell_are_no_metadata(name: str, data: bytes) -> None:
    file = File(name if name.startswith("twig") else "twig-1.0-py3-none-any.whl", "u", {}, yanked=False)
    found = metadata_of([file], lambda _: (), "twig", "1.0", lambda *_: Ranged(data, 0, len(data)))
    assert (found.requires, bool(found.unclear)) == ((), True)


def test_another_python_is_looked_at_where_the_set_is_for_it() -> None:
    rows = [Pinned("a", "1", python=">=3.40,<3.42"), Pinned("b", "1", python=">=3.28,<3.30", marker="python_version < '3.0'")]
    assert "no Python can install it: a 1 asks for >=3.40,<3.42" in gap(rows).why
    assert gap([Pinned("a", "1", python="<3.7", requires=("b; python_version >= '3.7'",))]).why == ""
    assert "no b for a 1" in gap([Pinned("a", "1", python="<3.7", requires=("b; python_version < '3.7'",))]).why


@pytest.mark.parametrize(
    ("marker", "pythons"),
    [
        ("python_version < '3.8'", {"3.7"}), ("python_version >= \"3.8\"", {"3.8"}), ("'3.8' <= python_version", {"3.8"}),
        ("python_version > '3.8'", {"3.9"}), ("python_full_version < '3.9.2'", {"3.9"}),
        ("python_version in '3.7 3.6'", {"3.6", "3.7"}),
        ("python_version < '3'", set()), ("python_version == '2.7'", set()),
    ],
)  # fmt: skip
def test_markers_name_pythons(marker: str, pythons: set[str]) -> None:
    own = named(here(), "python_version")
    assert {named(one, "python_version") for one in environments([marker], here())} - {own} == pythons - {own}


def test_markers_name_platforms() -> None:
    found = environments(["sys_platform != 'win32'", "platform_system == 'Darwin'", "platform_machine == 'arm64'"], here())
    assert {"win32", "darwin"} <= {named(one, "sys_platform") for one in found}
    assert "arm64" in {named(one, "platform_machine") for one in found}
    assert len(found) == len(set(found)) <= 6
    assert environments([f"python_version < '3.{n}' or platform_machine == 'm{n}'" for n in range(30)], here()) == []


@pytest.mark.parametrize(
    "marker", ["(" * 3000 + "os_name == 'x'" + ")" * 3000, "os_name == '" + "x" * 5000 + "'"], ids=["deep", "long"]
)
def test_a_marker_that_nobody_can_read_is_no_yes(marker: str) -> None:
    assert "cannot be read" in gap([Pinned("a", "1", marker=marker)]).why
    assert "cannot read" in gap([Pinned("a", "1", requires=(f"b; {marker}",))]).why
    assert gap([Pinned("a", "1" * 5000, python="<" + "9" * 5000)]).why == ""
