"""Keyrings and uv's settings: pip with a real keyring and a real uv ask the same indexes, as the same user, as `--fix` does."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from servers.stub import Answer, Asked, Stub, stub
from test_fix_pypi import FILES, fix, install, knowing, lines, listed, page, project, user

from pinlint.ecosystems.pypi import uv
from pinlint.ecosystems.pypi.configuration import Configuration
from pinlint.ecosystems.pypi.credentials import Keyring
from pinlint.questions.pypi import settings_of_uv
from pinlint.tree import Tree

PASSWORD = "s3cret-s3cret"
BACKEND = """
import json, os
from keyring.backend import KeyringBackend
from keyring.credentials import SimpleCredential

class Backend(KeyringBackend):
    priority = 9

    def get_credential(self, service, username):
        open(os.path.expanduser("~/asked"), "a").write(f"{service} {username}\\n")
        passwords = json.load(open(os.path.expanduser("~/passwords.json")))
        password = passwords.get(f"{username}@{service}") or passwords.get("anybody")
        return SimpleCredential(username or "ann", password) if password else None

    def get_password(self, service, username):
        raise NotImplementedError

    def set_password(self, service, username, password):
        raise NotImplementedError
"""


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub() as made:
        yield made


@pytest.fixture
def other() -> Iterator[Stub]:
    with stub() as made:
        yield made


def serve(server: Stub, *names: str, login: str = "") -> None:
    """An index of some of the files; with a login for nobody else."""
    wanted = "Basic " + base64.b64encode(login.encode()).decode()

    def answer(asked: Asked) -> Answer:
        path = urlsplit(asked.path).path
        if login and asked.headers.get("authorization") != wanted:
            return Answer(401, (("WWW-Authenticate", 'Basic realm="index"'),))
        if path.startswith("/files/"):
            return knowing({})(asked._replace(path=path))
        name = path.strip("/").rpartition("/")[2]
        found = [file for file in FILES if name in names and file.startswith(name.replace("-", "_"))]
        return page(name, *(listed(file, FILES[file]) for file in found)) if found else Answer(404)

    server.answer = answer


def with_keyring(environment: dict[str, str], **passwords: str) -> dict[str, str]:
    """The user with a keyring of "user@service" and passwords, and with pip's Python able to import it."""
    home = Path(environment["HOME"])
    (home / "backend").mkdir()
    (home / "backend/made.py").write_text(BACKEND)
    (home / ".config/python_keyring").mkdir(parents=True)
    (home / ".config/python_keyring/keyringrc.cfg").write_text(
        f"[backend]\ndefault-keyring=made.Backend\nkeyring-path={home}/backend\n"
    )
    (home / "passwords.json").write_text(json.dumps(passwords))
    return environment


def has_keyring() -> None:
    if subprocess.run([sys.executable, "-c", "import keyring"], capture_output=True, check=False).returncode:
        pytest.fail("keyring is missing") if os.environ.get("CI") == "true" else pytest.skip("keyring is not installed")


