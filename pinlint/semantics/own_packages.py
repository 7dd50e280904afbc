"""Packages that a repository makes itself, and those that it installs: what `npx NAME` runs there is not fetched anew.

Knows the manifests by which packages are made, and where locks of JavaScript name theirs; must not know who asks.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.ecosystems.pypi.names import normalise
from pinlint.semantics.js_manifests import asked, manifest, table
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Callable

    from pinlint.tree import Tree

__all__ = ["installed", "made"]

_NAME = re.compile(r"^name[ \t]*=[ \t]*[\"']([\w.-]{1,200})[\"']", re.MULTILINE)
_MODULE = re.compile(r"^module[ \t]+\"?([^\s\"]{1,300})", re.MULTILINE)
_GEM = re.compile(r"\.name\s*=\s*[\"']([\w.-]{1,200})[\"']")
_PACKAGE_ID = re.compile(r"<(?:PackageId|AssemblyName|ToolCommandName)>\s*([\w.-]{1,200})\s*<")
_MOST = 500  # manifests that are read for their names
#: Where locks of JavaScript hold the names of packages and of the programs in them.
_LOCKS = ("package-lock.json", "npm-shrinkwrap.json", "yarn.lock", "pnpm-lock.yaml", "bun.lock", "deno.lock")
_LOCKED = re.compile(
    r"node_modules/((?:@[^/\"]+/)?[^/\"]+)\"|^[ \t]{0,4}[\"'/]{0,2}((?:@[\w.~-]+/)?[\w.~-]+)@[^\n]{0,300}:[ \t]*(?:\{[^\n]*)?$"
    r"|^[ \t]+\"((?:@[\w.~-]+/)?[\w.~-]+)\": \[\"",
    re.MULTILINE,
)
_BINS = re.compile(r"\"?\bbin\"?:[ \t]*(?:\{([^{}]{0,5000})\}|\n((?:[ \t]{4,}[^\s:]{1,200}: [^\n]{0,300}\n){1,200}))")
_BIN = re.compile(r"[\"']?([\w@.-]+)[\"']?:[ \t]")
#: Programs that are called otherwise than the package that they come in.
_PROGRAMS = {
    "api-extractor": "@microsoft/api-extractor", "attw": "@arethetypeswrong/cli", "babel-node": "@babel/node",
    "biome": "@biomejs/biome", "buf": "@bufbuild/buf", "cap": "@capacitor/cli", "cdk": "aws-cdk", "changeset": "@changesets/cli",
    "codecept": "codeceptjs", "depcruise": "dependency-cruiser", "docusaurus": "@docusaurus/core",
    "electron-forge": "@electron-forge/cli", "electron-rebuild": "@electron/rebuild", "eleventy": "@11ty/eleventy",
    "firebase": "firebase-tools", "graphql-codegen": "@graphql-codegen/cli", "json2ts": "json-schema-to-typescript",
    "lessc": "less", "lhci": "@lhci/cli", "lingui": "@lingui/cli", "napi": "@napi-rs/cli", "ncc": "@vercel/ncc",
    "ncu": "npm-check-updates", "ng": "@angular/cli", "node-pre-gyp": "@mapbox/node-pre-gyp",
    "openapi-generator-cli": "@openapitools/openapi-generator-cli", "playwright": "@playwright/test",
    "react-native": "@react-native-community/cli", "redocly": "@redocly/cli", "rspack": "@rspack/cli", "rush": "@microsoft/rush",
    "sb": "storybook", "sentry-cli": "@sentry/cli", "sls": "serverless", "spectral": "@stoplight/spectral-cli",
    "stencil": "@stencil/core", "svelte-kit": "@sveltejs/kit", "svelte-package": "@sveltejs/package", "swc": "@swc/cli",
    "tauri": "@tauri-apps/cli", "tsc": "typescript", "tsserver": "typescript", "uglifyjs": "uglify-js", "vsce": "@vscode/vsce",
    "vue-cli-service": "@vue/cli-service", "wdio": "@wdio/cli", "webpack": "webpack-cli", "wp-env": "@wordpress/env",
    "wp-scripts": "@wordpress/scripts", "wtr": "@web/test-runner",
}  # fmt: skip


def installed(name: str, path: str, tree: Tree, *, everywhere: bool = False, command: bool = False) -> str:
    """Why the program of a package that the file at `path` names is one that the project installed: a manifest above it asks for
    the package. "" if none does. `everywhere` is whether any manifest or lock of the repository counts, as where nobody says in
    which folder a command runs; `command` whether `name` may also be that of a program."""
    folder = path
    while "/" in folder:
        folder = folder.rpartition("/")[0]
        manifest_path = join(folder + "/x", "package.json")
        if name in asked(manifest(tree, manifest_path)):
            return f"{manifest_path} asks for it, and what it installs is run"
    if name in asked(manifest(tree, "package.json")):
        return "package.json asks for it, and what it installs is run"
    found = _found(name, tree, command) if everywhere else ""
    return f"{found} has it, and what is installed is run" if found else ""


def _found(name: str, tree: Tree, command: bool) -> str:
    """The manifest or lock that has a package or program; "" if none has."""
    packages = tree.memo("npm packages asked for", "", lambda: _asked(tree))
    locked = tree.memo("npm packages locked", "", lambda: _locked(tree))
    names = [name]
    if command:
        names += [_PROGRAMS.get(name, name), f"{name}-cli", f"@{name}/cli", f"@{name}/core", f"@{name}js/cli", f"@{name}/{name}"]
    for one in names:
        if found := packages.get(one) or locked.get(one):
            return found
    return locked.get(f"bin {name}", "") or (packages.get(f"last {name}", "") if command else "")


def _asked(tree: Tree) -> dict[str, str]:
    """Everything that manifests ask for or offer as a program, by name; also by its last part behind "last "."""
    found: dict[str, str] = {}
    for path in tree.named("package.json")[:_MOST]:
        value = manifest(tree, path)
        bins = value.get("bin")
        for name in (*asked(value), *table(value, "peerDependencies"), *(bins if isinstance(bins, dict) else ())):
            found.setdefault(name, path)
            found.setdefault(f"last {name.rpartition('/')[2]}", path)
    return found


def _locked(tree: Tree) -> dict[str, str]:
    """Everything that locks hold, by name; programs behind "bin "."""
    found: dict[str, str] = {}
    for lock in _LOCKS:
        for path in tree.named(lock)[:_MOST]:
            text = _text(path, tree)
            for match in _LOCKED.finditer(text):
                found.setdefault(match[1] or match[2] or match[3], path)
            for match in _BINS.finditer(text):
                for name in _BIN.findall(match[1] or match[2]):
                    found.setdefault(f"bin {name}", path)
    return found


def made(kind: str, name: str, tree: Tree) -> str:
    """The manifest by which this repository makes the package itself; "" if it does not."""
    if kind == "npm":
        return tree.memo("npm packages made", "", lambda: _npm(tree)).get(name, "")
    if kind == "pypi":
        return tree.memo("Python packages made", "", lambda: _by_text(tree, "pyproject.toml", _NAME, normalise)).get(name, "")
    if kind == "cargo":
        return tree.memo("crates made", "", lambda: _by_text(tree, "Cargo.toml", _NAME, str)).get(name, "")
    if kind == "go":
        modules = tree.memo("modules made", "", lambda: _by_text(tree, "go.mod", _MODULE, str))
        return next((path for module, path in modules.items() if name == module or name.startswith(f"{module}/")), "")
    if kind in ("gem", "nuget"):
        made_of = tree.memo("gems and assemblies made", "", lambda: _by_ending(tree))
        return made_of.get(f"{kind}:{name.lower()}", "")
    return ""


def _text(path: str, tree: Tree) -> str:
    try:
        return tree.read(path).text
    except Unread:
        return ""


def _npm(tree: Tree) -> dict[str, str]:
    found: dict[str, str] = {}
    for path in tree.named("package.json")[:_MOST]:
        name = manifest(tree, path).get("name")
        if isinstance(name, str):
            found.setdefault(name, path)
    return found


def _by_text(tree: Tree, file: str, pattern: re.Pattern[str], spelled: Callable[[str], str]) -> dict[str, str]:
    """The names that a pattern finds in the files of one name."""
    found: dict[str, str] = {}
    for path in tree.named(file)[:_MOST]:
        if name := pattern.search(_text(path, tree)):
            found.setdefault(spelled(name[1]), path)
    return found


def _by_ending(tree: Tree) -> dict[str, str]:
    """Gems by their specification, packages of .NET by their project."""
    found: dict[str, str] = {}
    paths = [path for path in tree.listed() if path.endswith((".gemspec", ".csproj", ".fsproj"))]
    for path in sorted(paths)[:_MOST]:
        kind = "gem" if path.endswith(".gemspec") else "nuget"
        found.setdefault(f"{kind}:{path.rpartition('/')[2].rpartition('.')[0].lower()}", path)
        for name in (_GEM if kind == "gem" else _PACKAGE_ID).findall(_text(path, tree)):
            found.setdefault(f"{kind}:{name.lower()}", path)
    return found
