"""What the page on combining series shows can be done."""

import re
from pathlib import Path

import typer
import yaml

from catalogs.recipe import Recipe
from catalogs.schema import parse
from flows import cli

PAGE = (Path(__file__).parents[2] / "docs" / "consensus.md").read_text()


def test_page__its_recipe_is_one():
    content = yaml.safe_load(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[1])
    assert parse(Recipe, content, f"recipes/{content['name']}.yaml").layers["0-700"].central is None


def test_page__its_options_are_those_of_the_command():
    command = typer.main.get_command(cli.app).commands["consensus"]
    known = {option for parameter in command.params for option in parameter.opts}
    commands = "".join(re.findall(r"```\n(oceanstate.*?)```", PAGE, re.DOTALL))
    used = set(re.findall(r"--\w+", commands))
    assert used
    assert used <= known
