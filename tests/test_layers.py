"""Who may import whom. Linting cannot reach a network because nothing under it can import the way there."""

from __future__ import annotations

import ast
import re
import sys
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parent.parent
MODULES = sorted((ROOT / "pinlint").rglob("*.py"))
#: First parts of module names that lead to a network or to another program.
NETWORK = {"socket", "ssl", "urllib", "http", "httpx", "requests", "ftplib", "smtplib", "asyncio", "webbrowser", "xmlrpc"}
PROGRAMS = {"subprocess", "pty", "multiprocessing", "ctypes"}
ALLOWED_PROGRAMS = {"pinlint.git": {"subprocess"}, "pinlint.workers": {"multiprocessing"}}
#: What works online. No other module may import these, `commands/check` only inside functions; only http and
#: wire meet the network.
ONLINE = re.compile(
    r"pinlint\.(?:http|logins|patience|wire|question|registries|remote|elsewhere|(?:fix|fleet|questions|verify)(?:\.\w+)*|notations\.\w+)"
    r"|pinlint\.ecosystems\.\w+\.(?:registry|credentials|configuration|protocol|history)"
    r"|pinlint\.server\.(?:asking|comments|pinning)|pinlint\.exports\.asking"
)
ONLINE_ENTRIES = (
    "pinlint.sessions", "pinlint.commands.check", "pinlint.commands.verify", "pinlint.commands.fleet", "pinlint.commands.export",
    "pinlint.commands.init", "pinlint.commands.doctor", "pinlint.server.features", "pinlint.server.protocol",
)  # fmt: skip
#: Programs that hand out credentials are the user's own choice.
ALLOWED_PROGRAMS |= {"pinlint.ecosystems.oci.credentials": {"subprocess"}, "pinlint.ecosystems.npm.configuration": {"subprocess"}}
ALLOWED_PROGRAMS |= {"pinlint.ecosystems.pypi.configuration": {"subprocess"}, "pinlint.ecosystems.pypi.credentials": {"subprocess"}}
ALLOWED_PROGRAMS |= {"pinlint.ecosystems.git.credentials": {"subprocess"}}
#: `urllib.parse` only takes strings apart.
HARMLESS = {"urllib.parse"}

