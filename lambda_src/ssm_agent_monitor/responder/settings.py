"""The settings in the function's environment, which Terraform writes (modules/responder)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from ssm_agent_monitor.responder.forms import ACCOUNT_ID, REGION, Form, camel_case, one_of
from ssm_agent_monitor.responder.place import Place


class InvalidSettingsError(ValueError):
    """The environment is not as Terraform writes it; the text names the variable."""


@dataclass(frozen=True, slots=True)
class RepairSettings:
    """What a repair may do: the variable REPAIR, a JSON object with these names in camelCase.

    `actions` are the names of those that are allowed, in their order; `instance_profile` is a name, empty if
    none is attached; `document` is the runbook that repairs, empty if nothing is repaired (`preview`);
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

    @property
    def place(self) -> Place:
        """Where the machines are."""
        return Place(self.account_id, self.partition, self.region)


TOPIC = Form(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic")
FORMS = {
    "ACCOUNT_ID": ACCOUNT_ID,
    "PARTITION": Form(r"aws[a-z-]*", "the name of a partition"),
    "AWS_REGION": REGION,
    "MODE": one_of(("digest", "instance")),
    "TOPIC_ARN": TOPIC,
    "CHAT_TOPIC_ARN": TOPIC,
    "CONSOLE_HOST": Form(r"[!-~]+", "the name of a host"),
    "GUIDE_URL": Form(r"https://[!-~]+", "a URL that begins with https://"),
    "SILENCE_TAG": Form(r"(?s).+", "the key of a tag"),
    "DIAGNOSIS": Form(r"true|false", "true or false"),
}
"""What the value of a variable must look like."""
OPTIONAL = ("CHAT_TOPIC_ARN", "GUIDE_URL", "SILENCE_TAG")
"""These may be missing: off."""

TYPES = {"str": str, "int": int, "bool": bool, "tuple[str, ...]": list}
"""What JSON has, by the type of an attribute of RepairSettings."""


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings.

    Raises:
        InvalidSettingsError: a variable is missing, or has a value that the module never writes.
    """
    texts = {name.removeprefix("AWS_").lower(): _text(name, environment.get(name, "")) for name in FORMS}
    is_diagnosed = texts.pop("diagnosis") == "true"
    tag_keys = _parsed("TAG_KEYS", environment, "[]")
    if not isinstance(tag_keys, list) or not all(isinstance(key, str) for key in tag_keys):
        raise InvalidSettingsError("the environment variable TAG_KEYS must be a JSON list of texts")
    repair = _repair(_parsed("REPAIR", environment, "null"))
    return Settings(**texts, tag_keys=tuple(tag_keys), diagnosis=is_diagnosed, repair=repair)


def _text(name: str, value: str) -> str:
    if not value and name in OPTIONAL:
        return ""
    if not value:
        raise InvalidSettingsError(f"the environment variable {name} is missing")
    if not FORMS[name].fits(value):
        raise InvalidSettingsError(f"the environment variable {name} {FORMS[name].objection(value)}")
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
    types = {camel_case(each.name): TYPES[str(each.type)] for each in fields(RepairSettings)}
    wrong = [key for key, kind in types.items() if type(found.get(key)) is not kind]
    if not wrong and not all(isinstance(each, str) for each in found["actions"]):
        wrong = ["actions"]
    if wrong:
        raise InvalidSettingsError(
            f"the environment variable REPAIR must be a JSON object; wrong or missing: {', '.join(wrong)}"
        )
    values = {each.name: found[camel_case(each.name)] for each in fields(RepairSettings)}
    return RepairSettings(**values | {"actions": tuple(found["actions"])})