# --- keyring ------------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("service", ["host", "index"])
def test_pip_and_pinlint_take_the_same_password_from_a_keyring(server: Stub, tmp_path: Path, service: str) -> None:
    has_keyring()
    serve(server, "leaf", login=f"ann:{PASSWORD}")
    key = f"ann@{server.url}/simple/" if service == "index" else f"ann@{server.host}"
    environment = with_keyring(user(tmp_path, f"index-url = http://ann@{server.host}/simple/"), **{key: PASSWORD})
    folder = project(tmp_path, {"requirements.txt": "leaf==1.0\n"})
    done = fix(folder, environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert (folder / "requirements.txt").read_text() == f"leaf==1.0{lines('leaf', '1.0')}\n"
    assert PASSWORD not in done.stdout
    ours = (tmp_path / "home/asked").read_text()
    assert ours.splitlines() == [f"{server.url}/simple/ ann", f"{server.host} ann"][: 2 if service == "host" else 1]
    (tmp_path / "home/asked").unlink()
    installed = install(folder, environment)
    assert installed.returncode == 0, installed.stderr
    assert set((tmp_path / "home/asked").read_text().splitlines()) == set(ours.splitlines())


@pytest.mark.parametrize("setting", ["keyring-provider = disabled", "no-input = true"])
def test_a_keyring_that_pip_would_not_ask_is_not_asked(server: Stub, tmp_path: Path, setting: str) -> None:
    has_keyring()
    serve(server, "leaf", login=f"ann:{PASSWORD}")
    environment = user(tmp_path, f"index-url = http://ann@{server.host}/simple/", setting)
    folder = project(tmp_path, {"requirements.txt": "leaf==1.0\n"})
    done = fix(folder, with_keyring(environment, **{f"ann@{server.host}": PASSWORD}))
    assert "401, not logged in or not allowed (pip.conf, netrc or a keyring)" in " ".join(done.stdout.split())
    assert not (tmp_path / "home/asked").exists()


def test_an_index_of_the_project_alone_gets_nothing_from_a_keyring(server: Stub, other: Stub, tmp_path: Path) -> None:
    """Whatever the keyring would say: some hand out a token for any address that looks like one of theirs."""
    has_keyring()
    serve(server, "leaf", login=f"ann:{PASSWORD}")
    serve(other, "leaf")
    environment = user(tmp_path, f"index-url = {other.url}/simple/")
    folder = project(tmp_path, {"requirements.txt": f"--index-url http://ann@{server.host}/simple/\nleaf==1.0\n"})
    done = fix(folder, with_keyring(environment, anybody=PASSWORD))
    assert "401" in done.stdout
    assert not (tmp_path / "home/asked").exists()
    assert {one.headers.get("authorization") for one in server.asked} == {None}


def test_a_keyring_program(tmp_path: Path) -> None:
    """Found on the path, but not beside pip; asked for a user alone."""
    for folder in ("bin", "pips"):
        (tmp_path / folder).mkdir()
        program = tmp_path / folder / "keyring"
        program.write_text(f'#!/bin/sh\necho "$@" >> {tmp_path}/{folder}/asked\n[ "$2" = yes.example ] && echo "{PASSWORD}"\n')
        program.chmod(0o755)
    environment = {"PATH": f"{tmp_path}/pips:bin:{tmp_path}/bin:/usr/bin:/bin", "HOME": str(tmp_path)}
    keyring = Keyring("subprocess", str(tmp_path / "pips/pip"), environment)
    assert keyring("yes.example", "ann") == ("ann", PASSWORD)
    assert keyring("no.example", "ann") is None
    assert keyring("yes.example", "") is None
    assert (tmp_path / "bin/asked").read_text() == "get yes.example ann\nget no.example ann\n"
    assert not (tmp_path / "pips/asked").exists()
    assert Keyring("disabled", "", environment)("yes.example", "ann") is None
    (tmp_path / "bin/keyring").write_text("#!/bin/sh\nprintf '\\377'\n")
    assert keyring("yes.example", "ann") is None
    (tmp_path / "bin/keyring").unlink()
    assert keyring("yes.example", "ann") is None


# --- uv -----------------------------------------------------------------------------------------------------------------------


def compiled(folder: Path, environment: dict[str, str]) -> str:
    """What uv itself makes of requirements.in with hashes."""
    program = shutil.which("uv", path=environment["PATH"])
    if program is None:
        pytest.fail("uv is missing") if os.environ.get("CI") == "true" else pytest.skip("uv is not installed")
    command = [str(program), "pip", "compile", "-q", "--no-cache", "--generate-hashes", "--no-header", "--no-annotate", "--no-deps"]
    command += ["--python", sys.executable, "requirements.txt"]
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


TABLES = [
    'index-url = "FIRST"\n',
    'index-url = "FIRST"\nextra-index-url = ["MORE"]\n',
    '[[INDEX]]\nname = "more"\nurl = "MORE"\n[[INDEX]]\nurl = "FIRST"\ndefault = true\n',
    '[[INDEX]]\nname = "other"\nurl = "http://127.0.0.1:1/"\nexplicit = true\n[[INDEX]]\nurl = "FIRST"\ndefault = true\n',
    'index-url = "http://127.0.0.1:1/"\n[PIP]\nindex-url = "FIRST"\nextra-index-url = ["MORE"]\n',
]


@pytest.mark.parametrize("where", ["uv.toml", "pyproject.toml", "user", "parent"])
@pytest.mark.parametrize("table", TABLES)
def test_uv_and_pinlint_write_the_same_hashes(server: Stub, other: Stub, tmp_path: Path, where: str, table: str) -> None:
    """`leaf` is on the first index alone; what the other one has, it has alone."""
    serve(server, "leaf")
    serve(other, "tree")
    text = "leaf==1.0\ntree==5.0\n" if "MORE" in table else "leaf==1.0\n"
    table = table.replace("FIRST", f"{server.url}/simple/").replace("MORE", f"{other.url}/simple/")
    environment = user(tmp_path)
    environment["XDG_CONFIG_HOME"] = str(tmp_path / "home/.config")
    folder = project(tmp_path, {"requirements.txt": text})
    if where == "user":
        (tmp_path / "home/.config/uv").mkdir()
        (tmp_path / "home/.config/uv/uv.toml").write_text(table.replace("INDEX", "index").replace("PIP", "pip"))
    elif where == "uv.toml":
        (folder / where).write_text(table.replace("INDEX", "index").replace("PIP", "pip"))
        (folder / "pyproject.toml").write_text('[tool.uv]\nindex-url = "http://127.0.0.1:1/"\n')
    else:
        made = table.replace("INDEX", "tool.uv.index").replace("PIP", "tool.uv.pip")
        (folder / "pyproject.toml").write_text(made if made.startswith("[") else f"[tool.uv]\n{made}")
    if where == "parent":
        (folder / "deps").mkdir()
        (folder / "requirements.txt").rename(folder / "deps/requirements.txt")
        (folder / "deps/pyproject.toml").write_text('[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.8"\n')
    inner = folder / "deps" if where == "parent" else folder
    wanted = compiled(inner, environment)
    asked = [urlsplit(path).path for one in (server, other) for path in one.paths() if "/simple/" in path]
    done = fix(folder, environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert hashes((inner / "requirements.txt").read_text()) == hashes(wanted)
    assert set(asked) <= {path for one in (server, other) for path in one.paths()}


def hashes(text: str) -> dict[str, set[str]]:
    found = re.findall(r"(?m)^([a-z-]+)==((?:[^\n]*\\\n)*[^\n]*)", text)
    return {name: set(re.findall("sha256:[0-9a-f]{64}", rest)) for name, rest in found}


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, uv.Indexes()),
        ({"UV_INDEX_URL": "https://a/"}, uv.Indexes("https://a/")),
        ({"UV_INDEX_URL": "https://a/", "UV_DEFAULT_INDEX": "https://b/"}, uv.Indexes("https://b/")),
        ({"UV_INDEX": "https://c/ d=https://d/x?a=b", "UV_EXTRA_INDEX_URL": "https://e/"},
         uv.Indexes("", ("https://c/", "https://d/x?a=b", "https://e/"))),
        ({"UV_INDEX": "my-corp.x=https://d/", "UV_INDEX_MY_CORP_X_USERNAME": "ann", "UV_INDEX_MY_CORP_X_PASSWORD": "p@:"},
         uv.Indexes("", ("https://ann:p%40%3A@d/",))),
        ({"UV_INDEX": "corp=https://bob@d/", "UV_INDEX_CORP_PASSWORD": "x"}, uv.Indexes("", ("https://bob@d/",))),
    ],
)  # fmt: skip
def test_variables_of_uv(tmp_path: Path, environment: dict[str, str], wanted: uv.Indexes) -> None:
    assert uv.of_user({"HOME": str(tmp_path), "XDG_CONFIG_DIRS": str(tmp_path), **environment}) == wanted


