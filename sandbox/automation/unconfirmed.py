"""What AWS's pages leave open.

A test may set each to the other answer, to see that a runbook is right with both.
"""

from __future__ import annotations

FUNCTION_ERROR_FAILS_ITS_STEP = True
"""Whether an error of a function fails the step that invoked it, or is the step's output FunctionError."""

NO_VALUE_FAILS_A_BRANCH = True
"""Whether a reference without a value fails a branch, or stays in its text as it is written there."""
