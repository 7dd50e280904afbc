"""Go's modules: `go install`, `go run` and `go get`.

Source: the help of Go 1.25; go.dev/ref/mod, "Checksum database" and "Environment variables".
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from pinlint.programs.asked import INSTALLED, RUN, each, go
from pinlint.programs.options import Options, given, options, subcommand

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Fact, Reference
    from pinlint.programs.words import Context, Invocation

__all__ = ["read"]

_VALUED = (
    "-C -mod -modfile -ldflags -tags -o -p -gcflags -asmflags -gccgoflags -exec -overlay -pkgdir -toolexec -installsuffix "
    "-buildmode -compiler -buildvcs -covermode -coverpkg -pgo"
)
_SWITCHES = "-a -n -v -x -race -msan -asan -cover -linkshared -modcacherw -trimpath -work -d -t -u -f -fix -insecure -tool -i"
#: Where the checksum database is not asked.
_UNASKED = ("GONOSUMDB", "GONOSUMCHECK", "GOPRIVATE", "GOINSECURE", "GONOSUMDB")
_COMMANDS = {"install": "install", "run": "run", "get": "get"}


@cache
def _table(how: str) -> Options:
    return options(_VALUED, _SWITCHES, ends=how == "run", whole=True)


def read(call: Invocation, context: Context) -> Iterator[Reference | Fact]:
    """What a call fetches."""
    how, words = subcommand(call.words, _COMMANDS, _table(""))
    if not how:
        return
    asked = given(words, _table(how))
    unasked = call.environment.get("GOSUMDB") == "off" or asked.has("-insecure") or any(map(call.environment.get, _UNASKED))
    for found in each(asked, "go", context.role or (RUN if how == "run" else INSTALLED), go):
        if found.verdict == "version" and unasked:
            yield found._replace(settled_by="")
        elif how == "get" and not (call.script is not None and call.script.setting == "image" and not context.tree.named("go.mod")):
            yield found._replace(command="hand")
        else:
            yield found
