"""What a run does not need is not imported: start-up time follows from this, and unlike a stopwatch it is the same everywhere."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from trees import root_at

ROOT = Path(__file__).parent.parent
DIGEST = "sha256:" + "5f" * 32

#: Costly modules, most of which no run of linting needs.
COSTLY = {
    "argparse", "asyncio", "concurrent.futures", "dataclasses", "difflib", "distributed", "duckdb", "email", "gettext",
    "hashlib", "heapq", "http", "httpx", "importlib.metadata", "importlib.resources", "inspect", "json", "libcst", "logging",
    "multiprocessing", "packaging", "pathlib", "pinlint.fleet", "pkg_resources", "pyarrow", "random", "rich", "shutil",
    "socket", "ssl", "subprocess", "tempfile", "tomlkit", "tomllib", "unicodedata", "unittest", "urllib.request", "uuid",
    "xml", "yaml", "zoneinfo",
}  # fmt: skip

CHART = "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- name: redis\n  version: 21.2.0\n  repository: oci://charts.example/stable\n"
WORKFLOW = f"""\
on: push
jobs:
  test:
    runs-on: ubuntu-24.04
    steps:
    - uses: actions/checkout@{"5f" * 20} # v4
    - run: echo "${{{{ github.sha }}}}"
"""
CRATE = f"""\
version = 4

[[package]]
name = "a"
version = "1.0.0"
source = "registry+https://registry.example/index"
checksum = "{"5f" * 32}"
"""
CLEAN = {
    "Dockerfile": f"FROM python:3.12@{DIGEST}\nRUN true\n",
    "package-lock.json": json.dumps({"name": "a", "lockfileVersion": 3, "packages": {"": {"name": "a"}}}),
    "package.json": '{"name": "a", "private": true, "packageManager": "npm@11.5.1"}',
    "yarn.lock": '# yarn lockfile v1\n\n\na@^1.0.0:\n  version "1.0.0"\n  integrity sha512-' + "A" * 86 + "==\n",
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n\npackages:\n\n  a@1.0.0:\n    resolution: {integrity: sha512-" + "A" * 86 + "==}\n",
    "requirements.txt": "requests==2.32.3\n",
    "pom.xml": "<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version></project>",
    "Chart.yaml": CHART,
    "Cargo.lock": CRATE,
    ".github/workflows/ci.yml": WORKFLOW,
    "setup.cfg": "[options]\ninstall_requires =\n    b>=1\n",
    "setup.py": "from setuptools import setup\nsetup(install_requires=['b>=1'])\n",
    "pyproject.toml": '[project]\nname = "a"\ndependencies = ["b>=1", "c @ git+https://git.example/c@%s"]\n' % ("5f" * 20),
    "uv.lock": 'version = 1\nrequires-python = ">=3.12"\n',
}
#: What reading each kind of file takes on top.
TAKES = {
    "package-lock.json": {"json"},
    "package.json": {"json"},
    "yarn.lock": {"json"},  # what package.json says, too
    "pnpm-lock.yaml": {"json"},
    "pom.xml": {"xml"},
    "Chart.yaml": {"yaml"},
    ".github/workflows/ci.yml": {"yaml"},
    "pyproject.toml": {"tomllib"},
    "uv.lock": {"tomllib"},
}


def modules_of_a_run(folder: Path, *arguments: str) -> tuple[int, set[str]]:
    """(exit code, costly modules loaded) of a run in a fresh isolated interpreter, less what the interpreter itself brings."""
    script = (
        "import sys\nbefore = set(sys.modules)\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "from pinlint.cli import main\n"
        f"try:\n    code = main({list(arguments)!r})\nexcept SystemExit as error:\n    code = error.code or 0\n"
        "print('\\0', code, *(set(sys.modules) - before))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    code, *modules = done.stdout.rpartition("\0")[2].split()
    return int(code), {name for name in COSTLY if any(module == name or module.startswith(f"{name}.") for module in modules)}


def test_help_loads_its_parser_and_nothing_else_that_is_costly(tmp_path: Path) -> None:
    assert modules_of_a_run(tmp_path, "--help") == (0, {"argparse", "gettext"})


@pytest.mark.parametrize("name", CLEAN)
def test_clean_file_loads_only_what_its_kind_takes(tmp_path: Path, name: str) -> None:
    root_at(tmp_path)
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nkey = 1\n")
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(CLEAN[name])
    code, loaded = modules_of_a_run(tmp_path, "--isolated", "--quiet", name)
    assert code == 0
    assert loaded - TAKES.get(name, set()) == set()


def test_walking_a_directory_takes_git_and_nothing_else(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    (tmp_path / "pyproject.toml").write_text("[tool.other]\nkey = 1\n")
    (tmp_path / "Dockerfile").write_text(CLEAN["Dockerfile"])
    assert modules_of_a_run(tmp_path) == (0, {"subprocess"})


def test_configuration_takes_a_toml_reader(tmp_path: Path) -> None:
    """Also shows that the list above is able to catch a module."""
    root_at(tmp_path)
    (tmp_path / "pinlint.toml").write_text('[require]\nimage = "tag"\n')
    (tmp_path / "Dockerfile").write_text("FROM python:3.12\n")
    code, loaded = modules_of_a_run(tmp_path, "Dockerfile")
    assert code == 0
    assert "tomllib" in loaded


def test_clean_run_reads_no_rule_page_and_no_report_but_its_own(tmp_path: Path) -> None:
    root_at(tmp_path)
    (tmp_path / "Dockerfile").write_text(CLEAN["Dockerfile"])
    script = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom pinlint.cli import main\nmain(['Dockerfile'])\n"
        "from pinlint import rulebook\n"
        "ours = [name for name in sys.modules if name.startswith(('pinlint.formats.', 'pinlint.report.'))]\n"
        "loaded = {'.'.join(name.split('.')[1:3]) for name in ours}\n"
        "print('\\0', len(rulebook._PAGES), *sorted(loaded))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    pages, *loaded = done.stdout.rpartition("\0")[2].split()
    assert (pages, loaded) == ("0", ["formats.dockerfile", "report.run", "report.text"])


@pytest.mark.parametrize(
    ("run", "loaded"),
    [
        ("true", ""),
        ("npm test", "asking"),
        ("docker build -t app . && docker push app", ""),
        ("docker run app", "asked asking gates images locks options reading values words"),
        ("apt-get update && apt-get install curl", "asked asking gates locks options os_packages reading unchecked values words"),
        ("docker run app && sed -i 's/a/b/' c", "asked asking gates images locks options reading values words"),
    ],
)
def test_commands_load_the_modules_that_they_need(tmp_path: Path, run: str, loaded: str) -> None:
    """A file without a word of a command loads nothing but what looks for one."""
    root_at(tmp_path)
    (tmp_path / "Dockerfile").write_text(f"FROM python:3.12@{DIGEST}\nRUN {run}\n")
    script = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom pinlint.cli import main\nmain(['Dockerfile'])\n"
        "names = sorted(name.partition('pinlint.programs.')[2] for name in sys.modules)\n"
        "print('\\0', 'pinlint.syntax.shell' in sys.modules, *filter(None, names))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    shell, *names = done.stdout.rpartition("\0")[2].split()
    assert (" ".join(names), shell) == (loaded, str("reading" in loaded))


def compiled_by_a_run(folder: Path, *arguments: str) -> tuple[list[str], list[str]]:
    """(annotations, patterns) that a run compiles on behalf of modules of this package."""
    script = (
        "import builtins, re, sys\nfrom re import _compiler\n"
        f"sys.path.insert(0, {str(ROOT)!r})\n"
        "annotations, patterns, compiled, pattern = [], [], compile, _compiler.compile\n"
        "def compile_(source, filename, *rest, **options):\n"
        "    annotations.extend([source] if filename == '<string>' else [])\n"
        "    return compiled(source, filename, *rest, **options)\n"
        "def pattern_(source, flags=0):\n"
        "    frame = sys._getframe(1)\n"
        "    while frame.f_globals['__name__'] == 're':\n        frame = frame.f_back\n"
        "    patterns.extend([source] if frame.f_globals['__name__'].startswith('pinlint') else [])\n"
        "    return pattern(source, flags)\n"
        "builtins.compile, _compiler.compile = compile_, pattern_\n"
        "from pinlint.cli import main\n"
        f"main({list(arguments)!r})\n"
        "print('\\0', repr((annotations, patterns)))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=folder, capture_output=True, text=True, check=True)
    annotations, patterns = ast.literal_eval(done.stdout.rpartition("\0")[2].strip())
    return annotations, patterns


@pytest.mark.parametrize("name", CLEAN)
def test_no_annotation_is_compiled(tmp_path: Path, name: str) -> None:
    """A module with named tuples must not postpone annotations: typing compiles each that it gets as text, and the first one takes
    2 ms, a fifth of an interpreter's start."""
    root_at(tmp_path)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(CLEAN[name])
    annotations, _ = compiled_by_a_run(tmp_path, name)
    assert [one for one in annotations if one not in ("NestedDict", "Flags")] == []  # those are tomllib's own


