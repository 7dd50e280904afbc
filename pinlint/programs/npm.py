"""Packages of npm, yarn, pnpm, bun and Deno: what they add, and what npx and its kin run.

Sources: npm 11, bin/npx-cli.js and its configuration; the manuals of pnpm, Yarn, Bun, Deno and corepack.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pinlint.model import Artifact, Reference
from pinlint.programs.asked import INSTALLED, RUN, each, npm, one
from pinlint.programs.options import Options, given, options, subcommand
from pinlint.semantics.own_packages import installed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact
    from pinlint.programs.options import Given
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["read"]

#: Options of npm that take the next word, and such that take none, in order of `npm help config`.
_NPM = (
    "--access --also --audit-level --auth-type --before --ca --cache --cache-max --cache-min --cafile --call -c --cert --cidr "
    "--cpu --depth --diff --editor --expect-result-count --fetch-retries --fetch-retry-factor --fetch-retry-maxtimeout "
    "--fetch-retry-mintimeout --fetch-timeout --git --globalconfig --heading --https-proxy --include --init-author-email "
    "--init-author-name --init-license --init-module --init-type --init-version --install-strategy --key --libc --local-address "
    "--location -L --lockfile-version --loglevel --logs-dir --logs-max --maxsockets --message -m --min-release-age --node-options "
    "--noproxy --omit --only --os --otp --package --pack-destination --prefix -C --preid --proxy --registry --reg --save-prefix "
    "--scope --script-shell --shell --tag --umask --user-agent --userconfig --viewer --which --workspace -w --node-arg -n"
)
#: Every other option of npx takes the next word unless it is an option itself.
_SWITCHES = (
    "--all --allow-same-version --audit --bin-links --browser --color --commit-hooks --description --dev --dry-run "
    "--engine-strict --force --foreground-scripts --fund --git-tag-version --global --global-style --if-present --ignore-existing "
    "--ignore-scripts --include-workspace-root --install-links --json --legacy-bundling --legacy-peer-deps --link --long --no "
    "--no-install --no-yes --offline --optional --package-lock --package-lock-only --parseable --prefer-dedupe --prefer-offline "
    "--prefer-online --production --progress --provenance --quiet --unsafe-perm --save --save-bundle --save-dev --save-exact "
    "--save-optional --save-peer --save-prod --shrinkwrap --silent --strict-peer-deps --strict-ssl --timing --unicode "
    "--update-notifier --usage --verbose --version --workspaces --yes -y -q -s -d -dd -ddd -f -g -ws -iwr -l -a -v -h -S -B -D -E "
    "-O -P -p"
)
_YARN = (
    "--cwd --modules-folder --cache-folder --registry --mutex --network-timeout --network-concurrency --use-yarnrc "
    "--preferred-cache-folder --global-folder --prefix --proxy --https-proxy --otp --mode --link-folder --child-concurrency -W "
    "--scripts-prepend-node-path --from"
)
_YARN_SWITCHES = (
    "-D --dev -P --peer -O --optional -E --exact -T --tilde -C --caret --ignore-engines --ignore-scripts --ignore-platform "
    "--ignore-optional --ignore-workspace-root-check -W --frozen-lockfile --pure-lockfile --no-lockfile --immutable "
    "--immutable-cache --non-interactive --silent -s --verbose --offline --prefer-offline --production --prod --force --flat "
    "--har --json --no-progress --no-bin-links --skip-integrity-check --check-files --audit --link-duplicates "
    "--no-node-version-check --i --interactive -i --inline-builds --check-cache --check-resolutions --refresh-lockfile --cached "
    "-F --fixed -q --quiet --progress"
)
_PNPM = (
    "-C --dir --filter -F --filter-prod --reporter --store-dir --virtual-store-dir --modules-dir --loglevel --registry "
    "--network-concurrency --workspace-concurrency --global-dir --global-bin-dir --child-concurrency --resolution-only-strategy "
    "--config-dir --cpu --os --libc --save-catalog-name --allow-build --use-node-version --node-linker --package-import-method "
    "--public-hoist-pattern --hoist-pattern --changed-files-ignore-pattern --test-pattern --fetch-timeout --prefix"
)
_PNPM_SWITCHES = (
    "-D --save-dev -P --save-prod -O --save-optional -E --save-exact -g --global -w --workspace-root -r --recursive --workspace "
    "--ignore-scripts --frozen-lockfile --no-frozen-lockfile --fix-lockfile --force --offline --prefer-offline --prod --dev "
    "--no-optional --silent -s --stream --aggregate-output --color --no-color --ignore-workspace --ignore-workspace-root-check "
    "--shamefully-hoist --lockfile-only --use-beta-cli --save-peer --save-catalog --yes -y --config.confirmModulesPurge "
    "--ignore-pnpmfile --shell-mode -c --side-effects-cache --strict-peer-dependencies --merge-git-branch-lockfiles --if-present "
    "--parallel -h --help"
)
_BUN = (
    "--cwd --registry --cafile --ca --backend --config -c --cache-dir --network-concurrency --omit --cpu --os --linker "
    "--filter --target"
)
_BUN_SWITCHES = (
    "-d --dev -D --development --optional --peer -E --exact -g --global -y --yarn -p --production --no-save --save --dry-run "
    "--frozen-lockfile --no-frozen-lockfile -f --force --no-cache --silent --verbose --no-progress --no-summary --no-verify "
    "--ignore-scripts --trust --only-missing -a --analyze --bun -b --lockfile-only --concurrent-scripts --quiet -h --help"
)
_DENO = (
    "-c --config --import-map --lock --cert --seed --ext --location -L --log-level -n --name --root --env-file --v8-flags "
    "--inspect --unstable -e --entrypoint"
)
_DENO_SWITCHES = (
    "-A --allow-all -g --global -f --force -r --reload -q --quiet --no-lock --no-check --allow-net --allow-read --allow-write "
    "--allow-env --allow-run --allow-sys --allow-ffi --allow-import -R -W -N -E -S --no-prompt --node-modules-dir --cached-only "
    "--no-remote --no-npm --check --watch --frozen --no-config"
)
_DLX = "--package -p -C --dir --filter -F --reporter -c --allow-build"
_DLX_SWITCHES = "-y --yes -s --silent -q --quiet --bun -b --verbose --no-install --prefer-offline"
_INSTALLS, _UPDATES = "install i in ins inst insta instal isnt isnta isntal isntall add a", "update up upgrade udpate"
_COMMANDS: dict[str, dict[str, str]] = {
    "npm": {
        **dict.fromkeys(_INSTALLS.split(), "add"),
        **dict.fromkeys(_UPDATES.split(), "update"),
        "exec": "exec",
        "x": "exec",
        "init": "create",
        "create": "create",
        "innit": "create",
    },
    "yarn": {"add": "add", "dlx": "dlx", "create": "create", "global ": "", "global add": "add", "global upgrade": "add"},
    "pnpm": {"add": "add", "a": "add", "install": "add", "i": "add", "dlx": "dlx", "create": "create", "update": "", "exec": ""},
    "bun": {"add": "add", "a": "add", "install": "add", "i": "add", "x": "own", "create": "create", "c": "create"},
    "deno": {"run": "deno", "install": "deno", "i": "deno", "x": "deno"},
    "corepack": {"prepare": "manager", "use": "manager", "install": "manager"},
}
#: Programs that are a subcommand of their own.
_ALONE = {"npx": "exec", "pnpx": "dlx", "bunx": "own"}
#: Package managers, whose own upgrade nobody pins.
_MANAGERS = frozenset(("npm", "yarn", "pnpm", "corepack", "bun", "node-gyp"))
_NEWEST = "no version is asked for, so every install takes the newest one"


@cache
def _table(program: str, how: str) -> Options:
    if how == "exec":
        return options(f"{_NPM} -p", _SWITCHES.removesuffix(" -p"), ends=True, other="bare")
    if how in ("dlx", "own"):
        return options(_DLX if how == "dlx" else _DLX.removesuffix(" --allow-build"), _DLX_SWITCHES, ends=True)
    if how == "deno":
        return options(_DENO, _DENO_SWITCHES, ends=True)
    found = {
        "npm": (_NPM, _SWITCHES), "yarn": (_YARN, _YARN_SWITCHES), "pnpm": (_PNPM, _PNPM_SWITCHES), "bun": (_BUN, _BUN_SWITCHES),
    }.get(program, ("--install-directory -o", "--activate --all --json -g --global --cache-only"))  # fmt: skip
    return options(*found, ends=how == "create")


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call adds or runs."""
    program, words = call.program, call.words
    how = _ALONE.get(program, "")
    if not how:
        name, words = subcommand(words, _COMMANDS[program], _table(program, ""))
        how = _COMMANDS[program].get(name, "")
    if not how:
        return
    asked = given(words, _table(program, how))
    if how == "add" or (how == "update" and asked.has("-g", "--global")):
        yield from _added(asked, context)
    elif how == "update":
        return  # the manifest says within which range: it is the lock that this passes by
    elif how == "manager":
        yield from (one(word, "tool", context.role or "package manager", _manager) for word in asked.operands)
    elif how == "create":
        yield from (one(word, "npm", context.role or RUN, _created)._replace(command="hand") for word in asked.operands[:1])
    elif how == "deno":
        yield from each(asked, "npm", context.role or RUN, _deno)
    else:
        yield from _run(asked, how, context)