#: What a layer may import of pinlint; "" stands for the module's own package. The first fitting prefix of a module decides.
LAYERS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("pinlint.errors", ()),
    ("pinlint.cooldown", ()),
    ("pinlint.model", ()),
    ("pinlint.pins", ("pinlint.model",)),
    ("pinlint.text", ()),
    ("pinlint.wire", ("pinlint.ecosystems.url.names",)),
    ("pinlint.logins", ("pinlint.pins",)),
    ("pinlint.once", ()),
    ("pinlint.ways", ()),
    ("pinlint.patience", ("pinlint.wire",)),
    ("pinlint.http", ("pinlint.patience", "pinlint.wire")),
    ("pinlint.notations", ("pinlint.model", "pinlint.pins", "pinlint.text")),
    ("pinlint.fix", ("pinlint",)),
    ("pinlint.budget", ("pinlint.text",)),
    ("pinlint.glob", ()),
    ("pinlint.toml", ()),
    ("pinlint.tree", ("pinlint.budget", "pinlint.text")),
    ("pinlint.syntax", ("pinlint.budget", "pinlint.toml", "pinlint.text", "pinlint.model", "pinlint.syntax")),
    ("pinlint.ecosystems", ("pinlint.model", "pinlint.toml", "pinlint.ecosystems")),
    ("pinlint.programs", (
        "pinlint.budget", "pinlint.model", "pinlint.text", "pinlint.tree", "pinlint.syntax", "pinlint.ecosystems",
        "pinlint.patterns", "pinlint.semantics", "pinlint.programs",
    )),
    ("pinlint.semantics", (
        "pinlint.budget", "pinlint.glob", "pinlint.model", "pinlint.text", "pinlint.tree", "pinlint.syntax", "pinlint.ecosystems",
        "pinlint.semantics", "pinlint.programs",
    )),
    ("pinlint.formats", (
        "pinlint.budget", "pinlint.glob", "pinlint.model", "pinlint.text", "pinlint.tree", "pinlint.syntax", "pinlint.ecosystems",
        "pinlint.semantics", "pinlint.programs",
    )),
    ("pinlint.rulebook", ("pinlint.errors",)),
    ("pinlint.executables", ()),
    ("pinlint.roots", ("pinlint.executables", "pinlint.listing")),
    ("pinlint.git", ("pinlint.executables", "pinlint.roots")),
    ("pinlint.listing", ("pinlint.git",)),
    ("pinlint.refs", ("pinlint.git",)),
    ("pinlint.entries", ("pinlint.text", "pinlint.tree")),
    ("pinlint.commit", ("pinlint.entries", "pinlint.errors", "pinlint.git", "pinlint.refs", "pinlint.text", "pinlint.tree")),
    ("pinlint.committed", (
        "pinlint.commit", "pinlint.discover", "pinlint.entries", "pinlint.errors", "pinlint.formats", "pinlint.git",
        "pinlint.roots", "pinlint.text",
    )),
    ("pinlint.since", (
        "pinlint.baseline", "pinlint.commit", "pinlint.config", "pinlint.discover", "pinlint.engine", "pinlint.errors",
        "pinlint.formats", "pinlint.model", "pinlint.schedule", "pinlint.text", "pinlint.tree",
    )),
    ("pinlint.review", (
        "pinlint.commit", "pinlint.errors", "pinlint.git", "pinlint.model", "pinlint.report.escapes", "pinlint.since",
        "pinlint.text", "pinlint.tree",
    )),
    ("pinlint.naming", ("pinlint.formats",)),
    ("pinlint.discover", (
        "pinlint.errors", "pinlint.formats", "pinlint.naming", "pinlint.glob", "pinlint.text", "pinlint.listing", "pinlint.roots",
        "pinlint.executables", "pinlint.commit", "pinlint.entries",
    )),
    ("pinlint.configurations", ("pinlint.discover", "pinlint.executables", "pinlint.text", "pinlint.tree")),
    ("pinlint.expressions", ()),
    ("pinlint.trust", ("pinlint.patterns",)),
    ("pinlint.trust_settings", ("pinlint.expressions", "pinlint.settings", "pinlint.trust")),
    ("pinlint.keys", ("pinlint.config",)),
    ("pinlint.schema", ("pinlint.config", "pinlint.ecosystems", "pinlint.keys", "pinlint.rulebook")),
    ("pinlint.settings", (
        "pinlint.keys",
        "pinlint.config", "pinlint.cooldown", "pinlint.discover", "pinlint.ecosystems", "pinlint.errors", "pinlint.rulebook",
        "pinlint.trust", "pinlint.trust_settings",
    )),
    ("pinlint.config", (
        "pinlint.configurations", "pinlint.cooldown", "pinlint.discover", "pinlint.ecosystems", "pinlint.errors",
        "pinlint.glob", "pinlint.model", "pinlint.patterns", "pinlint.rulebook", "pinlint.settings", "pinlint.text",
        "pinlint.toml", "pinlint.tree",
    )),
    ("pinlint.patterns", ()),
    ("pinlint.checks", ("pinlint.model", "pinlint.text", "pinlint.config", "pinlint.ecosystems")),
    ("pinlint.suppress", (
        "pinlint.model", "pinlint.text", "pinlint.config", "pinlint.formats", "pinlint.glob", "pinlint.patterns", "pinlint.syntax",
        "pinlint.rulebook",
    )),
    ("pinlint.report", ("pinlint",)),
    ("pinlint.engine", (
        "pinlint.budget", "pinlint.model", "pinlint.text", "pinlint.tree", "pinlint.checks", "pinlint.config", "pinlint.formats",
        "pinlint.suppress", "pinlint.fingerprint", "pinlint.notations", "pinlint.programs", "pinlint.semantics.built_images",
    )),
    ("pinlint.workers", ()),
    ("pinlint.streams", ("pinlint.errors", "pinlint.roots", "pinlint.report.escapes")),
    ("pinlint.walk", ("pinlint.errors", "pinlint.formats", "pinlint.text", "pinlint.tree")),
    ("pinlint.schedule", (
        "pinlint.commit", "pinlint.entries", "pinlint.config", "pinlint.discover", "pinlint.engine", "pinlint.formats",
        "pinlint.roots",
        "pinlint.text",
        "pinlint.tree", "pinlint.walk", "pinlint.workers",
    )),
    ("pinlint.commands.check", ("pinlint",)),
    ("pinlint.commands.verify", ("pinlint",)),
    ("pinlint.commands.export", ("pinlint",)),
    ("pinlint.commands.completions", ("pinlint",)),
    ("pinlint.commands.schema", ("pinlint.schema", "pinlint.options")),
    ("pinlint.exports", ("pinlint.config", "pinlint.model", "pinlint.report.escapes", "pinlint.exports")),
    ("pinlint.commands.fleet", ("pinlint",)),
    ("pinlint.commands.init", ("pinlint",)),
    ("pinlint.commands.doctor", ("pinlint",)),
    ("pinlint.proposed", (
        "pinlint.baseline", "pinlint.commit", "pinlint.config", "pinlint.ecosystems", "pinlint.errors", "pinlint.git",
        "pinlint.model", "pinlint.proposed", "pinlint.semantics.own_repository", "pinlint.syntax", "pinlint.text", "pinlint.tree",
    )),
    ("pinlint.commands", (
        "pinlint.arguments", "pinlint.baseline", "pinlint.budget", "pinlint.checks", "pinlint.discover",
        "pinlint.ecosystems", "pinlint.engine", "pinlint.errors",
        "pinlint.formats", "pinlint.model", "pinlint.options", "pinlint.report", "pinlint.schedule", "pinlint.session",
        "pinlint.sessions",
        "pinlint.streams", "pinlint.text", "pinlint.tree", "pinlint.walk",
    )),
    ("pinlint.session", ("pinlint.entries",
        "pinlint.ageing", "pinlint.checks", "pinlint.commands", "pinlint.commit", "pinlint.committed", "pinlint.config",
        "pinlint.discover", "pinlint.engine", "pinlint.errors", "pinlint.model", "pinlint.options", "pinlint.report",
        "pinlint.rulebook", "pinlint.schedule", "pinlint.streams", "pinlint.text", "pinlint.tree",
    )),
    ("pinlint.ageing", (
        "pinlint.checks", "pinlint.config", "pinlint.engine", "pinlint.formats", "pinlint.glob", "pinlint.model",
        "pinlint.patterns", "pinlint.rulebook", "pinlint.suppress", "pinlint.text", "pinlint.tree",
    )),
    ("pinlint.baseline", (
        "pinlint.errors", "pinlint.model", "pinlint.text", "pinlint.tree", "pinlint.fingerprint", "pinlint.streams",
        "pinlint.report.escapes",
    )),
    ("pinlint", ("pinlint",)),
)  # fmt: skip


