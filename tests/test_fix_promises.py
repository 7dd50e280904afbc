"""What is promised of fixing is what happens, by all there is in `fixtures/` and on the pages of rules: a registry that knows all
is asked, and what is then fixed is compared with what findings and pages say."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache, partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import pytest
from test_fixtures import ANSWERED, CASES, files_of
from test_rules import EVERY

from pinlint.commands.inventory import Inventory
from pinlint.config import Policy, load
from pinlint.discover import Found
from pinlint.fix import mend as mending
from pinlint.fix.remedies import Key, key, remedies
from pinlint.notations import NOTATIONS
from pinlint.pins import Pin
from pinlint.question import VERSION, Question, Resolve
from pinlint.rulebook import codes, page
from pinlint.schedule import check_all, new_tree

#: Where it is written down what is answered, nobody knows all.
PLAIN = [case for case in CASES if case not in ANSWERED]


class Promise(NamedTuple):
    """A finding: whether it says that it can be fixed safely, and whether it was, safely and with leave, and why it
    was not."""

    rule: str
    place: str
    notation: str
    promised: bool
    safely: bool
    at_all: bool
    why: str = ""


Written = dict[tuple[str, str, str], dict[str, Any]]


def written_in(found: Found, policy: Policy) -> Written:
    """The references of the files, by kind, name and what a registry is asked for: a question holds less than them."""
    rows = {}
    for row in Inventory().rows(new_tree(found.root, settings=policy.settings), found.files, str, {}):
        tag = "" if row["version"] in row["digests"] else str(row["version"]).partition("@")[0] or "latest"
        rows[row["kind"], row["name"], (tag or "latest") if row["kind"] == "image" else row["version"]] = row
    return rows


def omniscient(found: Found, policy: Policy) -> Resolve:
    """A registry that holds all that the files ask for."""
    return partial(known, written_in(found, policy))


def known(written: Written, asked: Question) -> Pin:
    """What a registry would answer that holds all that anybody asks for, and agrees with all that is left of a pin."""
    kind, row = asked.kind, written.get((asked.kind, asked.name, asked.version), {})
    left = (row.get("digests") or asked.digests or ("",))[0]
    raw = hashlib.sha512(asked.name.encode())
    version = asked.version if asked.version not in asked.digests else ""
    if kind == "npm":
        return Pin(version, ("sha512-" + base64.b64encode(raw.digest()).decode(),), "")
    if asked.notation == "include-integrity":
        return Pin(version, ("sha256-" + base64.b64encode(raw.digest()[:32]).decode(),), "")
    if kind in ("git", "action"):
        commit = (left if set(left) <= set("0123456789abcdef") else "") + raw.hexdigest()
        return Pin(asked.version, (commit[:40],), "", unsafe="a branch" if row.get("pin") == "floating" else "")
    if kind in ("image", "url"):
        start = left.strip().lower().rpartition(":")[2]
        start = start if len(start) <= 64 and set(start) <= set("0123456789abcdef") else ""
        return Pin(version or "latest", ("sha256:" + (start + raw.hexdigest())[:64],), "")
    chosen = "16.7.4" if asked.loose else version
    if kind == "pypi":
        return Pin(chosen, () if asked.loose and asked.wanted == VERSION else (f"sha256:{raw.hexdigest()[:64]}",), "")
    return Pin(chosen, (), asked.source, unsafe="it is the newest of today" if asked.loose else "")


def mended(found: Found, policy: Policy, *, unsafe: bool) -> tuple[set[Key], dict[Key, str]]:
    """(the findings that are fixed, why others are not)."""
    (one,) = mending.mend([found], lambda _: policy, omniscient(found, policy), (), unsafe=unsafe, write=False)
    return {key_ for key_, _ in remedies(one.patches)}, {key(fix.attempt.place): fix.why for _, fix in one.unfixed}


def promises(folder: Path) -> list[Promise]:
    found, policy = Found(str(folder), files_of(str(folder))), load(str(folder))._replace(ignore=("PIN006",))
    (safely, why), (at_all, _) = mended(found, policy, unsafe=False), mended(found, policy, unsafe=True)
    said = [one for checked in check_all(found, policy, "", 1) for one in checked.diagnostics if not one.suppressed]
    return [
        Promise(
            one.rule, f"{one.path}:{one.line}", one.kind, one.fixable, key(one) in safely, key(one) in at_all, why.get(key(one), "")
        )
        for one in said
    ]


@cache
def on_pages() -> dict[str, list[Promise]]:
    """The promises of the bad examples, by the rule of the page."""
    made: dict[str, list[Promise]] = {}
    for example in EVERY:
        if example.role == "bad" and not example.answers:
            with TemporaryDirectory() as name:
                for path, text in example.files.items():
                    (Path(name) / path).parent.mkdir(parents=True, exist_ok=True)
                    (Path(name) / path).write_text(text, encoding="utf-8", newline="")
                made.setdefault(example.page.name[:6], []).extend(promises(Path(name)))
    return made


@cache
def in_fixtures() -> dict[Path, list[Promise]]:
    return {case: promises(case) for case in PLAIN}


@pytest.mark.parametrize("code", codes())
def test_a_page_says_of_fixing_what_happens_to_its_examples(code: str) -> None:
    own = [one for one in on_pages().get(code, ()) if one.rule == code]
    what = "safe" if any(one.safely for one in own) else "unsafe" if any(one.at_all for one in own) else "none"
    assert page(code).fix == what


@pytest.mark.parametrize("case", PLAIN, ids=lambda case: f"{case.parent.name}-{case.name}")
def test_what_is_fixed_safely_was_promised(case: Path) -> None:
    assert [one for one in in_fixtures()[case] if one.safely and not one.promised] == []


#: What only the attempt shows: an ARG that feeds two places or is a part of a name, a digest that cannot be compared, two digests
#: of one tag, a flag in capitals that a second reader does not know, an image that is replaced elsewhere, a wrapper that never
#: reads a sum, an address that stands alone.
_BROKEN = re.compile(
    r"ARG \w+ feeds|is put together from others|cannot be compared"
    r"|the file says|a second reader sees|would ask for something else|would not mend it"
    r"|would break PIN005|no place for a key|reads or rewrites it"
)


def test_what_is_promised_happens_but_for_what_only_the_attempt_shows() -> None:
    every = [(str(case), one) for some in (on_pages(), in_fixtures()) for case, made in some.items() for one in made]
    broken = [(case, one) for case, one in every if one.promised and not one.safely]
    assert [(case, one.place, one.why) for case, one in broken if not _BROKEN.search(one.why)] == []
    kept = sum(one.promised and one.safely for _, one in every)
    assert kept > 5 * len(broken), "the exception is no rule"


def test_every_rule_that_findings_promise_to_fix_is_seen_to_be_fixed() -> None:
    every = [one for some in (*on_pages().values(), *in_fixtures().values()) for one in some]
    promised = {rule for one in NOTATIONS.values() for rule in one.safe}
    assert {one.rule for one in every if one.safely} >= promised | {"PIN007", "LCK102"}


@pytest.mark.parametrize(
    ("line", "safely"),
    [
        ("two==2", True), ("two===2", True), ("two==2 ; os_name == 'nt'", True), ("two[a]==2", True),
        ("two>=2", False), ("two", False),
        ("two==2.*", False), ("-e .", False), ("two @ https://files.example/two-2.zip", False),
        ("two==2\nthree==3\n# why\n    --hash=sha256:" + "5f" * 32, False), ("two==2\n-r gone.txt", False), ("two==2\na b", False),
    ],
)  # fmt: skip
def test_a_set_is_promised_where_every_hash_can_be_had(tmp_path: Path, line: str, safely: bool) -> None:
    (tmp_path / "requirements.txt").write_text(f"one==1 --hash=sha256:{'5f' * 32}\n{line}\n")
    (found,) = (one for one in promises(tmp_path) if one.rule == "PIN007")
    assert (found.promised, found.safely) == (safely, safely)
