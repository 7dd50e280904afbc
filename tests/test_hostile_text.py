"""What a repository's text can do where it is shown: nothing, wherever it stands and whichever output shows it.

Each attack stands in names of files and folders and in the files of many kinds. What is tested is what a terminal, a CI server's
log, a spreadsheet or a reader of JSON gets.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import os
import re
import subprocess
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import pytest

from pinlint.cli import main
from pinlint.ecosystems.oci.registry import Registry
from pinlint.pins import NoPin, Pin
from pinlint.report import fixes
from pinlint.report.escapes import cell, masked, visible

PASSWORD = "hunter2secret"
TOKEN = "ghp_" + "a1B2" * 9
ATTACKS = {
    "line": "a\n::add-mask::b",
    "command": "::set-output name=a::b",
    "return": "a\r::error::b",
    "next-line": "\x85::add-mask::b",
    "wide-blank": "\u3000::add-mask::b",
    "old-command": "##[add-mask]b",
    "azure": "##vso[task.setvariable variable=PATH]b",
    "teamcity": "##teamcity[buildStatus text='b']",
    "clear": "a\x1b[2Jb",
    "title": "a\x1b]0;b\x07c",
    "eight-bit": "a\x9b2Jb",
    "hidden": "a\x1b[8mb",
    "gitlab": "section_start:1:a\r\x1b[0Kb",
    "override": "a\u202eb",
    "isolate": "a\u2066b\u2069",
    "mark": "\ufeffa",
    "separator": "a\u2028b",
    "tags": "a\U000e0041\U000e0042b",
    "soft-hyphen": "a\xad\u206ab",
    "quoted-cell": 'a;"=1+1"',
    "zero-width": "a\u200bb",
    "bytes": os.fsdecode(b"a\xff\xfeb"),
    "formula": "=cmd|' -C calc'!A0",
    "plus": "+1+1",
    "minus": "-1+1",
    "at": "@SUM(1+1)",
    "wide": "\uff1d1+1",
    "second-cell": "a;=1+1",
    "tab": "a\t=1+1",
    "markup": "</failure><script>a</script>",
    "cdata": "<![CDATA[a]]>",
    "entity": "&x;",
    "markdown": "[a](javascript:b) | ![c](https:d) `",
    "web-address": "WWW.host.example/a",
    "percent": "a%0A::error::b",
    "quotes": "a'\"b",
}
HARMFUL = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff\ufeff\xad\U000e0000-\U000e007f]"
)
COMMAND = re.compile(r"##\w*\[")
REPORTS = ("text", "concise", "json", "sarif", "github", "gitlab", "junit")
TABLES = ("table", "json", "jsonl", "csv")


def put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


def repository(root: Path, attack: str) -> None:
    """Files that say the attack where people write names, versions, addresses and comments."""
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    name = attack.replace("/", "_")
    plain = json.dumps(attack, ensure_ascii=False)  # fits YAML, too; bytes that are no UTF-8 stay
    login = f"https://user:{PASSWORD}@host.example"
    secret = f"private_token={PASSWORD}"
    put(root / "flux.yaml", (
        f"apiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n  url: oci://me:{PASSWORD}@host.example/a\n"
        f"  ref: {{tag: {plain}}}\n---\napiVersion: source.toolkit.fluxcd.io/v1\nkind: OCIRepository\nspec:\n"
        f"  url: oci://host.example/a?{secret}\n  ref: {{digest: 'sha256:{'0' * 64}?{secret}'}}\n"
    ))  # fmt: skip
    put(root / "skaffold.yaml", (
        "apiVersion: skaffold/v4beta11\nkind: Config\ndeploy:\n  helm:\n    releases:\n"
        f"    - {{name: a, remoteChart: 'oci://me:{PASSWORD}@host.example/a?{secret}', version: ^1}}\n"
    ))  # fmt: skip
    put(root / ".forgejo/workflows/b.yml", f"on: push\njobs:\n  a:\n    steps:\n    - uses: {login}/a/b@v1?{secret}\n")
    put(
        root / name / "Dockerfile",
        f"FROM alpine:{attack}\nFROM {attack}\nADD {login}/{attack} /x\nADD {login}/y /x # {TOKEN}\n"
        f"FROM me:{PASSWORD}@host.example/a:1\nADD https://host.example/{TOKEN}/a?{secret} /x\n",
    )
    put(root / f"{name}.Dockerfile", f"FROM alpine\nRUN --mount=type=bind,from={attack} x\nFROM {login}/x:1\n")
    put(root / "Dockerfile", f"# pinlint: ignore[PIN003,PIN001] {attack}\nFROM alpine:3\nCOPY --from={attack} a b\n")
    put(root / "compose.yml", f"services:\n  {plain}: {{image: {plain}}}\n  b: {{image: 'a:{name[:1]}', build: {plain}}}\n")
    steps = f"    steps:\n    - uses: {plain}\n    - uses: a/b@{attack}\n"
    put(root / ".github/workflows/a.yml", f"on: push\njobs:\n  a:\n    container: {plain}\n{steps}")
    lines = (attack, f"a=={attack}", f"git+{login}/a.git@main#egg=a", f"--extra-index-url {login}/simple", f"a @ {login}/a.whl")
    put(root / "requirements.txt", "\n".join(lines))
    packages = {
        f"node_modules/{attack}": {"version": attack, "resolved": f"{login}/a-1.tgz?token={TOKEN}"},
        "node_modules/b": {"version": f"git+{login}/b.git#main"},
    }
    put(root / "kustomization.yaml", f"resources:\n- git::{login}/a//b?ref=main\n- {login}/c.yaml\n")
    put(
        root / "helmfile.yaml",
        f"repositories:\n- {{name: a, url: '{login}'}}\nreleases:\n- {{name: b, chart: a/b, version: {plain}}}\n"
        f"- {{name: c, chart: 'oci://me:{PASSWORD}@host.example/a@sha256:{'0' * 64}?{secret}'}}\n",
    )
    put(root / "package-lock.json", json.dumps({"lockfileVersion": 3, "packages": packages}, ensure_ascii=False))
    chart = f"{{name: {plain}, version: {plain}, repository: '{login}'}}"
    put(root / "Chart.yaml", f"apiVersion: v2\nname: c\ndependencies:\n- {chart}\n")
    hooks = f"- {{repo: '{login}/x', rev: {plain}, hooks: []}}\n- {{repo: {plain}, rev: v1, hooks: []}}\n"
    put(root / ".pre-commit-config.yaml", f"repos:\n{hooks}")
    asked = f"<groupId>a</groupId><artifactId><![CDATA[{attack.replace(']]>', '')}]]></artifactId><version>[1,)</version>"
    dependencies = f"<dependencies><dependency>{asked}</dependency></dependencies>"
    put(root / "pom.xml", f"<project><groupId>a</groupId><artifactId>b</artifactId>{dependencies}</project>")
    put(
        root / ".gitlab-ci.yml",
        f"image: {plain}\ninclude:\n- remote: '{login}/a.yml'\n- {{project: {plain}, ref: main, file: a}}\n",
    )


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    root = tmp_path / "root"
    root.mkdir()
    monkeypatch.chdir(root)
    for name in ("TF_BUILD", "TEAMCITY_VERSION", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    return root


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """Everything that a run says, which nobody has to fear."""
    with contextlib.suppress(SystemExit):
        main(list(arguments))
    out, err = capsys.readouterr()
    both = out + err
    assert "Traceback" not in both
    assert HARMFUL.search(both) is None, ascii(both)
    assert COMMAND.search(both) is None, ascii(both)
    assert PASSWORD not in both
    assert TOKEN not in both
    lines = [line for line in both.split("\n") if line.lstrip().startswith("::")]
    ours = re.compile(r"::(error|warning|notice) (file=[^:]*,title=\w+ [\w-]+|title=pinlint)::")
    assert all(ours.match(line) for line in lines if "github" in arguments), lines
    assert lines == [] or "github" in arguments, lines
    return out


def strings(value: Any) -> list[str]:
    """Every text in a value of JSON."""
    if isinstance(value, dict):
        return [one for pair in value.items() for part in pair for one in strings(part)]
    if isinstance(value, list):
        return [one for part in value for one in strings(part)]
    return [value] if isinstance(value, str) else []


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_report_does_harm(root: Path, capsys: pytest.CaptureFixture[str], attack: str) -> None:
    repository(root, attack)
    said = {name: shown(capsys, "--show-unknown", "--output-format", name) for name in REPORTS}
    documents = [json.loads(said[name]) for name in ("json", "sarif", "gitlab")]
    assert all(text.encode() is not None for document in documents for text in strings(document))
    ET.fromstring(said["junit"])
    findings = sum(not one["suppressed"] for one in documents[0]["findings"])
    assert findings > 15
    assert len(said["concise"].splitlines()) == findings
    assert said["junit"].count("<testcase ") == findings
    summary = (root.parent / "summary.md").read_text(encoding="utf-8")
    lines = [
        line
        for line in summary.splitlines()[4:]
        if not re.fullmatch(r"[\w, ]+; `pinlint --fix` mends [\d,]+ of them safely\.", line)
    ]
    assert [line for line in lines if re.search(r"(?i)[<>`\[\]]|https?:|www\.", line)] == []
    assert not HARMFUL.search(summary)
    for arguments in (["--statistics"], ["--show-files"], ["--show-settings"]):
        shown(capsys, *arguments)


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_inventory_does_harm(root: Path, capsys: pytest.CaptureFixture[str], attack: str) -> None:
    repository(root, attack)
    said = {name: shown(capsys, "inventory", "--output-format", name) for name in TABLES}
    rows = json.loads(said["json"])
    assert all(text.encode() is not None for text in strings(rows))
    assert [json.loads(line) for line in said["jsonl"].splitlines()] == rows
    cells = [one for row in csv.reader(io.StringIO(said["csv"], newline="")) for one in row]
    assert len(cells) == 14 * (len(rows) + 1)
    for one in cells:
        assert not re.match(r"\s*[=+\-@\uff1d]|\s*@(?![a-z0-9])", one), one
        assert not re.search(r";[\s\"]*[=+\-@\uff1d]", one), one


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_account_of_fixing_does_harm(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    """The patch is for `git apply`, which gets every byte; everything about it is for people."""
    monkeypatch.setattr("pinlint.registries.Registries.resolve", lambda *_: NoPin(f"{attack} is what it says", rule="NET904"))
    repository(root, attack)
    for output_format in REPORTS:
        shown(capsys, "--diff", "--unsafe-fixes", "--output-format", output_format)
    shown(capsys, "--fix", "--unsafe-fixes", "--save-resolutions", "../record.json")
    shown(capsys, "baseline", "--output-file", "../baseline.json")
    for record in ("record.json", "baseline.json"):
        text = (root.parent / record).read_text(encoding="ascii")
        assert PASSWORD not in text
        assert COMMAND.search(text) is None
        assert all(text.encode() is not None for text in strings(json.loads(text)))


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_a_record_is_read_again(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, attack: str
) -> None:
    """What is set aside is not reported, and what was answered is known, whatever names stand in either."""
    asked = Pin("1", ("sha256:" + "5f" * 32,), attack)
    monkeypatch.setattr("pinlint.registries.Registries.resolve", lambda *_: asked)
    repository(root, attack)
    assert main(["baseline", "--output-file", "../baseline.json"]) == 0
    assert main(["--baseline", "../baseline.json"]) == 0
    capsys.readouterr()
    main(["--diff", "--unsafe-fixes", "--save-resolutions", "../record.json"])
    online = capsys.readouterr()
    main(["--diff", "--unsafe-fixes", "--resolutions", "../record.json"])
    assert capsys.readouterr() == online


@pytest.mark.parametrize("attack", ATTACKS.values(), ids=ATTACKS)
def test_no_error_does_harm(root: Path, capsys: pytest.CaptureFixture[str], attack: str) -> None:
    quoted = json.dumps(attack.encode("utf-8", "replace").decode(), ensure_ascii=True)
    put(root / "Dockerfile", "FROM alpine:3\n")
    for text in (
        f"{quoted} = 1\n",
        f"[require]\n{quoted} = 1\n",
        f"[require]\nimage = {quoted}\n",
        f"baseline = {quoted}\n",
        f"select = [{quoted}]\n",
        f"fail-on = {quoted}\n",
        f"min-age = {quoted}\n",
        f"[[ignores]]\nuntil = {quoted}\n",
        f"[[overrides]]\n{quoted} = 1\n",
        f"[kubernetes]\nimage-paths = [{quoted}]\n",
        f"exclude = [{quoted}]\n",
        f"x = {attack.replace(chr(0xFEFF), '')}",
    ):
        put(root / "pinlint.toml", text)
        shown(capsys)
        shown(capsys, "--show-settings")
    put(root / "pinlint.toml", "")
    (root / attack.replace("/", "_")).mkdir(exist_ok=True)
    put(root / attack.replace("/", "_") / "pinlint.toml", "")
    for arguments in ([attack], ["--config", attack], [f"--{attack}"], ["--baseline", attack], ["--output-file", f"{attack}/x/y"],
                      ["--select", attack], ["--min-age", attack, "--fix"], ["-", "--stdin-filename", attack], ["explain", attack],
                      ["--resolutions", attack, "--fix"], ["--jobs", attack], ["--output-format", attack], []):  # fmt: skip
        shown(capsys, *arguments)


@pytest.mark.parametrize(
    "text",
    ["@scope/pkg", "-1", "+1.2.3", "-0.5", ">=1 <2", "~1", "1.0-1+b", "مرحبا", "日本語", "❤️", "a;b"],
)
def test_a_cell_of_an_honest_repository_is_as_it_is(text: str) -> None:
    assert cell(text) == text


def test_a_note_is_one_line_whatever_it_names(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    for number, attack in enumerate(ATTACKS.values()):
        put(root / str(number) / attack.replace("/", "_") / "pinlint.toml", "")
        put(root / str(number) / attack.replace("/", "_") / "web-values.yaml", "kind: A\n")
        put(root / str(number) / f"{attack.replace('/', '_')}-requirements.txt", "anchor apple generic\n")
        shown(capsys, str(number))


def test_a_patch_is_for_git_to_the_byte(root: Path, capsysbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names are quoted as git quotes them; lines stay as they are."""
    monkeypatch.setattr(Registry, "resolve", lambda _, reference: Pin(reference.version, ("sha256:" + "5f" * 32,), "test"))
    subprocess.run(["git", "init", "-q"], check=True)
    for number, attack in enumerate(ATTACKS.values()):
        put(root / str(number) / attack.replace("/", "_") / "Dockerfile", f"# {attack}\n {attack}\nFROM alpine:3\n# {attack}\n")
    main(["--diff"])
    patch = capsysbinary.readouterr().out
    subprocess.run(["git", "apply", "-"], input=patch, check=True)
    changed = [path.read_bytes().count(b"5f5f5f5f") for path in root.glob("*/*/Dockerfile")]
    assert len(changed) == len(ATTACKS)
    assert sum(map(bool, changed)) > 20


