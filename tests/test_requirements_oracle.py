# ruff: noqa: E501 - the tables of constructs read best with one construct a line
"""pip's own parser as the judge of what requirements files say: lines, options, hashes, requirements, file sets."""

from __future__ import annotations

import os
import warnings
from collections import Counter
from importlib import import_module
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from packaging.requirements import InvalidRequirement as PackagingInvalidRequirement
from packaging.requirements import Requirement as PackagingRequirement

from pinlint.ecosystems.pypi import names, versions
from pinlint.formats.requirements.sets import items_of, reach
from pinlint.syntax.requirements import Line, lines
from pinlint.tree import Tree

if TYPE_CHECKING:
    from pathlib import Path

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    req_file: Any = import_module("pip._internal.req.req_file")
    constructors: Any = import_module("pip._internal.req.constructors")
    exceptions: Any = import_module("pip._internal.exceptions")
    markers: Any = import_module("pip._vendor.packaging.markers")
    requirements: Any = import_module("pip._vendor.packaging.requirements")

pytestmark = pytest.mark.filterwarnings("ignore:Creating a Legacy:DeprecationWarning")  # of pip before 24.1

H256, H384, H512 = "a1" * 32, "b2" * 48, "c3" * 64
COMMIT = "0123456789abcdef0123456789abcdef01234567"
PIP_ERRORS = (exceptions.PipError, req_file.OptionParsingError, markers.InvalidMarker, requirements.InvalidRequirement)

# --- generated files: blocks of known constructs, so that each is known to occur -----------------------------------------

NAMES = st.sampled_from(["flask", "Flask_Login", "zope.interface", "a", "py2-x", "ruamel.yaml.clib"])
EXTRAS = st.sampled_from(["", "", "[dev]", "[a,b_c]", "[ a , b ]", " [x]", "[]"])
SPECIFIERS = st.sampled_from(
    ["==1.0", "==1.0", "== 2.3.4", "===1.0-x", "==1.*", ">=1,<2", "~=1.4.2", "!=1.0", "==1.0,!=1.1", "(>=1)", "<3", "==1!2.0rc1", "==1.0+cu118", ""]
)  # fmt: skip
MARKERS = st.sampled_from(
    ["", "", "", ' ; python_version < "3.8"', ";python_version<'3'", ' ; sys_platform == "win32" and (os_name=="nt" or extra == "x")', ' ; "a" in platform_version',
     " ; implementation_name not in 'cpython'", ' ; python_version < "3 -x"']
)  # fmt: skip
HASHES = st.sampled_from(
    [f"--hash=sha256:{H256}", f"--hash sha256:{H256}", f"--hash=sha384:{H384}", f"--hash=sha512:{H512}", f"--hash=SHA256:{H256}", "--hash=md5:" + "d" * 32,
     f"--hash=sha256:{H256.upper()}", "--hash=sha256:abc", "--hash=sha256:" + "z" * 64, "--hash=abc", f"--has=sha256:{H256}", f"'--hash=sha256:{H256}'", f'--hash="sha256:{H256}"']
)  # fmt: skip
JOIN = st.sampled_from([" ", " \\\n    ", "\\\n ", " \\\r\n\t", "  ", " \\\\\n  "])


def block(tag: str, *parts: st.SearchStrategy[str] | str) -> st.SearchStrategy[tuple[str, str]]:
    drawn = [st.just(part) if isinstance(part, str) else part for part in parts]
    return st.tuples(*drawn).map(lambda pieces: (tag, "".join(pieces)))