def _added(asked: Given, context: Context) -> Iterator[Reference]:
    for found in each(asked, "npm", context.role or INSTALLED, npm):
        manager = found.artifact.name in _MANAGERS and found.verdict in ("floating", "range")
        yield found._replace(command="hand") if manager else found


def _run(asked: Given, how: str, context: Context) -> Iterator[Reference]:
    instead = asked.values("--package", "-p")
    operands = instead or asked.operands[:1]
    if asked.has("--call", "-c") and not instead:
        return
    for number, word in enumerate(operands):
        found = one(word, "npm", context.role or RUN, npm, asked.doubted.get(number, "") if not instead else "")
        why = _own(found, asked, how, bool(instead), context)
        yield found._replace(verdict="local", why=why, site=None, notation="") if why else found


def _own(found: Reference, asked: Given, how: str, instead: bool, context: Context) -> str:
    """Why a program is run that is there already; "" if it is fetched."""
    if found.verdict not in ("floating", "range") or (found.version and found.artifact.kind == "npm"):
        return ""
    if asked.has("--no", "--no-install", "--offline") or any(
        name == "--yes" and word.text == "false" for name, word in asked.options
    ):
        return "nothing that is not installed is run"
    if how not in ("exec", "own"):
        return ""
    name = found.artifact.name
    if why := installed(name, context.document.path, context.tree, everywhere=not context.role, command=not instead):
        return why
    return "the same script installs it before" if name in context.once("npm's", lambda: _before(context)) else ""


