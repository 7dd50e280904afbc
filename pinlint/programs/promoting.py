"""What is promoted by its tag (copied, retagged, or pulled, tagged and pushed), and what is deployed anew by a tag just pushed.

Knows acts alone; must not know how any command is written, nor which rule says what is found. A copy that keeps the tag mirrors,
and one of several sources assembles: neither promotes. Nor does what gives another tag to what the same scripts have just pushed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pinlint.budget import spend
from pinlint.model import Fact
from pinlint.patterns import covers
from pinlint.programs.acts import is_test
from pinlint.programs.image_names import environment_words, is_open, is_unique

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pinlint.model import Span
    from pinlint.programs.acts import Act
    from pinlint.programs.image_names import Named
    from pinlint.programs.words import Context, Word

__all__ = ["promoted"]

#: The key of an image of which it is not known what it is called.
_NOTHING = "", ""
_KEPT = re.compile(r"(?:^|[-_.])(?:backup|previous|prev|old|rollback|last)(?=[-_.]|$)", re.IGNORECASE)
_RECIPES = frozenset(("make", "just", "task"))
#: Programs that build and push what others say, and words of what pushes.
_BUILDERS = frozenset((
    "make", "gmake", "just", "task", "bazel", "bazelisk", "earthly", "ko", "goreleaser", "mvn", "mvnw", "gradle", "gradlew", "nix",
    "dagger", "npm", "yarn", "pnpm", "mage", "skaffold", "pack",
))  # fmt: skip
_OF_PACKAGES = frozenset(("npm", "yarn", "pnpm", "mvn", "mvnw", "gradle", "gradlew"))
_IMAGES = re.compile(r"docker|image|container|jib|push", re.IGNORECASE)
_PUBLISHES = re.compile(r"(?<![a-z])(?:push|publish|release)", re.IGNORECASE)
#: Actions that push what they build.
_PUSHING = re.compile(
    r"docker/(?:build-push-action|bake-action)|goreleaser/|redhat-actions/push-to-registry|ko-build/|kaniko|depot/b", re.IGNORECASE
)


def promoted(done: list[Act], context: Context) -> Iterator[Fact]:
    """What is noticed about acts, in order."""
    if not is_test(context):
        seen = _Seen(context)
        copies = {act.call.span for act in done if act.verb == "copy"}
        pushes = [act for act in done if act.verb == "push" and act.call.span not in copies]
        seen.with_any_tag = {_key(one)[0] for act in pushes for _, one in act.images if is_open(one.tag)}
        for act in done:
            yield from seen.promoted(act)
            seen.add(act)


class _Seen:
    """What scripts have done so far."""

    def __init__(self, context: Context) -> None:
        self.context = context
        script = context.calls[0].script
        #: Whether an action beside the scripts pushes something, of which it is not known what.
        self.by_action = script is not None and bool(_PUSHING.search(script.uses))
        self.anything = False
        self.said: set[Span] = set()
        #: What the scripts push, wherever, by a tag that a variable says.
        self.with_any_tag: set[str] = set()
        self.pushed: set[tuple[str, str]] = set()
        self.pulled: dict[tuple[str, str], tuple[Word, Named]] = {}
        self.tagged: dict[tuple[str, str], tuple[Word, Named]] = {}
        self.got: tuple[Word, Named] | None = None

    def promoted(self, act: Act) -> Iterator[Fact]:
        """What an act promotes by its tag, or deploys anew."""
        if act.verb == "restart" and (self.anything or self.by_action):
            yield _again(act)
        for (word, source), target in self.copies(act):
            if word.span in self.said or not _moves(source, target, self.context) or is_test(self.context, act):
                continue
            if not self.is_new(source) and not self.is_handed_on(word, act):
                self.said.add(word.span)
                yield _fact(word, source, target)

    def copies(self, act: Act) -> Iterator[tuple[tuple[Word, Named], Named]]:
        """What an act makes of what."""
        if act.verb == "copy":
            yield from ((image, act.targets[0]) for image in act.images)
        elif act.verb == "push":
            yield from ((self.tagged[_key(image)], image) for _, image in act.images if _key(image) in self.tagged)
        elif act.verb == "put" and self.got is not None:
            yield self.got, act.images[0][1]

    def is_new(self, image: Named) -> bool:
        """Whether the same scripts have pushed or built what an image is, or something of which it is not known; so have the other
        recipes of a file of recipes."""
        if self.by_action or _key(image) in self.pushed or _NOTHING in self.pushed:
            return True
        if is_open(image.tag) and _key(image)[0] in self.with_any_tag:
            return True
        script = self.context.calls[0].script
        if script is None or script.foreign not in _RECIPES or not image.name:
            return False
        return self.context.once(f"pushed {image.written}", lambda: _pushes(image, self.context.document.text))

    def is_handed_on(self, word: Word, act: Act) -> bool:
        """Whether what builds and pushes by means of its own ran before, or was given this very image."""
        if not word.text:
            return False
        first = self.context.once("given to builders", lambda: _given_to_builders(self.context))
        place = act.call.span.start
        return first.get("", place) < place or first.get(word.text, place) < place

    def add(self, act: Act) -> None:
        """Takes note of an act."""
        if act.verb == "pull":
            self.pulled.update({_key(image): (word, image) for word, image in act.images if image.how == "tag"})
        elif act.verb == "tag" and _key(act.images[0][1]) in self.pulled:
            self.tagged.update({_key(target): self.pulled[_key(act.images[0][1])] for target in act.targets})
        elif act.verb == "get":
            self.got = act.images[0]
        elif act.verb in ("push", "build"):
            self.pushed.update(_key(image) for _, image in act.images)
            self.anything = self.anything or act.verb == "push"
            if act.verb == "build" and not act.images:
                self.pushed.add(_NOTHING)


def _given_to_builders(context: Context) -> dict[str, int]:
    """Where the first call stands that other programs are given a word, by the word; "" is one that says it publishes."""
    found: dict[str, int] = {}
    for call in context.calls:
        if call.program in _BUILDERS or call.written.startswith(("./", "$")) or call.program.endswith(".sh"):
            for word in call.words:
                found.setdefault(word.text, call.span.start)
                if call.program in _BUILDERS and (_IMAGES if call.program in _OF_PACKAGES else _PUBLISHES).search(word.text):
                    found.setdefault("", call.span.start)
    return found


def _pushes(image: Named, text: str) -> bool:
    """Whether a file of recipes pushes an image by its name, or by its tag with a name that a variable says."""
    spend(1 + len(text) // 100)
    by_tag = rf"[)}}]:{re.escape(image.tag or 'latest')}(?![\w.-])"
    return re.search(rf"\bpush\b[^\n]{{0,300}}?(?:{re.escape(image.name)}|{by_tag})", text) is not None


def _key(image: Named) -> tuple[str, str]:
    if image.how != "tag":
        return _NOTHING
    return re.sub(r"[{}\s]", "", image.name), re.sub(r"[{}\s]", "", image.tag) or "latest"


def _moves(source: Named, target: Named, context: Context) -> bool:
    """Whether an image by tag gets another tag, or goes to another environment."""
    if source.how != "tag" or target.how != "tag" or not _is_own(source, context) or _keeps(source, target):
        return False
    more = frozenset(context.tree.settings.get("lifecycle.environments", ()))
    if environment_words(source.name, more) != environment_words(target.name, more):
        return True
    return _key(source)[1] != _key(target)[1] and _repository(source) == _repository(target)


def _keeps(source: Named, target: Named) -> bool:
    """Whether a copy is kept to go back to, by what its tag is called: that of the source with a date, or `previous`."""
    if _key(source)[0] != _key(target)[0]:
        return False
    tag, behind = source.tag or "latest", target.tag
    return bool(_KEPT.search(behind)) or (behind.startswith((f"{tag}-", f"{tag}_", f"{tag}.")) and is_unique(behind[len(tag) :]))


def _repository(image: Named) -> str:
    return image.name.rpartition("/")[2].lower()


def _is_own(image: Named, context: Context) -> bool:
    """Whether an image may be one of one's own: where the configuration says which those are, the others are only mirrored."""
    own = context.tree.settings.get("lifecycle.registries", ())
    return not own or any(covers(pattern, image.name) for pattern in own)


def _fact(word: Word, source: Named, target: Named) -> Fact:
    what = f"copies {_shown(source)} by its tag to {_shown(target)}"
    why = f"{what}: what was tested may no longer be behind it; name the source by digest"
    return Fact("promoted-by-tag", word.span, why)


def _shown(image: Named) -> str:
    text = " ".join(f"{image.name}:{image.tag or 'latest'}".split())
    return text if len(text) <= 120 else f"{text[:119]}…"


def _again(act: Act) -> Fact:
    why = "deploys anew whatever the tag in the old task definition names; register a definition with the digest that was pushed"
    return Fact("deployed-again", act.call.span, why)
