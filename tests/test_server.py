"""The server as an editor meets it: a client of the protocol, a real process, texts that are on no disk."""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import need
from editors import Editor, between, editor
from lsprotocol import types as lsp
from servers import registry as servers
from test_fix_images import told
from trees import root_at

from pinlint import engine
from pinlint.options import Options
from pinlint.server import workspace

DIGEST = "sha256:" + "5f" * 32
IMAGE = "FROM registry.example/a:1\n"


def edit(folder: Path, scenario: Callable[[Editor], Awaitable[None]], *options: str, **more: Any) -> None:
    """Runs a scenario in an editor with this folder open."""

    async def run() -> None:
        async with editor(folder, *options, **more) as one:
            await scenario(one)

    asyncio.run(run())


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root_at(tmp_path)
    return tmp_path


def test_typing_changes_what_is_said(root: Path) -> None:
    """Of the text as it is typed, wherever it stands; in units of UTF-16, of which the sign takes two."""

    async def scenario(one: Editor) -> None:
        one.open("Dockerfile", "# 😀\r\nARG A\r\nFROM a/b:1 AS 😀\r\nFROM registry.example/😀x/a:1\r\n")
        assert await one.said("Dockerfile") == [("PIN003", (2, 9), (2, 10))]
        one.change("Dockerfile", between(2, 10, 10, f"@{DIGEST}"), between(0, 4, 4, "\r\nFROM x"))
        assert await one.said("Dockerfile") == [("PIN001", (1, 5), (1, 6))]
        one.replace("Dockerfile", f"FROM x@{DIGEST}\u2028\n# 😀\nFROM y\n")
        one.change("Dockerfile", between(2, 6, 6, ":2"))  # a line separator ends no line
        assert (await one.said("Dockerfile"))[-1] == ("PIN003", (2, 7), (2, 8))
        one.close("Dockerfile")
        await one.comes_to("Dockerfile", [])

    edit(root, scenario)


def test_a_milder_case_is_shown_as_such(root: Path) -> None:
    """A repository that nothing deploys from is a note of a rule whose page says warning, unless the configuration says more."""

    async def scenario(one: Editor) -> None:
        one.open("ecr.tf", 'resource "aws_ecr_repository" "a" {\n  name = "a"\n}\n')
        await one.said("ecr.tf")
        assert [(found.code, found.severity) for found in one.heard[one.uri("ecr.tf")].diagnostics] == [
            ("PRO304", lsp.DiagnosticSeverity.Information)
        ]

    edit(root, scenario)


def test_what_is_typed_elsewhere_counts(root: Path) -> None:
    """A constraints file that settles a range, an included pipeline and the configuration, none of them saved."""
    (root / "requirements.txt").write_text("-c constraints.txt\nrequests>=2\n")
    (root / "ci").mkdir()

    async def scenario(one: Editor) -> None:
        one.open("requirements.txt", "-c constraints.txt\nrequests>=2\n")
        assert [rule for rule, *_ in await one.said("requirements.txt")] == ["PIN002"]
        one.open("constraints.txt", "requests==2.32.3\n")
        await one.comes_to("requirements.txt", [])
        one.replace("constraints.txt", "requests>2\n")
        await one.comes_to("requirements.txt", ["PIN002"])
        one.open("ci/build.yml", "job:\n  image: a/b:1\n  script: [true]\n")
        await one.comes_to("ci/build.yml", [])
        one.open(".gitlab-ci.yml", "include: ci/build.yml\n")
        await one.comes_to("ci/build.yml", ["PIN003"])
        one.open("pinlint.toml", '[require]\nimage = "tag"\n')
        await one.comes_to("ci/build.yml", [])
        one.replace("pinlint.toml", '[require]\nimage = "tag')  # while it is being typed, what it said last counts
        await one.until(lambda: one.uri("pinlint.toml") in one.heard and one.heard[one.uri("pinlint.toml")].diagnostics)
        assert "pinlint.toml" in one.heard[one.uri("pinlint.toml")].diagnostics[0].message
        one.replace("pinlint.toml", '[require]\nimage = "digest"\n')
        await one.comes_to("ci/build.yml", ["PIN003"])
        assert one.heard[one.uri("pinlint.toml")].diagnostics == ()
        one.close(".gitlab-ci.yml")
        await one.comes_to("ci/build.yml", [])

    edit(root, scenario)


