"""Work trees that try to run something, to be read elsewhere, or to hide something: what tests of hostile repositories share.

Each trap is a function of a case; a tree has one, or several at once. `Case.script` leaves a proof when anything runs it.
"""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
from collections.abc import Callable, Iterator
from hashlib import sha1
from pathlib import Path
from typing import NamedTuple

__all__ = ["TRAPS", "Case", "cases"]

DOCKERFILE = "FROM alpine:3.20\n"
SECRET = "FROM secret.example/leaked:1\n"


class Case(NamedTuple):
    """A tree with traps in it. Nothing in `outside` is the tree's to look at."""

    name: str
    root: Path
    outside: Path
    script: Path
    home_in_root: bool


def own(path: Path) -> Path:
    """The path, if no link that an earlier trap left leads it out of the tree."""
    if path.parent.resolve() != path.parent:
        raise OSError(f"{path} lies behind a link")
    return path


def config(case: Case, *lines: str) -> None:
    """Adds settings to the repository, where there is one."""
    for path in (case.root / ".git/config", case.root / "services/config"):
        if path.is_file() and not path.is_symlink():
            with own(path).open("a") as file:
                file.write("\n".join(("", *lines, "")))


def settings(case: Case, section: str, *pairs: tuple[str, str]) -> Case:
    config(case, f"[{section}]", *(f"\t{key} = {value}" for key, value in pairs))
    return case


def bare(folder: Path, *lines: str) -> Path:
    """What git takes for a repository of its own when it looks around there."""
    for name in ("objects", "refs"):
        own(folder / name).mkdir(parents=True, exist_ok=True)
        (folder / name / "keep").write_text("")
    (folder / "HEAD").write_text("ref: refs/heads/main\n")
    return put(folder / "config", "\n".join(("[core]\n\trepositoryformatversion = 1\n\tbare = false", *lines, "")))


def index(*entries: tuple[str, int], extensions: bytes = b"") -> bytes:
    """An index of these paths and modes, whose objects are nowhere."""
    body = b"DIRC" + struct.pack(">LL", 2 if not extensions else 3, len(entries))
    for path, mode in sorted(entries):
        name = path.encode()
        extended = extensions != b""
        flags = min(len(name), 0xFFF) | (0x4000 if extended else 0)
        entry = struct.pack(">10L20sH", *[0] * 6, mode, 0, 0, 0, b"\x11" * 20, flags) + (b"\x40\0" if extended else b"") + name
        body += entry + b"\0" * (8 - len(entry) % 8)
    body += extensions
    return body + sha1(body).digest()


SPARSE = b"sdir" + struct.pack(">L", 0)
PARTIAL = (
    "[extensions]", "\tpartialClone = origin", "[remote \"origin\"]", "\turl = ssh://git.example/x", "\tpromisor = true",
    "[protocol]", "\tallow = always", "[protocol \"ext\"]", "\tallow = always",
)  # fmt: skip


def lazily_fetching(folder: Path, script: Path) -> None:
    """A sparse index that names a tree which only a fetch could bring, and a command for the fetch."""
    bare(folder, "\tworktree = .", "\tsparseCheckout = true", f"\tsshCommand = {script}", *PARTIAL)
    (folder / "index").write_bytes(index(("Dockerfile", 0o100644), ("deep/", 0o040000), extensions=SPARSE))


def put(path: Path, text: str, mode: int = 0o644) -> Path:
    own(path).parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    path.write_text(text)
    path.chmod(mode)
    return path


def link(path: Path, target: Path | str) -> Path:
    own(path).parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    path.symlink_to(target)
    return path


def pipe(path: Path) -> Path:
    own(path).parent.mkdir(parents=True, exist_ok=True)
    shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)
    os.mkfifo(path)
    return path


def emptied(path: Path) -> Path:
    pipe(path).unlink()
    path.mkdir()
    return path


def pointer(path: Path, target: Path | str) -> Path:
    own(path)
    if path.is_symlink():
        path.unlink()
    shutil.rmtree(path, ignore_errors=True)
    path.unlink(missing_ok=True)
    return put(path, f"gitdir: {target}\n")


def in_git(case: Case, name: str, do: Callable[[Path], object]) -> None:
    """Does something to a file of git's directory, where there is one."""
    if (case.root / ".git").is_dir() and not (case.root / ".git").is_symlink():
        do(own(case.root / ".git" / name))


