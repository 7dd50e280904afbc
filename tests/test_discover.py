"""Which files are judged."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest
from trees import root_at

from pinlint.discover import EXCLUDED, NAMED, candidates, discover, format_of
from pinlint.errors import PinlintError
from pinlint.formats import BY_SHEBANG, FORMATS
from pinlint.glob import matches
from pinlint.listing import listing
from pinlint.naming import fits
from pinlint.roots import root_of
from pinlint.schedule import new_tree
from pinlint.text import Unread


def make(root: Path, *paths: str) -> None:
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("FROM a\n")


def names(root: Path, *paths: str, force: bool = False) -> list[str]:
    found, _ = discover([str(root / path) for path in paths] or [str(root)], lambda _: EXCLUDED, force_exclude=force)
    return [path for one in found for path, _ in one.files]


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("Dockerfile", "dockerfile"),
        ("a/b/Dockerfile.prod", "dockerfile"),
        ("api.Dockerfile", "dockerfile"),
        ("api.dockerfile", "dockerfile"),
        ("Containerfile", "dockerfile"),
        ("Containerfile.dev", "dockerfile"),
        ("dockerfile_test.go", ""),
        ("dockerfile.js", ""),
        ("Dockerfile.md", ""),
        ("dockerfile.yml", "by_content"),
        ("a/package-lock.json", "npm_lock"),
        ("npm-shrinkwrap.json", "npm_lock"),
        ("package.json", "package_json"),
        ("requirements.txt", "requirements"),
        ("requirements-dev.in", "requirements"),
        ("dev-requirements.txt", "requirements"),
        ("requirements/base.txt", "requirements"),
        ("constraints.txt", "requirements"),
        ("other/base.txt", ""),
        ("pom.xml", "pom"),
        ("a-1.pom", "pom"),
        (".mvn/extensions.xml", "maven_extensions"),
        ("extensions.xml", ""),
        (".mvn/wrapper/maven-wrapper.properties", "maven_wrapper"),
        ("Chart.yaml", "chart"),
        ("Chart.lock", "chart_lock"),
        ("requirements.yaml", "helm2_requirements"),
        ("requirements.yml", "galaxy"),
        ("requirements.lock", "helm2_lock"),
    ],
)
def test_a_name_says_the_format(path: str, name: str) -> None:
    format_ = format_of(path)
    assert (format_.name if format_ else "") == name


def test_the_first_line_of_the_table_that_fits_decides() -> None:
    patterns = {pattern for format_ in NAMED for pattern in (*format_.patterns, *format_.but_not)}
    paths = {f"{above}{pattern.replace('*', word)}{behind}" for pattern in patterns for word in ("", "x", "a.b", "Dockerfile-1")
             for above in ("", "deep/", ".github/workflows/", "requirements/") for behind in ("", ".yml", "~")}  # fmt: skip
    paths |= {path.rpartition("/")[2] for path in paths}
    told = {path: format_of(path) for path in paths}
    slowly = {
        path: next(
            (
                format_
                for format_ in NAMED
                if any(fits(pattern, path) for pattern in format_.patterns)
                and not any(fits(pattern, path.rpartition("/")[2]) for pattern in format_.but_not)
                and not (format_ is BY_SHEBANG and "." in path.rpartition("/")[2])
            ),
            None,
        )
        for path in paths
    }
    assert told == slowly
    assert {format_ and format_.name for format_ in told.values()} >= {format_.name for format_ in NAMED}


def test_git_says_what_is_ignored_and_what_is_not(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile", "ignored/Dockerfile", "new/Dockerfile", "node_modules/x/Dockerfile", "readme")
    (tmp_path / ".gitignore").write_text("ignored\n")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "add", "Dockerfile"], check=True)
    assert names(tmp_path) == ["Dockerfile", "new/Dockerfile"]
    assert names(tmp_path, "new") == ["new/Dockerfile"]


def test_a_deleted_file_that_git_still_lists_is_no_file(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile", "a/Dockerfile")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    subprocess.run(["git", "-C", tmp_path, "add", "."], check=True)
    (tmp_path / "a/Dockerfile").unlink()
    assert names(tmp_path) == ["Dockerfile"]


def test_a_hostile_git_configuration_runs_nothing(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile")
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    proof = tmp_path / "it-ran"
    hook = tmp_path / "monitor"
    hook.write_text(f"#!/bin/sh\ntouch {proof}\n")
    hook.chmod(0o755)
    subprocess.run(["git", "-C", tmp_path, "config", "core.fsmonitor", str(hook)], check=True)
    subprocess.run(["git", "-C", tmp_path, "ls-files", "-o"], check=True, capture_output=True)
    assert proof.exists(), "the trap works where nobody switches it off"
    proof.unlink()
    assert names(tmp_path) == ["Dockerfile"]
    assert not proof.exists()


def test_without_git_the_directory_is_walked(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile", "a/b/Dockerfile", ".venv/Dockerfile")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "link.Dockerfile").symlink_to(tmp_path / "Dockerfile")
    assert names(tmp_path) == ["Dockerfile", "a/b/Dockerfile"]


def test_links_that_lead_to_each_other_end_nothing(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile")
    (tmp_path / "x").symlink_to("y")
    (tmp_path / "y").symlink_to("x")
    (tmp_path / "x.Dockerfile").symlink_to("x.Dockerfile")
    assert names(tmp_path) == ["Dockerfile"]


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    make(tmp_path, "Dockerfile", "vendor/Dockerfile", "vendor/a/Dockerfile", "readme", "a/other.txt")
    make(tmp_path, "a/pinlint.toml", "pinlint.toml")
    (tmp_path / "link.Dockerfile").symlink_to(tmp_path / "Dockerfile")
    _, skipped = discover([str(tmp_path), str(tmp_path / "readme")], lambda _: EXCLUDED)
    assert (skipped.excluded, skipped.links, skipped.unrecognised) == (2, 1, (str(tmp_path / "readme"),))
    assert skipped.configurations == (str(tmp_path / "a/pinlint.toml"),)


def test_a_named_file_is_judged_although_excluded_unless_forced(tmp_path: Path) -> None:
    make(tmp_path, "vendor/Dockerfile")
    assert names(tmp_path, "vendor/Dockerfile") == ["Dockerfile"]
    root_at(tmp_path)
    assert names(tmp_path, "vendor/Dockerfile") == ["vendor/Dockerfile"]
    assert names(tmp_path, "vendor/Dockerfile", force=True) == []


NAMED_FILES = {
    ".github/workflows/ci.yml": "github_workflow",
    "requirements/base.txt": "requirements",
    ".circleci/config.yml": "circleci",
    "values/prod.yaml": "helm_values",
    ".gitlab/ci/a/b/test.yml": "gitlab_ci",
    "api/Dockerfile": "dockerfile",
}


@pytest.mark.parametrize("name", NAMED_FILES)
def test_a_named_file_is_matched_by_its_whole_path_where_there_is_no_repository(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From above, from its own directory, from elsewhere, through a link to it and through one to its directory."""
    top = tmp_path / "top"
    make(top, name)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/link.txt").symlink_to(top / name)
    (tmp_path / "elsewhere/folder").symlink_to((top / name).parent)
    base = name.rpartition("/")[2]
    for here, path in (
        (top, name), (top, f"./{name}"), ((top / name).parent, base), (tmp_path / "elsewhere", f"../top/{name}"), (top, top / name),
        (tmp_path / "elsewhere", "link.txt"), (tmp_path / "elsewhere", f"folder/{base}"), (tmp_path, f"top/{name}"),
    ):  # fmt: skip
        monkeypatch.chdir(here)
        (found,), skipped = discover([str(path)], lambda _: ())
        ((told, format_),) = found.files
        assert format_.name == NAMED_FILES[name]
        assert (Path(found.root) / told).resolve() == top / name
        assert (found.named, skipped.unrecognised) == (frozenset((told,)), ())


