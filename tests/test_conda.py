"""What specifications of conda ask for. rattler 0.28 reads every line of the table in the same way."""

from __future__ import annotations

import pytest

from pinlint.ecosystems.conda.names import package, specification

SHA256, MD5 = "5f" * 32, "5f" * 16


@pytest.mark.parametrize(
    ("text", "name", "version", "verdict"),
    [
        ("python", "python", "", "floating"),
        ("python=3.12", "python", "=3.12", "range"),
        ("python==3.12", "python", "3.12", "version"),
        ("python 3.12", "python", "3.12", "version"),
        ("python 3.12.*", "python", "3.12.*", "range"),
        ("python=3.12.1=h1_0", "python", "3.12.1=h1_0", "version"),
        ("python 3.12.1 h1_0", "python", "3.12.1 h1_0", "version"),
        ("python>=3,<4", "python", ">=3,<4", "range"),
        ("conda-forge::numpy=1.2", "numpy", "=1.2", "range"),
        ("numpy==1.2.*", "numpy", "==1.2.*", "range"),
        ("numpy 1.2|1.3", "numpy", "1.2|1.3", "range"),
        ('numpy[version="1.2"]', "numpy", "1.2", "version"),
        ('numpy[version=">=1.2",build=x]', "numpy", ">=1.2", "range"),
        ("blas=*=openblas", "blas", "=*=openblas", "range"),
        ("Pkg 1!2.0", "pkg", "1!2.0", "version"),
        (f"proj[sha256={SHA256}]", "proj", "", "digest"),
        (f"proj[md5='{MD5}']", "proj", "", "weak-digest"),
        ("proj=1[sha256=5f]", "proj", "=1", "range"),
    ],
)
def test_verdict_of_a_specification(text: str, name: str, version: str, verdict: str) -> None:
    found = specification(text)
    assert found is not None
    assert (found.name, found.version, found.verdict) == (name, version, verdict)


@pytest.mark.parametrize("text", ["", "!", "[md5=1]", ">=1"])
def test_what_is_no_specification(text: str) -> None:
    assert specification(text) is None


@pytest.mark.parametrize(
    ("address", "found"),
    [
        ("https://c.example/forge/linux-64/r-mgcv-1.9_1-r44h_1.conda#5f", ("https://c.example/forge", "r-mgcv", "1.9_1")),
        ("https://c.example/forge/noarch/six-1.17-pyh_0.tar.bz2", ("https://c.example/forge", "six", "1.17")),
        ("https://c.example/six-1.17.whl", None),
        ("https://c.example/a-b.conda", None),
        ("", None),
    ],
)
def test_package_at_an_address(address: str, found: tuple[str, str, str] | None) -> None:
    assert package(address) == found