REQUIREMENT = st.tuples(NAMES, EXTRAS, SPECIFIERS, MARKERS).map("".join)
HASHED = st.tuples(REQUIREMENT, JOIN, HASHES, JOIN, HASHES).map("".join)
URLS = st.sampled_from(
    ["https://files.example/a-1.0.zip", f"https://files.example/a-1.0-py3-none-any.whl#sha256={H256}", "http://u:p@files.example/x.tar.gz#egg=x&md5=" + "d" * 32,
     "https://files.example/x.zip#sha1=" + "e" * 40, "file:///opt/x.zip"]
)  # fmt: skip
VCS = st.sampled_from(
    [f"git+https://git.example/u/r.git@{COMMIT}#egg=r", "git+ssh://git@git.example/u/r.git@v1.0#egg=r", "git+https://git.example/u/r#egg=r", "hg+https://hg.example/r@tip#egg=r"]
)  # fmt: skip
BLOCKS = {
    "requirement": block("requirement", REQUIREMENT),
    "hash": block("hash", HASHED),
    "marker": block("marker", NAMES, SPECIFIERS, st.sampled_from([' ; python_version < "3.8"', " ; os_name == 'a ; b'", ";os_name=='#'", "; os_name == ' #'"])),
    "trailing comment": block("trailing comment", REQUIREMENT, st.sampled_from([" # c", "\t# c", "  #", "#c", "\u00a0# c"])),
    "comment in a continuation": block("comment in a continuation", REQUIREMENT, " \\\n", st.sampled_from(["# c\n", "  # c \\\n", "#\n"]), HASHES),
    "continued comment": block("continued comment", REQUIREMENT, " # c \\\n  ", HASHES),
    "blank line in a continuation": block("blank line in a continuation", REQUIREMENT, " \\\n", st.sampled_from(["\n", "   \n"]), HASHES),
    "blank after the backslash": block("blank after the backslash", REQUIREMENT, " \\ \n", HASHES),
    "tab before an option": block("tab before an option", REQUIREMENT, "\t", HASHES),
    "config settings": block("config settings", REQUIREMENT, st.sampled_from([' --config-settings="--x=y z"', " -C a=b", " --config-settings 'a=b'", " -C a", " --config-settings"])),
    "positional after options": block("positional after options", REQUIREMENT, " ", HASHES, st.sampled_from([" b==2", " ; python_version<'3'", " -- x", " -"])),
    "url": block("url", st.one_of(URLS, st.tuples(NAMES, EXTRAS, st.sampled_from([" @ ", "@", "@ "]), URLS).map("".join)), st.sampled_from(["", " ; python_version<'3'", " # c", "; os_name=='a'"])),
    "vcs": block("vcs", st.one_of(VCS, st.tuples(NAMES, st.just(" @ "), VCS).map("".join))),
    "editable": block("editable", st.sampled_from(["-e ", "-e", "--editable=", "--editable ", "--edit ", "-e \\\n  "]), st.one_of(VCS, VCS.map(lambda url: f'"{url}"'))),
    "include": block("include", st.sampled_from(["-r base.txt", "-rbase.txt", "--requirement=base.txt", "--requirement base.txt", "-r 'base.txt'", "--requirem sub/deep.txt", "-r ./base.txt # c"])),
    "constraint": block("constraint", st.sampled_from(["-c limits.txt", "-climits.txt", "--constraint=limits.txt", "--con limits.txt", "-c limits.txt -r base.txt"])),
    "index option": block("index option", st.sampled_from(["--index-url https://registry.example/simple", "-i https://${USER_X}:${PW_X}@registry.example/", "--pypi-url=https://registry.example", "--extra-index-url https://b.example", "--trusted-host b.example", "-f http://c.example/", "--find-links=./wheels --no-index", "--pre", "--prefer-binary", "--no-binary :all:", "--only-binary=a,b", "--require-hashes"])),
    "refused option": block("refused option", st.sampled_from(["--nope", "-z", "--pre=1", "-r", "--index-url", "--no-binary -x", "--p", "--e x", "--hash", 'a==1 --hash="x', "-e 'x"])),
    "variable": block("variable", st.sampled_from(["a==${VERSION_X}", "${NAME_X}==1", "https://${TOKEN_X}@files.example/a.zip", "a==1 ; os_name == '${OS_X}'", "a==$VERSION", "a==${lower}"])),
    "detached hash": block("detached hash", HASHES),
    "refused requirement": block("refused requirement", st.sampled_from(["a=1.0", "a b", "a==", "a==1.0 b", "==1.0", "a;;", "a ; os_name", "a[", "a[x", "a>=1.0.*", "a~=1", "a @", "<<<<<<< HEAD", "- a==1", "a==1;", "a,b", "a (==1", "git+foo://x/y", "a==1.0 ; os_name=='x' or"])),
    "noise": block("noise", st.text(alphabet="a1=-# \t\\\"'@;,[]()$<>.:/+~!*_\u00e9\u2028", max_size=14)),
}  # fmt: skip
ENDS = {
    "\\n": "\n", "\\r\\n": "\r\n", "\\r": "\r", "form feed": "\x0c", "vertical tab": "\x0b", "file separator": "\x1c", "next line": "\x85",
    "line separator": "\u2028",
}  # fmt: skip
TAILS = {"no final newline": "", "final newline": "\n", "backslash at the end": " \\"}


