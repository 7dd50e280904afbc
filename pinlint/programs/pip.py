"""Python packages: pip, `uv pip`, pipx and uv's tools.

Sources: the helps of pip 26, uv 0.11 and pipx; pip, cli/req_command.py.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pinlint.model import Artifact, Reference
from pinlint.programs.asked import INSTALLED, RUN, each, one, pypi, requirement
from pinlint.programs.options import Options, given, options, subcommand
from pinlint.programs.words import Word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.programs.options import Given
    from pinlint.programs.words import Context, Invocation

__all__ = ["read"]

_PIP = (
    "-r --requirement -c --constraint --build-constraint --requirements-from-script -e --editable -t --target --platform "
    "--python-version --implementation --abi --root --prefix --src -b --build --build-dir --upgrade-strategy -C --config-settings "
    "--config-setting --global-option --install-option --build-option --progress-bar --root-user-action --report --group "
    "--all-releases --only-final --no-binary --only-binary -i --index-url --extra-index-url --pypi-url -f --find-links "
    "--uploaded-prior-to --python --log --log-file --keyring-provider --proxy --retries --timeout --default-timeout "
    "--exists-action --trusted-host --cert --client-cert --cache-dir --use-feature --use-deprecated --resume-retries -d --dest "
    "--destination-dir -w --wheel-dir --download"
)
_PIP_SWITCHES = (
    "--no-deps --only-deps --dry-run --user -U --upgrade --force-reinstall -I --ignore-installed --ignore-requires-python "
    "--no-build-isolation --check-build-dependencies --break-system-packages --compile --no-compile --no-warn-script-location "
    "--no-warn-conflicts --require-hashes --no-require-hashes --no-clean --pre --prefer-binary --no-index -h --help --debug "
    "--isolated --require-virtualenv -v --verbose -V --version -q --quiet --no-input --no-proxy-env --no-cache-dir "
    "--disable-pip-version-check --no-color --no-python-version-warning --use-pep517 --no-use-pep517 --egg "
    "--process-dependency-links --use-mirrors --use-wheel --no-cache -vv -vvv -qq -qqq"
)
_UV = (
    "--from --with -w --with-editable --with-requirements --with-executables-from -c --constraint --constraints -b "
    "--build-constraint --build-constraints --override --overrides --exclude --excludes --env-file --python-platform "
    "--torch-backend --index --default-index -i --index-url --extra-index-url -f --find-links --index-strategy --keyring-provider "
    "-P --upgrade-package --upgrade-group --resolution --prerelease --prerelease-package --fork-strategy --exclude-newer "
    "--exclude-newer-package --no-sources-package --reinstall-package --link-mode -C --config-setting --config-settings "
    "--config-settings-package --no-build-isolation-package --no-build-package --no-binary-package --no-editable-package "
    "--cache-dir --refresh-package -p --python --color --allow-insecure-host --trusted-host --directory --project --config-file "
    "--extra --no-extra --group --no-group --only-group --package --python-version --target -t --prefix --root -r --requirement "
    "--requirements -e --editable --only-binary --no-binary --output-format --cert --python-preference --native-tls-file"
)
_UV_SWITCHES = (
    "-v --verbose -q --quiet -n --no-cache --no-cache-dir -h --help -U --upgrade --system-certs --native-tls "
    "--require-build-hashes --no-require-build-hashes --reinstall --refresh --offline --no-sources --no-python-downloads "
    "--no-progress --no-managed-python --managed-python --no-index --no-config --no-build-isolation --no-build --compile-bytecode "
    "--compile --no-compile-bytecode --no-env-file --no-editable --lfs --isolated --exact --all-extras --force --user --system "
    "--strict --require-hashes --no-verify-hashes --verify-hashes --no-deps --break-system-packages --no-break-system-packages "
    "--dry-run --pre --preview --force-reinstall --locked --frozen --no-sync --no-project --no-dev --dev --only-dev --all-groups "
    "--all-packages --active --no-default-groups -V --version --gui-script --check --no-binary --disable-pip-version-check -qq "
    "-vv"
)
_PIPX = (
    "--spec --python -p --pip-args -a -i --index-url --with --backend --suffix --preinstall --skip --fetch-missing-python-version "
    "-r --requirement --output"
)
_PIPX_SWITCHES = (
    "-f --force -v --verbose -q --quiet --include-deps --include-apps --with-apps --system-site-packages -e --editable --no-cache "
    "--pypackages --global --fetch-missing-python --use-emojis -h --help --path --with-suffix --include-injected"
)
_PACKAGING = frozenset(("pip", "setuptools", "wheel"))
#: The subcommands that fetch, and how their words are read.
_COMMANDS = {
    "pip": {"install": "install", "download": "install", "wheel": "install"},
    "uv": {"pip ": "", "pip install": "install", "tool ": "", "tool run": "run", "tool install": "tool", "run": "with"},
    "pipx": {"install": "tool", "run": "run", "inject": "inject", "runpip": "", "upgrade": ""},
}  # fmt: skip


@cache
def _table(program: str, ends: bool) -> Options:
    valued, switches = {"pip": (_PIP, _PIP_SWITCHES), "pipx": (_PIPX, _PIPX_SWITCHES)}.get(program, (_UV, _UV_SWITCHES))
    return options(valued, switches, ends=ends)


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call installs or runs."""
    program = call.program
    if program in ("uvx", "uv-tool"):
        how, words = "run", call.words
    else:
        table = _table(program, ends=False)
        name, words = subcommand(call.words, _COMMANDS[program], table)
        how = _COMMANDS[program].get(name, "")
        program = "pip" if name == "pip install" and program == "pip" else program
    if how == "install":
        yield from _installed(given(words, _table(program, ends=False)), call, context)
    elif how:
        asked = given(words, _table(program, ends=how in ("run", "with")))
        yield from _tools(asked, how, program, context)


