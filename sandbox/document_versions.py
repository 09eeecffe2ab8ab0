"""Versions of Systems Manager's documents: moto compares a new one's content with too many of them."""

from __future__ import annotations

from typing import Any

from moto.core.exceptions import ServiceException
from moto.ssm.models import Documents, ssm_backends

from sandbox.gateway import AwsError, Call, Gateway


def register(gateway: Gateway) -> None:
    """Answer the operation that is modelled here."""
    gateway.operations["ssm", "UpdateDocument"] = _update


def _update(call: Call) -> dict[str, Any]:
    """Add a version, unless its content is that of the latest one.

    An earlier version's content may come again: Terraform's provider takes `DuplicateDocumentContent` for
    "a duplicate of the latest version" and makes that one the default.
    """
    backend = ssm_backends[call.account][call.region]
    known: Documents | None = backend._documents.get(call.params["Name"])
    if known is None:
        raise AwsError("InvalidDocument", "The specified document does not exist.")
    earlier = known.versions
    known.versions = {known.latest_version: known.get_latest_version()}
    default, known.default_version = known.default_version, known.latest_version
    try:
        described = backend.update_document(
            content=call.params["Content"],
            attachments=call.params.get("Attachments", []),
            name=call.params["Name"],
            version_name=call.params.get("VersionName", ""),
            document_version=call.params.get("DocumentVersion", ""),
            document_format=call.params.get("DocumentFormat", "JSON"),
            target_type=call.params.get("TargetType", ""),
        )
    except ServiceException as error:
        raise AwsError(error.code, error.message) from error
    finally:
        known.versions = earlier | known.versions
        known.default_version = default
    return {"DocumentDescription": described | {"DefaultVersion": default}}
