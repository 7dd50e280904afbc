"""Files that belong together: what pip makes of each line, and of everything that a file's `-r` and `-c` lines lead to.

Knows pip's reading of a line's parts and its hash mode, which one `--hash` anywhere switches on for the whole set; must not know
what is reported.
"""

import re
from typing import NamedTuple

from pinlint.budget import Exceeded, spend
from pinlint.ecosystems.pypi import names
from pinlint.syntax.requirements import VARIABLE, Line, Option, lines
from pinlint.text import Document, Unread
from pinlint.tree import Tree, join

__all__ = [
    "TOO_LONG", "TOO_MANY", "FileSet", "Item", "Member", "hash_in_comment", "is_vcs", "items_of", "leads_to", "reach", "read",
    "target",
]  # fmt: skip

#: Far beyond what anybody writes. A hostile file would otherwise cost many times its size in memory.
LINES, LENGTH = 200_000, 1 << 16
TOO_MANY, TOO_LONG = f"it has more than {LINES} lines", f"its requirement has more than {LENGTH} characters"

#: Files of a set. Each says something about every other, so a set costs the square of their number.
_FILES = 300

_TEMPLATE = re.compile(r"\{\{|\{%|<%")
_TABBED = re.compile(r"[^\S ](?=--hash[= ])")
_HASH_WORD = re.compile(r"--hash[= ]\s*(\S+)")
_REMOTE = re.compile(r"(https?|file):", re.IGNORECASE)


class Item(NamedTuple):
    """A line and pip's reading of it: a requirement (or the file that `-r`/`-c` names, or options alone), or why pip refuses it.

    `start` is where the requirement's text begins in `line.text`, `refusal` why pip refuses the line, `hashes` the `--hash` values
    as written, `ineffective` why pip would honour none of them, `variable` the environment variable that decides what is asked for,
    `detached` that hashes were meant for it which pip never connects with it.
    """

    line: Line
    requirement: names.Requirement | None = None
    start: int = 0
    hashes: tuple[str, ...] = ()
    ineffective: str = ""
    include: Option | None = None
    refusal: str = ""
    variable: str = ""
    template: bool = False
    detached: bool = False

    @property
    def only_hashes(self) -> bool:
        """Whether the line has hashes that belong to no requirement: pip warns and ignores them."""
        return bool(self.hashes) and self.requirement is None

    @property
    def hashed(self) -> bool:
        """Whether pip has a hash of this line to go by."""
        return bool(self.hashes) and self.requirement is not None and not self.ineffective


def items_of(text: str) -> list[Item]:
    """The lines of a file; a requirement whose hashes ended up in a comment or on a line of their own is marked as `detached`."""
    items: list[Item] = []
    for line in lines(text):
        if len(items) == LINES:
            items.append(Item(line, refusal=TOO_MANY))
            break
        item = _item(line)
        if item.only_hashes and items and items[-1].requirement:
            items[-1] = items[-1]._replace(detached=True)
        items.append(item._replace(detached=True) if hash_in_comment(line) >= 0 else item)
    return items


def hash_in_comment(line: Line) -> int:
    """The offset in the comment of a `--hash` that a continued comment swallowed, or -1."""
    at = line.comment.find("--hash") if len(line.pieces) > 1 else -1
    while at >= 0 and not line.comment_piece(at):
        at = line.comment.find("--hash", at + 1)
    return at


def _item(line: Line) -> Item:
    """Pip's reading of one line. Source: `ParsedLine`, `handle_line` and `_parse_and_recurse` in pip's `req_file.py`."""
    if _TEMPLATE.search(line.text):
        return Item(line, template=True)
    if line.error:
        return Item(line, refusal=line.error)
    hashes = tuple(option.value for option in line.options if option.name == "hash")
    if line.args:
        return _required(line, line.args, 0, hashes)
    editable = next((option for option in line.options if option.name == "editable"), None)
    if editable:
        return _required(line, editable.value, editable.value_start, ())
    include = next((o for name in ("requirement", "constraint") for o in line.options if o.name == name), None)
    return Item(line, include=include, hashes=hashes)


