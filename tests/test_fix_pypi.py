"""`--fix` on requirements. devpi and pypiserver are the indexes, pip the judge: it installs what was hashed and nothing else."""

from __future__ import annotations

import hashlib
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from packaging.version import Version
from servers.indexes import devpi, files_of, pypiserver, wheel
from servers.stub import Answer, Asked, Stub, stub

from pinlint.ecosystems.pypi.configuration import Configuration
from pinlint.ecosystems.pypi.versions import newest

FILES = {**files_of("leaf", "1.0", "2.0"), **files_of("stem-cell", "0.3.1"), **files_of("tree", "5.0")}
POLICY = '[require]\npypi = "digest"\n'


@pytest.fixture(scope="module", params=[devpi, pypiserver], ids=["devpi, JSON", "pypiserver, HTML"])
def index(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with request.param(tmp_path_factory.mktemp("index"), FILES) as url:
        yield url


@pytest.fixture
def server() -> Iterator[Stub]:
    with stub() as one:
        yield one


def user(tmp_path: Path, *settings: str) -> dict[str, str]:
    """A user with a home of their own, whose pip has the settings."""
    home = tmp_path / "home"
    (home / ".config/pip").mkdir(parents=True, exist_ok=True)
    (home / ".config/pip/pip.conf").write_text("[global]\n" + "".join(f"{line}\n" for line in settings))
    kept = {name: os.environ[name] for name in ("SYSTEMROOT", "LANG", "SSL_CERT_FILE") if name in os.environ}
    path = os.pathsep.join((os.path.dirname(sys.executable), os.environ.get("PATH", "")))
    return {**kept, "PATH": path, "HOME": str(home), "XDG_CONFIG_DIRS": str(home / "none")}


def project(tmp_path: Path, files: dict[str, str], policy: str = POLICY) -> Path:
    folder = tmp_path / "project"
    folder.mkdir(exist_ok=True)
    for name, text in {**files, ".pinlint.toml": policy}.items():
        (folder / name).write_bytes(text.encode())
    return folder


def fix(folder: Path, environment: dict[str, str], *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pinlint", "--fix", *arguments, "."]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def install(folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "install", "-q", "--require-hashes", "--no-cache-dir", "--no-deps", "--upgrade"]
    command += ["--target", "target", "-r", "requirements.txt"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False)


def lines(name: str, version: str, end: str = "\n", files: dict[str, bytes] = FILES) -> str:
    """The hashes of a version as pip-compile writes them."""
    stem = f"{name.replace('-', '_')}-{version}"
    found = sorted(hashlib.sha256(data).hexdigest() for file, data in files.items() if file.startswith((f"{stem}-", f"{stem}.tar")))
    assert len(found) == 2
    return "".join(f" \\{end}    --hash=sha256:{digest}" for digest in found)


def page(name: str, *files: dict[str, object]) -> Answer:
    """A page of the JSON API."""
    body = json.dumps({"meta": {"api-version": "1.1"}, "name": name, "files": list(files)}).encode()
    return Answer(200, (("Content-Type", "application/vnd.pypi.simple.v1+json"),), body)


def listed(file: str, data: bytes = b"", **fields: object) -> dict[str, object]:
    hashes = {"sha256": hashlib.sha256(data).hexdigest()}
    return {"filename": file, "url": f"../../files/{file}", "hashes": hashes, "core-metadata": True, **fields}


def knowing(pages: Mapping[str, Answer], requires: Mapping[str, str] = {}) -> Callable[[Asked], Answer]:
    """What an index answers that has the pages, the files, and beside each file the metadata that its name tells: it asks for
    nothing, or for what `requires` says of its project (fields of metadata)."""

    def answer(asked: Asked) -> Answer:
        file = asked.path.rpartition("/")[2]
        if asked.path in pages or not file.endswith(".metadata"):
            return pages.get(asked.path, Answer(body=FILES[file]) if "/files/" in asked.path and file in FILES else Answer(404))
        name, version = re.sub(r"\.tar\.gz|\.zip", "", file.removesuffix(".metadata")).split("-")[:2]
        more = requires.get(name.lower(), "")
        return Answer(200, (), f"Metadata-Version: 2.2\nName: {name}\nVersion: {version}\n{more}".encode())

    return answer


# --- real indexes, real pip ------------------------------------------------------------------------------------------------------


def test_a_set_is_hashed_as_pip_compile_does_and_installs(index: str, tmp_path: Path) -> None:
    environment = user(tmp_path, f"index-url = {index}")
    text = '# ours\nLeaf[extra]==2.0  # the new one\nstem.cell == 0.3.1 ; python_version >= "3" # via tree\n\n-r base.txt\n'
    folder = project(tmp_path, {"requirements.txt": text, "base.txt": "tree==5.0"})
    done = fix(folder, environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    expected = text.replace("==2.0", f"==2.0{lines('leaf', '2.0')}").replace('>= "3"', f'>= "3"{lines("stem-cell", "0.3.1")}')
    assert (folder / "requirements.txt").read_text() == expected
    assert (folder / "base.txt").read_text() == "tree==5.0" + lines("tree", "5.0")
    installed = install(folder, environment)
    assert installed.returncode == 0, installed.stderr
    assert {path.name for path in (folder / "target").glob("*.py")} == {"leaf.py", "stem_cell.py", "tree.py"}
    assert "Fixed" not in fix(folder, environment).stdout
    assert (folder / "requirements.txt").read_text() == expected


def test_pip_refuses_what_was_tampered_with(index: str, tmp_path: Path) -> None:
    environment = user(tmp_path, f"index-url = {index}")
    folder = project(tmp_path, {"requirements.txt": "leaf==1.0\n"})
    assert fix(folder, environment).returncode == 0
    text = (folder / "requirements.txt").read_text()
    for digest in [part[:64] for part in text.split("sha256:")[1:]]:
        text = text.replace(digest, digest[::-1])
    (folder / "requirements.txt").write_text(text)
    refused = install(folder, environment)
    assert refused.returncode != 0
    assert "DO NOT MATCH" in refused.stderr


def test_half_hashed_set_is_completed_without_any_policy(index: str, tmp_path: Path) -> None:
    """One hash makes pip demand all: what lacks one is hashed, wherever in the set it stands."""
    environment = user(tmp_path, f"index-url = {index}")
    hashed = f"leaf==1.0{lines('leaf', '1.0')}\n"
    files = {
        "requirements.txt": f"-r base.txt\n{hashed}",
        "base.txt": "tree==5.0\n",
        "requirements-dev.txt": "-r base.txt\nstem-cell==0.3.1\n",
    }
    folder = project(tmp_path, files, policy="")
    assert install(folder, environment).returncode != 0
    done = fix(folder, environment)
    assert done.returncode == 0, done.stdout
    assert "Fixed 2 in 2 files" in done.stdout
    assert (folder / "requirements.txt").read_text() == files["requirements.txt"]
    assert (folder / "base.txt").read_text() == f"tree==5.0{lines('tree', '5.0')}\n"
    assert (folder / "requirements-dev.txt").read_text() == f"-r base.txt\nstem-cell==0.3.1{lines('stem-cell', '0.3.1')}\n"
    assert install(folder, environment).returncode == 0


@pytest.mark.parametrize(
    "change", [lambda text: text.replace("\n", "\r\n").encode(), lambda text: text.encode("utf-16")], ids=["crlf", "utf-16"]
)
def test_line_ends_and_encoding_stay(index: str, tmp_path: Path, change: object) -> None:
    assert callable(change)
    environment = user(tmp_path, f"index-url = {index}")
    folder = project(tmp_path, {})
    (folder / "requirements.txt").write_bytes(change("# é\nleaf==1.0  # é\n"))
    assert fix(folder, environment).returncode == 0
    assert (folder / "requirements.txt").read_bytes() == change(f"# é\nleaf==1.0{lines('leaf', '1.0')}  # é\n")


# --- whole or not at all --------------------------------------------------------------------------------------------------------


def test_one_file_that_cannot_be_written_leaves_the_others_alone(server: Stub, tmp_path: Path) -> None:
    server.answer = knowing({"/simple/leaf/": page("leaf", *(listed(file) for file in files_of("leaf", "1.0")))})
    files = {"requirements.txt": "leaf==1.0\n-r base.txt\n", "base.txt": "leaf==1.0\n"}
    folder = project(tmp_path, files)
    (folder / "base.txt").chmod(0o444)
    done = fix(folder, user(tmp_path, f"index-url = {server.url}/simple"))
    assert {name: (folder / name).read_text() for name in files} == files
    assert done.stdout.count("2 × it is read-only") == 1
    assert sorted(path.name for path in folder.iterdir()) == [".pinlint.toml", "base.txt", "requirements.txt"]


def test_a_version_is_not_chosen_unasked(server: Stub, tmp_path: Path) -> None:
    folder = project(tmp_path, {"requirements.txt": "leaf\n"}, policy="")
    assert "--unsafe-fixes allows it" in fix(folder, user(tmp_path, f"index-url = {server.url}/simple")).stdout
    assert server.asked == []


def test_fix_only_another_rule_writes_no_hash(server: Stub, tmp_path: Path) -> None:
    folder = project(tmp_path, {"requirements.txt": "leaf==1.0\n"})
    assert fix(folder, user(tmp_path, f"index-url = {server.url}/simple"), "--fix-only", "PIN001").returncode == 1
    assert server.asked == []


# --- where is asked, and who is told a secret -----------------------------------------------------------------------------------


def test_hashes_come_from_every_index_that_pip_would_ask(server: Stub, tmp_path: Path) -> None:
    first, second, third = (listed(f"leaf-1.0-{n}-py3-none-any.whl", n.encode()) for n in "123")
    local = tmp_path / "wheels"
    local.mkdir()
    (local / wheel("leaf", "1.0")[0]).write_bytes(b"local")
    pages = {"/a/leaf/": page("leaf", first), "/b/leaf/": page("leaf", second), "/c/leaf/": page("leaf", third)}
    server.answer = knowing(pages)
    environment = user(
        tmp_path, f"index-url = {server.url}/a", f"extra-index-url = {server.url}/b {server.url}/none", f"find-links = {local}"
    )
    folder = project(tmp_path, {"requirements.txt": f"--extra-index-url {server.url}/c\nleaf==1.0\n"})
    assert fix(folder, environment, "--ignore", "SRC203").returncode == 0
    assert (folder / "requirements.txt").read_text().count("--hash=") == 4
    (folder / "requirements.txt").write_text(f"--index-url {server.url}/c\nleaf==1.0\n")
    assert fix(folder, environment).returncode == 0
    assert (folder / "requirements.txt").read_text().count("--hash=") == 2  # an index in the file takes the place of the user's
    server.answer = lambda asked: Answer(401) if asked.path.startswith("/b/") else knowing(pages)(asked)
    (folder / "requirements.txt").write_text("leaf==1.0\n")
    assert "not logged in" in fix(folder, environment).stdout
    assert (folder / "requirements.txt").read_text() == "leaf==1.0\n"


def test_login_goes_to_its_own_host_only(server: Stub, tmp_path: Path) -> None:
    with stub() as other:
        server.answer = other.answer = knowing({"/simple/leaf/": page("leaf", listed("leaf-1.0.zip"))})
        secret = server.url.replace("://", "://ann:hunter2@")
        environment = user(tmp_path, f"index-url = {secret}/simple", f"extra-index-url = {other.url}/simple")
        folder = project(tmp_path, {"requirements.txt": "leaf==1.0\n"})
        done = fix(folder, environment)
        assert done.returncode == 0, done.stdout
        assert [asked.headers.get("authorization") for asked in server.asked] == ["Basic YW5uOmh1bnRlcjI="] * 2
        assert [asked.headers.get("authorization") for asked in other.asked] == [None]
        assert "hunter2" not in done.stdout + done.stderr


def test_login_in_the_project_is_not_used(server: Stub, tmp_path: Path) -> None:
    server.answer = knowing({"/simple/leaf/": page("leaf", listed("leaf-1.0.zip"))})
    folder = project(tmp_path, {"requirements.txt": f"--index-url {server.url.replace('://', '://eve:pw@')}/simple\nleaf==1.0\n"})
    assert fix(folder, user(tmp_path)).returncode == 0
    assert [asked.headers.get("authorization") for asked in server.asked] == [None, None]


def test_configuration_is_the_one_that_pip_reports(tmp_path: Path) -> None:
    environment = user(
        tmp_path,
        "index-url = https://a.example/",
        "extra-index-url =\n    http://b.example/\n    https://c.example/",
        "[install]",
        "index-url = https://d.example/",
    )
    found = Configuration(environment)
    assert found.indexes == ["https://d.example/", "http://b.example/", "https://c.example/"]
    assert found.plain_hosts == {"b.example"}
    assert Configuration({**environment, "PIP_INDEX_URL": "https://e.example/"}).indexes[0] == "https://e.example/"
    assert Configuration({**environment, "PIP_NO_INDEX": "1"}).no_index


def test_default_index_is_asked_of_pip(tmp_path: Path) -> None:
    from pip._internal.models.index import PyPI

    assert Configuration(user(tmp_path)).indexes == [PyPI.simple_url]


def test_netrc_is_bound_to_its_host(tmp_path: Path) -> None:
    environment = user(tmp_path, "index-url = https://a.example/simple")
    netrc = tmp_path / "home/.netrc"
    netrc.write_text("machine a.example login ann password pw\n")
    netrc.chmod(0o600)
    found = Configuration(environment)
    assert found.authorization("https://a.example/simple/leaf/") == "Basic YW5uOnB3"
    assert found.authorization("https://b.example/simple/leaf/") == ""
    assert found.authorization("https://a.example:8443/simple/leaf/") == ""


# --- a version for those that name none: unsafe -----------------------------------------------------------------------------------


def test_version_that_pip_takes_is_the_one_chosen(index: str, tmp_path: Path) -> None:
    environment = user(tmp_path, f"index-url = {index}")
    folder = project(tmp_path, {"requirements.txt": "leaf\ntree>=4\n"})
    done = fix(folder, environment, "--unsafe-fixes")
    assert done.returncode == 0, done.stdout
    assert (folder / "requirements.txt").read_text() == f"leaf==2.0{lines('leaf', '2.0')}\ntree==5.0{lines('tree', '5.0')}\n"
    command = [sys.executable, "-m", "pip", "install", "-q", "--dry-run", "--ignore-installed", "--report", "-", "leaf", "tree>=4"]
    report = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=True)
    taken = {one["metadata"]["name"]: one["metadata"]["version"] for one in json.loads(report.stdout)["install"]}
    assert taken == {"leaf": "2.0", "tree": "5.0"}
    assert install(folder, environment).returncode == 0


LEAF = hashlib.sha256(FILES["leaf-1.0-py3-none-any.whl"])
MD5 = hashlib.md5(FILES["leaf-1.0.tar.gz"], usedforsecurity=False).hexdigest()


@pytest.mark.parametrize("policy", ["", POLICY], ids=["alone", "with its set"])
@pytest.mark.parametrize(
    "old",
    [
        f" --hash=sha256:{LEAF.hexdigest()[:40]}", f" --hash=SHA256:{LEAF.hexdigest()}", f"\t--hash=sha256:{LEAF.hexdigest()}",
        f" --hash=md5:{MD5}", f" \\\n    --hash=md5:{MD5.upper()} \\\n  --hash=sha1:TODO", " --hash=sha256:TODO",
        f" --hash sha256:{LEAF.hexdigest()[:7]}  # kept", " --hash=crc32:0123 ",
    ],
    ids=["cut off", "capitals", "tab", "md5", "several", "placeholder", "no equals sign", "unknown"],
)  # fmt: skip
def test_a_hash_that_pip_does_not_honour_gives_way_to_one_that_bears_it_out(
    server: Stub, tmp_path: Path, old: str, policy: str
) -> None:
    files = [listed(file, FILES[file]) for file in FILES if file.startswith("leaf-1.0")]
    server.answer = knowing({"/simple/leaf/": page("leaf", *files)})
    environment = user(tmp_path, f"index-url = {server.url}/simple/")
    folder = project(tmp_path, {"requirements.txt": f"# ours\nleaf==1.0{old}\n"}, policy)
    assert policy or install(folder, environment).returncode != 0
    done = fix(folder, environment)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    rest = old[old.index("  # kept") :] if "kept" in old else old[len(old.rstrip(" ")) :]
    assert (folder / "requirements.txt").read_text() == f"# ours\nleaf==1.0{lines('leaf', '1.0')}{rest}\n"
    if not policy:
        installed = install(folder, environment)
        assert installed.returncode == 0, installed.stderr
        assert "ixed" not in fix(folder, environment).stdout


_versions = st.from_regex(
    r"(1!)?[0-3](\.[0-3]){0,2}((a|b|rc)[0-2])?(\.post[0-2])?(\.dev[0-2])?(\+[a-z0-2](\.[0-2])?)?", fullmatch=True
)


@given(st.lists(_versions, max_size=6))
def test_newest_is_the_one_of_packaging(versions: list[str]) -> None:
    stable = [Version(text) for text in versions if not Version(text).is_prerelease]
    found = newest(versions)
    assert (Version(found) if found else None) == max(stable, default=None)
