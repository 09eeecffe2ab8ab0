"""All checks of the diagnosis, in the order of likelihood.

The first broken one is the likely cause. What changed is told first, and is the cause only if no other is.
"""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import Check
from ssm_agent_monitor.responder.diagnosis.checks.activation import ACTIVATION
from ssm_agent_monitor.responder.diagnosis.checks.agent_version import AGENT_VERSION
from ssm_agent_monitor.responder.diagnosis.checks.changes import CHANGES
from ssm_agent_monitor.responder.diagnosis.checks.default_host_management import DEFAULT_HOST_MANAGEMENT
from ssm_agent_monitor.responder.diagnosis.checks.dns import DNS
from ssm_agent_monitor.responder.diagnosis.checks.endpoints import ENDPOINTS
from ssm_agent_monitor.responder.diagnosis.checks.metadata import METADATA
from ssm_agent_monitor.responder.diagnosis.checks.network_acls import NETWORK_ACLS
from ssm_agent_monitor.responder.diagnosis.checks.precedence import PRECEDENCE
from ssm_agent_monitor.responder.diagnosis.checks.profile import PROFILE
from ssm_agent_monitor.responder.diagnosis.checks.profile_role import PROFILE_ROLE
from ssm_agent_monitor.responder.diagnosis.checks.rights import RIGHTS
from ssm_agent_monitor.responder.diagnosis.checks.route import ROUTES
from ssm_agent_monitor.responder.diagnosis.checks.security_groups import SECURITY_GROUPS
from ssm_agent_monitor.responder.diagnosis.checks.status_checks import MACHINE
from ssm_agent_monitor.responder.diagnosis.checks.system_log import SYSTEM_LOG
from ssm_agent_monitor.responder.diagnosis.checks.trust import TRUST

CHECKS: tuple[Check, ...] = (
    CHANGES,
    MACHINE,
    METADATA,
    PROFILE,
    PROFILE_ROLE,
    TRUST,
    RIGHTS,
    DEFAULT_HOST_MANAGEMENT,
    PRECEDENCE,
    DNS,
    ENDPOINTS,
    ROUTES,
    SECURITY_GROUPS,
    NETWORK_ACLS,
    AGENT_VERSION,
    SYSTEM_LOG,
    ACTIVATION,
)


def check_with(check_id: str) -> Check:
    """The check with an id."""
    return next(check for check in CHECKS if check.id == check_id)
