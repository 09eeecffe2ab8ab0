from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from sandbox.account import Sandbox
from sandbox.tests.deployments import REGION


@pytest.fixture(scope="module")
def ssm(sandbox: Sandbox) -> Any:
    return sandbox.client("ssm", REGION)


def content(*durations: str) -> str:
    steps = [
        {"name": f"rest_{number}", "action": "aws:sleep", "inputs": {"Duration": duration}}
        for number, duration in enumerate(durations)
    ]
    return json.dumps({"schemaVersion": "0.3", "mainSteps": steps})


def update(ssm: Any, name: str, text: str, version: str = "$LATEST") -> str:
    """Add a version and return its number."""
    answer = ssm.update_document(Name=name, Content=text, DocumentFormat="JSON", DocumentVersion=version)
    return str(answer["DocumentDescription"]["DocumentVersion"])


def test_a_step_that_was_added_can_be_taken_out_again(ssm: Any) -> None:
    ssm.create_document(Name="steps", DocumentType="Automation", Content=content("PT1S"))
    for expected, text in (("2", content("PT1S", "PT2S")), ("3", content("PT1S"))):
        assert update(ssm, "steps", text) == expected
        ssm.update_document_default_version(Name="steps", DocumentVersion=expected)
        assert ssm.get_document(Name="steps")["Content"] == text
    assert ssm.describe_document(Name="steps")["Document"]["LatestVersion"] == "3"
    assert ssm.get_document(Name="steps", DocumentVersion="2")["Content"] == content("PT1S", "PT2S")


def test_the_content_of_the_latest_version_is_refused(ssm: Any) -> None:
    ssm.create_document(Name="twice", DocumentType="Automation", Content=content("PT1S"))
    update(ssm, "twice", content("PT2S"))
    with pytest.raises(ClientError, match="DuplicateDocumentContent"):
        update(ssm, "twice", content("PT2S"))
    assert ssm.describe_document(Name="twice")["Document"]["DefaultVersion"] == "1"


def test_only_the_latest_version_of_a_document_can_be_updated(ssm: Any) -> None:
    ssm.create_document(Name="old", DocumentType="Automation", Content=content("PT1S"))
    update(ssm, "old", content("PT2S"))
    with pytest.raises(ClientError, match="InvalidDocumentVersion"):
        update(ssm, "old", content("PT3S"), version="1")
    with pytest.raises(ClientError, match="InvalidDocument"):
        update(ssm, "nothing", content("PT1S"))
