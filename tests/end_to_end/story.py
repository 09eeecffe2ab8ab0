"""The story that the demo tells and the tests assert: from `terraform apply` to the e-mail, and back."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import sandbox
from sandbox.account import Sandbox
from sandbox.inventory import inventory
from tests.end_to_end.blocks import REGION, results, sent_in
from tests.end_to_end.narrator import Narrator
from tools.terraform import Workspace

EXAMPLE = "examples/complete"
ADDRESS = "on-call@example.com"
CAUSES = {  # by the groups of the fleet
    "reporting": "connection-lost",
    "cache": "connection-lost",
    "appliance": "metadata-disabled",
    "bastion": "no-instance-profile",
}
HOUR = timedelta(hours=1)
FLEET = Path(sandbox.__file__).parent / "fleet.yaml"


class Story:
    """One account, one deployment, told chapter by chapter; the order matters."""

    def __init__(self, narrator: Narrator, sandbox: Sandbox, workspace: Workspace) -> None:
        self.narrator = narrator
        self.claim = narrator.claim
        self.sandbox = sandbox
        self.workspace = workspace
        self.outputs: dict[str, Any] = {}
        self.healthy: list[str] = []
        self.lost: list[str] = []

    def tell(self) -> None:
        """Tell all of it."""
        hours = (32 - self.sandbox.clock.now().hour) % 24
        self.sandbox.clock.move(hours * HOUR)  # it is 8 o'clock, and the reminder's time is past
        empty = inventory(self.sandbox)
        self.deploy()
        self.confirm_the_subscription()
        self.check_the_fleet()
        self.read_the_mail()
        self.a_quiet_hour()
        self.things_change()
        self.a_day_passes()
        self.plan_again()
        self.destroy(empty)

    def deploy(self) -> None:
        self.narrator.chapter("1 · terraform apply, in an account without machines")
        with self.narrator.progress("terraform init"):
            self.workspace.init()
        self._terraform("terraform apply", self.workspace.apply)
        self.sandbox.settle()
        self.outputs = self.workspace.outputs()
        names = self.workspace.run("state", "list").output.split()
        created = [name for name in names if ".data." not in name]
        self.narrator.say(f"  {len(created)} resources; the rule is {self.outputs['config_rule_name']}.")
        self.claim("Config ran the rule at once, with the deployed zip and its role", self._runs_succeed())
        types = self._compliance_types()
        claim = "with nothing to check, one result on the account shows that the rule ran"
        self.claim(claim, types == {self.sandbox.account: "NOT_APPLICABLE"}, types)

    def confirm_the_subscription(self) -> None:
        self.narrator.chapter("2 · the e-mail address is confirmed")
        confirmations = self._mail("Subscription Confirmation")
        self.claim(f"{ADDRESS} was asked to confirm", len(confirmations) == 1, len(confirmations))
        self.claim("until then the subscription is pending", self._pending_subscriptions() == 1)
        self.sandbox.inbox.confirm(ADDRESS)
        self.claim("after a click on the link it isn't", self._pending_subscriptions() == 0)

    def check_the_fleet(self) -> None:
        self.narrator.chapter("3 · a fleet, and the first evaluation of it")
        ids = self.sandbox.fleet.load(FLEET, self.sandbox.account, REGION)
        running = self.sandbox.fleet.ids("running")
        agents = self._agents()
        self.healthy = [i for i in running if agents.get(i) == "Online"]
        self.lost = [i for i in running if i not in self.healthy]
        machines = f"{len(ids)} machines, {len(running)} of them running"
        self.narrator.say(f"  {machines}; Systems Manager has a ping status for {len(agents)}, 50 a page.")
        self.claim("the fleet takes more than one page", len(agents) > 50, len(agents))
        config = self.sandbox.client("config", REGION)
        config.start_config_rules_evaluation(ConfigRuleNames=[self.outputs["config_rule_name"]])
        self.sandbox.settle()
        expected = dict.fromkeys(self.healthy, "COMPLIANT") | dict.fromkeys(self.lost, "NON_COMPLIANT")
        types = {key: value for key, value in self._compliance_types().items() if key.startswith("i-")}
        right = f"each of the {len(running)} running machines has the right result"
        self.claim(right, types == expected, types)
        self.claim("stopped and terminated machines have none", not set(ids) - set(running) & set(types))
        names = self._names()
        whys = {i: why for i, (kind, why) in self._results().items() if kind == "NON_COMPLIANT"}
        rows = [(i, names[i], why) for i, why in whys.items()]
        self.narrator.table("NON_COMPLIANT in AWS Config", ("Instance", "Name", "Why"), rows)
        causes = {name.split("-")[0]: why.rpartition("[")[2].rstrip("]") for _, name, why in rows}
        self.claim("the code of each names the likely cause", causes == CAUSES, whys)
        self.narrator.say(f"  and {dict(Counter(types.values()))['COMPLIANT']} machines COMPLIANT: Online")

    def read_the_mail(self) -> None:
        self.narrator.chapter("4 · EventBridge, the runbook, SNS: the e-mail")
        mails = self._mail("SSM Agents lost")
        told_of = [self._told_of(mail) for mail in mails]
        self.claim("one e-mail about all machines that are lost", told_of == [sorted(self.lost)], mails)
        told = mails[0].body if mails else ""
        network = "WITH NO ROUTE TO SYSTEMS MANAGER" in told and "aws ec2 create-route" in told
        self.claim("it names a cause in the network, with the command that mends it", network, told)
        role = "WITH A ROLE THAT LACKS A PERMISSION" in told and "ssmmessages:OpenDataChannel" in told
        self.claim("and a cause in a role", role, told)
        executions = self.sandbox.automation.executions(self.sandbox.account, REGION)
        statuses = [(execution.document_name, execution.status) for execution in executions]
        succeeded = statuses == [(self.outputs["runbook_name"], "Success")]
        self.claim("one execution of the runbook, which succeeded", succeeded, statuses)
        self.claim("nothing is undelivered", not self.sandbox.events.failed_deliveries)
        for mail in mails:
            self.narrator.letter(f"To: {mail.to}   Subject: {mail.subject}", mail.body)

    def a_quiet_hour(self) -> None:
        self.narrator.chapter("5 · an hour later, nothing has changed")
        before = self._compliance_types()
        sent = sent_in(self.sandbox, HOUR)
        self.claim("the rule ran, on Config's own clock", self._runs_succeed())
        self.claim("every result is as it was", self._compliance_types() == before)
        self.claim("no e-mail was sent", sent == [], sent)

    def things_change(self) -> None:
        self.narrator.chapter("6 · an agent comes back, a machine is terminated, another is lost")
        back, gone, *_ = [i for i in self.lost if i in self._agents()]
        lost = self.healthy[0]
        self.sandbox.fleet.recover(back)
        self.sandbox.fleet.terminate(gone)
        about_back = sent_in(self.sandbox, HOUR)
        self.sandbox.fleet.lose(lost)
        about_lost = sent_in(self.sandbox, HOUR)
        types = self._compliance_types()
        names = self._names()
        self.claim(f"{names[back]} is COMPLIANT again", types[back] == "COMPLIANT", types[back])
        self.claim(f"{names[gone]} is NOT_APPLICABLE", types.get(gone, "NOT_APPLICABLE") == "NOT_APPLICABLE")
        self.claim(f"{names[lost]} is NON_COMPLIANT", types[lost] == "NON_COMPLIANT", types[lost])
        self._claim_one_mail("about the machine that is back", about_back, "SSM Agent back", [back])
        for mail in about_back:
            outage = mail.body.splitlines()[0].partition("answers again. ")[2]
            self.claim(f"it says for how long: {outage}", "counted from its last ping" in outage, mail.body)
        self._claim_one_mail("about the machine that was lost", about_lost, "SSM Agent lost", [lost])
        self.lost = sorted({*self.lost, lost} - {back, gone})

    def a_day_passes(self) -> None:
        self.narrator.chapter("7 · the reminder, each day at 8:00 UTC")
        with self.narrator.progress("a day passes"):
            sent = sent_in(self.sandbox, 24 * HOUR)
        self._claim_one_mail("about all that is still lost", sent, "SSM Agents still lost", self.lost)
        for mail in sent:
            self.narrator.letter(f"To: {mail.to}   Subject: {mail.subject}", mail.body)

    def plan_again(self) -> None:
        self.narrator.chapter("8 · terraform plan")
        with self.narrator.progress("terraform plan"):
            plan = self.workspace.plan()
        self.claim("no changes", not plan.has_changes, plan.text)

    def destroy(self, empty: Any) -> None:
        self.sandbox.fleet.clear()
        self.narrator.chapter("9 · terraform destroy")
        self._terraform("terraform destroy", self.workspace.destroy)
        self.sandbox.settle()
        left = inventory(self.sandbox)
        self.claim("nothing is left in any service of the account", left == empty, left)

    def _terraform(self, title: str, command: Callable[..., None]) -> None:
        with self.narrator.progress(title) as progress:
            command(on_line=progress)

    def _claim_one_mail(self, what: str, sent: list[Any], subject: str, told_of: list[str]) -> None:
        """Claim that this was sent and nothing else."""
        told = [self._told_of(mail) for mail in sent if mail.subject.startswith(subject)]
        self.claim(f"one e-mail {what}, and no other", told == [told_of] and len(sent) == 1, sent)

    def _runs_succeed(self) -> bool:
        """Whether the rule's last run succeeded, within the hour."""
        names = [self.outputs["config_rule_name"]]
        config = self.sandbox.client("config", REGION)
        answer = config.describe_config_rule_evaluation_status(ConfigRuleNames=names)
        status = answer["ConfigRulesEvaluationStatus"][0]
        since = self.sandbox.clock.now() - HOUR
        return "LastFailedInvocationTime" not in status and status["LastSuccessfulInvocationTime"] > since

    def _results(self) -> dict[str, tuple[str, str]]:
        return results(self.sandbox, self.outputs["config_rule_name"])

    def _compliance_types(self) -> dict[str, str]:
        return {resource: kind for resource, (kind, _) in self._results().items()}

    def _agents(self) -> dict[str, str]:
        """The ping status of each machine that Systems Manager knows."""
        pages = self.sandbox.client("ssm", REGION).get_paginator("describe_instance_information").paginate()
        return dict(pages.search("InstanceInformationList[].[InstanceId, PingStatus]"))

    def _names(self) -> dict[str, str]:
        pages = self.sandbox.client("ec2", REGION).get_paginator("describe_instances").paginate()
        names = "Reservations[].Instances[].[InstanceId, Tags[?Key == 'Name'].Value | [0]]"
        return dict(pages.search(names))

    def _mail(self, subject: str) -> list[Any]:
        return [mail for mail in self.sandbox.inbox.messages if subject in mail.subject]

    def _told_of(self, mail: Any) -> list[str]:
        """The machines that an e-mail names."""
        return sorted(set(re.findall(r"\bi-[0-9a-f]+", mail.body)))

    def _pending_subscriptions(self) -> int:
        sns = self.sandbox.client("sns", REGION)
        answer = sns.list_subscriptions_by_topic(TopicArn=self.outputs["topic_arn"])
        return sum(entry["SubscriptionArn"] == "PendingConfirmation" for entry in answer["Subscriptions"])
