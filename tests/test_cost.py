"""What hostile files cost grows no faster than they do, or ends in a finding that says so. Counted, never timed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING, Any

import hostile
import pytest

from pinlint import budget
from pinlint.config import Policy
from pinlint.discover import format_of
from pinlint.engine import Checked
from pinlint.schedule import judged
from pinlint.syntax.toml_values import load
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path


def checked(files: dict[str, str]) -> list[Checked]:
    """What becomes of every file of a repository that holds these."""
    contents = {path: text.encode() for path, text in files.items()}
    tree = Tree("/nowhere", lambda: list(contents), contents)
    return judged(tree, [(path, format_) for path in files if (format_ := format_of(path))], Policy())


def messages(files: dict[str, str]) -> list[str]:
    return [one.message for each in checked(files) for one in each.diagnostics if one.rule == "PIN901"]


def aliased(count: int) -> dict[str, str]:
    """A list that is the value of as many keys as it has elements."""
    elements = "".join(f"  - {{a: x{i}}}\n" for i in range(count))
    users = "".join("  - {list: {elements: *e}}\n" for _ in range(count))
    head = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nspec:\n  x: &e\n"
    template = "  template: {spec: {source: {repoURL: 'https://git.example/y', targetRevision: '{{a}}'}}}\n"
    return {"a.yaml": f"{head}{elements}  generators:\n{users}{template}"}


def test_work_is_counted_where_trees_are_walked() -> None:
    assert messages(aliased(100)) == []
    (why,) = messages(aliased(1000))
    assert "more than " in why
    assert "steps to read" in why


def test_the_account_grows_with_the_document_and_ends_with_it() -> None:
    budget.begin(1000)
    budget.spend(budget.STEPS + 1000 // budget.CHARACTERS_PER_STEP)
    with pytest.raises(budget.Exceeded):
        budget.spend(1)
    assert budget.is_exceeded()
    budget.end()
    budget.spend(1 << 60)
    assert not budget.is_exceeded()


def test_what_is_looked_up_once_has_an_account_of_its_own(tmp_path: Path) -> None:
    """It does not matter who asks first, and everybody is told."""
    tree = Tree(str(tmp_path), list)
    budget.begin(0)
    try:
        assert tree.memo("small", "", lambda: budget.spend(budget.STEPS + 1)) is None
        budget.spend(budget.STEPS)
        for _ in range(2):
            with pytest.raises(budget.Exceeded) as told:
                tree.memo("large", "", lambda: budget.spend(budget.STEPS_APART + 1))
            assert told.traceback[-1].name == "memo"  # what is remembered holds nothing of what was at hand
        assert not budget.is_exceeded()
    finally:
        budget.end()


def test_a_file_of_very_many_values_is_refused_before_they_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pinlint.syntax.composing._VALUES", 1000)
    assert messages({"compose.yml": f"services: {{}}\nx: [{'a,' * 1000}]\n"}) == []
    (why,) = messages({"compose.yml": f"services: {{}}\nx: [{'a,' * 2000}]\n"})
    assert "values, too many for its size" in why


#: Characters of the smaller and of the larger repository. The larger one may take more than its share by this factor.
SMALL, LARGE, SLACK = 4_000, 16_000, 1.5
#: Of what is refused: as many as the limits of the test let the most laborious format run.
LINES_PER_CHARACTER = 600


def lines_run(files: dict[str, str]) -> tuple[int, bool]:
    """(lines of code that checking the files runs, whether something was refused)."""
    count = 0

    def traced(*_: object) -> Any:
        nonlocal count
        count += 1
        return traced

    load.cache_clear()  # what was read before is no work
    before = sys.gettrace()
    sys.settrace(traced)
    try:
        refused = bool(messages(files))
    finally:
        sys.settrace(before)
    return count, refused


@pytest.mark.parametrize("name", hostile.GENERATORS)
def test_work_grows_no_faster_than_the_files_or_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a limit ends it, the limit must grow no faster, either: it is set low enough for these sizes to meet it."""
    monkeypatch.setattr(budget, "STEPS", 500)
    monkeypatch.setattr(budget, "STEPS_APART", 5_000)
    monkeypatch.setattr("pinlint.syntax.composing._MERGE_LIMIT", 20_000)
    monkeypatch.setattr("pinlint.semantics.kustomize_entries._STEPS_LIMIT", 5_000)
    small, large = (hostile.files(name, hostile.count_for(name, size)) for size in (SMALL, LARGE))
    messages(small)  # what is imported and compiled once
    (few, early), (many, refused) = lines_run(small), lines_run(large)
    before, after = (sum(map(len, files.values())) for files in (small, large))
    assert many <= few * after / before * SLACK or ((early or refused) and many <= LINES_PER_CHARACTER * after)


