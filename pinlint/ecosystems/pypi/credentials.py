"""Who the user is at an index: what a keyring knows.

A keyring is asked as pip asks it, but only for indexes of the user's own configuration: a plugin of a keyring may hand out a login
for every address of a kind, and a project's files could name one of them. Source: pip's documentation (authentication), pip's
`MultiDomainBasicAuth` and `get_keyring_provider`.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping

from pinlint.executables import program

__all__ = ["Keyring"]

_SECONDS = 30
#: What pip does where it can import keyring; exit code 3 says that it cannot.
_SCRIPT = """
import sys
sys.path[:] = [path for path in sys.path if path]
import json
try:
    import keyring
except ImportError:
    sys.exit(3)
service, user = sys.argv[1], sys.argv[2] or None
if hasattr(keyring, "get_credential"):
    found = keyring.get_credential(service, user)
    pair = [found.username, found.password] if found else None
else:
    pair = [user, keyring.get_password(service, user)] if user else None
print("\\n" + json.dumps(pair))
"""


class Keyring:
    """The user's keyring, by one of pip's providers ("auto", "import", "subprocess", "disabled"); `pip` is where their pip is."""

    def __init__(self, provider: str, pip: str, environment: Mapping[str, str]) -> None:
        self._imports = provider in ("auto", "import")
        self._runs = provider in ("auto", "subprocess")
        self._pip, self._environment = pip, environment

    def __call__(self, service: str, user: str) -> tuple[str, str] | None:
        """(user name, password) for a service (the address of an index, or a host), or None."""
        if self._imports:
            code, out = self._ran([self._python(), "-c", _SCRIPT, service, user])
            if code != 3:
                return _pair(out) if code == 0 else None
        keyring = self._program() if self._runs and user else ""
        code, out = self._ran([keyring, "get", service, user]) if keyring else (1, "")
        return (user, out.strip(os.linesep)) if code == 0 and out.strip() else None

    def _python(self) -> str:
        """The Python that pip runs in: the one beside it."""
        beside = (
            [os.path.join(os.path.dirname(self._pip), name) for name in ("python3", "python", "python.exe")] if self._pip else []
        )
        return next(filter(os.path.isfile, beside), sys.executable)

    def _program(self) -> str:
        """The keyring program; like pip, none from beside pip itself, where an import would have found it."""
        return program("keyring", self._environment, besides=(os.path.dirname(self._pip),))

    def _ran(self, command: list[str]) -> tuple[int, str]:
        """(exit code, output); a keyring that fails, dawdles or asks something on its terminal knows nothing."""
        told = {**self._environment, "PYTHONIOENCODING": "utf-8"}
        try:
            done = subprocess.run(  # noqa: S603 - an absolute path, no shell, the user's own keyring
                command,
                cwd=os.path.dirname(command[0]),  # where no repository can put a module
                env=told,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_SECONDS,
                check=False,
            )
            return done.returncode, done.stdout.decode("utf-8")
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return 1, ""


def _pair(out: str) -> tuple[str, str] | None:
    try:
        found = json.loads(out.rstrip("\n").rpartition("\n")[2])
    except (ValueError, RecursionError):
        return None
    if isinstance(found, list) and len(found) == 2 and isinstance(found[1], str):
        return str(found[0] or ""), found[1]
    return None