@pytest.mark.parametrize("client", ["visual-studio-code", "neovim@v0.6"])
def test_what_changes_on_the_disk_counts(root: Path, client: str) -> None:
    """An editor that can tell of files is asked to; where it cannot, they are looked at when a text is saved."""
    (root / "requirements.txt").write_text("-c constraints.txt\nrequests>=2\n")

    async def scenario(one: Editor) -> None:
        one.open("requirements.txt", "-c constraints.txt\nrequests>=2\n")
        await one.comes_to("requirements.txt", ["PIN002"])
        watched = client != "neovim@v0.6"
        assert len(one.watchers) == watched
        (root / "constraints.txt").write_text("requests==2.32.3\n")
        if watched:
            one.tell(lsp.FileChangeType.Created, "constraints.txt", ".git/index")
        else:
            one.save("requirements.txt")
        await one.comes_to("requirements.txt", [])
        (root / "constraints.txt").write_text("requests\n")
        if watched:
            one.tell(lsp.FileChangeType.Changed, "constraints.txt")
        else:
            one.save("requirements.txt")
        await one.comes_to("requirements.txt", ["PIN002"])

    edit(root, scenario, client=client)


def test_every_root_has_its_own_settings_and_names_make_kinds(tmp_path: Path) -> None:
    """Two repositories, a folder that is none, and files beside all of them."""
    for name in ("a", "b", "c", "outside"):
        (tmp_path / name).mkdir()
    root_at(tmp_path / "a")
    root_at(tmp_path / "b")
    (tmp_path / "a/pinlint.toml").write_text('[require]\nimage = "tag"\n')
    (tmp_path / "c/pinlint.toml").write_text('ignore = ["PIN003"]\n')

    async def scenario(one: Editor) -> None:
        for name in ("a", "b", "c", "outside"):
            one.open(f"{name}/Dockerfile", IMAGE)
        for name, rules in (("a", []), ("b", ["PIN003"]), ("c", []), ("outside", ["PIN003"])):
            await one.comes_to(f"{name}/Dockerfile", rules)
        for uri in (
            "untitled:Untitled-1",
            "git:/a/Dockerfile",
            "file://elsewhere/a/Dockerfile",
            "file:///%00/Dockerfile",
            "Dockerfile",
        ):
            one.open(uri, IMAGE, uri=uri)
        one.open("b/web.yaml", IMAGE)
        await one.comes_to("b/web.yaml", [])
        one.close("b/Dockerfile")
        one.open("b/notes.txt", IMAGE)
        renamed = lsp.RenameFilesParams([lsp.FileRename(one.uri("b/Dockerfile"), one.uri("b/notes.txt"))])
        one.client.workspace_did_rename_files(renamed)
        await one.comes_to("b/notes.txt", [])
        await one.comes_to("b/Dockerfile", [])
        gone = lsp.WorkspaceFoldersChangeEvent(added=[], removed=[lsp.WorkspaceFolder(f"file://{tmp_path}/c", "c")])
        one.client.workspace_did_change_workspace_folders(lsp.DidChangeWorkspaceFoldersParams(gone))
        await one.comes_to("c/Dockerfile", ["PIN003"])

    edit(tmp_path, scenario, folders=[tmp_path / "a", tmp_path / "b", tmp_path / "c"])