@st.composite
def files(draw: st.DrawFn) -> tuple[str, set[str]]:
    """(text of a requirements file, constructs in it)."""
    tags: set[str] = set()
    text = ""
    for tag in draw(st.lists(st.sampled_from(sorted(BLOCKS)), min_size=1, max_size=5)):
        end = draw(st.sampled_from(["\\n", *sorted(ENDS)]))
        text += (ENDS[end] if text else "") + draw(BLOCKS[tag])[1]
        tags |= {tag, end} if text else {tag}
    tail = draw(st.sampled_from(sorted(TAILS)))
    return text + TAILS[tail], tags | {tail}


# --- what both say -------------------------------------------------------------------------------------------------------


def pip_line(text: str) -> tuple[str, dict[str, object]] | None:
    """(args, options that are set) of a logical line; None if pip refuses it."""
    try:
        args, values = req_file.get_line_parser(None)(text)
    except PIP_ERRORS:
        return None
    options = {key: value for key, value in vars(values).items() if value and key not in ("format_control", "release_control")}
    return args, options


DESTINATIONS = {
    "index-url": "index_url", "extra-index-url": "extra_index_urls", "no-index": "no_index", "constraint": "constraints",
    "requirement": "requirements", "editable": "editables", "find-links": "find_links", "prefer-binary": "prefer_binary",
    "require-hashes": "require_hashes", "pre": "pre", "trusted-host": "trusted_hosts", "config-settings": "config_settings", "hash": "hashes",
}  # fmt: skip
FLAGS = ("no-index", "prefer-binary", "require-hashes", "pre")


def our_line(line: Line) -> tuple[str, dict[str, object]] | None:
    """The same, from our reading."""
    if line.error:
        return None
    found: dict[str, Any] = {}
    for name, value, *_ in line.options:
        destination = DESTINATIONS.get(name)
        if name == "hash":
            if names.hash_refusal(value).startswith("pip refuses"):
                return None
            algorithm, _, digest = value.partition(":")
            found.setdefault("hashes", {}).setdefault(algorithm, []).append(digest)
        elif name == "config-settings":
            key, _, setting = value.partition("=")
            known = found.setdefault("config_settings", {})
            known[key] = [*([known[key]] if isinstance(known[key], str) else known[key]), setting] if key in known else setting
        elif name in FLAGS:
            found[str(destination)] = True
        elif name == "index-url":
            found["index_url"] = value
        elif destination:
            found.setdefault(destination, []).append(value)
    return line.args, {key: value for key, value in found.items() if value}


def pip_requirement(text: str) -> tuple[object, ...] | None:
    """(name, extras, specifier, URL) as pip constructs it; None if pip refuses it."""
    try:
        parts = constructors.parse_req_from_line(text, None)
    except PIP_ERRORS:
        return None
    req = parts.requirement
    url = parts.link.url if parts.link else (req.url or "") if req else ""
    return (
        names.normalise(req.name) if req else "",
        sorted(req.extras) if req else [],
        canonical(str(req.specifier) if req else ""),
        url,
    )


