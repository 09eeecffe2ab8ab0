"""The limits that AWS's API models set on parameters, checked as AWS checks them.

Length, range, size, enumeration, pattern and presence come from botocore's input shapes, so
they are those that the API reference of each service gives.
"""

from __future__ import annotations

import re
import sys
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from itertools import groupby
from typing import Any

from botocore.model import Shape

from sandbox.gateway import AwsError, Call, Gateway

# How each service calls a violation ("Common errors" of its API reference).
ERROR_CODES = {
    "config": "ValidationException",
    "events": "ValidationException",
    "iam": "ValidationError",
    "lambda": "ValidationException",
    "logs": "InvalidParameterException",
    "scheduler": "ValidationException",
    "sns": "InvalidParameter",
    "ssm": "ValidationException",
}


def register(gateway: Gateway) -> None:
    """Let every call's parameters be checked."""
    gateway.gates.append(check)
    for operation in ("CreateRole", "CreatePolicy", "CreateInstanceProfile", "TagRole", "TagPolicy"):
        gateway.before["iam", operation].append(_check_tag_keys)


def check(call: Call) -> None:
    """Raise the service's validation error if a parameter is outside what its model says."""
    if call.service not in ERROR_CODES or call.model.input_shape is None:
        return
    violations = list(_violations(call.model.input_shape, call.params, ""))
    if violations:
        errors = "error" if len(violations) == 1 else "errors"
        text = f"{len(violations)} validation {errors} detected: {'; '.join(violations)}"
        raise AwsError(ERROR_CODES[call.service], text)


def _check_tag_keys(call: Call) -> None:
    """Raise IAM's error for tags whose keys differ only in case; moto takes them."""
    keys = [tag["Key"].lower() for tag in call.params.get("Tags") or []]
    if len(set(keys)) < len(keys):
        text = "Duplicate tag keys found. Please note that Tag keys are case insensitive."
        raise AwsError("InvalidInput", text)


def _violations(shape: Any, value: Any, path: str) -> Iterator[str]:
    for constraint in _broken(shape, value):
        yield f"Value '{value}' at '{path}' failed to satisfy constraint: Member must {constraint}"
    if shape.type_name == "structure":
        for name in shape.required_members:
            if value.get(name) is None:
                where = _joined(path, name)
                yield f"Value null at '{where}' failed to satisfy constraint: Member must not be null"
        for name, member in shape.members.items():
            if value.get(name) is not None:
                yield from _violations(member, value[name], _joined(path, name))
    elif shape.type_name == "list":
        for number, item in enumerate(value, start=1):
            yield from _violations(shape.member, item, f"{path}.{number}.member")
    elif shape.type_name == "map":
        for constraint in (broken for key in value for broken in _broken(shape.key, key)):
            limit = f"Map keys must satisfy constraint: [Member must {constraint}]"
            yield f"Value '{value}' at '{path}' failed to satisfy constraint: {limit}"
        for key, item in value.items():
            yield from _violations(shape.value, item, f"{path}.{key}.member")


def _broken(shape: Shape, value: Any) -> Iterator[str]:
    """Say, in AWS's words, which of the shape's own constraints the value breaks."""
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if shape.type_name in ("string", "blob", "list", "map"):
        size, what = len(value), "have length"
    elif shape.type_name in ("integer", "long", "float", "double"):
        size, what = value, "have value"
    else:
        return
    if least is not None and size < least:
        yield f"{what} greater than or equal to {least}"
    if most is not None and size > most:
        yield f"{what} less than or equal to {most}"
    if shape.type_name == "string":
        choices, pattern = shape.metadata.get("enum"), shape.metadata.get("pattern")
        if choices and value not in choices:
            yield f"satisfy enum value set: [{', '.join(choices)}]"
        if pattern and not _compiled(pattern).fullmatch(value):
            yield f"satisfy regular expression pattern: {pattern}"


@cache
def _compiled(pattern: str) -> re.Pattern[str]:
    """Return the pattern, which is written for Java, as Python's."""
    for escape in set(re.findall(r"\\p\{(\w)\}", pattern)):
        pattern = pattern.replace(f"\\p{{{escape}}}", _characters()[escape])
    # Java takes a hyphen beside a class of characters for itself, Python for a range.
    return re.compile(re.sub(r"(\\[wd])-", r"\1\\-", pattern))


@cache
def _characters() -> dict[str, str]:
    """Return the ranges of characters, by the first letter of their Unicode category: L is a letter."""
    ranges: dict[str, list[str]] = defaultdict(list)
    numbers = range(sys.maxunicode + 1)
    for category, run in groupby(numbers, lambda number: unicodedata.category(chr(number))[0]):
        first, *rest = run
        ranges[category].append(f"\\U{first:08x}-\\U{(rest or [first])[-1]:08x}")
    return {category: "".join(found) for category, found in ranges.items()}


def _joined(path: str, name: str) -> str:
    name = name[:1].lower() + name[1:]
    return f"{path}.{name}" if path else name