def test_hover_says_what_is_asked_for_and_marks_no_text_of_the_file(root: Path) -> None:
    hostile = "![x](https://evil.example/x)`<b>"

    async def scenario(one: Editor) -> None:
        one.open("Dockerfile", f"ARG X\nFROM python:3.12 AS b\nFROM b\nFROM a$X\nFROM {hostile}\n")
        text = await one.hover("Dockerfile", 1, 14)
        assert "**base image** `docker.io/library/python` `3.12`" in text
        assert "`tag`: a label that can be moved" in text
        assert "required here: `digest`" in text
        assert "PIN003" in text
        assert "`local`: nothing from outside" in await one.hover("Dockerfile", 2, 1)
        assert "`unknown`" in await one.hover("Dockerfile", 3, 6)
        assert await one.hover("Dockerfile", 0, 2) == ""
        one.open("requirements.txt", f"a @ {hostile}\n# no [link](x) here\nb @ git+https://u:secret@git.example/b\n")
        for line in range(3):
            said = await one.hover("requirements.txt", line, 5)
            assert "![x](" not in said.replace("`", "")
            assert "secret" not in said

    edit(root, scenario)


def test_an_exception_is_written_where_it_covers_its_finding(root: Path) -> None:
    """Whatever is offered was tried: with it the finding is gone."""
    lock = {
        "name": "a",
        "lockfileVersion": 3,
        "packages": {"": {}, "node_modules/b": {"version": "1.0.0", "resolved": "https://r.example/b-1.0.0.tgz"}},
    }
    (root / "package.json").write_text('{"name": "a"}')
    cases = {
        "Dockerfile": ("# syntax=docker/dockerfile:1\nFROM a:1\n", 1, 6, (1, 0, "# pinlint: ignore[PIN003]\n")),
        ".github/workflows/a.yml": (
            "on: push\r\njobs:\r\n  a:\r\n    steps:\r\n    - uses: a/b@v1\r\n", 4, 14, (4, 0, "    # pinlint: ignore[PIN003]\r\n"),
        ),
        "compose.yaml": ("services: {a: {image: 'b:1'}}\n", 0, 26, (0, 0, "# pinlint: ignore[PIN003]\n")),
        "package-lock.json": (
            json.dumps(lock), 0, 70, (0, 0, '[[ignores]]\nrule = "PIN003"\npath = "package-lock.json"\nartifact = "npm:b"\n'),
        ),
    }  # fmt: skip

    async def scenario(one: Editor) -> None:
        for name, (text, line, character, wanted) in cases.items():
            one.open(name, text)
            assert [rule for rule, *_ in await one.said(name)] in (["PIN003"], ["PIN003", "PIN003"])
            actions = await one.actions(name, line, character)
            action = next(action for title, action in actions.items() if title.startswith("Ignore PIN003"))
            assert action.edit is not None
            *_, change = action.edit.document_changes or ()
            (written,) = change.edits  # type: ignore[union-attr]
            start = written.range.start
            assert (start.line, start.character, written.new_text) == wanted  # type: ignore[union-attr]
            assert not any(title.startswith("Ignore") for title in await one.actions(name, line, character, ["refactor"]))

    edit(root, scenario)


def test_a_page_is_shown_where_the_editor_can(root: Path) -> None:
    async def scenario(one: Editor) -> None:
        one.open("Dockerfile", IMAGE)
        actions = await one.actions("Dockerfile", 0, 24)
        await one.run(actions["Why PIN003 (missing-digest) matters"])
        await one.until(lambda: True)
        while not one.client.shown_documents:
            await asyncio.sleep(0.01)
        assert one.client.shown_documents[0].uri.endswith("/PIN003-missing-digest.md")

    edit(root, scenario)


