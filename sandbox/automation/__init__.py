"""Systems Manager Automation: runbooks of schema 0.3 are checked as they are created, and really run."""

from sandbox.automation.service import Automation

__all__ = ["Automation"]