def canonical(specifier: str) -> list[str]:
    return sorted("".join(part.split()) for part in specifier.split(",") if part.strip())


def our_requirement(text: str) -> tuple[object, ...] | None:
    """The same, from our reading."""
    try:
        asked = names.parse_line(text)
    except names.InvalidRequirement:
        return None
    if asked.path:
        return ("path",)
    specifier = ",".join(s.operator + s.version for s in asked.specifiers)
    return (names.normalise(asked.name), sorted(set(asked.extras)), canonical(specifier), asked.url)


def packaging_accepts(text: str) -> bool:
    try:
        PackagingRequirement(text)
    except PackagingInvalidRequirement:
        return False
    return True


def same_requirement(text: str) -> bool:
    """Whether pip and we read a requirement alike. Excepted: paths (pip asks the disk), wheels' names (the file's, not the line's),
    and what pip before 24.1 read differently from `packaging`, which newer ones follow."""
    ours, theirs = our_requirement(text), pip_requirement(text)
    if ours == ("path",) or ours == theirs:
        return True
    if ours is None or theirs is None:
        return (ours is not None) == packaging_accepts(text)
    return bool(ours[3]) and ours[3] == theirs[3] and str(ours[3]).partition("#")[0].endswith((".whl", ".zip"))


def check_lines(text: str) -> None:
    """Asserts that pip and we read the lines of `text` alike: number, text, options, requirement, places."""
    ours = list(lines(text))
    assert [(len((text[: line.start] + "x").splitlines()), line.text) for line in ours] == list(req_file.preprocess(text))
    for line in ours:
        reading = our_line(line)
        assert reading == pip_line(line.text), line.text
        place = line.span()
        assert (
            "".join(text[place.start : place.end].split())
            .replace("\\", "")
            .startswith("".join(line.text.split()).replace("\\", "")[:5])
        )
        for option in line.options:
            written = line.text[option.start : option.end]
            assert written.startswith(("-", "'", '"'))
        if reading and reading[0]:
            assert same_requirement(reading[0]), reading[0]


