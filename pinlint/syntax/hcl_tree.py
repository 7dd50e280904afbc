"""HCL as a located tree: bodies and objects are mappings, tuples are sequences, what computes something is a scalar that says so.

Knows blocks, attributes, objects, tuples, calls, heredocs and comments; computes nothing. Must not know what any name means.
Source: HCL native syntax specification.

    rule { selection { tag_prefix_list = ["v"] } }   →   root.get("rule").get("selection").get("tag_prefix_list").elements
"""

from __future__ import annotations

import re

from pinlint.budget import Exceeded, spend
from pinlint.syntax.hcl import TOKEN, heredoc, quoted
from pinlint.syntax.nodes import Mapping, Node, Sequence

__all__ = ["COMPUTED", "Block", "Call", "body"]

#: The style of a scalar whose value an expression, or `${…}` in it, computes.
COMPUTED = "$"
_DEPTH_LIMIT = 100
_FOR = re.compile(r"\s*for\s")
_CLOSES = {"{": "}", "[": "]", "(": ")"}


class Block(Mapping):
    """The body of a block, and what stands between its type and the brace."""

    __slots__ = ("labels",)

    def __init__(self, start: int, end: int, labels: tuple[str, ...]) -> None:
        super().__init__(start, end, "{")
        self.labels = labels


class Call(Node):
    """A call of a function, which is its value; to who does not look into it, a scalar that is computed."""

    __slots__ = ("arguments",)

    def __init__(self, start: int, end: int, name: str, arguments: list[Node]) -> None:
        super().__init__(start, end, name, COMPUTED)
        self.arguments = arguments


def body(text: str) -> Mapping:
    """The body that a whole file is. Text that is no HCL yields what can be told. Raises Exceeded where it is nested more deeply
    than anybody writes."""
    reader = _Reader(text)
    root = Mapping(0, len(text))
    while reader.token is not None:
        reader.entries(root, "", 0)
        reader.step()  # a bracket too many
    return root


