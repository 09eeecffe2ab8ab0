"""Check `metadata`: whether the agent gets its credentials from the instance metadata service."""

from __future__ import annotations

from ssm_agent_monitor.responder.diagnosis.check import Check, of_instances
from ssm_agent_monitor.responder.diagnosis.facts.facts import Facts
from ssm_agent_monitor.responder.diagnosis.finding import Finding, broken, fine
from ssm_agent_monitor.responder.machines.instance import Instance
from ssm_agent_monitor.responder.reading import UnsureError


def _look(facts: Facts, instance: Instance) -> list[Finding]:
    """Tokens are `optional` or `required`: both allow version 2."""
    options = instance.metadata
    if options.endpoint == "disabled":
        command = f"ec2 modify-instance-metadata-options --instance-id {instance.id} --http-endpoint enabled"
        found = "instance metadata is disabled, so the agent gets no credentials"
        return [broken(found, [], "Enable it:", facts.place.command(command))]
    is_usable = (options.endpoint, options.state) == ("enabled", "applied")
    if not is_usable or options.tokens not in ("optional", "required"):
        words = {"endpoint": options.endpoint, "state": options.state, "tokens": options.tokens}
        known = ", ".join(f"{name} {value}" for name, value in words.items() if value)
        raise UnsureError(f"its options are {known or 'unknown'}")
    return [fine("enabled; its hop limit and the machine's firewall were not looked at")]


METADATA = Check(
    id="metadata",
    title="instance metadata",
    cause="instance metadata that is not usable",
    broken_when="the metadata endpoint is disabled",
    cannot_see="the hop limit's effect, a firewall on the machine",
    run=of_instances(_look),
)
