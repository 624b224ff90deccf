"""No pair of the peers is passed over: each is compared, or listed with the reason why not."""

import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.records


@pytest.fixture
def _whole_run(request: pytest.FixtureRequest) -> None:
    """Skip where only some of the conformance tests were asked for."""
    ran = {(item.path.name, getattr(item, "originalname", "")) for item in request.session.items}
    there = {
        (file.name, name)
        for file in Path(__file__).parent.glob("test_qc_*.py")
        for name in re.findall(r"^def (test_\w+)", file.read_text(), flags=re.M)
    }
    if there - ran:
        pytest.skip("all conformance tests must run before the pairs can be counted")


@pytest.mark.usefixtures("_whole_run")
def test_pairs__every_one_is_compared_or_listed(pairs: Any, published: set[Any], request: Any) -> None:
    assert published - pairs.accounted == set(), "neither compared nor listed"
    assert pairs.unexplained == [], "differ without a reason"
    request.config.cache.set("conformance/pairs", pairs.rows())  # for infra/list_quality_tests.py
