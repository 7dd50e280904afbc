"""The table of notations: where and how a pin is written. One line here and one module with its writer make a notation.

Everything is a string, so nothing is imported until a pin is written: a run that only looks reads here what `--fix` would do. Knows
which rules a notation mends and who has a say in it; must not know which registry answered, or how anything is written.
"""

from collections.abc import Callable, Iterable
from importlib import import_module
from typing import TYPE_CHECKING, Any, NamedTuple

from pinlint.model import Place, Reference, Span

if TYPE_CHECKING:
    from pinlint.pins import Edit, NoPin, Pin
    from pinlint.text import Document

__all__ = ["NOTATIONS", "Notation", "edits", "is_asked", "is_promised", "is_replaced", "may_mend", "mirrors"]

#: Rules whose findings any pin mends, and the one that only a sum does.
_MENDED, _WITHOUT_SUM = frozenset(("PIN001", "PIN002", "PIN003", "PIN004", "PIN005", "PIN010", "PIN011")), "SRC205"
#: References that name no single version.
_LOOSE = ("floating", "range")


class Notation(NamedTuple):
    """A way to write a pin. `writer` is the function that makes the edits, as `module:function` of this package.

    `safe` are the rules that it mends without changing what runs, if whoever is asked knows the artifact: findings promise that.
    `asked` are those of which only the answer, or what else reads the place, tells whether that holds (a git ref may be a tag or a
    branch): `--fix` asks, nothing is promised, and what the answer calls unsafe takes leave. All other rules take leave to ask.

    `replaces` is what of a version gives way to the pin: "" = nothing, "version" = whatever is asked for, "range" = what names no
    single version, which changes what runs. `is_sum` is whether the pin is a sum, wanted wherever none is written. `mirrors` tells
    places that must say the same. `consumers` are those who may object, as `module:function` of `pinlint.fix.consumers`.
    """

    writer: str
    safe: tuple[str, ...]
    asked: tuple[str, ...] = ()
    replaces: str = ""
    is_sum: bool = False
    mirrors: str = ""
    consumers: tuple[str, ...] = ()


#: Who may object to a pin: in any file, to one of an image, and to one of an image in a value that a schema may know. A lock and a
#: sum are read by their own tool alone, and what pip reads has its own search (see `fix/pip_commands`).
_FILE = ("generated:file", "markers:marked", "generated:golden", "generated:rendered", "writers:written")
_IMAGE = (*_FILE, "deployers:replaced", "preloaded:never_pulled")
_VALUE = (*_IMAGE, "charts:schema")
_CARGO = ("vendored:by_cargo", "vendored:for_workspace")
_YAML, _BOTS = "comments:directive", "bots:see_no_version"

_TAG = ("PIN001", "PIN003", "PIN005")
_COMMAND = ("PIN010", "PIN011")
_REF, _BRANCH = ("PIN003", "PIN005"), ("PIN001",)
_CHOICE = ("PIN001", "PIN002")