def test_a_workflow_compiles_the_patterns_that_it_needs(tmp_path: Path) -> None:
    """Each takes up to half a millisecond: what most files do not need is compiled where it is used."""
    root_at(tmp_path)
    (tmp_path / ".github/workflows").mkdir(parents=True)
    (tmp_path / ".github/workflows/ci.yml").write_text(WORKFLOW)
    _, patterns = compiled_by_a_run(tmp_path, ".github/workflows/ci.yml")
    assert 5 < len(patterns) <= 13, patterns


KEEPING = "ecr_policies kept_ecr literals mutable_repositories policy_texts release_tags terraform_blocks terraform_retention"


@pytest.mark.parametrize(
    ("name", "text", "loaded"),
    [
        ("main.tf", 'resource "aws_s3_bucket" "a" {}\n', ""),
        (".github/workflows/ci.yml", WORKFLOW, ""),
        ("Dockerfile", CLEAN["Dockerfile"], ""),
        (
            "main.tf",
            'resource "aws_ecr_repository" "a" {\n  image_tag_mutability = "IMMUTABLE"\n}\n',
            KEEPING,
        ),
    ],
    ids=["a bucket", "a workflow", "an image", "a repository"],
)
def test_what_judges_the_keeping_of_images_loads_where_a_word_stands(tmp_path: Path, name: str, text: str, loaded: str) -> None:
    root_at(tmp_path)
    (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / name).write_text(text)
    words = ("retention", "polic", "kept_ecr", "literals", "mutable_", "release_tags", "terraform_blocks", "cleanup", "pushed_")
    script = (
        f"import sys\nsys.path.insert(0, {str(ROOT)!r})\nfrom pinlint.cli import main\nmain([{name!r}])\n"
        "names = [name.partition('pinlint.semantics.')[2] for name in sys.modules]\n"
        f"print('\\0', *sorted(name for name in names if any(word in name for word in {words!r})))"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.rpartition("\0")[2].split() == loaded.split()