def test_a_patch_in_a_log_is_obeyed_by_nobody(root: Path, capsysbinary: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Registry, "resolve", lambda _, reference: Pin(reference.version, ("sha256:" + "5f" * 32,), "test"))
    subprocess.run(["git", "init", "-q"], check=True)
    plain = "FROM alpine:3\n"
    put(root / "Dockerfile", plain)
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    main(["--diff"])
    assert b"::" not in capsysbinary.readouterr().out
    for line in ("RUN a \\\n  ::add-mask::b\n", "# ##[add-mask]b\n", "# a\r::error::b\n", "RUN a \\\n\u3000::add-mask::b\n"):
        put(root / "Dockerfile", plain + line)
        main(["--diff"])
        patch = capsysbinary.readouterr().out
        first, *_, last = patch.splitlines()
        assert re.fullmatch(rb"::stop-commands::[0-9a-f]{32}", first)
        assert last == first.replace(b"::stop-commands", b"") + b"::"
        main(["--diff"])
        assert capsysbinary.readouterr().out.splitlines()[0] != first, "a token that can be guessed ends nothing"
        subprocess.run(["git", "apply", "-"], input=patch, check=True)
        assert b"5f5f" in (root / "Dockerfile").read_bytes()
    put(root / "Dockerfile", f"{plain}# ##vso[task.setvariable variable=a]b\n")
    monkeypatch.setenv("TF_BUILD", "True")
    assert main(["--diff"]) == 2
    out, err = capsysbinary.readouterr()
    assert (out, b"--output-file FILE keeps it out of the log" in err) == (b"", True)
    assert main(["--diff", "--output-file", "../patch"]) == 1
    assert b"##vso[" in (root.parent / "patch").read_bytes()


