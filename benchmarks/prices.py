"""What runs cost, in dollars of us-east-1.

Sources: https://aws.amazon.com/config/pricing/ and https://aws.amazon.com/lambda/pricing/
"""

from __future__ import annotations

HOURS_A_MONTH = 730

EVALUATION_TIERS = ((100_000, 0.001), (400_000, 0.0008), (float("inf"), 0.0005))
"""Evaluations of a tier and the price of each; tiers begin anew each month in each account and Region."""

LAMBDA_GB_SECOND = 0.0000133334
"""On arm64, the first tier."""

LAMBDA_REQUEST = 0.20 / 1_000_000


def evaluations(count: int) -> float:
    """The price of so many evaluations in one month."""
    dollars, left = 0.0, count
    for tier, price in EVALUATION_TIERS:
        dollars += min(left, tier) * price
        left = max(left - int(min(left, tier)), 0)
    return dollars


def function(seconds: float, memory_mb: int, runs: int) -> float:
    """The price of so many runs that each last so long; Lambda's free tier left out."""
    return runs * (seconds * memory_mb / 1024 * LAMBDA_GB_SECOND + LAMBDA_REQUEST)


AUTOMATION_STEP = 0.002
"""https://aws.amazon.com/systems-manager/pricing/: without the free tier, which ended in 2025."""

CUSTOM_EVENT = 1.00 / 1_000_000
"""https://aws.amazon.com/eventbridge/pricing/; the events of AWS's own services are free."""

EMAIL = 2.00 / 100_000
"""https://aws.amazon.com/sns/pricing/: without the first 1,000 a month, which are free."""