def _before(context: Context) -> frozenset[str]:
    """Packages that calls of the same scripts install."""
    found: set[str] = set()
    for call in context.calls:
        if call.program in ("npm", "yarn", "pnpm", "bun"):
            name, words = subcommand(call.words, _COMMANDS[call.program], _table(call.program, ""))
            if _COMMANDS[call.program].get(name) == "add":
                found.update(re.sub(r"(?<=.)@.*", "", word.text) for word in given(words, _table(call.program, "add")).operands)
    return frozenset(found)


def _created(word: Word, role: str) -> Reference:
    """`npm init react-app@1` runs create-react-app. Source: npm, libnpmexec and commands/init.js."""
    found = re.fullmatch(r"(@[^/@]+)?(?:(/)?([^@]*))?(@.*)?", word.text)
    if not found or re.match(r"[./~]|\w+:", word.text):
        return npm(word, role)
    scope, name, version = found[1] or "", found[3] or "", found[4] or ""
    made = f"{scope}/create{'-' if name else ''}{name}" if scope else f"create-{name}"
    return npm(word._replace(text=f"{made}{version}"), role)


def _deno(word: Word, role: str) -> Reference:
    if word.text.startswith("npm:"):
        package = re.match(r"(?:@[^/]*/)?[^/]*", word.text[4:].lstrip("/"))
        return npm(word._replace(text=package[0] if package else ""), role)
    if re.match(r"(?:jsr|https?):", word.text):
        why = "pinlint does not know this registry of Deno yet"
        return Reference(Artifact("npm", word.text[:200]), "", (), "unknown", word.span, role, why)
    return Reference(Artifact("npm", word.text[:200]), "", (), "local", word.span, role, "it lies in this repository")


def _manager(word: Word, role: str) -> Reference:
    """A package manager as corepack takes it."""
    from pinlint.ecosystems.tool.names import manager

    name, version, digests, verdict, why = manager(word.text)
    if not version:
        return Reference(Artifact("tool", name), "", (), "floating", word.span, role, _NEWEST, command="hand")
    made = Reference(Artifact("tool", name), version, digests, verdict, word.span, role, why)
    return made._replace(command="hand") if verdict in ("floating", "range") else made
