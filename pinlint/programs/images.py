"""Images that docker, podman and nerdctl run or pull.

Sources: the helps of Docker 29 and Podman 5.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from pinlint.programs.asked import image, one
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.programs.words import Context, Invocation, Word

__all__ = ["ran", "read"]

_GLOBAL = (
    "--config -c --context -H --host -l --log-level --tlscacert --tlscert --tlskey --connection --identity --root --runroot --url"
)
#: Options of `docker run` and `podman run` that take no word.
_RUN = (
    "--detach --disable-content-trust --env-host --help --http-proxy --init --interactive --no-healthcheck --no-hosts "
    "--oom-kill-disable --privileged --publish-all --quiet --read-only --replace --rm --rmi --sig-proxy --tls-verify --tty "
    "--use-api-socket --no-hostname --passwd --read-only-tmpfs --rootfs --unsetenv-all --debug --tls --tlsverify -d -i -P -q -t "
    "-D"
)
_PULL = (
    "--platform --arch --os --variant --authfile --cert-dir --creds --signature-policy --retry --retry-delay "
    "--decryption-key --policy --unpack"
)
_PULL_SWITCHES = "-a --all-tags --disable-content-trust -q --quiet --tls-verify --help"
_COMMANDS = {
    "run": "run", "create": "run", "pull": "pull", "container ": "", "container run": "run", "container create": "run",
    "image ": "", "image pull": "pull",
}  # fmt: skip

_OPTIONS = r"(?i)\$[({]?\w*(?:flag|opt|arg|param|platform|mount|volume|extra)\w*(?:\[[@*]\])?[)}]?|\$\{\w+\[[@*]\]\}"


@cache
def _table(how: str) -> Options:
    if how == "run":
        return options("", _RUN, ends=True, other="always")
    if how == "pull":
        return options(_PULL, _PULL_SWITCHES)
    return options(_GLOBAL, "-D --debug --tls --tlsverify -v --version --remote")


def _may_be_options(word: Word) -> bool:
    """Whether a variable stands where the image would, but by its name holds options before it."""
    return not word.clear and re.fullmatch(_OPTIONS, word.text) is not None


def ran(call: Invocation) -> tuple[Word, list[Word]] | None:
    """The image that a call runs, and the words that its container is given; None for a call that runs none."""
    name, words = subcommand(call.words, _COMMANDS, _table(""))
    if _COMMANDS.get(name) != "run":
        return None
    asked = given(words, _table("run"))
    while asked.rest and _may_be_options(asked.operands[0]):
        asked = given(asked.rest, _table("run"))
    return (asked.operands[0], asked.rest) if asked.operands else None


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call runs or pulls."""
    name, words = subcommand(call.words, _COMMANDS, _table(""))
    how = _COMMANDS.get(name, "")
    if not how:
        if any(word.text == "service" for word in call.words[:3]):
            from pinlint.programs import deploying

            yield from deploying.read(call, context)
        return
    asked = given(words, _table(how))
    while how == "run" and asked.rest and _may_be_options(asked.operands[0]):
        asked = given(asked.rest, _table(how))
    if asked.has("--rootfs"):
        return
    for number, word in enumerate(asked.operands):
        role = context.role or ("image that is run" if how == "run" else "image that is pulled")
        found = one(word, "image", role, image, asked.doubted.get(number, ""))
        if how == "pull" and found.notation and context.document.text.count(word.text) > 1:
            found = found.unpinnable()  # a pull by digest makes no tag: another command would not find the image
        yield found
