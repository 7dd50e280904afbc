"""Images that yq and sed write into manifests and values, where their words say which.

Sources: the help of yq 4.47 (`=`, `strenv`) and of yq 3 (`write FILE PATH VALUE`), the manual of GNU sed 4.9 (`s`). Only what is
written out or followed to it counts: what else such an expression may do is not judged.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pinlint.model import Span
from pinlint.programs.acts import is_test
from pinlint.programs.deploying import told
from pinlint.programs.image_names import Named, is_open, named, tag_as
from pinlint.programs.options import Options, given, options
from pinlint.programs.set_values import Setting, images
from pinlint.semantics.said_values import beside, file_at

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Reference
    from pinlint.programs.options import Given
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["read"]

_YQ = (
    "-i --inplace -e --exit-status -n --null-input -N --no-doc -P --prettyPrint -r --unwrapScalar -j --tojson -C --colors "
    "-M --no-colors -v --verbose -y --yaml-output -Y --yml-output"
)
#: An assignment in an expression: a path that ends in a key, and a text or a variable of the environment.
_ASSIGNMENT = re.compile(
    r"(?<![\w\].-])(?P<path>(?:\.[\w-]++|\.?\[(?:\d{0,4}|\"[\w./-]{1,100}\")\])++)\s{0,9}\)?\s{0,9}\|?=\s{0,9}"
    r"(?:\"(?P<text>[^\"\n]{0,300})\"|(?:str)?env\(\s{0,9}(?P<variable>\w+)\s{0,9}\))"
)
_CHOSEN = re.compile(r"select\(\s{0,9}\.name\s{0,9}==\s{0,9}\"([^\"\n]{1,300})\"")
_SED = "-n --quiet --silent -i --in-place -E -r --regexp-extended -s --separate -u --unbuffered -z --null-data --debug --posix"
#: What sed writes behind a key.
_WRITTEN = re.compile(
    r"(?:^|\\[ntr]|[\s\"'-]|\\\d)(?P<key>image|newTag|imageTag):\s{0,9}(?:\\?[\"'])?"
    r"(?P<value>(?:\$?\{\{[^{}\n]{1,200}\}\}|\$\{[^{}\n]{1,200}\}|\$\([^()\n]{1,200}\)|`[^`\n]{1,200}`|[^\s\"'\\&,}]|\\[/.|#@:-]){1,300})"
)
_COMMAND = re.compile(r"(?:^|[;\n}/,\d$])\s{0,9}s([|/#@,!:~%+])")
_TAG = r"(?a)\w[\w.-]*"  # what neither the run fills in nor a cut expression leaves
_LONGEST = 5_000


@cache
def _table(program: str) -> Options:
    return options("-e -f --expression --file -o --output-format -p --input-format -I --indent -l --line-length"
                   if program == "sed" else "-o --output-format -p --input-format -I --indent -d --doc -s --script --arg",
                   _SED if program == "sed" else _YQ)  # fmt: skip


def read(call: Invocation, context: Context) -> Iterator[Reference]:
    """The images that a call writes by a tag of their own; what a variable says that nobody knows is somebody else's."""
    if is_test(context):
        return
    asked = given(call.words, _table(call.program))
    for word, image in _of_yq(asked, call, context) if call.program == "yq" else _of_sed(asked, call):
        if image.how == "tag" and re.fullmatch(_TAG, image.tag):
            yield from told(word, image)


def _of_yq(asked: Given, call: Invocation, context: Context) -> Iterator[tuple[Word, Named]]:
    operands = asked.operands
    if operands and operands[0].text in ("e", "eval", "ea", "eval-all"):
        operands = operands[1:]
    if operands and operands[0].text in ("w", "write") and len(operands) > 3:
        yield from _set([Setting(operands[2].text, operands[3])], operands[1].text, call, context)
        return
    if not operands or len(operands[0].text) > _LONGEST:
        return
    expression, file = operands[0], operands[1].text if len(operands) > 1 else ""
    settings = []
    for found in _ASSIGNMENT.finditer(expression.text):
        key = found["path"].replace('"', "").replace(".[", "[").lstrip(".")
        word = _part(expression, found.span("text")) if found["text"] is not None else _variable(found, expression)
        word = tag_as(word._replace(clear=not is_open(word.text)), call)
        if key.endswith(".newTag") or key == "newTag":
            chosen = [one[1] for one in _CHOSEN.finditer(expression.text, 0, found.start())]
            yield from _new_tag(key, chosen[-1] if chosen else "", word, file, context)
        else:
            settings.append(Setting(re.sub(r"\[([A-Za-z])", r".\1", key).replace("]", "") if "[" in key else key, word))
    yield from _set(settings, file, call, context)


def _part(word: Word, place: tuple[int, int]) -> Word:
    """The part of a word between two of its characters."""
    start = word.span.start
    span = Span(start + place[0], start + place[1]) if word.exact else word.span
    return word._replace(text=word.text[slice(*place)], span=span, exact=False)


def _variable(found: re.Match[str], expression: Word) -> Word:
    return expression._replace(text=f"${found['variable']}", exact=False)


def _set(settings: list[Setting], file: str, call: Invocation, context: Context) -> Iterator[tuple[Word, Named]]:
    path = file_at(file, context.tree)
    yield from images(settings, file or "values", [path] if path else [], call, context.tree)


def _new_tag(key: str, chosen: str, word: Word, file: str, context: Context) -> Iterator[tuple[Word, Named]]:
    """The tag that a kustomization gives an image, by the name that is chosen, or that stands at its place."""
    path = file_at(file, context.tree)
    group = key.rpartition(".")[0]
    known = beside(path, group, context.tree) if path and re.search(r"\[\d+\]\Z", group) else {}
    if "digest" in known:
        return  # that is what is pulled
    name = known.get("newname") or known.get("name") or chosen
    if "/" in name:
        yield word, named(f"{name}:{word.text}")
    else:  # it may stand for another name
        yield word, _unnamed(f"{file or 'kustomization'}#{name or group or 'images'}", word.text)


def _unnamed(place: str, tag: str) -> Named:
    """An image of which only the place of its tag is known."""
    return Named("digest" if "@" in tag else "tag", place, tag, f"{place}:{tag}")


def _of_sed(asked: Given, call: Invocation) -> Iterator[tuple[Word, Named]]:
    texts = asked.values("-e", "--expression")
    files = asked.operands if texts else asked.operands[1:]
    for expression in texts or asked.operands[:1]:
        for at, text in _replacements(expression.text) if len(expression.text) <= _LONGEST else ():
            for found in _WRITTEN.finditer(text):
                word = _part(expression, (at + found.start("value"), at + found.end("value")))
                value = re.sub(r"\\(.)", r"\1", word.text)
                word = tag_as(word._replace(text=value, clear=not is_open(value)), call)
                if found["key"] == "image":
                    yield word, named(word.text)
                else:
                    yield word, _unnamed(f"{files[0].text if files else 'values'}#{found['key']}", word.text)


def _replacements(text: str) -> Iterator[tuple[int, str]]:
    """What the `s` commands of a script write, and where that stands."""
    at = 0
    while (found := _COMMAND.search(text, at)) is not None:
        parts, start = [], found.end()
        for _ in range(2):
            end = start
            while end < len(text) and text[end] != found[1]:
                end += 2 if text[end] == "\\" else 1
            parts.append((start, text[start:end]))
            start = end + 1
        if start > len(text):
            return
        yield parts[1]
        at = start