def test_generated_files_read_as_pip_reads_them() -> None:
    seen: Counter[str] = Counter()

    @settings(max_examples=500, deadline=None, database=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(files())
    def run(case: tuple[str, set[str]]) -> None:
        text, tags = case
        seen.update(["all", *tags])
        check_lines(text)

    run()
    rare = {tag: seen[tag] for tag in (*BLOCKS, *ENDS, *TAILS) if seen[tag] < seen["all"] / 100}
    assert rare == {}


HARD = [
    pytest.param("a==1 \\", id="backslash at the end of the file"),
    pytest.param("\\\n\\\na==1\\\n", id="lines of backslashes alone"),
    pytest.param("\\a==1\\\\\\\n \\ b", id="backslashes are stripped on both sides"),
    pytest.param("a==1 \\\n# c \\\nb==2", id="a comment line is not continued"),
    pytest.param("a==1 # c \\\nb==2\nc==3", id="a trailing comment is continued"),
    pytest.param("a==1\x0cb==2\x85c==3\u2028d==4", id="every line boundary of splitlines"),
    pytest.param("a==1\u00a0# c\n\u3000b==2\u3000", id="white space of every script"),
    pytest.param("a==1 --hash=sha256:x\t--hash=sha256:y\n", id="a tab between options separates them"),
    pytest.param("a==1\t--hash=sha256:x", id="a tab before options does not"),
    pytest.param("-r base.txt b==1", id="words after an option are dropped"),
    pytest.param("-- a==1", id="two dashes end the options"),
    pytest.param("a==1 --hash=sha256:'x y'\\ z", id="quotes inside a word"),
    pytest.param('a==1 --hash="sha256:\\"x\\a"', id="escapes inside double quotes"),
    pytest.param("-e '' x", id="an empty word"),
    pytest.param("--re x", id="an ambiguous abbreviation"),
    pytest.param("--hash", id="an option without its value"),
    pytest.param("a @ https://x.example/a;b.zip ; os_name=='x'", id="a semicolon in a URL"),
    pytest.param("https://x.example/a.zip;os_name=='x'", id="a bare URL's marker needs a blank"),
    pytest.param("a(>=1 , <2)\nb >=1,\nc[ x ]>=1", id="parentheses, a final comma, blanks"),
    pytest.param("a ; (((os_name=='x')))\nb ; os_name=='x' and (os_name=='y' or os_name=='z')", id="parentheses in markers"),
    pytest.param("a_\n_a\na-\n1\na.b.c\n-\n", id="first and last characters of names"),
    pytest.param("", id="an empty file"),
]


@pytest.mark.parametrize("text", HARD)
def test_hard_lines_read_as_pip_reads_them(text: str) -> None:
    check_lines(text)


# --- requirements against packaging --------------------------------------------------------------------------------------

SCRAPS = st.lists(
    st.sampled_from(
        [*"a1=<>~!;,@[]()'\" .-_*+", "==1.0", ">=2", "flask", "[x]", " ; ", "os_name", "python_version", " and ", " or ", " in ", " not ", "'x'", "1!2", "rc1",
         ".post1", ".dev0", "-1", "+local.1", ".*", "v1", "===", "~=1.2", "@ https://x.example/a", "\t", "\u00e9", "\u0661", "\u017f", "extra", "alpha"]
    ), max_size=9,
).map("".join)  # fmt: skip
WELL_FORMED = st.tuples(NAMES, EXTRAS, SPECIFIERS, MARKERS).map("".join)


@settings(max_examples=800, deadline=None, database=None, derandomize=True)
@given(st.one_of(SCRAPS, st.tuples(NAMES, SCRAPS).map("".join), st.tuples(WELL_FORMED, SCRAPS).map("".join)))
def test_requirements_read_as_packaging_reads_them(text: str) -> None:
    try:
        theirs = PackagingRequirement(text)
    except PackagingInvalidRequirement:
        with pytest.raises(names.InvalidRequirement):
            names.parse(text)
        return
    ours = names.parse(text)
    assert (ours.name, set(ours.extras), ours.url) == (theirs.name, theirs.extras, theirs.url or "")
    assert sorted((s.operator, s.version) for s in ours.specifiers) == sorted((s.operator, s.version) for s in theirs.specifier)
    assert all(text[s.start : s.end].startswith(s.operator) and text[s.start : s.end].endswith(s.version) for s in ours.specifiers)
    assert bool(ours.marker) == (theirs.marker is not None)


# --- file sets -----------------------------------------------------------------------------------------------------------

SET = {
    "base.txt": f"base==1 --hash=sha256:{H256}\n-c limits.txt\n-r sub/deep.txt\n",
    "limits.txt": f"limited<2\nhashed==1 --hash=sha256:{H256}\n-r sub/deep.txt\n",
    "sub/deep.txt": "deep\n-c ../limits2.txt\n",
    "limits2.txt": "second==1\n",
}
SET_LINES = st.lists(
    st.sampled_from(
        ["-r base.txt", "-c limits.txt", "-csub/deep.txt", "-r 'sub/deep.txt' # c", "a==1 -r base.txt", "-c limits.txt -r base.txt", "own>=1", f"b==2 --hash=sha256:{H256}",
         "-r sub/../limits2.txt", "--pre -r base.txt", "c==1 # \\", "-e git+https://git.example/u/r#egg=r"]
    ), min_size=1, max_size=6,
).map("\n".join)  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("set")
    (root / "sub").mkdir()
    for name, text in SET.items():
        (root / name).write_text(text)
    return root


def test_file_sets_hold_what_pip_reads_from_them(folder: Path) -> None:
    """Each requirement with its file, line, hashes and whether it is a constraint; pip repeats a file that is named twice, we do not."""
    seen: Counter[str] = Counter()

    @settings(max_examples=300, deadline=None, database=None, derandomize=True)
    @given(SET_LINES)
    def run(text: str) -> None:
        (folder / "requirements.txt").write_text(text)
        theirs = set()
        for parsed in req_file.parse_requirements(str(folder / "requirements.txt"), session=None):
            where, line = parsed.comes_from[3:].rsplit(" (line ", 1)
            hashes = (parsed.options or {}).get("hashes", {})
            path = os.path.relpath(os.path.normpath(where), folder)
            theirs.add(
                (
                    path,
                    int(line[:-1]),
                    parsed.constraint,
                    tuple(f"{key}:{value}" for key, values in hashes.items() for value in values),
                )
            )
        tree = Tree(str(folder), list)
        ours = set()
        for member in reach("requirements.txt", False, tree):
            content = tree.read(member.path, "pip").text
            for item in member.items:
                if item.requirement:
                    number = len((content[: item.line.start] + "x").splitlines())
                    ours.add((member.path, number, member.constraint, item.hashes))
        assert ours == theirs
        seen["all"] += 1
        seen["constraint"] += any(entry[2] for entry in ours)
        seen["requirement of a constraints file"] += any(entry[0] == "sub/deep.txt" and not entry[2] for entry in ours)

    run()
    assert min(seen.values()) >= seen["all"] / 100


def test_circles_are_cut(folder: Path) -> None:
    (folder / "one.txt").write_text("a==1\n-r two.txt\n")
    (folder / "two.txt").write_text("b==1\n-r one.txt\n-r two.txt\n")
    assert [member.path for member in reach("one.txt", False, Tree(str(folder), list))] == ["one.txt", "two.txt"]


def test_hashes_that_pip_refuses_are_named() -> None:
    """pip checks the algorithm while it parses; that no file can match a digest of the wrong length it finds out much later."""
    for value in (f"SHA256:{H256}", "md5:" + "d" * 32, "sha224:" + "d" * 56, "abc", ":"):
        assert pip_line(f"a==1 --hash={value}") is None
        (item,) = items_of(f"a==1 --hash={value}")
        assert item.ineffective.startswith("pip refuses")
        assert not item.hashed
    for value in (f"sha256:{H256}", f"sha256:{H256.upper()}", f"sha384:{H384}", f"sha512:{H512}"):
        (item,) = items_of(f"a==1 --hash={value}")
        assert item.hashed
    for value in ("sha256:abc", "sha256:" + "z" * 64, f"sha512:{H256}"):
        (item,) = items_of(f"a==1 --hash={value}")
        assert item.ineffective
        assert not item.ineffective.startswith("pip refuses")


VERSIONS = [
    "1", "1.0", "1.0.0", "1.1", "1.0.1", "0.9", "1.0a1", "1.0b2", "1.0rc1", "1.0.dev1", "1.0a1.dev2", "1.0.post1", "1.0-1", "1.0.post1.dev3",
    "1.0+cu118", "1.0+abc", "1.0+1", "1.0.post1+x", "1!1.0", "1!0.5", "2", "2.2.1", "2.2", "2.2.post3", "v1.0", "1.4.5", "1.4.5a0", "1.10", "10", "2004d",
]  # fmt: skip


@pytest.mark.parametrize("operator", ["==", "!=", "<", "<=", ">", ">=", "~=", "===", "==*", "!=*"])
def test_version_lies_in_a_range_as_packaging_says(operator: str) -> None:
    from packaging.specifiers import InvalidSpecifier, SpecifierSet
    from packaging.version import InvalidVersion

    compared = 0
    for limit in VERSIONS:
        limit += ".*" * operator.endswith("*")
        try:
            wanted = SpecifierSet(operator.rstrip("*") + limit)
        except InvalidSpecifier:
            continue
        for version in VERSIONS:
            try:
                expected = wanted.contains(version, prereleases=True)
            except InvalidVersion:
                continue
            assert versions.satisfies(version, [(operator.rstrip("*"), limit)]) == expected or version == "2004d", (
                version,
                operator,
                limit,
            )
            compared += 1
    assert compared > 200
