"""Images that a script puts together from parts which it names by their digests, so that no tag leads to a part by itself.

Knows `docker buildx imagetools create` and `docker manifest create`; must not know workflows. Source: the reference pages of
docker's command line.
"""

from __future__ import annotations

import re

__all__ = ["MARKS", "assembled"]

MARKS = ("imagetools create", "manifest create")
_SUBSTITUTED = r"\$\([^()\n]*(?:\([^()\n]*\)[^()\n]*)*\)"
_CREATE = re.compile(
    r"\b(?:imagetools|(?P<manifest>manifest))[ \t]+create\b"
    rf"(?P<rest>(?:{_SUBSTITUTED}|\$\{{\{{[^\n{{}}]*\}}\}}|[^\n\\;&|]|\\\r?\n|\\.)*+)"
)
_WORD = re.compile(rf"{_SUBSTITUTED}|(?:\"[^\"\n]*\"|'[^'\n]*'|\$\{{\{{[^\n{{}}]*\}}\}}|[^\s\"'\\])+")
_QUOTES = re.compile(r"[\"']")
_TAGGED = ("-t", "--tag")
_OTHERS = ("--annotation", "--builder", "-f", "--file", "--metadata-file", "--platform", "--progress")
#: One name for each digest that a folder holds: how Docker's own pages put together what several machines built.
_PRINTED = re.compile(r"printf\s+[\"']((?:\$\{\{[^{}\n]*\}\}|[^\"'\s%])+)@sha256:%s\s*(?:\\n)?[\"']\s+\*")


def assembled(script: str) -> list[str]:
    """The names of images that a script puts together from two parts or more, as they are written."""
    found: list[str] = []
    for call in _CREATE.finditer(script) if any(mark in script for mark in MARKS) else ():
        tags, operands, option = [], [], ""
        for word in _WORD.findall(call["rest"]):
            plain = word if word.startswith("$(") else _QUOTES.sub("", word)
            if option:
                tags += [plain] if option in _TAGGED else []
                option = ""
            elif plain in _TAGGED or plain in _OTHERS:
                option = plain
            elif plain.startswith("-"):
                tags += [plain.partition("=")[2]] if plain.startswith("--tag=") else []
            else:
                operands.append(plain)
        if call["manifest"]:
            tags, operands = operands[:1], operands[1:]
        printed = [one[1] for word in operands if (one := _PRINTED.search(word))]
        if printed or sum("@" in word for word in operands if not word.startswith("$(")) > 1:
            found += tags or printed
    return found
