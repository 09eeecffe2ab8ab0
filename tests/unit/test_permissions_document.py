"""docs/permissions.md lists what the roles may do, each action with its reason and a test that exists."""

from __future__ import annotations

import re

import pytest

from tools import permissions
from tools.permission_reasons import REASONS
from tools.terraform_setup import ROOT


@pytest.mark.terraform
def test_the_table_is_current_and_each_permission_has_a_reason() -> None:
    """One test for both: the apply takes a minute."""
    applied = permissions.applied()
    assert {(each.role, each.policy, each.action) for each in applied} == set(REASONS)
    assert permissions.table(applied) in permissions.DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize("test", sorted({reason.test for reason in REASONS.values()}))
def test_a_named_test_exists(test: str) -> None:
    path, _, name = test.partition("::")
    definition = rf'^(def {name}\(|run "{name}" {{)'
    assert re.search(definition, (ROOT / path).read_text(encoding="utf-8"), re.MULTILINE)