def test_a_patch_on_a_terminal_is_text(root: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out = Terminal()
    fixes.show("\n".join(f" {attack}" for attack in ATTACKS.values()).encode("utf-8", "surrogateescape") + b"\n", out, log=True)
    assert HARMFUL.search(out.getvalue()) is None
    assert len(out.getvalue().splitlines()) == len(ATTACKS) + 1


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        ("ADD https://user:hunter2@host.example/x /x", "ADD https://************@host.example/x /x"),
        ("ADD https://ghp@host.example/x /x", "ADD https://***@host.example/x /x"),
        ("RUN git clone ssh://git@host.example/x", "RUN git clone ssh://git@host.example/x"),
        ("RUN git clone git+ssh://me@host.example/x", "RUN git clone git+ssh://me@host.example/x"),
        ("RUN git clone ssh://me:hunter2@host.example/x", "RUN git clone ssh://**********@host.example/x"),
        ("ADD https://user:${PASSWORD}@host.example/x /x", "ADD https://user:${PASSWORD}@host.example/x /x"),
        ("uses: docker://alpine@sha256:0011", "uses: docker://alpine@sha256:0011"),
        ("ADD https://host.example/x?private_token=hunter2&a=b /x", "ADD https://host.example/x?private_token=*******&a=b /x"),
        ("url: https://conda.example/t/me-hunter2/noarch/x", "url: https://conda.example/t/**********/noarch/x"),
        ('<add key="ClearTextPassword" value="hunter2" />', '<add key="ClearTextPassword" value="*******" />'),
        ("curl -u me:hunter2 https://host.example", "curl -u me:******* https://host.example"),
        ("curl -H 'Authorization: Bearer hunter2' x", "curl -H 'Authorization: **************' x"),
        ("helm login --password hunter2 x", "helm login --password ******* x"),
        ("helm login --password=hunter2 x", "helm login --password=******* x"),
        ("password: hunter2", "password: *******"),
        ("password: ${{ secrets.PASSWORD }}", "password: ${{ secrets.PASSWORD }}"),
        ("image: quay.io/external-secrets:v0.9", "image: quay.io/external-secrets:v0.9"),
        ("token-service==1.0", "token-service==1.0"),
        ("secrets==1.0", "secrets==1.0"),
        (f"x {TOKEN} y", f"x {'*' * len(TOKEN)} y"),
        ("FROM me:hunter2@host.example/x:1", "FROM me:*******@host.example/x:1"),
        ("- npm:left-pad@1.3.0/index.js", "- npm:left-pad@1.3.0/index.js"),
        ("image: alpine:3.20@sha256:0011", "image: alpine:3.20@sha256:0011"),
        ("ADD https://me:hun#ter?2@host.example/x /x", "ADD https://************@host.example/x /x"),
        ("ADD https://host.example:8080?to=me@host.example /x", "ADD https://host.example:8080?to=me@host.example /x"),
    ],
)
def test_a_quoted_line_shows_no_password(line: str, shown: str) -> None:
    assert masked(line, 0, 0) == shown
    assert len(shown) == len(line), "the caret below points to the place all the same"
    named = line.startswith(("password", "helm"))
    assert masked(line, 0, len(line)) == (line if named else shown)


