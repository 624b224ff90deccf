"""Pages that are made from the code say what the code says."""

from pathlib import Path

import pytest

from kernels import registry

DOCS = Path(__file__).parents[2] / "docs"


def cells(line: str) -> list[str]:
    return [cell.strip().replace("\0", "|") for cell in line.replace("\\|", "\0").strip("|").split("|")]


@pytest.fixture(scope="module")
def listed() -> dict[str, list[str]]:
    lines = (DOCS / "quality_tests.md").read_text().splitlines()
    return {cells(line)[0].strip("`"): cells(line)[1:] for line in lines if line.startswith("| `")}


def test_quality_tests__lists_every_registered_test(listed: dict[str, list[str]]) -> None:
    assert list(listed) == list(registry.tests()), "make tests-list writes the page anew"


@pytest.mark.parametrize("test", registry.tests().values(), ids=lambda test: test.name)
def test_quality_tests__says_what_the_test_says(test: registry.Test, listed: dict[str, list[str]]) -> None:
    _, quantity, on, reference, pairs, _ = listed[test.name]
    assert (quantity, reference) == (test.quantity, test.reference), "make tests-list writes the page anew"
    assert on.startswith(test.on)
    assert ("second pass" in on) == test.second_pass
    assert pairs