NOTATIONS = {
    "action": Notation("git_ref:action", _REF, _BRANCH, "version", consumers=(*_FILE, _YAML)),
    "argument-commit": Notation("toml_ref:argument", _REF, _BRANCH, "version", consumers=(*_FILE, _BOTS)),
    "bun-integrity": Notation("lock_integrity:element", (*_TAG, "PIN004")),
    "chart-version": Notation("in_place:version", (), _CHOICE, "version", consumers=_FILE),
    "command-image": Notation("image:tag", (*_TAG, *_COMMAND), consumers=_IMAGE),
    "command-ref": Notation("git_ref:fragment", _REF, (*_BRANCH, *_COMMAND), "version", consumers=(*_FILE, _BOTS)),
    "commit-key": Notation("yaml_key:commit", _REF, _BRANCH, "version", consumers=(*_FILE, "bots:follow_default_branch")),
    "git-commit": Notation("git_ref:commit", _REF, _BRANCH, "version", consumers=(*_FILE, _YAML, _BOTS)),
    "git-frozen": Notation("git_ref:frozen", _REF, _BRANCH, "version", consumers=(*_FILE, _YAML)),
    "git-ref": Notation("git_ref:fragment", _REF, _BRANCH, "version", consumers=(*_FILE, _BOTS)),
    "git-rev": Notation("git_ref:revision", _REF, _BRANCH, "version", consumers=(*_FILE, _BOTS)),
    "gradle-sum": Notation("wrapper_sum:next_line", ("SRC205", "PIN005"), is_sum=True, consumers=("wrappers:written_anew",)),
    "image": Notation("image:tag", _TAG, consumers=(*_VALUE, "mirrors:elsewhere")),
    "image-argument": Notation("image:argument", _TAG, consumers=_IMAGE),
    "image-digest-key": Notation("yaml_key:digest", _TAG, consumers=_VALUE),
    "image-tag-key": Notation("yaml_key:tag", _TAG, consumers=_VALUE),
    "include-integrity": Notation("yaml_key:integrity", ("SRC205",), is_sum=True, consumers=_FILE),
    "json-sha": Notation("json_sha:beside", _REF, _BRANCH, consumers=_FILE),
    "json-sibling": Notation("json_sibling:sibling", (*_TAG, "PIN004"), mirrors="json_sibling:mirrors"),
    "kustomize-digest": Notation("yaml_key:image_digest", _TAG, consumers=_IMAGE),
    "orb-version": Notation("in_place:version", (), _CHOICE, "version", consumers=_FILE),
    "own-digest-key": Notation("yaml_key:digest", (), _TAG, consumers=(*_VALUE, "charts:overridden")),
    "pip-hash": Notation("pip_hash:hashes", ("PIN003", "PIN005"), replaces="range"),
    "pnpm-integrity": Notation("lock_integrity:resolution", (*_TAG, "PIN004")),
    "ref-key": Notation("yaml_key:ref", (), _BRANCH, "version", consumers=(*_FILE, _BOTS)),
    "toml-ref": Notation("toml_ref:key", _REF, _BRANCH, "version", consumers=(*_FILE, *_CARGO, _BOTS)),
    "toml-requirement": Notation("toml_ref:requirement", _REF, _BRANCH, "version", consumers=(*_FILE, _BOTS)),
    "version-key": Notation("yaml_key:version", (), _CHOICE, "version", consumers=_FILE),
    "wrapper-sum": Notation("wrapper_sum:next_line", ("SRC205", "PIN005"), is_sum=True),
    "xml-text": Notation("xml_text:version", (), _CHOICE, "version", consumers=_FILE),
    "yarn-integrity": Notation("lock_integrity:line", (*_TAG, "PIN004")),
}  # fmt: skip


def may_mend(rule: str, reference: Reference) -> bool:
    """Whether a pin is what a finding lacks."""
    notation = NOTATIONS.get(reference.notation)
    return rule in _MENDED or (rule == _WITHOUT_SUM and notation is not None and notation.is_sum)


def is_asked(rule: str, reference: Reference) -> bool:
    """Whether `--fix` asks for a pin that mends a finding, although nobody allowed it to change what runs."""
    notation = NOTATIONS.get(reference.notation)
    return notation is not None and reference.site is not None and rule in (*notation.safe, *notation.asked)


def is_promised(rule: str, reference: Reference) -> bool:
    """Whether `--fix` mends a finding without changing what runs, if whoever is asked knows the artifact."""
    notation = NOTATIONS.get(reference.notation)
    if notation is None or reference.site is None or rule not in notation.safe:
        return False
    return notation.replaces != "range" or reference.verdict not in _LOOSE


def is_replaced(reference: Reference) -> bool:
    """Whether a pin takes the place of the version that is asked for."""
    notation = NOTATIONS.get(reference.notation)
    replaces = notation.replaces if notation is not None else ""
    return replaces == "version" or (replaces == "range" and reference.verdict in _LOOSE)


def edits(reference: Reference, site: Span, document: "Document", pin: "Pin") -> "list[Edit] | NoPin":
    """The edits that write `pin` for a reference whose place for it is `site`, or why it cannot be written there."""
    made: list[Edit] | NoPin = _function(NOTATIONS[reference.notation].writer)(reference, site, document, pin)
    return made


def mirrors(references: Iterable[Reference], document: "Document") -> dict[Place, tuple[Place, ...]]:
    """Further places that must say the same as the site of a reference, by that site; only for those that have any."""
    by_name: dict[str, list[Reference]] = {}
    for one in references:
        if one.notation in NOTATIONS and (name := NOTATIONS[one.notation].mirrors):
            by_name.setdefault(name, []).append(one)
    return {site: places for name, some in by_name.items() for site, places in _function(name)(some, document).items()}


def _function(name: str) -> Callable[..., Any]:
    module, _, function = name.partition(":")
    found: Callable[..., Any] = getattr(import_module(f"pinlint.notations.{module}"), function)
    return found