class _Reader:
    """Walks the tokens of a text; `token` is the one at hand, None at the end. Line ends are tokens, blanks are not."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = self.start = self.before = 0
        self.token: re.Match[str] | None = None
        self.step()

    def step(self) -> None:
        """Goes to the next token; `before` is where the one that is left ended."""
        self.before = self.at if self.token is not None else 0
        while match := TOKEN.match(self.text, self.at):
            self.start, self.at = match.start(), match.end()
            if match["comment"]:
                end = self.text.find("*/", self.at)
                self.at = end + 2 if end >= 0 else len(self.text)
            elif not match["space"]:
                break
        self.token = match

    @property
    def sign(self) -> str:
        """What the token at hand is, if it is a sign or a line end."""
        return "" if self.token is None else self.token["other"] or self.token["line"] or ""

    def lines(self) -> None:
        """Goes past line ends and commas."""
        while self.sign and self.sign in "\n,":
            self.step()

    # --- bodies and objects ---------------------------------------------------------------------------------------------------

    def entries(self, found: Mapping, close: str, depth: int) -> None:
        """Reads attributes and blocks into a mapping, up to the bracket that closes it."""
        while True:
            self.lines()
            if self.token is None or self.sign in ("}", "]", ")"):
                return
            spend(1)
            self.entry(found, close, depth)

    def entry(self, found: Mapping, close: str, depth: int) -> None:
        """An attribute, a block, or, where it is neither, what goes up to the end of the line."""
        head = [self.scalar()]
        while self.token is not None and (self.token["name"] or self.token["quote"]) and head[-1] is not None:
            head.append(self.scalar())
        key = head[0]
        if key is not None and len(head) == 1 and self.sign in ("=", ":"):
            self.step()
            found.raw_pairs.append((key, self.expression(depth)))
        elif key is not None and self.sign == "{" and not close:
            labels = tuple(node.value for node in head[1:] if node is not None)
            block = Block(self.start, self.start, labels)
            self.inside(block, depth, "")
            found.raw_pairs.append((key, block))
        else:
            if key is None and self.sign == "(":  # (expression) = value
                found.raw_pairs.append((self.expression(depth), Node(self.start, self.start, "", COMPUTED)))
                return
            self.rest(depth)

    def inside(self, found: Mapping, depth: int, close: str) -> None:
        """Reads what stands between braces; the one that opens is at hand."""
        self.deeper(depth)
        self.step()
        self.entries(found, close, depth + 1)
        if self.sign == "}":
            self.step()
        found.end = self.before

    def deeper(self, depth: int) -> None:
        """Makes sure that the bracket at hand may be gone into."""
        if depth >= _DEPTH_LIMIT:
            raise Exceeded(f"it is nested more than {_DEPTH_LIMIT} levels deep, so it is not judged to its end", self.start)

    def scalar(self) -> Node | None:
        """The name, number, string or heredoc at hand, past which it goes; None for anything else."""
        match = self.token
        if match is None:
            return None
        if match["name"] or match["number"]:
            node = Node(self.start, self.at, match["name"] or match["number"], "" if match["number"] else "name")
        elif match["quote"]:
            node, plain = quoted(self.text, self.start)
            node.style = '"' if plain and "%{" not in node.value else COMPUTED
            self.at = node.end
        elif match["mark"]:
            node, self.at = heredoc(self.text, match)
        else:
            return None
        self.step()
        return node

    # --- expressions ----------------------------------------------------------------------------------------------------------

    def expression(self, depth: int) -> Node:
        """The value up to a line end, a comma or a bracket that closes; more than one part makes it a computed one."""
        start = self.start
        found = self.part(depth)
        if self.token is None or (self.sign and self.sign in "\n,}])"):
            return _plain(found) if found is not None else Node(start, start, "", COMPUTED)
        self.rest(depth)
        return Node(start, self.before, self.text[start : self.before][:200], COMPUTED)

    def part(self, depth: int) -> Node | None:
        """An object, a tuple, a call or a scalar; None for a sign."""
        start = self.start
        if self.sign in ("{", "[", "("):
            self.deeper(depth)
            return self.bracketed(depth)
        node = self.scalar()
        if node is not None and node.style == "name" and self.sign == "(" and self.start == node.end:
            self.deeper(depth)
            self.step()
            arguments = self.listed(")", depth + 1)
            return Call(start, self.before, node.value, arguments)
        return node

    def bracketed(self, depth: int) -> Node:
        """What stands in brackets. A `for` in them computes it."""
        start, sign = self.start, self.sign
        computed = _FOR.match(self.text, self.at) is not None
        if sign == "{":
            found = Mapping(start, start, "{")
            self.inside(found, depth, "}")
            return found if not computed else Node(start, found.end, self.text[start : start + 200], COMPUTED)
        self.step()
        elements = self.listed(_CLOSES[sign], depth + 1)
        if sign == "(" and len(elements) == 1:
            return elements[0]
        if sign == "(" or computed:
            return Node(start, self.before, self.text[start : start + 200], COMPUTED)
        made = Sequence(start, self.before, "[")
        made.raw_elements += elements
        return made

    def listed(self, close: str, depth: int) -> list[Node]:
        """Values with commas between them, up to the bracket that closes, past which it goes."""
        found: list[Node] = []
        while True:
            self.lines()
            if self.token is None or self.sign in ("}", "]", ")"):
                break
            spend(1)
            at = self.start
            found.append(self.expression(depth))
            if self.start == at and self.token is not None:  # nothing that could be read
                self.step()
        if self.sign == close:
            self.step()
        return found

    def rest(self, depth: int) -> None:
        """Goes up to the end of an expression or a line, past whatever stands there in brackets."""
        while self.token is not None and not (self.sign and self.sign in "\n,}])"):
            at = self.start
            if self.sign in ("{", "[", "("):
                self.part(depth)
            elif self.scalar() is None:
                self.step()
            if self.start == at and self.token is not None:
                self.step()


def _plain(node: Node) -> Node:
    """A bare word: three of them are values, all others name something."""
    if node.style == "name":
        node.style = "" if node.value in ("true", "false", "null") else COMPUTED
    return node
