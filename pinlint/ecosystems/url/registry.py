"""What the address of a CI file that is included from elsewhere leads to: the sum that GitLab checks it by.

Source: GitLab, CI/CD YAML syntax reference, `include:integrity` ("sha256-" and the base64 of the digest).
"""

from __future__ import annotations

import base64
import hashlib
from urllib.parse import urlsplit

from pinlint.http import Client, Failed
from pinlint.logins import refused
from pinlint.model import Reference
from pinlint.pins import NoPin, Pin
from pinlint.syntax.yaml import Unparsable, documents

__all__ = ["Includes"]

#: Bytes. GitLab takes no more of all included files together.
_LARGEST = 16 * 1024 * 1024


class Includes:
    """Resolves remote CI files; one for a run, shared by its threads. `named_by` is who names their addresses: a repository may not
    name this machine, where any program may do something for whoever asks."""

    def __init__(self, client: Client, named_by: str = "the repository") -> None:
        self._client, self._named_by = client, named_by

    def resolve(self, reference: Reference) -> Pin | NoPin:
        """The integrity of what the address leads to today; it has to be YAML, not the page of a login."""
        url = reference.artifact.source or reference.artifact.name
        name = reference.artifact.name.partition("?")[0].rpartition("/")[2][:100] or reference.artifact.name[:100]
        if "@" in urlsplit(url).netloc or "$" in url:
            return NoPin(f"{name}: its address holds credentials or a variable")
        try:
            answer = self._client.request("GET", url, largest=_LARGEST, named_by=self._named_by)
        except Failed as error:
            return NoPin(f"{name}: {error}", retry=error.retry)
        host = urlsplit(url).hostname
        if answer.status != 200:
            return refused(f"{name}: {host}", answer.status)
        if not answer.whole:
            return NoPin(f"{name}: {host} does not say how long its answer is, so it may lack its end", retry=True)
        try:
            roots = documents(answer.body.decode("utf-8"))
        except (UnicodeDecodeError, Unparsable):
            roots = []
        if not roots or any(root.kind != "mapping" for root in roots):
            return NoPin(f"{name}: {host} answers with something that is no CI file")
        digest = base64.b64encode(hashlib.sha256(answer.body).digest()).decode("ascii")
        return Pin("", (f"sha256-{digest}",), reference.artifact.name, remark="first seen: nobody else says what it should be")