#: Settings that name a command, or a file elsewhere.
COMMANDS = {
    "fsmonitor": ("core", "fsmonitor"), "ssh": ("core", "sshCommand"), "pager": ("core", "pager"), "askpass": ("core", "askPass"),
    "editor": ("core", "editor"), "git-proxy": ("core", "gitProxy"), "alternate-refs": ("core", "alternateRefsCommand"),
    "external-diff": ("diff", "external"), "textconv": ('diff "x"', "textconv"), "clean": ('filter "x"', "clean"),
    "smudge": ('filter "x"', "smudge"), "process": ('filter "x"', "process"), "credential": ("credential", "helper"),
    "pre-fetch": ('remote "origin"', "uploadpack"), "gpg": ("gpg", "program"), "merge-driver": ('merge "x"', "driver"),
    "sequence": ("sequence", "editor"), "sendpack": ('remote "origin"', "receivepack"), "vcs": ('remote "origin"', "vcs"),
}  # fmt: skip
FILES = {
    "worktree": ("core", "worktree"), "hooks": ("core", "hooksPath"), "excludes": ("core", "excludesFile"),
    "attributes": ("core", "attributesFile"), "include": ("include", "path"), "include-if": ('includeIf "gitdir:/"', "path"),
    "template": ("init", "templateDir"), "trace": ("trace2", "normalTarget"), "cookies": ("http", "cookieFile"),
}  # fmt: skip


def command(section: str, key: str) -> Callable[[Case], None]:
    def spring(case: Case) -> None:
        settings(case, section, (key, str(case.script)))
        put(case.root / ".gitattributes", "* filter=x diff=x merge=x\n")

    return spring


def file(section: str, key: str) -> Callable[[Case], None]:
    def spring(case: Case) -> None:
        settings(case, section, (key, str(case.outside / ("log" if section == "trace2" else "settings"))))

    return spring


def evil_hooks(case: Case) -> None:
    for name in ("post-index-change", "fsmonitor-watchman", "reference-transaction", "post-checkout", "pre-auto-gc"):
        in_git(case, f"hooks/{name}", lambda path: put(path, case.script.read_text(), 0o755))


def sparse_and_partial(case: Case) -> None:
    in_git(case, "index", lambda path: path.write_bytes(index(("Dockerfile", 0o100644), ("deep/", 0o040000), extensions=SPARSE)))
    config(case, *PARTIAL, "[core]", f"\tsshCommand = {case.script}", "\tsparseCheckout = true", "\trepositoryformatversion = 1")


def leading_outside(case: Case) -> None:
    up = "../" * 30 + str(case.outside).lstrip("/")
    paths = [
        f"a/{up}/Dockerfile",
        f"{case.outside}/Dockerfile",
        f"{up}/requirements.txt",
        ".git/Dockerfile",
        "./Dockerfile",
        "services/../Dockerfile",
    ]
    in_git(case, "index", lambda path: path.write_bytes(index(*((one, 0o100644) for one in paths))))


def worktree_settings(case: Case) -> None:
    settings(case, "extensions", ("worktreeConfig", "true"))
    in_git(case, "config.worktree", lambda path: put(path, f"[core]\n\tfsmonitor = {case.script}\n\tworktree = {case.outside}\n"))


def a_worktree_of_its_own(case: Case) -> None:
    """Which leads to a directory of the tree that leads back, as far as a repository can make it, and to settings elsewhere."""
    folder = case.root / "deep/worktrees/w"
    bare(folder, f"\tfsmonitor = {case.script}")
    pointer(case.root / ".git", folder)
    put(folder / "gitdir", f"{case.root}/.git\n")
    put(folder / "commondir", f"{case.outside}/other/.git\n")
    put(case.root / "deep/config", f"[core]\n\tfsmonitor = {case.script}\n[include]\n\tpath = {case.outside}/settings\n")


def nested(case: Case) -> None:
    bare(case.root / "deep/nested/.git", f"\tfsmonitor = {case.script}", f"\tworktree = {case.outside}")
    put(case.root / "deep/nested/Dockerfile", DOCKERFILE)