def test_what_is_excluded_or_known_is_not_said(root: Path) -> None:
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    (root / "pinlint.toml").write_text('baseline = "known.json"\n')
    (root / "known.json").write_text(
        json.dumps({"pinlint-baseline": 2, "files": {"Dockerfile": {"PIN003 image:registry.example/a": 1}}})
    )

    async def scenario(one: Editor) -> None:
        one.open("node_modules/x/Dockerfile", IMAGE)
        await one.comes_to("node_modules/x/Dockerfile", [])
        one.open("Dockerfile", IMAGE)
        await one.comes_to("Dockerfile", [])
        one.replace("Dockerfile", IMAGE * 2)
        await one.comes_to("Dockerfile", ["PIN003"])

    edit(root, scenario)


def test_a_pin_is_asked_for_by_a_person_and_known_from_then_on(root: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    """The registry hears of an image when somebody wants it pinned, and of nothing else; then its digest is shown beside it."""
    need("docker-registry", "skopeo")
    with servers.registry(tmp_path_factory.mktemp("registry")) as registry:
        registry.push("team/app", "1")
        registry.push("team/tools", "2")
        text = f"FROM {registry.host}/team/app:1 AS a\nFROM {registry.host}/team/tools:2\nFROM {registry.host}/team/none:3\n"
        digest = told(f"{registry.host}/team/app:1")

        async def scenario(one: Editor) -> None:
            one.open("Dockerfile", text)
            assert [rule for rule, *_ in await one.said("Dockerfile")] == ["PIN003"] * 3
            column = len(text.partition(":1 ")[0]) + 1
            actions = await one.actions("Dockerfile", 0, column)
            assert await one.hints("Dockerfile") == []
            one.change("Dockerfile", between(0, 0, 0, "# 😀\n"))  # before the answer comes
            await one.run(next(action for title, action in actions.items() if title.startswith("Pin 127")))
            assert one.edits == []
            assert "nothing is left to pin there" in one.client.messages[-1].message
            actions = await one.actions("Dockerfile", 1, column)
            await one.run(next(action for title, action in actions.items() if title.startswith("Pin 127")))
            (change,) = one.edits[-1].document_changes or ()
            (edit,) = change.edits  # type: ignore[union-attr]
            assert (change.text_document.version, edit.new_text) == (2, f"@{digest}")  # type: ignore[union-attr]
            assert (edit.range.start.line, edit.range.start.character) == (1, column + 1)
            assert one.client.progress_reports
            assert await one.hints("Dockerfile") == [(1, column + 1, f"@{digest[:19]}…")]
            await one.run(actions["Pin everything in this file that can be pinned safely"])
            (change,) = one.edits[-1].document_changes or ()
            assert len(change.edits) == 2  # type: ignore[union-attr]
            assert "team/none" in one.client.messages[-1].message
            one.change("Dockerfile", between(1, column + 1, column + 1, f"@{digest}"))
            assert [rule for rule, *_ in await one.said("Dockerfile")] == ["PIN003"] * 2

        edit(root, scenario, env=servers.environment(HOME=str(tmp_path_factory.mktemp("home"))))


def test_asking_can_be_ended(root: Path) -> None:
    """A registry that does not answer keeps nobody waiting: not who ends the asking, nor the editor that goes."""
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        host = f"127.0.0.1:{silent.getsockname()[1]}"

        async def scenario(one: Editor) -> None:
            one.open("Dockerfile", f"FROM {host}/a:1\n")
            await one.said("Dockerfile")
            actions = await one.actions("Dockerfile", 0, 6)
            action = next(action for title, action in actions.items() if title.startswith("Pin 127"))
            asked = asyncio.ensure_future(one.run(action))
            while not any(one.client.progress_reports.values()):
                await asyncio.sleep(0.01)
            (token,) = one.client.progress_reports
            assert "`tag`" in await one.hover("Dockerfile", 0, 6)  # nobody else waits
            one.client.window_work_done_progress_cancel(lsp.WorkDoneProgressCancelParams(token))
            await asked
            assert one.edits == []
            asyncio.ensure_future(one.run(action)).add_done_callback(lambda done: done.exception())

        edit(root, scenario)


def test_a_record_is_shown_and_asked(root: Path) -> None:
    answer = {
        "kind": "image", "name": "docker.io/library/python", "source": "", "asked": "3.12", "written": [], "wanted": "pin",
        "context": "", "pin": {"version": "3.12", "digests": [DIGEST], "proof": "https://registry.example/v2/"},
    }  # fmt: skip
    (root / "record.json").write_text(json.dumps({"version": 2, "answers": [answer]}))

    async def scenario(one: Editor) -> None:
        one.open("Dockerfile", "FROM python:3.12\nFROM python:3.13\n")
        assert await one.hints("Dockerfile") == [(0, 16, f"@{DIGEST[:19]}…")]
        actions = await one.actions("Dockerfile", 0, 13)
        await one.run(actions["Pin docker.io/library/python 3.12"])
        assert len(one.edits) == 1
        actions = await one.actions("Dockerfile", 1, 13)
        await one.run(actions["Pin docker.io/library/python 3.13"])
        assert len(one.edits) == 1
        assert "holds no answer" in one.client.messages[-1].message

    edit(root, scenario, "--resolutions", "record.json")


def test_what_is_large_or_hostile_is_bounded(root: Path) -> None:
    """Thousands of findings in one line, and texts that no file holds."""
    packages = {f"node_modules/p{number}": {"version": "1.0.0", "resolved": "https://r.example/p.tgz"} for number in range(3_000)}
    lock = json.dumps({"name": "😀", "lockfileVersion": 3, "packages": {"": {}, **packages}}, ensure_ascii=False)

    async def scenario(one: Editor) -> None:
        one.open("package-lock.json", lock)
        said = await one.said("package-lock.json")
        assert len(said) == 1_001
        assert "more findings in this file" in one.heard[one.uri("package-lock.json")].diagnostics[-1].message
        one.open("Dockerfile", "\ud83d\nFROM a\x00b\n")
        assert [rule for rule, *_ in await one.said("Dockerfile")] == ["PIN901"]
        one.replace("Dockerfile", "RUN \\\n" * 20_000 + "FROM a:1\rb")
        await one.said("Dockerfile")
        one.open("pom.xml", "<?xml version='1.0' encoding='ISO-8859-1'?>\n<project><name>ä😀</name>" * 2)
        await one.said("pom.xml")

    edit(root, scenario)


def test_a_key_reads_one_file_of_those_that_include_others(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which files others take for theirs is concluded from all of those: from the others what they said before."""
    monkeypatch.chdir(root)
    for number in range(20):
        (root / f"azure-pipelines-{number}.yml").write_text(f"steps: [{{template: t{number}.yml}}]\n")
    (root / "azure-pipelines.yml").write_text("steps: [{template: .azure/t.yaml}]\n")
    read: list[str] = []
    asked = engine.included

    def counted(document: Any, *more: Any) -> list[str]:
        read.append(document.path)
        return asked(document, *more)

    monkeypatch.setattr(workspace, "included", counted)
    space = workspace.Workspace(Options())

    def typed(name: str, text: str) -> list[str]:
        read.clear()
        uri = workspace.address(str(root / name))
        space.put(workspace.Text(uri, str(root / name), text, len(text)))
        return [one.rule for uri_, _, told in space.judge([uri]) if uri_ == uri for one in told]

    image = "resources: {containers: [{container: a, image: 'a/b:1'}]}\n"
    assert typed(".azure/t.yaml", image) == ["PIN003"]
    assert len(read) > 20
    assert typed(".azure/t.yaml", f"{image}#") == ["PIN003"]
    assert set(read) == {".azure/t.yaml", "azure-pipelines.yml"}  # which asks whether the file is there
    typed("azure-pipelines.yml", "steps: []\n")
    assert set(read) == {"azure-pipelines.yml"}
    assert typed(".azure/t.yaml", f"{image}\n") == []