def test_the_working_directory_is_the_root_where_there_is_none_but_a_whole_home_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(tmp_path, "project/a/requirements/base.txt")
    monkeypatch.chdir(tmp_path / "project")
    assert names(Path("a/requirements/base.txt"), "") == ["a/requirements/base.txt"]
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    assert names(Path("project/a/requirements/base.txt"), "") == ["requirements/base.txt"]


def test_a_repository_decides_what_the_directories_above_it_are_called(tmp_path: Path) -> None:
    make(tmp_path, "requirements/notes.txt")
    root_at(tmp_path / "requirements")
    found, skipped = discover([str(tmp_path / "requirements/notes.txt")], lambda _: ())
    assert [one.files for one in found] == [[]]
    assert skipped.unrecognised == (str(tmp_path / "requirements/notes.txt"),)


def test_a_link_out_of_a_repository_leads_nowhere(tmp_path: Path) -> None:
    """Not as a file, as a directory, nor as a directory that is a repository itself."""
    make(tmp_path, "outside/requirements/base.txt", "outside/Dockerfile", "repository/Dockerfile")
    for one in ("outside", "repository"):
        subprocess.run(["git", "init", "-q", tmp_path / one], check=True)
    root = tmp_path / "repository"
    (root / "link.txt").symlink_to(tmp_path / "outside/requirements/base.txt")
    (root / "services").symlink_to(tmp_path / "outside")
    (root / "up").symlink_to("..")
    assert names(root) == ["Dockerfile"]
    assert names(root, "link.txt") == []
    (found,), _ = discover([str(root / "services/Dockerfile")], lambda _: ())
    assert (found.root, found.files[0][0]) == (str(root), "services/Dockerfile")
    with pytest.raises(Unread, match="a link to a place outside"):
        new_tree(found.root).read("services/Dockerfile")
    for name in ("services", "services/requirements", "up", "up/outside"):
        with pytest.raises(PinlintError, match="leads out of the repository"):
            names(root, name)


