"""What shells complete, asked of the shells themselves."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest
from conftest import need

from pinlint.cli import main
from pinlint.commands import COMMANDS
from pinlint.rulebook import codes

#: Prints what bash would complete the last of some words to.
_ASKED = """
source "$1"
shift
COMP_WORDS=("$@") COMP_CWORD=$(($# - 1)) COMP_LINE="$*" COMP_POINT=${#COMP_LINE}
compopt() { :; }
_shtab_pinlint
printf '%s\\n' "${COMPREPLY[@]}"
"""


@pytest.fixture(scope="module")
def scripts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    for shell in ("bash", "zsh", "fish"):
        told = subprocess.run(["python", "-m", "pinlint", "completions", shell], capture_output=True, text=True, check=True)
        (folder / shell).write_text(told.stdout)
    (folder / "Dockerfile").write_text("")
    return folder


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["pinlint", ""], set(COMMANDS)),
        (["pinlint", "inv"], {"inventory"}),
        (["pinlint", "check", "--output-format", "sa"], {"sarif"}),
        (["pinlint", "--fail-on", ""], {"error", "warning", "never"}),
        (["pinlint", "--unsafe"], {"--unsafe-fixes"}),
        (["pinlint", "check", "--select", "LCK10"], {code for code in codes() if code.startswith("LCK10")}),
        (["pinlint", "explain", "PIN003"], {"PIN003"}),
        (["pinlint", "export", "r"], {"renovate"}),
        (["pinlint", "export", "renovate", "Dock"], {"Dockerfile"}),
        (["pinlint", "check", "--config", "Dock"], {"Dockerfile"}),
        (["pinlint", "completions", "f"], {"fish"}),
    ],
)
def test_bash_completes(scripts: Path, words: list[str], wanted: set[str]) -> None:
    need("bash")
    told = subprocess.run(
        ["bash", "--norc", "-c", _ASKED, "asked", "./bash", *words], cwd=scripts, capture_output=True, text=True, check=True
    )
    assert (set(told.stdout.split()), told.stderr) == (wanted, "")


def test_zsh_reads_its_script(scripts: Path) -> None:
    need("zsh")
    script = 'autoload -U compinit; compinit -D; eval "$(cat zsh)"; print -r -- ${+functions[_shtab_pinlint]} ${_comps[pinlint]}'
    told = subprocess.run(["zsh", "-f", "-c", script], cwd=scripts, capture_output=True, text=True, check=True)
    assert (told.stdout.strip(), told.stderr) == ("1 _shtab_pinlint", "")


def test_fish_completes(scripts: Path) -> None:
    need("fish")
    script = "source ./fish; complete -C 'pinlint inv'; complete -C 'pinlint check --output-format sa'"
    told = subprocess.run(["fish", "--no-config", "-c", script], cwd=scripts, capture_output=True, text=True, check=True)
    assert {line.partition("\t")[0] for line in told.stdout.splitlines()} >= {"inventory", "sarif"}


def test_no_other_shell_is_known(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["completions", "tcsh"])
    assert "invalid choice: 'tcsh'" in capsys.readouterr().err