def test_work_that_grows_faster_is_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without limits the same count shows what the limits are for."""
    monkeypatch.setattr(budget, "STEPS", 1 << 60)
    name = "elements that generators share"
    few, many = (lines_run(hostile.files(name, count))[0] for count in (40, 160))
    assert many > few * 8


PRUNING = "jobs:\n  a:\n    steps:\n    - uses: vlaurin/action-ghcr-prune"
PUSHING = "    - uses: docker/build-push-action@v6\n      with:\n        push: true\n        tags: ghcr.io/a/b\n"
#: What is expensive within one call of a pattern or of the standard library, where no line of Python is counted: 400 KB of each.
LONG = {
    "blanks of a setup.cfg": ("setup.cfg", "[options]\ninstall_requires = a", " ", "b\n"),
    "blanks before a mark in a setup.cfg": ("setup.cfg", "[options]\ninstall_requires =\n    a", " \t", "; b #\n"),
    "blanks in a setup.py": ("setup.py", "setup(install_requires='a", " ", "b')\n"),
    "texts of one line beyond ASCII in a setup.py": ("setup.py", "setup(install_requires=[", "'ä', ", "])\n"),
    "lines of a text in a setup.py": ("setup.py", 'setup(install_requires="""', "a\n#\n", '""")\n'),
    "texts of one line beyond ASCII in a noxfile": ("noxfile.py", "session.install(", "'ä==1', ", ")\n"),
    "comments of a noxfile": ("noxfile.py", "session.install('a')", " #", "\n"),
    "heredocs of a Gemfile": ("Gemfile", "", "a <<A\n", "gem 'a'\n"),
    "percents of a Gemfile": ("Gemfile", "gem 'a', ", "%q(", "\n"),
    "braces of a Gemfile": ("Gemfile", "", "a { ", "\n"),
    "backquotes of a go.mod": ("go.mod", "module a\n", "`a", "\n"),
    "verifications": ("a.sh", "", "cosign verify --insecure-ignore-tlog a@$D\n", "\n"),
    "words of a loop": ("a.sh", f"for a in {'x ' * 200}; do curl ", "$a ", "; done\n"),
    "names of Azure": ("azure-pipelines.yml", "pool: ubuntu\nsteps:\n- script: pip install ", "$(a" + ".a" * 99, "\n"),
    "marks in a policy": ("main.tf", 'a = <<EOF\n{"rulePriority": 1, "a": "', '${"', '"}\nEOF\n'),
    "texts in a mark of a policy": ("main.tf", 'a = <<EOF\n{"rulePriority": 1, "a": ${', '"a"', "}\nEOF\n"),
    "braces in marks of a policy": ("main.tf", 'a = <<EOF\n{"rulePriority": 1, "a": ', "${ {", "}\nEOF\n"),
    "blanks of a policy": ("lifecycle.json", '{"rulePriority": ', " ", "}"),
    "expressions of a clean-up": (
        ".github/workflows/a.yml",
        f"{PRUNING}@v0.6.0\n      with:\n        prune-untagged: true\n        container: ",
        "${{ ",
        "\n",
    ),
    "comments behind a clean-up": (
        ".github/workflows/a.yml",
        f"{PRUNING}@45006c4adda5e5fd9fae5d1a2c0c2ef5b11d8b4d ",
        " #",
        "\n",
    ),
    "letters of a platform": (
        ".github/workflows/a.yml",
        f"{PRUNING}@v0.6.0\n      with: {{container: a, prune-untagged: true}}\n{PUSHING}        platforms: ",
        "a",
        "\n",
    ),
    "expressions of a workflow": (
        ".github/workflows/a.yml",
        "on: push\njobs:\n  a:\n    runs-on: ubuntu\n    steps:\n    - run: pip install ",
        "${{",
        "\n",
    ),
    "parameters of GitLab": (".gitlab-ci.yml", "a:\n  script: pip install ", "$[[", "\n"),
    "marks of a justfile": ("justfile", "a:\n  pip install ", "{{", "\n"),
    "sources of apt": ("a.sh", "apt-get update; echo 'trusted=yes", " deb [", "'\n"),
    "names that hold engines": ("Makefile", "a:\n\tpip install b\n# $", "docker", " run\n"),
}
#: Seconds of processor time, of which what grows with the square of these sizes takes minutes.
MOST = 25
_LIMITED = (
    "import resource, sys; resource.setrlimit(resource.RLIMIT_CPU, ({0}, {0})); import pinlint.cli; sys.exit(pinlint.cli.main())"
)


@pytest.mark.parametrize("name", LONG)
def test_one_long_line_costs_no_more_than_its_length(name: str, tmp_path: Path) -> None:
    path, head, unit, tail = LONG[name]
    (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
    (tmp_path / path).write_text(head + unit * (400_000 // len(unit)) + tail, encoding="utf-8")
    command = [sys.executable, "-c", _LIMITED.format(MOST), "--quiet", "--isolated", str(tmp_path / path)]
    done = subprocess.run(command, capture_output=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-500:]


#: What shell code repeats to be expensive: what opens and never closes, what closes and was not open, heredocs that nothing ends.
SHELL = (
    "${", "${${${ ", "a=(", "a=(a=(b ", "$(", '"$(', '"', "`", '"`', "`a`", "(", "((", "((a)", "$((", "{ ", "}\n", "if ",
    "case x in ", "case x in a) ;;\n", "[[ a && ", "> <", "2>", "'", "$'", "\\\n", "`#", "f() ", "@(", ";;", "a|", '$(a "$(b "',
    "for x in a; do ", "<(", "{a,", "{a..", "a[$x]", "function ", "cat <<A\n", "cat <<A <<B\n",
    "cat <<A\n$(\nA\n", 'echo "\nx ${\n', "fi\n)\n",
)  # fmt: skip


@pytest.mark.parametrize("unit", [*SHELL, "@(", "@{", "@'\n", '@"\n', "<#", "`", "'x", '"x\n', "(a).b(", "a | ", "$x = ", "{ $("])
@pytest.mark.parametrize("shell", ["sh", "powershell"])
def test_scripts_are_read_in_linear_time(unit: str, shell: str) -> None:
    from pinlint.syntax.shell import commands

    def lines(text: str) -> int:
        count = 0

        def traced(*_: object) -> Any:
            nonlocal count
            count += 1
            return traced

        before = sys.gettrace()
        sys.settrace(traced)
        try:
            commands(text, shell)
        finally:
            sys.settrace(before)
        return count

    few, many = (lines(unit * (size // len(unit))) for size in (1_500, 6_000))
    assert many <= few * 4 * SLACK


def test_variables_that_hold_each_other_are_not_followed_for_ever() -> None:
    assert messages({"sign.sh": "A=$B\nB=$A\ncosign sign $A\n" * 1000}) == []