def modules(case: Case) -> None:
    for name in ("subprocess", "yaml", "json", "selectors", "tomllib", "struct", "sitecustomize", "re", "pinlint/__init__"):
        put(case.root / f"{name}.py", f"import os\nos.system({str(case.script)!r})\n")


def programs(case: Case) -> None:
    for folder in ("", "bin", ".venv/bin", "services", "node_modules/.bin"):
        for name in ("git", "ssh", "sh", "python3", "docker-credential-x", "less", "git-ls-files", "git-fsmonitor--daemon"):
            put(case.root / folder / name, case.script.read_text(), 0o755)


def deep(case: Case) -> None:
    here = os.open(case.root, os.O_RDONLY)
    for _ in range(25):
        os.mkdir("d" * 200, dir_fd=here)
        inner = os.open("d" * 200, os.O_RDONLY, dir_fd=here)
        os.close(here)
        here = inner
    os.close(os.open("Dockerfile", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    os.close(here)


def asked_for(case: Case) -> None:
    """Files that other files ask for, which lie elsewhere or lead there."""
    up = os.path.relpath(case.outside, case.root)
    put(case.root / "requirements.txt", f"-r {up}/requirements.txt\n-c {case.outside}/requirements.txt\n-r linked.txt\n-e {up}\n")
    link(case.root / "linked.txt", case.outside / "requirements.txt")
    put(
        case.root / "compose.yml",
        f"include: ['{up}/compose.yml']\nservices:\n  a: {{extends: {{file: {up}/compose.yml, service: a}}, env_file: {up}/.env}}\n"
        f"  b: {{build: {{context: {up}, dockerfile: Dockerfile}}}}\n",
    )
    put(
        case.root / ".gitlab-ci.yml",
        f"include:\n- local: /{up}/ci.yml\n- local: /linked.yml\n- local: '**/*.yml'\na: {{image: 'b:1', script: [c]}}\n",
    )
    link(case.root / "linked.yml", case.outside / "compose.yml")
    put(
        case.root / "pom.xml",
        f"<project><parent><groupId>a</groupId><artifactId>b</artifactId><version>1</version><relativePath>{up}/pom.xml</relativePath></parent><artifactId>c</artifactId></project>",
    )
    put(case.root / "kustomization.yaml", f"resources: [{up}, linked.yml]\nimages: [{{name: a, newTag: '1'}}]\n")
    put(
        case.root / "Chart.yaml",
        f"apiVersion: v2\nname: a\nversion: 1.0.0\ndependencies:\n- {{name: b, version: ^1, repository: 'file://{up}'}}\n",
    )
    link(case.root / "Chart.lock", case.outside / "Chart.lock")
    link(case.root / ".env", case.outside / ".env")


TRAPS: dict[str, Callable[[Case], object]] = {
    **{f"command-{name}": command(*where) for name, where in COMMANDS.items()},
    **{f"file-{name}": file(*where) for name, where in FILES.items()},
    "hooks": evil_hooks,
    "alias": lambda case: settings(case, "alias", ("ls-files", f"!{case.script}"), ("credential", f"!{case.script}")),
    "worktree-settings": worktree_settings,
    "include-a-pipe": lambda case: (pipe(case.root / "p"), settings(case, "include", ("path", str(case.root / "p")))),
    "a-bare-repository": lambda case: lazily_fetching(case.root / "services", case.script),
    "a-bare-repository-at-the-top": lambda case: lazily_fetching(case.root, case.script),
    "bare-and-elsewhere": lambda case: bare(case.root / "services", f"\tworktree = {case.outside}", f"\tfsmonitor = {case.script}"),
    "sparse-and-partial": sparse_and_partial,
    "an-index-that-leads-outside": leading_outside,
    "an-index-of-nonsense": lambda case: in_git(
        case, "index", lambda path: path.write_bytes(b"DIRC\0\0\0\2\xff\xff\xff\xff" + bytes(64))
    ),
    "an-index-that-is-a-pipe": lambda case: in_git(case, "index", pipe),
    "an-index-that-is-a-link": lambda case: in_git(case, "index", lambda path: link(path, case.outside / "other/.git/index")),
    "a-shared-index-elsewhere": lambda case: in_git(
        case, f"sharedindex.{'1' * 40}", lambda path: link(path, case.outside / "settings")
    ),
    "a-head-that-is-a-pipe": lambda case: in_git(case, "HEAD", pipe),
    "a-head-that-is-a-link": lambda case: in_git(case, "HEAD", lambda path: link(path, case.outside / "settings")),
    "settings-that-are-a-link": lambda case: in_git(case, "config", lambda path: link(path, case.outside / "settings")),
    "settings-that-are-a-pipe": lambda case: in_git(case, "config", pipe),
    "a-common-directory-elsewhere": lambda case: in_git(case, "commondir", lambda path: put(path, f"{case.outside}/other/.git\n")),
    "objects-elsewhere": lambda case: in_git(
        case, "objects/info/alternates", lambda path: put(path, f"{case.outside}/other/.git/objects\n")
    ),
    "excludes-that-are-a-pipe": lambda case: in_git(case, "info/exclude", pipe),
    "excludes-that-are-a-link": lambda case: in_git(case, "info/exclude", lambda path: link(path, case.outside / "settings")),
    "excludes-behind-a-link": lambda case: in_git(case, "info", lambda path: link(path, case.outside)),
    "git-is-a-link": lambda case: link(case.root / ".git", case.outside / "other/.git"),
    "git-is-a-pipe": lambda case: pipe(case.root / ".git"),
    "git-is-empty": lambda case: emptied(case.root / ".git"),
    "git-leads-elsewhere": lambda case: pointer(case.root / ".git", case.outside / "other/.git"),
    "git-leads-to-anothers-worktree": lambda case: pointer(case.root / ".git", case.outside / "other/.git/worktrees/w"),
    "git-leads-to-a-device": lambda case: pointer(case.root / ".git", "/dev/zero"),
    "git-leads-to-itself": lambda case: pointer(case.root / ".git", ".git"),
    "git-leads-to-a-worktree-of-its-own": a_worktree_of_its_own,
    "a-repository-inside": nested,
    "a-pointer-inside": lambda case: pointer(case.root / "deep/.git", case.root / "services"),
    "gitignore-is-a-link": lambda case: link(case.root / "services/.gitignore", case.outside / "settings"),
    "gitattributes-are-a-link": lambda case: link(case.root / ".gitattributes", case.outside / "settings"),
    "gitmodules-are-a-link": lambda case: link(case.root / ".gitmodules", case.outside / "settings"),
    "programs": programs,
    "modules": modules,
    "a-file-that-is-a-link": lambda case: link(case.root / "Dockerfile.linked", case.outside / "Dockerfile"),
    "files-that-are-links": lambda case: [
        link(case.root / name, case.outside / "Dockerfile") for name in ("Dockerfile", "services/Dockerfile")
    ],
    "a-directory-that-is-a-link": lambda case: link(case.root / "services", case.outside),
    "a-directory-that-is-another-repository": lambda case: link(case.root / "services", case.outside / "other"),
    "a-directory-that-is-everything": lambda case: link(case.root / "services", "/"),
    "links-in-a-circle": lambda case: [
        link(case.root / one, other) for one, other in (("x", "y"), ("y", "x"), ("z", "."), ("services/up", ".."))
    ],
    "links-in-a-circle-with-names": lambda case: [
        link(case.root / one, other)
        for one, other in (("Dockerfile.x", "Dockerfile.y"), ("Dockerfile.y", "Dockerfile.x"), ("compose.yml", "compose.yml"))
    ],
    "devices": lambda case: [link(case.root / f"Dockerfile.{name}", f"/dev/{name}") for name in ("zero", "stdin", "tty", "fd/0")],
    "pipes": lambda case: [pipe(case.root / name) for name in ("Dockerfile.pipe", "requirements.txt", "pyproject.toml")],
    "files-that-are-directories": lambda case: [
        emptied(case.root / name) for name in ("requirements.txt", "pom.xml", "Chart.yaml")
    ],
    "settings-elsewhere": lambda case: link(case.root / "pinlint.toml", case.outside / "pinlint.toml"),
    "settings-elsewhere-too": lambda case: link(case.root / ".pinlint.toml", case.outside / "pinlint.toml"),
    "pyproject-elsewhere": lambda case: link(case.root / "pyproject.toml", case.outside / "pyproject.toml"),
    "a-baseline-elsewhere": lambda case: put(case.root / "pinlint.toml", f'baseline = "{case.outside}/known.json"\n'),
    "a-baseline-upwards": lambda case: put(
        case.root / "pinlint.toml", f'baseline = "services/../../../{case.outside.name}/known.json"\n'
    ),
    "a-baseline-that-is-a-link": lambda case: (
        link(case.root / "known.json", case.outside / "known.json"),
        put(case.root / "pinlint.toml", 'baseline = "known.json"\n'),
    ),
    "a-baseline-that-is-a-pipe": lambda case: (
        pipe(case.root / "known.json"),
        put(case.root / "pinlint.toml", 'baseline = "known.json"\n'),
    ),
    "asked-for-elsewhere": asked_for,
    "too-deep": deep,
    "strange-names": lambda case: [
        put(case.root / os.fsdecode(name), DOCKERFILE)
        for name in (
            b"\xff.Dockerfile",
            b"a\nb.Dockerfile",
            b"-rf.Dockerfile",
            b":(top)x.Dockerfile",
            b"--help.dockerfile",
            b"\x1b[2J.dockerfile",
            b"'; touch proof;'.dockerfile",
        )
    ],
    "a-home": lambda case: put(
        case.root / ".gitconfig",
        f"[core]\n\tfsmonitor = {case.script}\n\texcludesFile = {case.outside}/settings\n[alias]\n\tls-files = !{case.script}\n"
        f"[include]\n\tpath = {case.outside}/settings\n",
    ),
}


def outside_of(folder: Path, script: Path) -> Path:
    """What lies beside a tree and is none of its business."""
    for name in ("Dockerfile", "other/Dockerfile", "services/Dockerfile"):
        put(folder / name, SECRET)
    put(folder / "requirements.txt", "leaked\n")
    put(folder / "compose.yml", "services: {a: {image: 'secret.example/leaked:1'}}\n")
    put(folder / ".env", "SECRET=leaked\n")
    put(folder / "settings", f"[core]\n\tfsmonitor = {script}\n")
    put(folder / "pinlint.toml", 'fail-on = "never"\n')
    put(folder / "pyproject.toml", '[tool.pinlint]\nfail-on = "never"\n')
    put(folder / "known.json", '{"pinlint-baseline": 1, "findings": {}}\n')
    put(folder / "Chart.lock", "dependencies: []\n")
    put(folder / "pom.xml", "<project><groupId>a</groupId><artifactId>b</artifactId><version>1</version></project>")
    bare(folder / "other/.git", f"\tfsmonitor = {script}")
    bare(folder / "other/.git/worktrees/w")
    put(folder / "other/.git/worktrees/w/gitdir", f"{folder}/elsewhere/.git\n")
    return folder


def cases(top: Path, seed: int = 8, mixed: int = 60) -> Iterator[Case]:
    """Each trap alone, with and without a repository around it, and `mixed` trees with several traps at once."""
    top = top.resolve()
    script = top / "run-me"
    put(script, f"#!/bin/sh\necho \"$0 $*\" >>'{top}/proof'\n", 0o755)
    template = top / "template"
    for name in ("Dockerfile", "services/Dockerfile", "deep/er/Dockerfile", "values.yaml"):
        put(template / name, DOCKERFILE if name.endswith("file") else "image: {repository: a, tag: '1'}\n")
    subprocess.run(["git", "init", "-q", template], check=True)
    subprocess.run(["git", "add", "."], cwd=template, check=True)
    chance = random.Random(seed)
    chosen: list[tuple[tuple[str, ...], bool]] = [((name,), git) for git in (True, False) for name in TRAPS]
    chosen += [(tuple(chance.sample(sorted(TRAPS), chance.randint(2, 4))), chance.random() < 0.8) for _ in range(mixed)]
    for number, (names, git) in enumerate(chosen):
        folder = top / str(number)
        root = Path(shutil.copytree(template, folder / "root", ignore=None if git else shutil.ignore_patterns(".git")))
        outside = outside_of(folder / "outside", script)
        case = Case(f"{'+'.join(names)}{'' if git else ' without git'}", root, outside, script, "a-home" in names)
        for name in names:
            try:
                TRAPS[name](case)
            except (OSError, shutil.Error):
                continue  # an earlier trap has taken the place of what this one needs
        yield case