@pytest.mark.parametrize(
    "name",
    [
        "npm_with_multiversion_subdeps_nested", "ghs_words_of_a_name_in_a_path", "github_pat_rotation_for_all_teams",
        "glpat-rotation-of-the-whole-team", "pypi-mirror_of_the_whole_company", "xoxb-bot-for-the-team",
    ],
)  # fmt: skip
def test_a_name_of_words_is_no_token(name: str) -> None:
    assert visible(f"fixtures/{name}/package-lock.json") == f"fixtures/{name}/package-lock.json"


@pytest.mark.parametrize(
    "token",
    [
        f"npm_{'a1B2' * 9}", f"ghs_{'a1B2' * 9}", f"github_pat_{'a1B2c3' * 4}_{'a1B2' * 14}", "glpat-aB_cdefghijklmnopqrs",
        "glpat-a1-cdefghijklmnopqr2s", "pypi-AgEIabcd-efg_hijklmnopqrstuv", "xoxb-123456789012-abcdef", "AKIA0123456789ABCDEF",
    ],
)  # fmt: skip
def test_a_token_is_covered_wherever_it_stands(token: str) -> None:
    assert visible(f"fixtures/{token}/a") == "fixtures/***/a"
    assert token not in masked(f"a: {token}", 0, 0)
