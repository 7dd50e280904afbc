"""One folder an ecosystem: `names` (grammar of names and versions, offline). The table says which folder serves which kind."""

from importlib import import_module

__all__ = ["ECOSYSTEMS", "alike"]

#: Artifact kind → folder. A kind without its own grammar shares one.
ECOSYSTEMS = {
    "image": "oci", "npm": "npm", "pypi": "pypi", "maven": "maven", "helm": "helm", "git": "git", "action": "action", "url": "url",
    "orb": "orb", "task": "task", "pipe": "pipe",
}  # fmt: skip


def alike(kind: str, text: str) -> tuple[str, ...]:
    """The names of that kind that a name in a policy means, in the spelling that is compared; the first is that of the name of a
    reference. () for what can never be one."""
    found: tuple[str, ...] = import_module(f"pinlint.ecosystems.{ECOSYSTEMS[kind]}.names").alike(text)
    return found
