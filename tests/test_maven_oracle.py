"""Maven versions and effective poms against Maven's own jars."""

from __future__ import annotations

import glob
import os
import random
import shutil
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from reactors import MANAGED, Reactor, reactor

from pinlint.ecosystems.maven.names import VersionError, parse_range
from pinlint.ecosystems.maven.order import compare
from pinlint.formats.pom import _section
from pinlint.model import Reference
from pinlint.semantics.effective_poms import model
from pinlint.semantics.poms import load
from pinlint.tree import Tree

JARS = sorted(glob.glob("/usr/share/maven/lib/*.jar") + glob.glob("/opt/maven/lib/*.jar"))
JAVA = Path(__file__).parent / "java"

Oracle = Callable[[str], list[str]]


@pytest.fixture(scope="module")
def maven(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Callable[[str], list[str]]]:
    """Compiles a class of tests/java against Maven's jars; the result takes standard input and yields the lines of the output."""
    if not (shutil.which("javac") and shutil.which("java") and any("maven-artifact" in jar for jar in JARS)):
        if os.environ.get("CI") == "true":
            pytest.fail("the Maven oracle needs java, javac and Maven's jars")
        pytest.skip("no java, javac or Maven jars on this machine")
    out = tmp_path_factory.mktemp("classes")

    def compiled(name: str) -> Callable[[str], list[str]]:
        path = ":".join(JARS)
        source = str(JAVA / f"{name}.java")
        subprocess.run(["javac", "-nowarn", "-d", str(out), "-cp", path, source], check=True, capture_output=True)
        command = ["java", "-cp", f"{out}:{path}", name]

        def ask(text: str) -> list[str]:
            # One line ends with \n alone: versions may hold what str.splitlines takes for line ends.
            answer = subprocess.run(command, input=text.encode(), capture_output=True, check=True).stdout.decode()
            return answer.split("\n")[:-1]

        return ask

    return compiled


ATOMS = """1 1.0 1.0.0 2 2.0 1.1 1-alpha 1.0-beta-2 1.0-SNAPSHOT 1-rc1 1cr1 1.0-ga 2.final 1sp x 1a2 1.0.0-1 0 00.1 1_1 10 1.10
    123456789012345678901234567890 1.0-20110705.132520-2 LATEST é 1..0 -1 .1 1-""".split()  # noqa: SIM905
TOKENS = "0 1 2 10 00 a b m alpha beta rc cr ga final release snapshot sp x é SP 99999999999".split()  # noqa: SIM905


def specs(seed: int, count: int) -> list[str]:
    draw = random.Random(seed)

    def blank(text: str) -> str:
        return draw.choice(["", "", "", " ", "\t"]) + text + draw.choice(["", "", "", " "])

    def bound() -> str:
        return blank(draw.choice([*ATOMS, "", ""]))

    def one() -> str:
        same = draw.choice(ATOMS)
        pair = f"{bound()},{bound()}"
        inner = draw.choice([bound(), f"{same},{same}", pair, pair, f"{pair},{bound()}"])
        return draw.choice("[[(") + inner + draw.choice("])])]")

    def noise(text: str) -> str:
        at = draw.randrange(len(text) + 1)
        return text[:at] + draw.choice("[](),") + text[at:] if draw.random() < 0.5 else text[:at] + text[at + 1 :]

    result = []
    for _ in range(count):
        form = draw.randrange(6)
        text = draw.choice(ATOMS) if form == 0 else one()
        if form in (2, 3):
            text += blank(draw.choice([",", ",", ""])) + one()
        if form == 3:
            text += draw.choice(["", draw.choice(ATOMS), "," + draw.choice(ATOMS)])
        result.append(noise(text) if form == 5 and text else text)
    return result


def kind(spec: str) -> str:
    try:
        allowed = parse_range(spec)
    except VersionError:
        return "invalid"
    return "range" if allowed.exact is None else "soft" if allowed.soft else "single"


def test_ranges_mean_what_maven_says(maven: Callable[[str], Oracle]) -> None:
    cases = specs(seed=20240, count=20_000)
    theirs = maven("Ranges")("".join(f"range {case}\n" for case in cases))
    ours = [kind(case) for case in cases]
    assert [(case, ours[at], theirs[at]) for at, case in enumerate(cases) if ours[at] != theirs[at]] == []
    seen = Counter(theirs)
    seen.update("several" for case, answer in zip(cases, theirs, strict=True) if answer == "range" and case.count(",") > 1)
    seen.update("equal bounds" for case, answer in zip(cases, theirs, strict=True) if answer == "single" and "," in case)
    rare = [what for what in ("invalid", "soft", "single", "range", "several", "equal bounds") if seen[what] < len(cases) / 100]
    assert rare == [], seen


