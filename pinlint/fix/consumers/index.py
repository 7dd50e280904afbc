"""The commands of a repository that read, rewrite or write its files: of every script, Makefile, CI file, Dockerfile and release
configuration, found once a run and by their words.

Reads each file once, and what it keeps and looks at is bounded. Knows which files hold commands; must not know what is pinned.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pinlint.fix.consumers.commands import BUILDS, WRITES, Command, commands, files_named
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from pinlint.tree import Tree

__all__ = ["Index", "is_script", "of"]

#: Files that hold commands, and those of general languages where scripts are kept.
_SCRIPT = re.compile(
    r"(?:.*/)?(?:[^/]+\.(?:sh|bash|zsh|fish|ps1|bat|cmd|mk|groovy|jenkinsfile)|(?:GNU)?[Mm]akefile[^/]*|[Jj]ustfile|Rakefile|Earthfile"
    r"|Taskfile[^/]*\.ya?ml|mise\.toml|Vagrantfile|Tiltfile|(?:[^/]*\.)?(?:Docker|Container|Jenkins)file[^/]*|package\.json"
    r"|[^/]*\.gitlab-ci\.ya?ml|\.?(?:azure-pipelines|bitbucket-pipelines|cloudbuild|appveyor|buildspec)[^/]*\.ya?ml|\.travis\.yml"
    r"|\.drone\.ya?ml|action\.ya?ml)"
    r"|(?:.*/)?\.(?:github|gitlab|gitlab-ci|circleci|woodpecker|tekton|forgejo|gitea|azure-pipelines|buildkite|semaphore|husky)"
    r"/.*\.ya?ml"
    r"|(?:.*/)?(?:hack|scripts?|tools?|ci|\.ci|\.github|bin|build|releases?|packaging|deploy|contrib|automation|utils|make)"
    r"/(?:[^/]*/){0,3}[^/]*(?:\.(?:py|rb|pl|js|mjs|cjs|ts|go)|(?<=/)[^/.]+)"
    r"|[^/]+\.(?:py|rb|pl|js|mjs|cjs|ts)"
)
_CONFIG = re.compile(
    r"(?:.*/)?(?:\.releaserc[^/]*|release\.config\.[^/]+|\.?bumpversion\.(?:cfg|toml)|bumpver\.toml|tbump\.toml|setup\.cfg"
    r"|pyproject\.toml|\.?release-please-config\.json|\.versionrc[^/]*|\.release-it[^/]*|\.changeset/config\.json"
    r"|\.cz\.(?:toml|ya?ml|json))"
)
_RELEASES = re.compile(r"bump-?my-?version|bumpversion|bumpver|tbump|extra-files|bumpFiles|release-it|replace-plugin|version_files")
_RENOVATE = re.compile(
    r"(?:\.github/|\.gitlab/|\.)?(?:renovate(?:\.json5?|rc(?:\.json5?)?)|renovaterc(?:\.json5?)?)|(?:\.github/|\.)renovate/.*"
)
_SKIPPED = re.compile(r"(?:^|/)(?:node_modules|vendor|third_party|\.venv|site-packages|dist)/|\.min\.js$")
_GOES = re.compile(
    r"(?:\b(?:cd|pushd|chdir)[ \t]+|working-directory:[ \t]*|\bdir:[ \t]*|-C[ \t]+)[\"']?(?:\./)?([^\s\"'&;]{1,200})"
)
_WORD = re.compile(r"[A-Za-z_][\w.-]*")
#: A folder that a pattern names.
_FOLDER = re.compile(r"/[^/*]+/")
_LARGEST, _ALL = 2**20, 64 * 2**20
#: Comparisons of a command and a file or a place in one run.
_STEPS = 2_000_000
_STARS = 6


class Index:
    """All commands, by word; and what the release configurations and Renovate's say."""

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.commands: list[Command] = []
        self.by_word: dict[str, list[int]] = {}
        self.wild: list[int] = []
        self.named: dict[str, tuple[str, ...]] = {}
        self.folders: dict[str, frozenset[str]] = {}
        self.configs: list[tuple[str, str]] = []
        self.renovate, self.renovate_knows_digests, self.whole = "", False, True
        self._touching: dict[str, dict[int, Command]] = {}
        self._steps = _STEPS
        budget = _ALL
        for path in sorted(tree.listed()):
            kind = _kind(path)
            if not kind:
                continue
            try:
                data = tree.bytes(path)
            except Unread:
                continue
            budget -= len(data)
            if budget < 0:
                self.whole = False
                break
            if len(data) <= _LARGEST:
                self._add(path, kind, data)

    def _add(self, path: str, kind: str, data: bytes) -> None:
        text = data.decode("utf-8", "replace")
        if kind == "renovate":
            self.renovate = min(self.renovate or path, path, key=lambda one: (one.count("/"), one))
            self.renovate_knows_digests = self.renovate_knows_digests or "currentDigest" in text
        elif kind == "config":
            if _RELEASES.search(text) or ".versionrc" in path or "release-it" in path:
                self.configs.append((path, text))
        elif own := commands(path, text):
            for command in own:
                self._remember(command)
            self.folders[path] = frozenset(one.rstrip("/") for one in _GOES.findall(text))
            if any(command.loose for command in own):
                self.named[path] = files_named(text)

    def _remember(self, command: Command) -> None:
        number = len(self.commands)
        self.commands.append(command)
        for word in {*_WORD.findall(command.given), *(word for one in command.files for word in _WORD.findall(one))}:
            self.by_word.setdefault(word.rstrip(".-").lower(), []).append(number)
        if command.tool.startswith(("kustomize", "$")):
            self.by_word.setdefault("kustomize edit", []).append(number)
        if command.tool == BUILDS and "*" in command.given:
            self.by_word.setdefault("build *", []).append(number)
        if command.loose or any("*" in one for one in command.files):
            self.wild.append(number)

    def step(self) -> bool:
        """Whether there is something left of what a run may look at."""
        self._steps -= 1
        return self._steps > 0

    def about(self, word: str) -> list[Command]:
        """The commands that name a word."""
        return [self.commands[number] for number in self.by_word.get(word.rstrip(".-").lower(), ())]

    def touching(self, path: str) -> dict[int, Command]:
        """The commands that name a file, in full, by a pattern, or by a variable where their script names it elsewhere."""
        if path not in self._touching:
            name = path.rpartition("/")[2]
            numbers = dict.fromkeys([*self.by_word.get(name.lower(), ()), *self.wild])
            some = (self.commands[number] for number in numbers if self.step())
            self._touching[path] = {id(one): one for one in some if self._touches(one, path)}
        return self._touching[path]

    def _touches(self, command: Command, path: str) -> bool:
        if any(self.means(command, one, path) for one in command.files):
            return True
        return command.loose and any(self.step() and self.means(command, one, path) for one in self.named.get(command.path, ()))

    def means(self, command: Command, named: str, path: str) -> bool:
        """Whether a name in a script is that of a file: seen from the root, from the script, or from a folder that it goes to."""
        script, named = command.path, named.removeprefix("./").lstrip("/")
        if command.tool == WRITES and "*" in named.partition("/")[0] and not _FOLDER.search(named):
            return False  # of some other folder, perhaps a temporary one
        if "*" in named:
            pattern = re.sub(r"\*+", "*", named)
            if not pattern.strip("*/.") or pattern.count("*") > _STARS:
                return False
            return any(fnmatchcase(path, one) for one in (pattern, join(script, pattern), pattern.removeprefix("*/")))
        if named == path or join(script, named) == path:
            return True
        if not path.endswith(f"/{named}") or self.tree.exists(named) or self.tree.exists(join(script, named)):
            return False
        folder = path.removesuffix(f"/{named}")
        if any(folder == one or folder.endswith(f"/{one}") or join(script, one) == folder for one in self.folders.get(script, ())):
            return True
        return command.tool != WRITES and ("/" in named or self.tree.named(named) == [path])

    def other(self, command: Command, path: str) -> bool:
        """Whether a command names another file of the repository, and not this one."""
        named = [one.removeprefix("./") for one in command.files if "*" not in one]
        return any(one != path and self.tree.exists(one) for name in named for one in (name, join(command.path, name)))


def of(tree: Tree) -> Index:
    """The index of a repository, made when it is first asked for."""
    return tree.memo("commands that edit", "", lambda: Index(tree))


def is_script(path: str) -> bool:
    """Whether commands are looked for in a file."""
    return _kind(path) == "script"


def _kind(path: str) -> str:
    if _SKIPPED.search(path):
        return ""
    if _RENOVATE.fullmatch(path):
        return "renovate"
    if _CONFIG.fullmatch(path):
        return "config"
    return "script" if _SCRIPT.fullmatch(path) else ""
