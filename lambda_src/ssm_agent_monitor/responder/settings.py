"""The settings in the function's environment, which Terraform writes (modules/responder)."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import get_type_hints

from ssm_agent_monitor.responder.forms import ACCOUNT_ID, REGION, Form
from ssm_agent_monitor.responder.place import Place


class InvalidSettingsError(ValueError):
    """The environment is not as Terraform writes it; the text names the variable."""

    def __init__(self, name: str, wrong: str) -> None:
        super().__init__(f"the environment variable {name} {wrong}")


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

    place: Place
    mode: str
    topic_arn: str
    chat_topic_arn: str
    console_host: str
    guide_url: str
    silence_tag: str
    tag_keys: tuple[str, ...]
    diagnosis: bool
    repair: RepairSettings | None


TOPIC = Form(r"arn:[a-z-]+:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}", "the ARN of an SNS topic")
FORMS = {
    "ACCOUNT_ID": ACCOUNT_ID,
    "PARTITION": Form(r"aws[a-z-]*", "the name of a partition"),
    "AWS_REGION": REGION,
    "MODE": Form(r"digest|instance", "one of digest, instance"),
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

TYPES = {
    name: list if kind == tuple[str, ...] else kind for name, kind in get_type_hints(RepairSettings).items()
}
"""What JSON has, by the name of an attribute of RepairSettings."""


def from_environment(environment: Mapping[str, str]) -> Settings:
    """The settings. Raises InvalidSettingsError if the module never writes such an environment."""
    texts = {name: environment.get(name, "") for name in FORMS}
    for name, text in texts.items():
        if not text and name not in OPTIONAL:
            raise InvalidSettingsError(name, "is missing")
        if text and not FORMS[name].fits(text):
            raise InvalidSettingsError(name, FORMS[name].objection(text))
    tag_keys = _parsed("TAG_KEYS", environment, "[]")
    if not isinstance(tag_keys, list) or not all(isinstance(key, str) for key in tag_keys):
        raise InvalidSettingsError("TAG_KEYS", "must be a JSON list of texts")
    place = Place(texts.pop("ACCOUNT_ID"), texts.pop("PARTITION"), texts.pop("AWS_REGION"))
    is_diagnosed = texts.pop("DIAGNOSIS") == "true"
    others = {name.lower(): text for name, text in texts.items()}
    repair = _repair(_parsed("REPAIR", environment, "null"))
    return Settings(place=place, tag_keys=tuple(tag_keys), diagnosis=is_diagnosed, repair=repair, **others)


def _parsed(name: str, environment: Mapping[str, str], default: str) -> object:
    try:
        return json.loads(environment.get(name) or default)
    except (ValueError, RecursionError) as error:
        raise InvalidSettingsError(name, f"is no JSON: {error}") from error


def _repair(given: object) -> RepairSettings | None:
    if given is None:
        return None
    found = given if isinstance(given, dict) else {}
    names = {name: re.sub(r"_(.)", lambda each: each[1].upper(), name) for name in TYPES}
    wrong = [names[name] for name, kind in TYPES.items() if type(found.get(names[name])) is not kind]
    if not wrong and not all(isinstance(each, str) for each in found["actions"]):
        wrong = ["actions"]
    if wrong:
        raise InvalidSettingsError("REPAIR", f"must be a JSON object; wrong or missing: {', '.join(wrong)}")
    values = {name: found[key] for name, key in names.items()}
    return RepairSettings(**values | {"actions": tuple(found["actions"])})
