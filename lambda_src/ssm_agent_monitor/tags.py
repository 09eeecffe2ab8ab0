"""What EC2 says of tags: DescribeInstanceStatus has none, and no filter by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from sys import intern
from typing import Any

TAGS_PER_PAGE = 1000
"""The most that DescribeTags gives."""


def values(ec2: Any, key: str) -> Iterator[dict[str, str]]:
    """The values of one tag by instance id, page by page, of instances in any state.

    One key a stream: DescribeTags puts filters together for one tag, so that two keys never match.
    """
    pages = ec2.get_paginator("describe_tags").paginate(
        Filters=[
            {"Name": "key", "Values": [re.sub(r"([*?\\])", r"\\\1", key)]},  # a filter's wildcards
            {"Name": "resource-type", "Values": ["instance"]},
        ],
        PaginationConfig={"PageSize": TAGS_PER_PAGE},
    )
    for page in pages:
        yield {
            tag["ResourceId"]: intern(tag["Value"]) for tag in page["Tags"] if tag["Key"] == key
        }  # keys are case-sensitive