def _required(line: Line, text: str, start: int, hashes: tuple[str, ...]) -> Item:
    if len(text) > LENGTH:
        return Item(line, refusal=TOO_LONG)
    ineffective = _ineffective(hashes)
    if not start and (tab := _TABBED.search(text)):
        hashes = (*(found[1] for found in _HASH_WORD.finditer(text, tab.end())), *hashes)
        text = text[: tab.start()]
        ineffective = (
            "a tab stands before --hash, so pip takes it for a part of the version and refuses the line; put a space there"
        )
    try:
        requirement = (names.parse_editable if start else names.parse_line)(text)
    except names.InvalidRequirement as error:
        variable = VARIABLE.search(text)
        if not variable:
            return Item(line, refusal=str(error))
        end = len(text.rstrip())
        requirement = names.Requirement(_leading_name(text), (), (), "", 0, "", 0, end)
    variable = VARIABLE.search(names.without_secrets(requirement.url) if requirement.url else text.partition(";")[0])
    return Item(line, requirement, start, hashes, ineffective, variable=variable[0] if variable else "")


def _leading_name(text: str) -> str:
    match = re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*(?![\w$])", text)
    return match[0] if match else ""


def _ineffective(hashes: tuple[str, ...]) -> str:
    """Why pip honours none of the hashes, or ""; one that it refuses outright spoils the others, a wrong digest does not."""
    refusals = [names.hash_refusal(value) for value in hashes]
    outright = next((why for why in refusals if why.startswith("pip refuses")), "")
    return outright or ("" if "" in refusals else next(iter(refusals), ""))


class Member(NamedTuple):
    """A file of a set: pip reads its entries as constraints or as requirements, depending on the option that named it."""

    path: str
    constraint: bool
    items: list[Item]


def target(path: str, include: Option) -> tuple[str, str]:
    """(path under the root, "") of what an include names, or ("", why it cannot be followed)."""
    if found := VARIABLE.search(names.without_secrets(include.value)):
        return "", f"the environment variable {found[0]} decides which file is read"
    if _REMOTE.match(include.value):
        return "", "it is fetched from elsewhere at every install, so what it holds can change"
    return join(path, include.value), ""


def read(path: str, tree: Tree) -> list[Item] | Unread:
    def make() -> list[Item] | Unread:
        try:
            return items_of(tree.read(path, "pip").text)
        except Unread as error:
            return error

    return tree.memo("requirements", path, make)


def reach(path: str, constraint: bool, tree: Tree) -> list[Member]:
    """The file at `path` and all that it leads to, each once in each of its two readings, cycles cut. Raises Exceeded where these
    are more than any set has.
    """
    return tree.memo(f"reach as constraint: {constraint}", path, lambda: _reach(path, constraint, tree))


def _reach(path: str, constraint: bool, tree: Tree) -> list[Member]:
    seen = {(path, constraint)}
    queue, members = [(path, constraint)], []
    while queue:
        path, constraint = queue.pop()
        items = read(path, tree)
        if isinstance(items, Unread):
            continue
        members.append(Member(path, constraint, items))
        for found in _led_to(path, items, tree):
            if found not in seen:
                seen.add(found)
                queue.append(found)
        if len(seen) > _FILES:
            raise Exceeded(f"its -r and -c lines lead to more than {_FILES} files, so what they ask for together is not judged", 0)
    return members


def leads_to(path: str, constraint: bool, other: str, tree: Tree) -> bool:
    """Whether the file `other` is among what the file at `path` leads to."""

    def make() -> frozenset[str]:
        return frozenset(member.path for member in reach(path, constraint, tree))

    return other in tree.memo(f"paths reached as constraint: {constraint}", path, make)


def _led_to(path: str, items: list[Item], tree: Tree) -> list[tuple[str, bool]]:
    """(path, whether as constraints) of each file that the lines of the file at `path` name, once."""

    def make() -> list[tuple[str, bool]]:
        found = ((target(path, item.include)[0], item.include.name == "constraint") for item in items if item.include)
        return list(dict.fromkeys(pair for pair in found if pair[0]))

    return tree.memo("leads to", path, make)


class _Said(NamedTuple):
    """What a file contributes to its set: how many of its lines pip has a hash of, the options that stand alone, the index."""

    hashed: int
    switches: frozenset[str]
    source: str


def said(member: Member, tree: Tree) -> _Said:
    """What a member contributes, found once a run."""
    return tree.memo("requirements say", member.path, lambda: _said(member.items))


def _said(items: list[Item]) -> _Said:
    options = [option for item in items if not item.requirement and not item.include for option in item.line.options]
    source = next((names.address(option.value) for option in reversed(options) if option.name == "index-url"), "")
    return _Said(sum(item.hashed for item in items), frozenset(option.name for option in options), source)