def name_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


NAMES = {name_of(path) for path in MODULES}


def nodes(tree: ast.AST, typing: bool) -> Iterator[ast.AST]:
    """Every node below `tree`; without `typing`, what stands under `if TYPE_CHECKING` is left out."""
    for node in ast.iter_child_nodes(tree):
        if typing or not (isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"):
            yield node
            yield from nodes(node, typing)


def imported(path: Path, typing: bool = True) -> Iterator[str]:
    """Every module that the file imports, anywhere in it; `from a import b` counts as a.b where that is a module."""
    for node in nodes(ast.parse(path.read_text(encoding="utf-8")), typing):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            for alias in node.names:
                full = f"{node.module}.{alias.name}"
                yield full if full in NAMES else str(node.module)


def below(module: str, package: str) -> bool:
    return module == package or module.startswith(f"{package}.")


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_imports_only_from_its_layer(path: Path) -> None:
    name = name_of(path)
    if ONLINE.fullmatch(name):
        return
    allowed = next(allowed for layer, allowed in LAYERS if below(name, layer))
    ours = {module for module in imported(path) if below(module, "pinlint")}
    ours.discard("pinlint")  # the package itself holds the version and nothing else
    own = ".".join(name.split(".")[:3])  # a format may be a folder of modules
    assert {module for module in ours if not any(below(module, layer) for layer in (*allowed, own))} == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_reaches_no_network_and_starts_no_program(path: Path) -> None:
    name = name_of(path)
    modules = {module for module in imported(path) if not any(below(module, harmless) for harmless in HARMLESS)}
    firsts = {module.partition(".")[0] for module in modules}
    assert name in ("pinlint.http", "pinlint.wire") or firsts & NETWORK == set()
    assert firsts & PROGRAMS - ALLOWED_PROGRAMS.get(name, set()) == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_what_works_online_is_imported_by_nothing_else(path: Path) -> None:
    """Before the command that asks for it runs, nothing of it is loaded."""
    name = name_of(path)
    if name in ONLINE_ENTRIES:
        top = [node for node in ast.parse(path.read_text(encoding="utf-8")).body if isinstance(node, ast.Import | ast.ImportFrom)]
        assert [ast.unparse(node) for node in top if re.search(ONLINE, ast.unparse(node).replace(" import ", "."))] == []
    elif not ONLINE.fullmatch(name):
        assert {module for module in imported(path, typing=False) if ONLINE.fullmatch(module)} == set()


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_module_calls_nothing_that_runs_a_program_or_code(path: Path) -> None:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    calls = {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    runs = {"os.system", "os.popen", "os.fork", "os.posix_spawn", "eval", "exec", "compile", "__import__", "yaml.load"}
    anew = {"os.execv"} if name_of(path) == "pinlint.cli" else set()  # itself, in UTF-8
    assert {call for call in calls if call in runs or call.startswith(("os.exec", "os.spawn"))} == anew


def test_formats_never_import_one_another() -> None:
    """A package of a format may import its own modules."""
    crossings = set()
    for path in MODULES:
        name = name_of(path)
        if name.startswith("pinlint.formats."):
            own = ".".join(name.split(".")[:3])
            modules = {module for module in imported(path) if below(module, "pinlint.formats")}
            crossings |= {(name, module) for module in modules if not below(module, own)}
    assert crossings == set()


def test_an_ecosystem_imports_no_other_ecosystem_but_git_and_url() -> None:
    """Names of git commits and URLs occur in every ecosystem; otherwise each grammar stands alone. Charts lie in OCI registries,
    too, which are asked like those of images."""
    crossings = set()
    for path in MODULES:
        name = name_of(path)
        if name.startswith("pinlint.ecosystems."):
            own = ".".join(name.split(".")[:3])
            allowed = (own, "pinlint.ecosystems.git", "pinlint.ecosystems.url")
            modules = {module for module in imported(path) if below(module, "pinlint.ecosystems")}
            crossings |= {(name, module) for module in modules if not any(below(module, one) for one in allowed)}
    charts = {("pinlint.ecosystems.helm.registry", f"pinlint.ecosystems.oci.{one}") for one in ("credentials", "registry")}
    assert crossings == charts


def test_an_ecosystem_reads_no_file_of_a_repository() -> None:
    """What a repository says is read by formats and by what they share (`semantics`), and handed over."""
    readers = ("pinlint.tree", "pinlint.semantics", "pinlint.formats", "pinlint.questions")
    for path in MODULES:
        if name_of(path).startswith("pinlint.ecosystems."):
            assert [module for module in imported(path) if any(below(module, one) for one in readers)] == [], path


def test_the_grammar_of_names_needs_no_file() -> None:
    """`ecosystems/*/names` takes strings apart: what it needs of a repository it is given."""
    for path in MODULES:
        if name_of(path).startswith("pinlint.ecosystems.") and path.name == "names.py":
            ours = {module for module in imported(path) if below(module, "pinlint")}
            assert {module for module in ours if not below(module, "pinlint.ecosystems")} <= {"pinlint.model"}, path


def test_no_format_and_no_reader_names_a_rule_code() -> None:
    for path in MODULES:
        readers = ("formats", "semantics", "syntax", "ecosystems", "tree", "text")
        if any(below(name_of(path), f"pinlint.{layer}") for layer in readers):
            assert re.findall(r"\b(?:PIN|LCK|SRC|NET|RET|PRO|SIG)\d{3}\b", path.read_text(encoding="utf-8")) == [], path


def test_each_third_party_package_is_imported_in_one_place() -> None:
    found: dict[str, set[str]] = {}
    for path in MODULES:
        for module in imported(path):
            first = module.partition(".")[0]
            if first not in sys.stdlib_module_names and first != "pinlint":
                found.setdefault(first, set()).add(name_of(path))
    assert all(module.startswith("pinlint.verify.sigstore.") for module in found.pop("cryptography"))
    protocol = {f"pinlint.server.{name}" for name in ("asking", "features", "protocol")}  # it has 400 types
    assert found.pop("lsprotocol") == protocol
    assert {package: modules for package, modules in found.items() if len(modules) > 1 and package != "yaml"} == {}
    assert found["yaml"] == {"pinlint.syntax.composing", "pinlint.fix.second_reader"}  # the latter owes the former nothing
    assert found.get("httpx", {"pinlint.http"}) == {"pinlint.http"}


#: Files that may have more than 400 lines, and functions that may have more than 60, each with the reason.
LONG: dict[str, str] = {}


def test_no_file_and_no_function_is_long() -> None:
    found = set()
    for path in MODULES:
        text = path.read_text(encoding="utf-8")
        found |= {name_of(path)} if text.count("\n") > 400 else set()
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and (node.end_lineno or 0) - node.lineno >= 60:
                found.add(f"{name_of(path)}.{node.name}")
    assert found - set(LONG) == set()


#: What only other programs name: entry points; and what manifests of JavaScript will ask, once they are read.
NAMED_ELSEWHERE = {"pinlint.cli.main", "pinlint.semantics.js_manifests.settling"}


def test_every_public_definition_is_used() -> None:
    """By another module, or by its own; what only tests use is no part of the program."""
    texts = {path: path.read_text(encoding="utf-8") for path in MODULES}
    words = Counter(word for text in texts.values() for word in set(re.findall(r"\w+", text)))
    unused = set()
    for path, text in texts.items():
        tree = ast.parse(text)
        names = {node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name[0] != "_"}
        used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        unused |= {f"{name_of(path)}.{name}" for name in names if words[name] == 1 and name not in used}
    assert unused - NAMED_ELSEWHERE == set()
