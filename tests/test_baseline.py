"""Baselines over time: what stays known, what is said of what is gone, and which part of a file is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from trees import root_at

from pinlint.cli import main


class Repository:
    """A repository under the hands of people."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.folder, self.capsys = folder, capsys
        root_at(folder)

    def write(self, path: str, text: str) -> None:
        (self.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (self.folder / path).write_text(text)

    def run(self, *arguments: str) -> tuple[int, str]:
        code = main(list(arguments))
        captured = self.capsys.readouterr()
        return code, captured.out + captured.err

    def said(self, *arguments: str) -> str:
        """What a run says, whatever the width of the terminal."""
        return " ".join(self.run(*arguments)[1].split())

    def new(self, *arguments: str) -> list[str]:
        """Rule and place of what is reported as new."""
        _, out = self.run("--output-format", "concise", *arguments)
        return [f"{line.split()[2]} {line.split(':')[0]}" for line in out.splitlines()]

    def known(self, name: str = "pinlint-baseline.json") -> dict[str, dict[str, int]]:
        files: dict[str, dict[str, int]] = json.loads((self.folder / name).read_text())["files"]
        return files


@pytest.fixture
def repository(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Repository:
    """One with a few findings, all of which are recorded, as its configuration says."""
    monkeypatch.chdir(tmp_path)
    found = Repository(tmp_path, capsys)
    found.write("pinlint.toml", 'baseline = "pinlint-baseline.json"\n')
    found.write("api/Dockerfile", "FROM python:3.12\nFROM node:20\nADD https://files.example/tool-1.2.3.tgz /x\n")
    found.write("web/Dockerfile", "FROM alpine:3.19\n")
    found.write("requirements.txt", "requests>=2\n")
    assert found.run("baseline") == (0, "5 findings recorded in pinlint-baseline.json\n")
    return found


def test_a_version_that_is_raised_is_no_new_finding(repository: Repository) -> None:
    repository.write("api/Dockerfile", "FROM python:3.13\nFROM node:22\nADD https://files.example/tool-1.3.0.tgz /x\n")
    repository.write("requirements.txt", "requests>=3\n")
    assert repository.new() == []
    repository.write("api/Dockerfile", "FROM python\nFROM node:22\nFROM node:22\nADD https://files.example/other-1.3.0.tgz /x\n")
    assert [one.split()[0] for one in repository.new()] == ["PIN001", "PIN003", "SRC205"]


@pytest.mark.parametrize(
    ("old", "new"),
    [("web/Dockerfile", "shop/Dockerfile"), ("web/Dockerfile", "web/shop.Dockerfile"), ("api/Dockerfile", "b/Dockerfile")],
)
def test_a_file_that_is_renamed_keeps_what_is_known_of_it(repository: Repository, old: str, new: str) -> None:
    text = (repository.folder / old).read_text()
    (repository.folder / old).unlink()
    repository.write(new, f"# moved\n{text}".replace("3.1", "3.2"))
    code, out = repository.run()[0], repository.said()
    assert (code, f"known findings moved along with {old} → {new}; `pinlint baseline` records that" in out) == (0, True)
    assert "gone" not in out
    repository.run("baseline", "--prune")
    assert sorted(repository.known()) == sorted({"api/Dockerfile", "web/Dockerfile", "requirements.txt"} - {old} | {new})
    assert repository.new() == []


def test_a_copy_and_another_file_are_not_the_one_that_is_known(repository: Repository) -> None:
    repository.write("copy/Dockerfile", "FROM alpine:3.19\n")
    assert len(repository.new()) == 1
    (repository.folder / "copy/Dockerfile").unlink()
    (repository.folder / "web/Dockerfile").unlink()
    repository.write("other.Dockerfile", "FROM alpine:3.19\nFROM a:1\nFROM b:1\nFROM c:1\n")
    assert len(repository.new()) == 4


def test_what_is_gone_is_said_and_pruned(repository: Repository) -> None:
    (repository.folder / "web/Dockerfile").unlink()
    repository.write("api/Dockerfile", "FROM python:3.12\nFROM new:1\n")
    said = "3 findings of the baseline are gone: `pinlint baseline --prune` takes them out"
    assert said in repository.said()
    assert "gone" not in repository.run("api")[1]
    assert "gone" not in repository.run("--select", "PIN001")[1]
    assert repository.run("baseline", "--prune")[1] == "3 findings taken out of pinlint-baseline.json, 2 left\n"
    assert repository.known() == {
        "api/Dockerfile": {"PIN003 image:docker.io/library/python": 1}, "requirements.txt": {"PIN002 pypi:requests": 1},
    }  # fmt: skip
    assert len(repository.new()) == 1, "pruning accepts nothing"


def test_a_part_is_recorded_and_the_rest_is_kept(repository: Repository) -> None:
    repository.write("api/Dockerfile", "FROM a:1\n")
    repository.write("web/Dockerfile", "FROM b:1\nFROM c\n")
    before = repository.known()
    repository.run("baseline", "web")
    assert repository.known() == {
        **before,
        "web/Dockerfile": {"PIN001 image:docker.io/library/c": 1, "PIN003 image:docker.io/library/b": 1},
    }
    repository.run("baseline", "--select", "PIN002,SRC")
    assert repository.known()["api/Dockerfile"] == {key: 1 for key in before["api/Dockerfile"] if key.startswith("PIN003")}
    (repository.folder / "api/Dockerfile").unlink()
    repository.run("baseline", "api")
    assert sorted(repository.known()) == ["requirements.txt", "web/Dockerfile"]


def test_what_only_a_network_shows_is_kept(repository: Repository) -> None:
    document = {"pinlint-baseline": 2, "files": {"api/Dockerfile": {"NET904 image:docker.io/library/node": 1}}}
    repository.write("pinlint-baseline.json", json.dumps(document))
    assert "gone" not in repository.run()[1]
    for words in ((), ("--prune",)):
        repository.run("baseline", *words)
        assert repository.known()["api/Dockerfile"]["NET904 image:docker.io/library/node"] == 1


def test_it_is_written_where_the_configuration_points_and_hooks_are_told(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    repository.write("pinlint.toml", 'baseline = "ci/known.json"\n')
    (repository.folder / "ci").mkdir()
    monkeypatch.chdir(repository.folder / "web")
    assert repository.run("baseline", "..")[1] == "5 findings recorded in ../ci/known.json\n"
    assert repository.new("..") == []
    repository.write("pinlint.toml", "")
    said = repository.run("baseline", "..")[1]
    line = 'baseline = "pinlint-baseline.json"\n'
    assert said.startswith("5 findings recorded in ../pinlint-baseline.json; hooks and CI heed it with this line at the top of")
    assert said.endswith(f" ../pinlint.toml:\n{line}")
    assert len(repository.new("..")) == 5
    repository.write("pinlint.toml", line)
    assert repository.new("..") == []
    (repository.folder / "pinlint.toml").unlink()
    assert "in a new file ../pinlint.toml" in repository.run("baseline", "..")[1]
    repository.write("pyproject.toml", '[tool.pinlint]\nfail-on = "error"\n')
    assert "below [tool.pinlint] in ../pyproject.toml" in repository.run("baseline", "..")[1]


@pytest.mark.parametrize("name", ["../known.json", "a/../../known.json", "/tmp/known.json", "setup.py"])
def test_no_configuration_has_it_written_over_anything_else(repository: Repository, name: str) -> None:
    repository.write("setup.py", "print()\n")
    repository.write("pinlint.toml", f'baseline = "{name}"\n')
    code, said = repository.run("baseline")
    assert code == 2
    assert "leads out of the repository" in said or "setup.py: " in said
    assert (repository.folder / "setup.py").read_text() == "print()\n"
    assert not (repository.folder.parent / "known.json").exists()


def test_an_earlier_version_is_read_and_renewed_as_a_whole(repository: Repository) -> None:
    findings = {"PIN003 web/Dockerfile image:docker.io/library/alpine 3.19": 1, "PIN002 requirements.txt pypi:requests >=2": 1}
    repository.write("pinlint-baseline.json", json.dumps({"pinlint-baseline": 1, "findings": findings}))
    assert repository.new("web", "requirements.txt") == []
    assert "an earlier version wrote the baseline; `pinlint baseline` renews it" in repository.said()
    for words in (["--prune"], ["web"], ["--select", "PIN"]):
        code, said = repository.run("baseline", *words)
        assert (code, "renew all of it first: pinlint baseline" in said) == (2, True)
    repository.write("web/Dockerfile", "FROM alpine:3.20\n")
    assert len(repository.new("web")) == 1
    assert repository.run("baseline")[0] == 0
    assert repository.new() == []


def test_there_has_to_be_one_to_prune_and_one_repository_for_a_file(repository: Repository) -> None:
    (repository.folder / "pinlint-baseline.json").unlink()
    assert repository.run("baseline", "--prune")[0] == 2
    root_at(repository.folder / "web")
    assert "one file holds the baseline of one repository" in repository.run("baseline", "--output-file", "x.json", "api", "web")[1]


def test_only_what_would_be_checked_is_shown_where_that_is_asked(repository: Repository) -> None:
    (repository.folder / "pinlint-baseline.json").unlink()
    assert "web/Dockerfile\tdockerfile" in repository.run("baseline", "--show-files")[1]
    assert not (repository.folder / "pinlint-baseline.json").exists()
