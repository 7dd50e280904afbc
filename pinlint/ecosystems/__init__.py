"""One folder an ecosystem: `names` (grammar of names and versions, offline). The table says which folder serves which kind."""

__all__ = ["ECOSYSTEMS"]

#: Artifact kind → folder. A kind without its own grammar shares one.
ECOSYSTEMS = {
    "image": "oci", "npm": "npm", "pypi": "pypi", "maven": "maven", "helm": "helm", "git": "git", "action": "action", "url": "url",
    "orb": "orb", "task": "task", "pipe": "pipe",
}  # fmt: skip
