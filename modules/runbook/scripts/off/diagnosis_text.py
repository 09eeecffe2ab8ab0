"""In the place of diagnosis_text.py where nothing looks for causes."""

from __future__ import annotations

from typing import Any

from machines import Machine


def likely_cause_of(_machine: Machine) -> str:
    """No cause is known."""
    return ""


def findings_of(_machine: Machine, _command: str) -> dict[str, list[str]]:
    """Nothing was found."""
    return {}


def is_diagnosed(_machine: Machine) -> bool:
    """It never is."""
    return False


def diagnosis_facts(_machine: Machine) -> dict[str, list[Any]]:
    """The same fields, all empty."""
    return {"findings": [], "changes": [], "could_not_check": []}
