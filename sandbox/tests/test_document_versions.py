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


def test_content_may_come_again_unless_it_is_that_of_the_latest_version(ssm: Any) -> None:
    ssm.create_document(Name="steps", DocumentType="Automation", Content=content("one"))
    for expected, text in (("2", content("one", "two")), ("3", content("one"))):
        assert update(ssm, "steps", text) == expected
        ssm.update_document_default_version(Name="steps", DocumentVersion=expected)
        assert ssm.get_document(Name="steps")["Content"] == text
    assert ssm.get_document(Name="steps", DocumentVersion="2")["Content"] == content("one", "two")
    for version, text, code in (
        ("$LATEST", content("one"), "DuplicateDocumentContent"),
        ("2", content("three"), "InvalidDocumentVersion"),
        ("$LATEST", '{"schemaVersion": "0.3"}', "InvalidDocumentContent.*mainSteps"),
    ):
        with refused(code):
            update(ssm, "steps", text, version)
    document = ssm.describe_document(Name="steps")["Document"]
    assert (document["LatestVersion"], document["DefaultVersion"]) == ("3", "3")
    with refused("InvalidDocument"):
        update(ssm, "nothing", content("one"))