def test_a_directory_behind_a_link_is_the_one_that_it_leads_to(tmp_path: Path) -> None:
    make(tmp_path, "r/a/b/Dockerfile", "r/a/out/Dockerfile")
    (tmp_path / "r/.gitignore").write_text("out\n")
    subprocess.run(["git", "init", "-q", tmp_path / "r"], check=True)
    (tmp_path / "r/inside").symlink_to("a/b")
    (tmp_path / "link").symlink_to("r/a")
    assert names(tmp_path, "r/inside") == ["a/b/Dockerfile"]
    assert names(tmp_path, "link") == ["a/b/Dockerfile"]


def test_a_listed_path_that_lies_behind_a_link_is_skipped(tmp_path: Path) -> None:
    """As after a checkout whose directory somebody replaced."""
    make(tmp_path, "r/a/Dockerfile", "other/Dockerfile")
    subprocess.run(["git", "init", "-q", tmp_path / "r"], check=True)
    subprocess.run(["git", "add", "."], cwd=tmp_path / "r", check=True)
    (tmp_path / "r/a/Dockerfile").unlink()
    (tmp_path / "r/a").rmdir()
    (tmp_path / "r/a").symlink_to(tmp_path / "other")
    found, skipped = discover([str(tmp_path / "r")], lambda _: ())
    assert ([one.files for one in found], skipped.links) == ([[]], 1)


def test_a_named_lock_brings_its_manifest_in(tmp_path: Path) -> None:
    make(tmp_path, "Chart.yaml", "Chart.lock")
    assert names(tmp_path, "Chart.lock") == ["Chart.lock", "Chart.yaml"]


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PinlintError, match="nothing-here does not exist"):
        names(tmp_path, "nothing-here")


def test_names_may_hold_any_character(tmp_path: Path) -> None:
    odd = ["a b/Dockerfile", "a\nb/Dockerfile", "ä/Dockerfile", os.fsdecode(b"\xff/Dockerfile")]
    make(tmp_path, *odd)
    assert names(tmp_path) == sorted(odd)
    subprocess.run(["git", "init", "-q", tmp_path], check=True)
    assert names(tmp_path) == sorted(odd)
    assert listing(str(tmp_path)).paths.count("\0") == 4


def test_the_root_is_the_nearest_directory_with_git(tmp_path: Path) -> None:
    make(tmp_path, "a/b/Dockerfile")
    (tmp_path / "a/.git").write_text("gitdir: elsewhere\n")
    assert root_of(str(tmp_path / "a/b")) == str(tmp_path / "a")


@pytest.mark.parametrize(
    ("pattern", "path", "fits"),
    [
        ("vendor", "a/vendor/b", True),
        ("vendor", "a/vendors/b", False),
        ("*.lock", "a/Chart.lock", True),
        ("a/*", "a/b", True),
        ("a/*", "x/a/b", False),
        ("a/**/c", "a/c", True),
        ("a/**/c", "a/b/b/c", True),
        ("a/", "a/b", True),
        ("?.txt", "ab.txt", False),
        ("a.c", "abc", False),
    ],
)
def test_path_patterns_are_those_of_gitignore(pattern: str, path: str, fits: bool) -> None:
    assert matches(pattern, path) is fits


def test_the_sieve_lets_every_format_through() -> None:
    paths = [pattern.replace("*", "x") for format_ in FORMATS for pattern in format_.patterns]
    listed = [where + path for path in paths for where in ("", "a/")]
    assert list(candidates("readme\0" + "".join(f"{path}\0" for path in listed))) == listed


def test_what_was_seen_of_a_root_is_not_looked_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first tree of a root takes it; whoever comes later sees what has been written since."""
    (tmp_path / "Dockerfile").write_text("FROM scratch\n")
    asked: list[str] = []

    def walked(root: str, *_: object) -> list[str]:
        asked.append(root)
        return os.listdir(root)

    monkeypatch.setattr("pinlint.listing._walk", walked)
    discover([str(tmp_path)], lambda root: ())
    first = new_tree(str(tmp_path))
    (tmp_path / "Chart.lock").write_text("")
    assert (first.listed(), len(asked)) == (["Dockerfile"], 1)
    assert sorted(new_tree(str(tmp_path)).listed()) == ["Chart.lock", "Dockerfile"]
