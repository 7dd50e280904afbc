"""What is asked for is found however a file is written: nothing that its consumer reads hides behind what pinlint takes for a
template, a schema, another encoding or another kind of file."""

from __future__ import annotations

import gc
from pathlib import Path

import pytest

from pinlint.cli import main
from pinlint.text import Document, Unparsable

POD = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n  - image: evil.example/hidden\n"
JOB = "on: push\njobs:\n  build:\n    runs-on: ubuntu-24.04\n"
USES = "    steps:\n      - uses: evil/hidden@main\n"
PNPM = "lockfileVersion: '9.0'\npackages:\n"
EVIL = "  a@1.0.0:\n    resolution: {tarball: 'https://evil.example/hidden.tgz'}\n"

#: By what hides: the file's name, its bytes, the code that it is found by.
HIDDEN: dict[str, tuple[str, str | bytes, str]] = {
    "between two comments with braces": ("ci", JOB + "    # {{\n" + USES + "    # }}\n", "PIN001"),
    "between two comments with Jinja's marks": ("ci", JOB + "    # {#\n" + USES + "    # #}\n", "PIN001"),
    "between two comments of Go's templates": ("ci", JOB + "    # {{/*\n" + USES + "    # */}}\n", "PIN001"),
    "between two backquotes in braces": ("ci", JOB + "    # {{`\n" + USES + "    # `}}\n", "PIN001"),
    "between two texts with braces": ("ci", JOB + '    name: "{{"\n' + USES + '        id: "}}"\n', "PIN001"),
    "within one line": ("ci", JOB + '    steps: [{name: "{{", uses: evil/hidden@main, id: "}}"}]\n', "PIN001"),
    "within one line without blanks": ("ci", JOB + '    steps: [{"name":"{{","uses":"evil/hidden@main","id":"}}"}]\n', "PIN001"),
    "behind what reads as a schema": ("ci", 'name: "x\nkind: CustomResourceDefinition\n  "\n' + JOB + USES, "PIN001"),
    "behind a schema's first lines": (
        "pod.yaml", "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n" + POD, "PIN001",
    ),
    "behind a schema's first lines and a lone CR": (
        "pod.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nspec:\r" + POD.replace("\n", "\r"),
        "PIN001",
    ),
    "behind an earlier kind": ("pod.yaml", "kind: CustomResourceDefinition\n" + POD, "PIN001"),
    "behind an escaped apiVersion": ("pod.yaml", POD.replace("apiVersion", '"apiV\\u0065rsion"'), "PIN001"),
    "behind an escaped image": ("pod.yaml", POD.replace("image:", '"im\\x61ge":'), "PIN001"),
    "behind an escaped line end": (
        "task.yaml",
        'apiVersion: "tekton.\\\n  dev/v1"\nkind: Task\nspec: {steps: [{"imag\\u0065": evil.example/hidden}]}\n',
        "PIN001",
    ),
    "behind an escaped slash": (
        "task.yaml", 'apiVersion: "tekton.dev\\/v1"\nkind: Task\nspec: {steps: [{image: evil.example/hidden}]}\n', "PIN001",
    ),
    "behind an escaped uses": ("ci", JOB + '    steps: ["us\\u0065s": evil/hidden@main]\n', "PIN001"),
    "in UTF-16": ("pod.yaml", POD.encode("utf-16"), "PIN901"),
    "in UTF-32": ("pod.yaml", "\ufeff".encode("utf-32-be") + POD.encode("utf-32-be"), "PIN901"),
    "before a NUL in another document": ("pod.yaml", POD + "---\nx: \0\n", "PIN901"),
    "behind keys of Kubernetes in a chart's values": (
        "chart/values.yaml", "apiVersion: v1\nkind: x\nimage: {repository: evil.example/hidden, tag: latest}\n", "PIN001",
    ),
    "behind another document": (
        "values.yaml", "image: {repository: evil.example/hidden, tag: latest}\n---\napiVersion: v1\nkind: x\n", "PIN001",
    ),
    "between two marks of Ruby's comments": (
        "Gemfile", "gemspec\n=begin\n=end\ngem 'hidden', git: 'https://evil.example/hidden'\n", "PIN001",
    ),
    "behind a semicolon": ("Gemfile", "gemspec; gem('hidden', git: 'https://evil.example/hidden')\n", "PIN001"),
    "in quotes of Go": ("go.mod", 'module "a"\nrequire(\n\t"evil.example/hidden" main // "\n)\n', "PIN001"),
    "in capitals of an attribute": (
        "a.csproj", '<Project><ItemGroup><PackageReference Include="hidden" VERSION="*"/></ItemGroup></Project>', "PIN001",
    ),
    "behind escaped keys of TOML": (
        "Cargo.toml", '[package]\nname = "a"\n["dep\\u0065ndencies"]\nb = { "git" = "https://evil.example/hidden" }\n', "PIN001",
    ),
    "behind a comment's mark in a text": ("build.gradle", "a = '/*'\nb 'evil.example:hidden:+' // */\n", "PIN001"),
    "behind a lone CR in a lock's comment": (
        "pnpm-lock.yaml",
        PNPM + "  # x\r" + EVIL.replace("\n", "\r"),
        "PIN001",
    ),
    "behind prose in a lock": (
        "pnpm-lock.yaml",
        PNPM + "  b@1.0.0:\n    resolution: {}\n    deprecated: |-\n      x\n" + EVIL,
        "PIN001",
    ),
    "behind the same entry of a lock": (
        "pnpm-lock.yaml",
        PNPM + EVIL + "  a@1.0.0:\n    resolution: {directory: x, type: directory}\n",
        "LCK103",
    ),
    "in the same line of a lock": (
        "yarn.lock", '# yarn lockfile v1\na@1:\n  version "1" resolved "https://evil.example/hidden.tgz"\n', "LCK103",
    ),
    "behind a comma of a lock": (
        "bun.lock", '{"lockfileVersion": 1, "packages": {"b": ["b@root:"],\n"a": ["a@https://evil.example/a", {}],\n}}', "PIN001",
    ),
    "behind an encoding": ("requirements.txt", "# coding:\x0cutf-7\n# +AAo-hidden\n", "requirement hidden"),
}  # fmt: skip


