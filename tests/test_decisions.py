"""What the report offers to write into the configuration about a rule does, written there, what it says, and nothing else."""

from __future__ import annotations

import html
import json
import re
import shutil
from collections import Counter
from pathlib import Path

import pytest
from servers.git_http import git
from trees import root_at

from pinlint.cli import main

ROOT = Path(__file__).parent.parent
OFFER = re.compile(r"<p>To ([^<]*), write ([^<]*):</p>\n<pre tabindex=\"0\"><code>([^<]*)</code></pre>")
SUM = r"(accept|show|have) ([\d,]+)(?: of ([\d,]+))?"


class Folder:
    """A repository, what is found in it, and what is offered for that."""

    def __init__(self, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
        self.root, self._out = root, capsys

    def run(self, *words: str) -> tuple[int, str]:
        code = main([*words, *(["--output-format", "json"] if not words else [])])
        return code, self._out.readouterr().out

    def findings(self) -> Counter[tuple[str, str]]:
        """How many findings there are, by rule and severity."""
        return Counter((one["rule"], one["severity"]) for one in json.loads(self.run()[1])["findings"])

    def offers(self) -> dict[str, tuple[str, str, str]]:
        """By rule what is offered: effect, place, text."""
        page = self.run("--output-format", "html")[1].partition('id="first"')[2].partition("</ol>")[0]
        entries = (re.search(r'href="#page-(\w+)"', entry) for entry in page.split("<li>")[1:])
        return {
            rule[1]: (html.unescape(found[1]), html.unescape(found[2]), html.unescape(found[3]))
            for rule in entries
            if rule and (found := OFFER.search(rule.string))
        }

    def written(self, place: str, text: str) -> Path:
        """The configuration with lines where they belong."""
        name = re.search(r"(?:file|of|in) (\S+?)(?:,|$)", place)
        assert name
        file = self.root / name[1]
        old = file.read_text() if file.exists() else ""
        assert file.exists() == ("a new file" not in place)
        if place.startswith("at the top of"):
            file.write_text(f"{text}\n{old}")
        elif below := re.search(r"below (\[.*\])", place):
            file.write_text(old.replace(below[1], f"{below[1]}\n{text}"))
        elif where := re.search(r"where \[.*\] says (.*)", place):
            for key in where[1].split(", "):
                old = re.sub(rf'(?m)^"?{re.escape(key)}"? *=.*\n', "", old)
            header = re.search(r"\[[^\]]*\](?= says)", place)
            assert header
            file.write_text(old.replace(header[0], f"{header[0]}\n{text}"))
        else:
            file.write_text(f"{old}\n{text}\n")
        return file

    def taken(self) -> None:
        """Writes every offer, each line once, as somebody does who takes them all."""
        known: set[str] = set()
        for _, place, text in self.offers().values():
            header, colon, rest = text.partition("\n") if text.startswith("[") else ("", "", text)
            if colon and header in known:
                place, text = f"in {place.split()[-1]}, below {header}", rest
            lines = [line for line in text.split("\n") if line.partition(" = ")[0] not in known]
            known.update(line.partition(" = ")[0] for line in lines)
            there = re.sub(r"a new file (\S+)", r"\1", place) if (self.root / place.split()[-1]).exists() else place
            self.written(there, "\n".join(lines))

    def proved(self, fail_on: str = "warning") -> list[str]:
        """Writes each offer alone, and compares what it says with what it did; what was offered of which rule."""
        kinds, before = [], self.findings()
        for rule, (effect, place, text) in self.offers().items():
            saved = {path: path.read_bytes() for path in self.root.iterdir() if path.is_file()}
            file = self.written(place, text)
            after = self.findings()
            if file in saved:
                file.write_bytes(saved[file])
            else:
                file.unlink()
            said = re.match(SUM, effect)
            assert said, effect
            assert '"any"' not in text
            told = Counter({rule: int(said[2].replace(",", ""))})
            level = "" if said[1] == "accept" else "note" if said[1] == "show" else fail_on
            told.update({other: int(count) for count, other in re.findall(r"and (\d+) of (\w+)", text)})
            assert said[1] != "accept" or int(said[3]) == total(before, rule)
            assert sum(int(one) for one in re.findall(r"# accepts (\d+)", text)) == (told[rule] if said[1] == "accept" else 0)
            for other in {one for one, _ in before + after} - {"PIN900"}:  # an exception may be idle by then
                assert total(before, other) - total(after, other) == (0 if level else told[other]), (rule, other)
                changed = after[other, level] - before[other, level] if level else 0
                assert changed == (told[other] if level else 0), (rule, other)
            kinds.append(f"{said[1]} {rule}")
        return kinds


def total(findings: Counter[tuple[str, str]], rule: str) -> int:
    return sum(count for (code, _), count in findings.items() if code == rule)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Folder:
    monkeypatch.chdir(tmp_path)
    root_at(tmp_path)
    return Folder(tmp_path, capsys)


CONFIGURATIONS = {
    "none": ("", ""),
    "another table": ("pinlint.toml", 'fail-on = "error"\n[hosts]\nnpm = ["registry.example"]\n'),
    "tables with other keys": ("pinlint.toml", '[require]\nnpm = "any"\n[severity]\nPIN009 = "note"\n'),
    "tables with these": (
        ".pinlint.toml",
        '[require]\nimage = "digest"\n"command:image" = "tag"\n[severity]\nfloating-version = "error"\n',
    ),
    "keys that name their tables": ("pinlint.toml", 'require.npm = "any"\nseverity.PIN009 = "note"\n'),
    "pyproject without its table": ("pyproject.toml", '[tool.pinlint.hosts]\nnpm = ["registry.example"]\n'),
    "pyproject": ("pyproject.toml", '[tool.pinlint]\nextend-exclude = ["old"]\n'),
    "patterns and overrides that stay": (
        "pinlint.toml",
        """[require]
"image:two" = "digest"
[[overrides]]
paths = ["legacy"]
require = {image = "digest"}
severity = {PIN001 = "error"}
""",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), CONFIGURATIONS.values(), ids=CONFIGURATIONS)
def test_lines_do_what_is_said_where_there_is_a_configuration(folder: Folder, name: str, text: str) -> None:
    for path, content in {
        "Dockerfile": "FROM one:1\nFROM two:2\nFROM three\nADD https://files.example/x /usr/bin/x\n",
        "legacy/Dockerfile": "FROM old:1\nFROM older\nFROM four@sha256:" + "5f" * 32 + "\n",
        "requirements.txt": "requests>=2\nflask\n",
        "ci.sh": "docker run registry.example/lint:2\ndocker pull registry.example/all\n",
        ".github/workflows/ci.yml": "on: push\njobs:\n  a:\n    steps:\n    - uses: actions/a@v1\n    - uses: other/b@main\n",
    }.items():
        (folder.root / path).parent.mkdir(parents=True, exist_ok=True)
        (folder.root / path).write_text(content)
    if name:
        (folder.root / name).write_text(text)
    shown = folder.proved("error" if "fail-on" in text else "warning")
    assert {"accept PIN003", "accept PIN002", "show PIN001", "have PIN008"} <= set(shown)
    before = folder.findings()
    folder.taken()
    after = folder.findings()
    assert total(after, "PIN001") == total(before, "PIN001")
    assert total(after, "PIN003") < total(before, "PIN003")


@pytest.mark.parametrize(
    "case",
    ["npm_lock/looks-locked", "shell_script/pinned", "yarn_lock/pinned_classic", "terraform/ecr-policies"],
)
def test_lines_do_what_is_said_in_a_repository(folder: Folder, case: str) -> None:
    """A line may accept what other rules find, too; then it says so."""
    ignored = shutil.ignore_patterns("fixed*", "expected.txt", "answers.md")
    shutil.copytree(ROOT / "fixtures" / case, folder.root, dirs_exist_ok=True, ignore=ignored)
    assert folder.proved()


def test_no_lines_where_no_configuration_decides(folder: Folder) -> None:
    (folder.root / "Dockerfile").write_text("FROM one:1\n")
    assert OFFER.search(folder.run("--output-format", "html")[1])
    assert not OFFER.search(folder.run("--isolated", "--output-format", "html")[1])
    (folder.root / "pinlint.toml").write_text('fail-on = "never"\n[require]\nimage = "digest"\n')
    (folder.root / "Dockerfile").write_text("FROM one\n")
    assert not OFFER.search(folder.run("--output-format", "html")[1])


def test_lines_fit_the_configuration_of_the_commit_that_is_judged(folder: Folder) -> None:
    """Not the one that lies in the work tree now."""
    shutil.rmtree(folder.root / ".git")
    git(folder.root, "init", "-q")
    (folder.root / "Dockerfile").write_text("FROM one:1\n")
    (folder.root / "pinlint.toml").write_text('[require]\nnpm = "any"\n')
    git(folder.root, "add", "-A")
    git(folder.root, "commit", "-qm", "x")
    (folder.root / "pinlint.toml").unlink()
    [(_, place, text)] = re.findall(OFFER, folder.run("--rev", "HEAD", "--output-format", "html")[1])
    assert (place, html.unescape(text)) == ("in pinlint.toml, below [require]", 'image = "tag"  # accepts 1')