def test_a_login_for_a_named_index_is_for_the_users_own_address(
    server: Stub, other: Stub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A project may call any address by the name that the user has a login for."""
    serve(server, "leaf", login=f"ann:{PASSWORD}")
    serve(other, "leaf")
    environment = user(tmp_path) | {"UV_INDEX_CORP_USERNAME": "ann", "UV_INDEX_CORP_PASSWORD": PASSWORD}
    folder = project(tmp_path, {"requirements.txt": "leaf==1.0\n"})
    for url in (other.url, server.url):
        (folder / "uv.toml").write_text(f'[[index]]\nname = "corp"\nurl = "{url}/simple/"\ndefault = true\n')
        fix(folder, environment)
    with monkeypatch.context() as patched:
        patched.setenv("UV_INDEX_CORP_PASSWORD", PASSWORD)
        assert uv.indexes(settings_of_uv("requirements.txt", Tree(str(folder), list))[1], {}).first == f"{server.url}/simple/"
    assert {one.headers.get("authorization") for one in (*server.asked, *other.asked)} == {None}
    server.asked.clear()
    (folder / "requirements.txt").write_text("leaf==1.0\n")
    environment["UV_INDEX"] = f"corp={server.url}/simple/"
    assert fix(folder, environment).returncode == 0
    assert {one.headers["authorization"] for one in server.asked} == {
        "Basic " + base64.b64encode(f"ann:{PASSWORD}".encode()).decode()
    }


def test_pips_own_configuration_comes_before_uvs(tmp_path: Path) -> None:
    environment = user(tmp_path, "index-url = https://pip.example/") | {"UV_INDEX_URL": "https://uv.example/"}
    assert Configuration(environment).indexes == ["https://pip.example/"]
    assert Configuration(user(tmp_path) | {"UV_INDEX_URL": "https://uv.example/"}).indexes == ["https://uv.example/"]


@pytest.mark.parametrize(
    "text",
    [
        "[", "index = 7", "index = [7, {}, {url = 7}]", "index-url = 7", "extra-index-url = 'x'", "pip = 7", "[tool]\nuv = 7",
        "tool = 7", "\x00", "[" * 100_000,
    ],
)  # fmt: skip
def test_settings_that_hold_nonsense_say_nothing(tmp_path: Path, text: str) -> None:
    for name in ("uv.toml", "pyproject.toml"):
        (tmp_path / name).write_text(text)
    assert uv.indexes(settings_of_uv("requirements.txt", Tree(str(tmp_path), list))[1], {}) == uv.Indexes()
    assert uv.of_user({"UV_CONFIG_FILE": str(tmp_path / "uv.toml")}) == uv.Indexes()