@pytest.mark.parametrize("hiding", HIDDEN)
def test_a_reference_does_not_hide(
    hiding: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    name, content, code = HIDDEN[hiding]
    path = tmp_path / (name if name != "ci" else ".github/workflows/ci.yml")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    if name.startswith("chart/"):
        path.with_name("Chart.yaml").write_text("apiVersion: v2\nname: a\nversion: 1.0.0\n")
    monkeypatch.chdir(tmp_path)
    assert main(["--output-format", "concise"]) == 1
    assert code in capsys.readouterr().out


def test_what_is_larger_than_any_manifest_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whether it is one could only be told by reading it."""
    with (tmp_path / "pod.yaml").open("w") as file:
        file.write(POD)
        file.truncate(65 * 2**20)
    monkeypatch.chdir(tmp_path)
    assert main(["--output-format", "concise"]) == 1
    assert "PIN901 the file was not read: it is larger than" in capsys.readouterr().out


#: Templates whose actions hold what could end a value.
TEMPLATES = {
    "an action of several lines": "{{- $x := dict\n  \"a: b\" .Values.b\n}}\n" + POD.replace("image: ", "image: {{ .Values.r }}"),
    "a text with an action of several lines": POD.replace("spec:", 'note: "{{ include\n    \"a: b\" . }}"\nspec:'),
}  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_template_stays_one(
    template: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "pod.yaml").write_text(TEMPLATES[template])
    monkeypatch.chdir(tmp_path)
    main(["--output-format", "concise"])
    assert "PIN901" not in capsys.readouterr().out


def test_a_file_does_not_hide_behind_a_link_to_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it is only the link's name says. What has a name of its own, or lies elsewhere, is not judged twice, nor at all."""
    root = tmp_path / "repository"
    root.mkdir()
    for name in ("repository/image", "repository/b.Dockerfile", "elsewhere"):
        (tmp_path / name).write_text("FROM evil.example/hidden\n")
    (root / "Dockerfile").symlink_to("image")
    (root / "c.Dockerfile").symlink_to("b.Dockerfile")
    (root / "d.Dockerfile").symlink_to("../elsewhere")
    (root / ".git").mkdir()
    monkeypatch.chdir(root)
    assert main(["--output-format", "concise"]) == 1
    judged = [line.partition(":")[0] for line in capsys.readouterr().out.splitlines()]
    assert judged == ["Dockerfile", "b.Dockerfile"]


@pytest.mark.parametrize("name", ["--config=x/Dockerfile", "--exit-zero", "-q", "--baseline=Dockerfile"])
def test_a_name_that_reads_as_an_option_is_none(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As a hook or a shell's pattern hands it on."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("FROM evil.example/hidden\n")
    (tmp_path / "Dockerfile").write_text("FROM evil.example/hidden\n")
    monkeypatch.chdir(tmp_path)
    assert main(["--force-exclude", name, "Dockerfile"]) == 2
    assert f"{name} is an option and also a path (write ./{name}" in capsys.readouterr().err
    assert main(["Dockerfile", f"./{name}"]) == 1
    assert main(["--", "Dockerfile"]) == 1


def test_documents_that_cannot_be_read_leave_nothing_behind() -> None:
    """Each parser holds kilobytes; what is read after ten thousands of them is not read, and that is said of the file."""
    from pinlint.syntax import yaml

    parsers = sum(type(one).__name__ in ("CSafeLoader", "SafeLoader") for one in gc.get_objects())
    broken = "---\nimage: [\n"
    document = Document("a.yaml", (broken * 100 + "---\nimage: a\n").encode())
    gc.disable()
    try:
        with pytest.raises(Unparsable) as caught:
            yaml.read(document)
        assert sum(type(one).__name__ in ("CSafeLoader", "SafeLoader") for one in gc.get_objects()) == parsers
    finally:
        gc.enable()
    assert [node.kind for node in caught.value.parsed][-1] == "mapping"
    many = Document("a.yaml", (broken * 10_050).encode())
    with pytest.raises(Unparsable) as caught:
        yaml.read(many)
    assert caught.value.unread[0] == (10_000 * len(broken), len(many.text))
