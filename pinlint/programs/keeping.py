"""Commands that give a registry a policy about keeping images, or delete images themselves.

Sources: the helps of aws 2.32, gcloud 550, az 2.80 and acr 0.17. What a policy means is known by its vendor's module.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pinlint.model import Span
from pinlint.programs.acts import is_test
from pinlint.programs.options import Options, given, options, subcommand
from pinlint.syntax.templates import HOLE
from pinlint.text import Unread
from pinlint.tree import join

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pinlint.model import Fact, Script
    from pinlint.programs.options import Given
    from pinlint.programs.words import Context, Invocation, Word
    from pinlint.tree import Tree

__all__ = ["kept"]

_SETS = "artifacts repositories set-cleanup-policies"
#: By program: its subcommands with what they do, and its options that take no word; all others take one.
_COMMANDS: dict[str, tuple[dict[str, str], str]] = {
    "acr": ({"purge": "purge"}, ""),
    "aws": (
        {"ecr ": "", "ecr put-lifecycle-policy": "ecr", "ecr start-lifecycle-policy-preview": "ecr"},
        "--no-cli-pager --debug --no-verify-ssl --no-paginate",
    ),
    "az": (
        {"acr ": "", "acr task ": "", "acr task create": "task", "acr task update": "task", "acr run": "task"},
        "--no-logs --no-wait --no-format --debug --verbose --only-show-errors",
    ),
    "gcloud": (
        {
            "artifacts ": "", "artifacts repositories ": "", _SETS: "gar",
            **{f"{track} {name}": how for track in ("alpha", "beta")
               for name, how in (("artifacts ", ""), ("artifacts repositories ", ""), (_SETS, "gar"))},
            "alpha ": "", "beta ": "",
        },
        "-q --quiet --dry-run --no-dry-run --overwrite --no-overwrite",
    ),
}  # fmt: skip
_FILE, _ATTRIBUTES = "file://", "container_expiration_policy_attributes"
_VARIABLE = re.compile(r"\$\{?([A-Za-z_]\w*)\}?")
_SET = re.compile(r'(?m)^[ \t]*(?:export[ \t]+)?([A-Za-z_]\w*)="((?:[^"\\]|\\[\s\S]){1,2000})"')
_RUN = re.compile(r"\$\w+")
_MOST = 20  # of one file, of one variable


@cache
def _table(program: str) -> Options:
    return options("-r -n -g -t -f -c -o", _COMMANDS[program][1], other="always")


def kept(call: Invocation, context: Context) -> Iterator[Fact]:
    """What is wrong with the policy that a call hands over, or with what it purges. A script that is called for trials purges no
    releases."""
    from pinlint.semantics.release_tags import is_trial_name

    name = context.document.path.rpartition("/")[2].rpartition(".")[0]
    yield from (fact for fact in _kept(call, context) if fact.kind != "retention-of-releases" or not is_trial_name(name))


def _kept(call: Invocation, context: Context) -> Iterator[Fact]:
    if call.program == "curl" and not is_test(context):
        yield from _of_gitlab(call, context.tree)
    if call.program not in _COMMANDS:
        return
    known = _COMMANDS[call.program][0]
    name, words = subcommand(call.words, known, _table(call.program))
    how = known.get(name, "")
    if not how or is_test(context):
        return
    if how == "purge":
        from pinlint.semantics.acr_policies import purges  # few scripts do

        yield from purges(words, call.span, context.tree)
        return
    asked = given(words, _table(call.program))
    word = asked.value({"ecr": "--lifecycle-policy-text", "gar": "--policy", "task": "--cmd"}[how])
    if word is None or not word.text:
        return
    if how == "task":
        from pinlint.semantics.acr_policies import commanded

        for text, span in _commands(word, call, context):
            registry = asked.value("--registry", "-r")
            yield from commanded(text, span, context.tree, registry.text if registry is not None and registry.clear else "")
    elif how == "gar" or word.text.startswith(_FILE):
        yield from _of_file(word, how, context)
        yield from _of_pins(_text_of_file(word, context), how, asked, word, context.tree)
    else:
        yield from _of_text(word, context.tree)
        yield from _of_pins(word.text if word.clear else "", how, asked, word, context.tree)


def _of_pins(text: str, how: str, asked: Given, word: Word, tree: Tree) -> Iterator[Fact]:
    if not text or "{" not in text or asked.has("--dry-run"):
        return
    from pinlint.programs.keeping_pins import of_policy
    from pinlint.semantics import policy_texts
    from pinlint.syntax.nodes import Node

    root = policy_texts.root(text)
    if isinstance(root, Node):
        yield from of_policy(how, asked, root, word.span, tree)


def _text_of_file(word: Word, context: Context) -> str:
    path = _path(word, context)
    return context.tree.read(path).text if path else ""


def _commands(word: Word, call: Invocation, context: Context) -> Iterable[tuple[str, Span]]:
    """A command and where it stands; of a variable that is set several times each of its values, all of which something runs."""
    name, script = _VARIABLE.fullmatch(word.text), call.script
    if word.clear or name is None or script is None:
        return [(word.text, word.span)]
    return context.once(f"texts that script {id(script)} sets", lambda: _texts_set(script)).get(name[1], ())


def _texts_set(script: Script) -> dict[str, list[tuple[str, Span]]]:
    """The texts that a script sets variables to, each with its place, by variable."""
    known: dict[str, list[tuple[str, Span]]] = {}
    for found in _SET.finditer(script.text):
        some = known.setdefault(found[1], [])
        if len(some) < _MOST:
            some.append((re.sub(r"\\\r?\n", "", found[2]), script.span(found.start(2), found.end(2))))
    return known


def _of_gitlab(call: Invocation, tree: Tree) -> Iterator[Fact]:
    """The policy of a project in what is sent to GitLab's API."""
    from pinlint.semantics import gitlab_policies, policy_texts
    from pinlint.syntax.nodes import Node

    for word in call.words:
        if _ATTRIBUTES not in word.text or not word.text.lstrip().startswith("{"):
            continue
        text = word.text if word.clear else _RUN.sub(lambda found: HOLE * len(found[0]), word.text)
        root = policy_texts.root(text)
        body = root.get(_ATTRIBUTES) if isinstance(root, Node) and root.kind == "mapping" else None
        if body is None or not isinstance(root, Node):
            continue
        for fact in gitlab_policies.policy(root.raw_pairs[0][0], body, tree):
            inner = fact.span if isinstance(fact.span, Span) else Span(0, 0)
            exact = word.exact and word.clear
            yield fact._replace(span=policy_texts.shifted(inner, word.span.start) if exact else word.span)


