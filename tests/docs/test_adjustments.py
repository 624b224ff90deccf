"""What the page on adjustments shows can be used as it is."""

import re
from pathlib import Path

import pytest
import yaml

from catalogs.schema import Adjustment, Selection, names, parse

PAGE = (Path(__file__).parents[2] / "docs" / "adjustments.md").read_text("utf-8")


@pytest.fixture(scope="module")
def examples() -> list[dict[str, object]]:
    return [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)]


def test_adjustments__the_selection_on_the_page_loads(examples: list[dict[str, object]]) -> None:
    chosen = Selection.model_validate(examples[0]["selection"])
    assert [a.name for a in chosen.adjustments] == ["xbt_hanawa_1995", "xbt_kizu_2005"]


def test_adjustments__the_entry_on_the_page_is_one(examples: list[dict[str, object]]) -> None:
    own = parse(Adjustment, examples[1], "adjustments/my_xbt.yaml")
    assert own.depth_change is not None
    assert own.depth_change.values[0] == pytest.approx([-0.02 * z - 1.5 for z in own.depth_change.depths])


def test_adjustments__lists_every_entry() -> None:
    assert re.findall(r"^\| `(\w+)`", PAGE, re.MULTILINE) == names("adjustments")