def _tools(asked: Given, how: str, program: str, context: Context) -> Iterator[Reference]:
    role = context.role or (RUN if how == "run" else INSTALLED)
    instead = asked.values("--from", "--spec")
    operands = asked.operands[1:] if how == "inject" else asked.operands
    if how == "with":
        operands = []
    if asked.has("-e", "--editable") and program == "pipx":
        return
    if instead:
        operands = instead
    for number, word in enumerate(operands):
        doubted = asked.doubted.get(number, "") if not instead else ""
        if how == "run" and program == "pipx" and re.match(r"https?:", word.text):
            continue  # a script at an address: a download
        yield one(word, "pypi", role, pypi, doubted)
    for value in asked.values("--with", "-w"):
        for part in _parts(value):
            yield one(part, "pypi", context.role or INSTALLED, pypi)


def _parts(word: Word) -> Iterator[Word]:
    """Requirements between commas; those of extras and of several versions divide none."""
    for part in re.finditer(r"(?:\[[^\]\[]{0,999}\]|,(?!\s{0,99}[A-Za-z])|[^,])+", word.text):
        start = word.span.start
        span = type(word.span)(start + part.start(), start + part.end()) if word.exact else word.span
        yield word._replace(text=part[0], span=span)


def _installed(asked: Given, call: Invocation, context: Context) -> Iterator[Reference]:
    role = context.role or INSTALLED
    editable = asked.values("-e", "--editable")
    if asked.has("--no-index"):
        why = "--no-index: nothing is asked of any index"
        for word in asked.operands:
            yield Reference(Artifact("pypi", word.text[:200]), "", (), "local", word.span, role, why)
        return
    settled = _settled(asked, call)
    for number, found in enumerate(each(asked, "pypi", role, requirement)):
        made = _redirected(found, asked.operands[number], call)
        if settled and made.artifact.kind == "pypi" and made.verdict in ("floating", "range"):
            made = made._replace(settled_by=settled)
        if made.artifact.name in _PACKAGING and made.artifact.kind == "pypi" and made.verdict == "floating":
            made = made._replace(command="meant")
        yield made
    for word in editable:
        if re.search(r"://|\A(?:git|hg|svn|bzr)[:+]|@\s*git\+", word.text):
            yield one(word, "pypi", role, requirement)


def _settled(asked: Given, call: Invocation) -> str:
    """The constraints that decide about versions, "" without any."""
    files = asked.values("-c", "--constraint", "--constraints")
    named = files[-1].text if files else call.environment.get("PIP_CONSTRAINT") or call.environment.get("UV_CONSTRAINT") or ""
    return named[:200]


def _redirected(found: Reference, word: Word, call: Invocation) -> Reference:
    """A requirement whose version the shell takes for a file (`foo>=2` without quotes)."""
    if found.verdict != "floating" or call.command is None:
        return found
    for each_, one_ in zip(call.command.redirections, call.redirections, strict=True):
        if each_.operator in (">", "<") and call.script is not None and word.span.end == one_.target.span.start - 1:
            asked = f"{each_.operator}{each_.target.text}"[:40]
            why = f"the shell takes {asked} for a file, so no version is asked for; put it between quotes"
            return found._replace(why=why)
    return found
