from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION, refused
from sandbox.tests.runbooks import passing


@pytest.fixture(scope="module")
def ssm(sandbox: Sandbox) -> Any:
    return sandbox.client("ssm", REGION)


def content(*names: str) -> str:
    return json.dumps({"schemaVersion": "0.3", "mainSteps": [passing(name) for name in names]})


def update(ssm: Any, name: str, text: str, version: str = "$LATEST") -> str:
    """Add a version and return its number."""
    answer = ssm.update_document(Name=name, Content=text, DocumentFormat="JSON", DocumentVersion=version)
    return str(answer["DocumentDescription"]["DocumentVersion"])


def test_a_step_that_was_added_can_be_taken_out_again(ssm: Any) -> None:
    ssm.create_document(Name="steps", DocumentType="Automation", Content=content("one"))
    for expected, text in (("2", content("one", "two")), ("3", content("one"))):
        assert update(ssm, "steps", text) == expected
        ssm.update_document_default_version(Name="steps", DocumentVersion=expected)
        assert ssm.get_document(Name="steps")["Content"] == text
    assert ssm.describe_document(Name="steps")["Document"]["LatestVersion"] == "3"
    assert ssm.get_document(Name="steps", DocumentVersion="2")["Content"] == content("one", "two")


def test_the_content_of_the_latest_version_is_refused(ssm: Any) -> None:
    ssm.create_document(Name="twice", DocumentType="Automation", Content=content("one"))
    update(ssm, "twice", content("two"))
    with refused("DuplicateDocumentContent"):
        update(ssm, "twice", content("two"))
    assert ssm.describe_document(Name="twice")["Document"]["DefaultVersion"] == "1"


def test_only_the_latest_version_of_a_document_can_be_updated(ssm: Any) -> None:
    ssm.create_document(Name="old", DocumentType="Automation", Content=content("one"))
    update(ssm, "old", content("two"))
    with refused("InvalidDocumentVersion"):
        update(ssm, "old", content("three"), version="1")
    with refused("InvalidDocument"):
        update(ssm, "nothing", content("one"))
