"""What is generated is current; what can't be seen here is seen by the command that its row names."""

import re

import pytest

from tools import generated
from tools.permission_reasons import REASONS
from tools.terraform_setup import ROOT


def rows(noticed_by: str) -> list[str]:
    return [name for name, row in generated.GENERATED.items() if row.noticed_by == noticed_by]


@pytest.mark.parametrize("name", rows("make check"))
def test_what_only_needs_python_is_current(name: str) -> None:
    assert not generated.stale(name), f"run make {name}"


@pytest.mark.terraform
@pytest.mark.parametrize("name", rows("make test-unit"))
def test_what_needs_an_apply_is_current(name: str) -> None:
    assert not generated.stale(name), f"run make {name}"


def test_a_picture_is_stale_if_its_words_are_others() -> None:
    picture = '<text class="r1">{} (i-{}): out for about {}</text>'
    current = generated.words(picture.format("cache", "6d43bec3d266a55eb", "1 day 22 minutes"))
    assert generated.words(picture.format("cache", "d24f10b8de7537ef7", "23 hours")) == current
    assert generated.words(picture.format("bastion", "6d43bec3d266a55eb", "1 day 22 minutes")) != current


@pytest.mark.parametrize("test", sorted({reason.test for reason in REASONS.values()}))
def test_a_test_that_docs_permissions_names_exists(test: str) -> None:
    path, _, name = test.partition("::")
    definition = rf'^(def {name}\(|run "{name}" {{)'
    assert re.search(definition, (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