def test_versions_are_ordered_as_maven_orders_them(maven: Callable[[str], Oracle]) -> None:
    draw = random.Random(4)

    def version() -> str:
        return "".join(draw.choice([".", "-", ".", "-", ""]) + draw.choice(TOKENS) for _ in range(draw.randint(1, 6)))

    pairs = [(version(), version()) for _ in range(10_000)]
    pairs += [(left, left + draw.choice([".0", "-0", ".ga", "-1", ".", "sp", "-SNAPSHOT"])) for left, _ in pairs]
    theirs = maven("Ranges")("".join(f"order {left}\t{right}\n" for left, right in pairs))
    ours = [str(compare(left, right)) for left, right in pairs]
    assert [(pair, ours[at], theirs[at]) for at, pair in enumerate(pairs) if ours[at] != theirs[at]] == []
    assert min(Counter(theirs).values()) > len(pairs) / 100


def written(new: Reactor, root: Path) -> None:
    """The repository under `root`/in, and with it under `root`/all what is outside of it."""
    for path, text in [(f"in/{path}", text) for path, text in new.inside.items()] + [
        (f"all/{path}", text) for path, text in (new.inside | new.outside).items()
    ]:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text(text)


def ours(root: Path, paths: list[str], tree: Tree) -> list[tuple[str, str, list[Reference]]]:
    """(pom, profile, references) for each pom, and for each profile of it as if it were switched on."""
    result = []
    for path in paths:
        pom = load(tree, path)
        assert pom
        for part in (pom.main, *pom.profiles):
            found = _section(part, model(tree, pom, part.name))
            result.append((path, part.name, [one for one in found if isinstance(one, Reference)]))
    return result


def test_effective_versions_are_those_of_maven(maven: Callable[[str], Oracle], tmp_path: Path) -> None:
    seen: Counter[str] = Counter()
    asked, calls = [], []
    for seed in range(80):
        new = reactor(seed)
        root = tmp_path / str(seed)
        written(new, root)
        paths = sorted(path for path in new.inside if path.endswith("pom.xml"))
        seen.update(set(new.seen))
        settings = ",".join(f"{name}={value}" for name, value in new.config.items())
        found = ours(root / "in", paths, Tree(str(root / "in"), lambda paths=paths: paths))  # type: ignore[misc]
        # What a pom says twice, in itself and in a profile, is shown once by Maven: the active profile's.
        written_out = [(path, one) for path, _, references in found for one in references if not one.settled_by]
        says = Counter((path, one.role, one.artifact.name) for path, one in written_out)
        # Keys that only properties make equal stay apart until Maven picks one; judged where it matters, at the dependency.
        respelt = {("managed dependency", f"com.acme:{name}") for name in MANAGED if "property in a key" in new.seen}
        for path, profile, references in found:
            overridden = {(role, name) for (where, role, name), count in says.items() if where == path and count > 1}
            asked.append((seed, path, profile, references, bool(new.outside), overridden, respelt))
            calls.append(f"{root / 'all'}\t{path}\t{profile}\t{settings}\n")
    answers = "\n".join(maven("EffectivePoms")("".join(calls))).split("\n\n")
    wrong, unresolved, resolved, caveats, errors = [], [], 0, 0, 0
    for (seed, path, profile, references, open_world, overridden, respelt), answer in zip(asked, answers, strict=False):
        rows = [tuple(row.split("\t")) for row in answer.strip("\n").split("\n")]
        if rows[0][0] == "error":
            errors += 1
            continue
        for one in references:
            if (one.role, one.artifact.name) in overridden:
                continue
            theirs = {row[2] for row in rows if row[:2] == (one.role, one.artifact.name)}
            if one.role == "imported BOM" or not theirs or (one.role, one.artifact.name) in respelt:
                continue
            row = (seed, path, profile, one.role, one.artifact.name, one.version, one.verdict, one.why, sorted(theirs))
            if ", unless " in one.why or " in the profile " in one.why:
                caveats += 1
            elif one.verdict != "unknown" and "${" not in one.version:
                resolved += 1
                if one.version not in theirs:
                    wrong.append(row)
            elif not open_world and not any("${" in version or not version for version in theirs):
                unresolved.append(row)
    assert errors < len(asked) / 10
    assert wrong == []
    assert unresolved == []
    assert resolved > 3000
    assert caveats > 30
    assert [what for what, count in seen.items() if count < 80 / 100] == []
