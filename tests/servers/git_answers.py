"""A repository as a git host answers for it in protocol 2, from a few lines of a page: commits, their files, and the refs at them.

    commit NAME [PARENT...]      a commit; what follows are its files, all of them
    file PATH                    a file, whose lines follow, each behind two blanks
    ref REF NAME                 a ref and the commit that it is at

What a page pins is the name that git would give the commit.
"""

from __future__ import annotations

from collections.abc import Iterator

from packs import KINDS, entry, named, pack, tree

__all__ = ["GitAnswers"]

_WHO = "Ann <ann@example.org> 1700000000 +0000"


class GitAnswers:
    """What is answered for one repository; `ids` are those of the commits by name."""

    def __init__(self, text: str) -> None:
        self.objects: dict[str, tuple[str, bytes]] = {}
        self.parents: dict[str, list[str]] = {}
        self.ids: dict[str, str] = {}
        self.refs: dict[str, str] = {}
        commits: list[tuple[list[str], dict[str, str]]] = []
        path = ""
        for line in text.splitlines():
            word, *rest = line.split() or [""]
            if line.startswith("  ") or not word:
                commits[-1][1][path] += line[2:] + "\n"
            elif word == "commit":
                commits.append((rest, {}))
            elif word == "file":
                path = rest[0]
                commits[-1][1][path] = ""
        for (name, *parents), files in commits:
            self.ids[name] = self._commit(name, [self.ids[one] for one in parents], files)
        for line in text.splitlines():
            if line.startswith("ref "):
                _, ref, name = line.split()
                self.refs[ref] = self.ids[name]

    def _commit(self, name: str, parents: list[str], files: dict[str, str]) -> str:
        lines = [f"tree {self._tree(files)}", *(f"parent {one}" for one in parents), f"author {_WHO}", f"committer {_WHO}"]
        made = self._object("commit", "\n".join([*lines, "", name, ""]).encode())
        self.parents[made] = parents
        return made

    def _tree(self, files: dict[str, str]) -> str:
        folders: dict[str, dict[str, str]] = {}
        entries = []
        for path, text in files.items():
            first, slash, rest = path.partition("/")
            if slash:
                folders.setdefault(first, {})[rest] = text
            else:
                entries.append(("100644", first, self._object("blob", text.encode())))
        entries += [("40000", name, self._tree(inner)) for name, inner in folders.items()]
        return self._object("tree", tree(*sorted(entries, key=lambda one: one[1] + ("/" if one[0] == "40000" else ""))))

    def _object(self, kind: str, content: bytes) -> str:
        name = named(kind, content)
        self.objects[name] = (kind, content)
        return name

    def hello(self) -> bytes:
        """What the host says that it can do."""
        return _lines(["# service=git-upload-pack\n"]) + _lines(["version 2\n", "ls-refs\n", "fetch=shallow filter\n"])

    def answer(self, question: bytes) -> bytes:
        """The answer to a question in protocol 2."""
        lines = [line for line in _read(question) if line]
        if "command=ls-refs" in lines:
            return _lines([f"{commit} {ref}\n" for ref, commit in self.refs.items()])
        wants = [line.removeprefix("want ") for line in lines if line.startswith("want ")]
        if missing := [one for one in wants if one not in self.objects]:
            return _lines([f"ERR upload-pack: not our ref {missing[0]}\n"])
        haves = {line.removeprefix("have ") for line in lines if line.startswith("have ")}
        filters = next((line for line in lines if line.startswith("filter ")), "")
        found = dict.fromkeys(self._history(wants, haves) if "deepen 1" not in lines else wants)
        for commit in list(found) if filters != "filter tree:0" else ():
            found |= dict.fromkeys(self._below(commit, folders_only=filters == "filter blob:none"))
        made = pack(*(entry(KINDS[self.objects[one][0]], self.objects[one][1]) for one in found))
        return _lines(["packfile\n"])[:-4] + b"%04x\1%s0000" % (len(made) + 5, made)

    def _history(self, tips: list[str], without: set[str]) -> Iterator[str]:
        waiting, seen = list(without), set[str]()
        while waiting:
            seen.add(one := waiting.pop())
            waiting += self.parents.get(one, [])
        waiting = list(tips)
        while waiting:
            if (one := waiting.pop()) not in seen:
                seen.add(one)
                waiting += self.parents.get(one, [])
                yield one

    def _below(self, name: str, *, folders_only: bool) -> Iterator[str]:
        kind, content = self.objects[name]
        if kind == "commit":
            yield from self._below(content[5:45].decode(), folders_only=folders_only)
        elif kind == "tree":
            yield name
            at = 0
            while at < len(content):
                end = content.index(b"\0", at)
                yield from self._below(content[end + 1 : end + 21].hex(), folders_only=folders_only)
                at = end + 21
        elif not folders_only:
            yield name


def _lines(lines: list[str]) -> bytes:
    return b"".join(b"%04x%s" % (len(line) + 4, line.encode()) for line in lines) + b"0000"


def _read(body: bytes) -> Iterator[str]:
    at = 0
    while at < len(body):
        size = int(body[at : at + 4], 16)
        yield body[at + 4 : at + size].decode().rstrip("\n") if size > 4 else ""
        at += max(size, 4)