class FileSet:
    """What a file set says as a whole, seen from its starting file."""

    def __init__(self, document: Document, items: list[Item], tree: Tree) -> None:
        self.tree = tree
        self.own = Member(document.path, _is_constraints(document.path), items)
        self.includes: list[tuple[Item, str, bool]] = []  # what each line leads to at first
        self.branches: list[tuple[Item, list[Member]]] = []
        self.members = [self.own]
        seen: set[tuple[str, bool]] = set()
        known = {(self.own.path, self.own.constraint)}
        for item in items:
            if item.include and (path := target(document.path, item.include)[0]):
                key = (path, item.include.name == "constraint")
                if key in seen:
                    continue
                seen.add(key)
                self.includes.append((item, *key))
                members = reach(*key, tree)
                self.branches.append((item, members))
                if key in known and key != (self.own.path, self.own.constraint):
                    continue  # with all that it leads to
                for member in members:
                    if (member.path, member.constraint) not in known:
                        known.add((member.path, member.constraint))
                        self.members.append(member)
        self.pins, self.constraint_hashes = self._constraints()
        every = [said(member, tree) for member in self.members[1:]]
        every.insert(0, _said(self.own.items))
        self.hashed = sum(one.hashed for one in every)
        switches = {name for one in every for name in one.switches}
        self.mode = (bool(self.hashed) or "require-hashes" in switches) and "no-require-hashes" not in switches
        self.no_index = "no-index" in switches
        self.index = next((one.source for one in reversed(every) if one.source), "")

    def _constraints(self) -> tuple[dict[str, tuple[str, str]], dict[str, str]]:
        """Constrained name → (file, version) where a constraint names exactly one, and name → file where a constraint has a hash,
        which pip asks of whatever it takes by that name. pip forgets a constraint whose marker does not hold: one alone with a
        marker goes into `self.elsewhere`; several are taken for one version for each place."""
        pins: dict[str, tuple[str, str]] = {}
        self.elsewhere: dict[str, tuple[str, str]] = {}
        hashed: dict[str, str] = {}
        for member in self.members:
            if not member.constraint or member is self.own:
                continue
            spend(len(member.items))
            for item in member.items:
                if item.requirement and not item.requirement.url:
                    name = names.normalise(item.requirement.name)
                    if names.specifier_verdict(item.requirement.specifiers)[0] == "version":
                        pin = (member.path, item.requirement.specifiers[0].version)
                        only_here = item.requirement.marker and self.elsewhere.setdefault(name, pin) is pin
                        if not only_here:
                            pins.setdefault(name, self.elsewhere.get(name, pin))
                    if item.hashed:
                        hashed.setdefault(name, member.path)
        return pins, hashed

    def unhashed(self, member: Member) -> list[Item]:
        """The requirements of a member that pip's hash mode refuses for want of any hash."""
        if member.constraint:
            return []
        spend(len(member.items))
        return [item for item in member.items if self._lacks_hash(item)]

    def _lacks_hash(self, item: Item) -> bool:
        asked = item.requirement
        if asked is None or item.variable or item.detached:
            return False
        if is_vcs(asked):
            return True  # pip knows no hash of one, whatever the line says
        if item.hashes or (asked.url and names.url_hash(asked.url)[0]):
            return False
        return names.normalise(asked.name) not in self.constraint_hashes if asked.name else True

    def wholly_hashed(self) -> bool:
        """Whether pip accepts nothing that no hash of the set names."""
        if not self.mode:
            return False
        spend(sum(len(member.items) for member in self.members))
        required = [item for member in self.members if not member.constraint for item in member.items if item.requirement]
        return not any(self._lacks_hash(item) or item.ineffective or item.detached for item in required)

    def partly(self) -> tuple[Item, list[Item]] | None:
        """The item to report for the whole set and all that lack a hash; None if hash mode is off or satisfied.

        A branch that is at odds with itself is reported where it is judged itself.
        """
        if not self.mode:
            return None
        own = self.unhashed(self.own)
        lacking = [(item, self.unhashed(member)) for item, members in self.branches for member in members]
        every = [*own, *(found for _, items in lacking for found in items)]
        if own:
            return own[0], every
        for item, members in self.branches:
            if any(self.unhashed(member) for member in members):
                confined = any(found.hashed for member in members for found in member.items)
                return None if confined else (item, every)
        return None


def is_vcs(asked: names.Requirement) -> bool:
    """Whether a requirement is a commit of a repository."""
    return "+" in asked.url.partition(":")[0]


def _is_constraints(path: str) -> bool:
    return "constraint" in path.rpartition("/")[2].lower()