def _of_text(word: Word, tree: Tree) -> Iterator[Fact]:
    """A policy of ECR that stands in the command."""
    if not word.clear and ("$(" in word.text or "`" in word.text or not word.text.lstrip().startswith("{")):
        return
    from pinlint.semantics.kept_ecr import in_text

    text = word.text if word.clear else _RUN.sub(lambda found: HOLE * len(found[0]), word.text)
    start = word.span.start
    place: Callable[[Span], Span] = (lambda span: Span(start + span.start, start + span.end)) if word.exact else lambda _: word.span
    yield from in_text(text, place, tree, certain=word.clear)


def _of_file(word: Word, how: str, context: Context) -> Iterator[Fact]:
    """A policy in a file of the tree, which is judged there if its name says what it is, and here if only this command does."""
    path = _path(word, context)
    if not path:
        return
    from pinlint.semantics.policy_texts import is_named

    if is_named(path):
        return
    document = context.tree.read(path)
    for number, fact in enumerate(_judged(document.text, how, context.tree)):
        if number == _MOST:
            return
        line = document.position(fact.span.start)[0] if isinstance(fact.span, Span) else 1
        yield fact._replace(span=word.span, detail=f"{path}:{line}: {fact.detail}")


def _path(word: Word, context: Context) -> str:
    """The one file of the tree that a command may mean, from the root or from where its script lies: nobody knows where it runs."""
    name = word.text.removeprefix(_FILE)
    if not word.clear or name in ("", "-"):
        return ""
    found = {path for path in (join("", name), join(context.document.path, name)) if context.tree.exists(path)}
    path = found.pop() if len(found) == 1 else ""
    try:
        return path if path and context.tree.read(path) else ""
    except Unread:
        return ""


def _judged(text: str, how: str, tree: Tree) -> Iterable[Fact]:
    if how == "ecr":
        from pinlint.semantics.kept_ecr import in_text

        return in_text(text, lambda span: span, tree, certain=True)
    from pinlint.semantics import gar_policies, policy_texts
    from pinlint.semantics.release_tags import releases
    from pinlint.syntax.nodes import Node

    root = policy_texts.root(text)
    return gar_policies.policies(root, releases(tree)) if isinstance(root, Node) and gar_policies.is_policies(root) else ()
