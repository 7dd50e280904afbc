"""Commands in the text of a script, a Makefile or a CI file that edit texts, take them apart, or write whole files.

Nothing is run, and nothing is kept but what a command is given: variables that the same text sets once are filled in, others are
`*`. Knows what such commands look like; must not know a repository.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

__all__ = ["BUILDS", "WRITES", "Command", "commands", "files_named"]

#: The tools of commands that write whole files, and of those that build images.
WRITES, BUILDS = ">", "build"
#: A command that edits or takes apart texts, as a command: `mikefarah/yq:4` is none.
_TOOL = re.compile(
    r"(?<![\w.:@$-])(?:(?:g?sed|yq|g?awk|perl|jq|dasel|tomlq|xq|rpl|sd|cut|kustomize +edit|gojq)(?=[ \t])"
    r"|\$[({]?(?:\w+_)?(?:KUSTOMIZE[)}]? +edit|(?:G?SED|YQ|[GM]?AWK|PERL|JQ)[)}]?[\"']?)(?=[ \t])"
    r"|grep(?=[ \t]+(?:-\w+[ \t]+)*-\w*[oP])|grep(?=[^\n|]{1,300}\|[ \t]*(?:cut|g?awk|g?sed|tr|head -c|perl|yq)\b))"
    r"|\bre\.(?:sub|subn|search|match|findall|compile)(?=\()|\.(?:replace|replaceAll|sub|gsub!?|ReplaceAllString|match)(?=\()"
    r"|(?<= )-i?replace(?= )|\b(?:propertyPath|jsonpath|json_path|jsonPath)(?=[\"']?[ \t]*[:=])"
)
_HINT = re.compile(
    r"sed|awk|yq|jq|perl|SED|AWK|YQ|JQ|PERL|cut |grep|kustomize|KUSTOMIZE|replace|re\.|sub\(|match\(|dasel|tomlq|xq|rpl|sd "
    r"|propertyPath|json_?[pP]ath|>|tee |-o|-m |build |bud |tag "
)
#: Of patterns, what stands for blanks, and what for no character at all.
_BLANKS, _NOTHING = re.compile(r"\\+[sh][*+?]{0,2}|\[\[:(?:space|blank):\]\][*+?]{0,2}"), re.compile(r"\\+[KbB<>]")
_REDIRECTED = re.compile(r"(?<![<>&=\d|-])(?:>|\btee(?=\s))[ \t]*[\"']?((?:\$\(\w{1,60}\)|[\"'](?=/)|[^\s\"'&|;<>()`]){3,200})")
_GENERATOR = re.compile(
    r"\b(?:jsonnet|helm template|kustomize build|kubectl kustomize|ytt|kompose convert|cdk8s synth|controller-gen|timoni build"
    r"|kapitan compile|tk export)\b([^\n|;]{1,400})"
)
#: `docker build -t NAME`, `docker tag OTHER NAME`, in all spellings.
_BUILDER = re.compile(
    r"(?:(?<![\w/.-])(?:docker|podman|nerdctl|buildah)|\$[({]?\w*(?:DOCKER|PODMAN|BUILDAH|CONTAINER|OCI_|ENGINE)\w*[)}]?[\"']?)"
    r"[ \t]+(?:image[ \t]+|buildx[ \t]+|\$[({]\w+[)}][ \t]+)?(?:build|bud|tag)(?=[ \t])"
    r"((?:[^\n;|&\\]|\\\n?){1,600})"
)
_TAGGED = re.compile(
    r"(?<=\s)(?:-t|--tag)[ \t=]+[\"']?([^\s\"'\\]{2,200})"
    r"|\A[ \t]+[^\s-]\S{0,200}[ \t]+[\"']?([^\s\"'-][^\s\"']{0,200})[\"']?[ \t]*\Z"
)
_OUTPUT = re.compile(r"(?<=\s)(?:-m|-o|--output(?:-dir|-files?)?)[ =]+[\"']?([^\s\"'-][^\s\"']{0,200})")
_MANIFEST = re.compile(r"(?:.*[./])?(?:ya?ml|toml|json|(?:Docker|Container)file[^/]*)\Z|.*\*\Z")
#: A word of a path that is no ending alone.
_NAMED = re.compile(r"(?:\A|[*/])[\w-]")
_SHELL = re.compile(r".*(?:\.(?:py|rb|pl|js|mjs|cjs|ts|go|groovy)|package\.json)\Z")
_ASSIGNED = re.compile(
    r"^[ \t]*(?:export[ \t]+|local[ \t]+|readonly[ \t]+|-[ \t]+)?"
    r"(?:(\w{2,60})[ \t]{0,9}[:?]?=[ \t]{0,9}|([A-Z][A-Z0-9_]{1,60}):[ \t]{1,9})"
    r"(?:\"([^\"\n]{0,200})\"|'([^'\n]{0,200})'|((?:\$\([^)\n]{0,200}\)|[^\s\"'#;]){0,200}))",
    re.MULTILINE,
)
#: What no value that can be told holds: the rest of a command, or of a variable in a variable.
_UNTOLD = re.compile(r"[(){}\"'`|]")
_VARIABLE = re.compile(r"\$\{\{[^}\n]*\}\}|\{\{[^}\n]*\}\}|\$\{(\w+)[^}\n]*\}|\$\((\w+)\)|\$\([^)\n]*\)|\$(\w+)|%[sv]|\{\w*\}")
#: What a build calls its images unless it is told otherwise.
_DEFAULT = re.compile(r"\$\{\w+:?-([\w./:-]{1,200})\}")
_FILE = re.compile(
    r"[\w.*/@+-]*(?:\.[A-Za-z][\w*-]*|\*|(?:Docker|Container|Make|Jenkins)file[\w.*-]*|Kustomization)(?=[^\w.*/@+-]|\Z)"
)
_FOUND = re.compile(r"(?:\bfind|\$[({]\w{0,40}FIND[)}])[ \t]+[\"']?([^\s\"']+)(?:[^|;\n]{0,200}?-name[ \t]+[\"']?([^\s\"']+))?")
#: What is in quotes and no name of a file: a program of sed or awk, a pattern.
_PROGRAM = re.compile(
    r"'[^']*[\s|{^\[(=][^']*'|\"[^\"]*[\s|{^\[(=][^\"]*\"|[\"']?\b[sy]([/#,@:])[^\n\"']*?\1[^\n\"']*?\1[gIiE]*[\"']?"
)
_LOOSE = re.compile(r"(?:^|[\s\"'(=/])\*+(?:[\s\"')]|$)")
_LONGEST, _VARIABLES = 600, 500


class Command(NamedTuple):
    """Where a command stands, what it is, what it is given as it is written and with variables filled in (without backslashes), and
    the files that it names, with `*` for what nobody knows; `loose` is whether it names none but by a variable."""

    path: str
    line: int
    tool: str
    raw: str
    given: str
    files: tuple[str, ...]
    loose: bool

    @property
    def shown(self) -> str:
        """The place and the command, for people."""
        text = self.raw if self.tool in (WRITES, BUILDS) else f"{self.tool}{self.raw}"
        return f"{self.path}:{self.line} (`{' '.join(text.split())[:70].strip()}`)"


def commands(path: str, text: str) -> list[Command]:
    """Every such command of a text."""
    if not _HINT.search(text):
        return []
    variables = _assigned(text)
    found = list(_editing(path, text, variables))
    return found if _SHELL.fullmatch(path) else [*found, *_writing(path, text, variables), *_building(path, text)]


def files_named(text: str) -> tuple[str, ...]:
    """What may be the name of a file in a text, with `*` for what nobody knows."""
    return tuple(dict.fromkeys(one for one in _FILE.findall(_filled(text, _assigned(text))) if one.strip("*/.")))[:500]


def _assigned(text: str) -> dict[str, str]:
    """The values of the variables that a text sets once, to something that can be told."""
    found: dict[str, str] = {}
    often: set[str] = set()
    for match in _ASSIGNED.finditer(text):
        name = match[1] or match[2]
        if name in found or name in often or len(found) >= _VARIABLES:
            often.add(name)
            found.pop(name, None)
        else:
            value = _filled(match[3] or match[4] or match[5] or "", found)[:200]
            found[name] = "*" if _UNTOLD.search(value) else value
    return found


def _filled(text: str, variables: dict[str, str]) -> str:
    return _VARIABLE.sub(lambda found: variables.get(found[1] or found[2] or found[3] or "", "*"), text)


class _Lines:
    """Counts lines on the way through a text."""

    def __init__(self, text: str) -> None:
        self.text, self.number, self.at = text, 1, 0

    def of(self, offset: int) -> int:
        self.number += self.text.count("\n", self.at, offset)
        self.at = max(self.at, offset)
        return self.number

    def before(self, offset: int) -> str:
        """What stands on the line before an offset."""
        return self.text[max(self.text.rfind("\n", max(0, offset - 2 * _LONGEST), offset) + 1, offset - 2 * _LONGEST) : offset]


def _editing(path: str, text: str, variables: dict[str, str]) -> Iterator[Command]:
    lines, done = _Lines(text), 0
    for found in _TOOL.finditer(text):
        called = text.startswith("(", found.end())
        before = lines.before(found.start())
        if (found.start() < done and not called) or before.lstrip().startswith(("#", "//", "REM ")):
            continue
        done = _end(text, found.end())
        raw = text[found.end() : done]
        given = _filled(_plain(raw), variables)
        tool = _tool(found[0])
        marked = tool.startswith(("kustomize", "$", "json", "property", "-"))
        files = [one for one in _FILE.findall(_PROGRAM.sub(" ", given)) if one.strip("*/.-") and (one[0] != "." or "/" in one)]
        files = [] if called or marked else files
        piped = "xargs" in before or "-exec" in before
        for folder, name in _FOUND.findall(before) if piped else ():
            files.append(f"{_filled(folder, variables).rstrip('/')}/*{_filled(name, variables).lstrip('*')}".removeprefix("./"))
        loose = not files and (called or marked or piped or _LOOSE.search(_PROGRAM.sub(" ", given)) is not None)
        yield Command(path, lines.of(found.start()), tool, raw, given, tuple(files), loose)


def _tool(written: str) -> str:
    """The tool that a command calls, also by a variable: `$(SED)`, `${TOOLS_YQ}`; of Kustomize only whether it is one."""
    return written.strip("$({})\"'").rpartition("_")[2].lower() if written[0] == "$" and "edit" not in written else written


def _plain(raw: str) -> str:
    """What a command is given, without backslashes: a dot that is escaped is one to whoever looks for a name."""
    return _BLANKS.sub(" ", _NOTHING.sub("", raw.replace("\\\n", " "))).replace("\\", "")


def _writing(path: str, text: str, variables: dict[str, str]) -> Iterator[Command]:
    lines = _Lines(text)
    for found in _REDIRECTED.finditer(text):
        target = _filled(found[1], variables).replace('"', "").replace("'", "")
        if _MANIFEST.fullmatch(target) and _NAMED.search(target) and not target.startswith("/"):
            shown = lines.before(found.start()).strip()
            if not shown.startswith(("#", "//", ">")):
                yield Command(path, lines.of(found.start()), WRITES, shown[-60:] + found[0], "", (target,), False)
    lines = _Lines(text)
    for found in _GENERATOR.finditer(text):
        for target in _OUTPUT.findall(found[1]):
            named = _filled(target, variables)
            folder = named if _MANIFEST.fullmatch(named) else f"{named.rstrip('/')}/*"
            if _NAMED.search(folder) and not folder.startswith("/"):
                yield Command(path, lines.of(found.start()), WRITES, found[0], "", (folder,), False)


def _building(path: str, text: str) -> Iterator[Command]:
    lines = _Lines(text)
    variables: dict[str, str] | None = None
    for found in _BUILDER.finditer(text):
        if not lines.before(found.start()).lstrip().startswith("#"):
            names = " ".join(one or other for one, other in _TAGGED.findall(found[1].replace("\\\n", " ")))
            if names:
                variables = _assigned(_DEFAULT.sub(r"\1", text)) if variables is None else variables
                given = _filled(_DEFAULT.sub(r"\1", names), variables)
                yield Command(path, lines.of(found.start()), BUILDS, found[0], given, (), False)


def _end(text: str, start: int) -> int:
    """Where what a command is given ends: at the end of its line or before the next command, whatever quotes hold."""
    quote, at, stop, depth = "", start, min(len(text), start + _LONGEST), 0
    while at < stop:
        char = text[at]
        if quote:
            at += char == "\\" and quote == '"'
            quote = "" if char == quote else quote
        elif char in "\"'":
            quote = char
        elif char == "\\":
            at += 1
        elif char in "()":
            depth += 1 if char == "(" else -1
            if depth < 0:  # it stands in $(…)
                break
        elif char in "\n;|`" or text.startswith("&&", at):
            break
        at += 1
    return min(at, stop)
