"""The settings in the function's environment, which Terraform writes (modules/responder)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

MODES = ("digest", "instance")
TOPIC = r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}"


class InvalidSettingsError(ValueError):
    """The environment is not as Terraform writes it; the text names the variable."""


@dataclass(frozen=True, slots=True)
class RepairSettings:
    """What a repair may do: the input `repair` of the module.

    `actions` are the names of those that are allowed; `instance_profile` is a name, empty if none is
    attached; `document` is the runbook that repairs, empty if nothing is repaired (`preview`);
    `repaired_at_tag` is the key of the tag with the time of the last repair.
    """

    tag_key: str
    tag_value: str
    actions: tuple[str, ...]
    instance_profile: str
    max_concurrent: int
    cooldown_hours: int
    repaired_at_tag: str
    document: str
    needs_approval: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """What is the same for all requests. Texts are empty for what is off; `repair` is None then."""

    account_id: str
    partition: str
    region: str
    mode: str
    topic_arn: str
    chat_topic_arn: str
    console_host: str
    guide_url: str
    silence_tag: str
    tag_keys: tuple[str, ...]
    diagnosis: bool
    repair: RepairSettings | None


# By variable: what its value must look like, and that in words. Those of OPTIONAL may be missing: off.
FORMS = {
    "ACCOUNT_ID": (r"[0-9]{12}", "12 digits"),
    "PARTITION": (r"aws[a-z-]*", "the name of a partition"),
    "AWS_REGION": (r"[a-z0-9-]+", "the name of a Region"),
    "MODE": ("|".join(MODES), f"one of {', '.join(MODES)}"),
    "TOPIC_ARN": (TOPIC, "the ARN of an SNS topic"),
    "CHAT_TOPIC_ARN": (TOPIC, "the ARN of an SNS topic"),
    "CONSOLE_HOST": (r"[!-~]+", "the name of a host"),
    "GUIDE_URL": (r"https://[!-~]+", "a URL that begins with https://"),
    "SILENCE_TAG": (r"(?s).+", "the key of a tag"),
    "DIAGNOSIS": (r"true|false", "true or false"),
}
OPTIONAL = ("CHAT_TOPIC_ARN", "GUIDE_URL", "SILENCE_TAG")

# By key of REPAIR: the attribute, and the type of its value.
REPAIR = {
    "tagKey": ("tag_key", str),
    "tagValue": ("tag_value", str),
    "instanceProfile": ("instance_profile", str),
    "reboot": ("reboot", bool),
    "maxConcurrent": ("max_concurrent", int),
    "cooldownHours": ("cooldown_hours", int),
    "repairedAtTag": ("repaired_at_tag", str),
    "document": ("document", str),
    "needsApproval": ("needs_approval", bool),
}


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings.

    Raises:
        InvalidSettingsError: a variable is missing, or has a value that the module never writes.
    """
    texts = {name: _text(name, environment.get(name, "")) for name in FORMS}
    tag_keys = _parsed("TAG_KEYS", environment, "[]")
    if not isinstance(tag_keys, list) or not all(isinstance(key, str) for key in tag_keys):
        raise InvalidSettingsError("the environment variable TAG_KEYS must be a JSON list of texts")
    return Settings(
        account_id=texts["ACCOUNT_ID"],
        partition=texts["PARTITION"],
        region=texts["AWS_REGION"],
        mode=texts["MODE"],
        topic_arn=texts["TOPIC_ARN"],
        chat_topic_arn=texts["CHAT_TOPIC_ARN"],
        console_host=texts["CONSOLE_HOST"],
        guide_url=texts["GUIDE_URL"],
        silence_tag=texts["SILENCE_TAG"],
        tag_keys=tuple(tag_keys),
        diagnosis=texts["DIAGNOSIS"] == "true",
        repair=_repair(_parsed("REPAIR", environment, "null")),
    )


def _text(name: str, value: str) -> str:
    if not value and name in OPTIONAL:
        return ""
    if not value:
        raise InvalidSettingsError(f"the environment variable {name} is missing")
    pattern, words = FORMS[name]
    if not re.fullmatch(pattern, value):
        raise InvalidSettingsError(f"the environment variable {name} must be {words}, not {value[:100]!r}")
    return value


def _parsed(name: str, environment: Mapping[str, str], default: str) -> Any:
    try:
        return json.loads(environment.get(name) or default)
    except (ValueError, RecursionError) as error:
        raise InvalidSettingsError(f"the environment variable {name} is no JSON: {error}") from error


def _repair(given: Any) -> RepairSettings | None:
    if given is None:
        return None
    found = given if isinstance(given, dict) else {}
    wrong = [key for key, (_, kind) in REPAIR.items() if type(found.get(key)) is not kind]
    if wrong:
        raise InvalidSettingsError(
            f"the environment variable REPAIR must be a JSON object; wrong or missing: {', '.join(wrong)}"
        )
    return RepairSettings(**{attribute: found[key] for key, (attribute, _) in REPAIR.items()})
