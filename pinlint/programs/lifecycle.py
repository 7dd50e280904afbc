"""What is wrong with how commands sign, verify, promote and deploy images.

Knows acts alone; must not know how any command is written, nor which rule says what is found. Sources: the behaviour of cosign 3.1
(a tag is resolved when it runs) and of the registries' copies; verdicts on some three hundred repositories.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.model import Fact
from pinlint.patterns import covers
from pinlint.programs.acts import acts, is_test

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.programs.acts import Act
    from pinlint.programs.words import Context

__all__ = ["is_guarded", "judged"]

_FORGIVEN = re.compile(r"\s*\|\|\s*(?:(?:/bin/)?true\b|:(?=[\s;]|$))")
#: Actions that verify, by their names.
_VERIFYING = re.compile(r"verif|policy-check", re.IGNORECASE)


def judged(context: Context) -> Iterator[Fact]:
    """What is noticed about the acts of scripts that run one after another."""
    done = acts(context)
    for act in done:
        if act.verb == "sign":
            yield from _signed(act, context)
        elif act.verb == "verify" and act.call.program == "cosign":
            from pinlint.programs.verifying import verified  # few scripts verify

            yield from verified(act, context)
    if any(act.verb in ("copy", "pull", "put", "restart") for act in done):
        from pinlint.programs.promoting import promoted

        yield from promoted(done, context)
    if is_guarded(context):
        yield from _unverified(done, context)


def is_guarded(context: Context) -> bool:
    """Whether the configuration wants what these scripts deploy to be verified before."""
    wanted = context.tree.settings.get("lifecycle.verify-before-deploy", ())
    script = context.calls[0].script if wanted and context.calls else None
    return script is not None and any(covers(pattern.lower(), script.environment.lower()) for pattern in wanted)


def _unverified(done: list[Act], context: Context) -> Iterator[Fact]:
    """The first act that deploys before anything was verified by digest. What an action verifies that is called so counts."""
    script = context.calls[0].script
    where = script.environment if script is not None else ""
    by_tag, forgiven = "", False
    for act in done:
        if act.verb == "verify" and _is_forgiven(act):
            forgiven = True
        elif act.verb == "verify":
            if any(image.how in ("digest", "unknown") for _, image in act.images):
                return
            by_tag = next((image.written for _, image in act.images if image.how == "tag"), by_tag)
        elif act.verb in ("deploy", "restart"):
            if script is not None and _VERIFYING.search(script.uses):
                return
            what = f"{_shown(by_tag)} is verified by its tag alone" if by_tag else "no command before it verifies an image"
            what = "the verification before it may fail without consequence" if forgiven and not by_tag else what
            why = f"deploys to {_shown(where)}, and {what}; verify NAME@DIGEST first, and deploy that digest"
            yield Fact("deployed-unverified", act.call.span, why)
            return


def _is_forgiven(act: Act) -> bool:
    """Whether the job goes on where an act fails: `|| true`, or a step whose errors do not count."""
    script, command = act.call.script, act.call.command
    if script is None:
        return False
    ignored = command is not None and command.after == "||" and _FORGIVEN.match(script.text, command.end)
    return script.forgiven or bool(ignored)


def _signed(act: Act, context: Context) -> Iterator[Fact]:
    """What is signed by its tag: a word once, whatever it may stand for."""
    by_tag = {word.span: (word, image) for word, image in reversed(act.images) if image.how == "tag"}
    if by_tag and not is_test(context, act):
        for word, image in sorted(by_tag.values(), key=lambda one: one[0].span):
            tag = f"its tag {image.tag}" if image.tag else "the tag latest"
            why = f"signs {_shown(image.name)} by {_shown(tag)}, so it signs whatever the tag names by then; sign NAME@DIGEST"
            yield Fact("signed-by-tag", word.span, why)


def _shown(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 120 else f"{text[:119]}…"
