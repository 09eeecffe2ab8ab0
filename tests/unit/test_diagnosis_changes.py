"""What was changed around the last ping, from configuration items of real shape."""

import json
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from ssm_agent_monitor.responder.diagnosis.checks.changes import CHANGES
from ssm_agent_monitor.responder.diagnosis.finding import Finding, Verdict
from ssm_agent_monitor.responder.diagnosis.run import findings_of
from tests.unit.diagnosing import PING, Account, Answers, machine_answers, refusal, world
from tests.unit.networks import INSTANCE, interface, machine, with_nat
from tests.unit.responding import NOW

BROKEN, FINE, COULD_NOT_CHECK, NOT_LOOKED_AT = Verdict
OTHER = "i-0abcdef0123456789"
DENIED = refusal("AccessDeniedException")
NOT_RECORDED = refusal("ResourceNotDiscoveredException")
NO_RECORDER = refusal("NoAvailableConfigurationRecorderException")
AWS = Account({})


class Config:
    """AWS Config: pages of the history of each type of resource, or one answer to all that is asked of it."""

    def __init__(self, **by_kind: Any) -> None:
        self.by_kind = by_kind
        self.asked: list[dict[str, Any]] = []

    def __call__(self, asked: dict[str, Any]) -> Answers:
        self.asked.append(asked)
        found = self.by_kind.get(asked["resourceType"].rpartition(":")[2], [([item(9000, "{}")], "")])
        if isinstance(found, dict):
            return found
        items, token = found[int(asked.get("nextToken") or 0)]
        return {"configurationItems": items} | ({"nextToken": token} if token else {})


def of(kind: str, *items: Any) -> dict[str, Any]:
    return {kind: [(items, "")]}


def look(config: Config, now: datetime = NOW, **of_the_world: Any) -> list[Finding]:
    AWS.answers = world(with_nat(), GetResourceConfigHistory=config, **of_the_world)
    return findings_of(CHANGES, AWS.facts(INSTANCE, now=now))


def findings(kind: str, *items: Any, **others: Any) -> list[Finding]:
    return look(Config(**of(kind, *items), **others))


def item(minutes: float, configuration: Any, **more: Any) -> dict[str, Any]:
    """A configuration item that Config captured so many minutes before the last ping."""
    usual = {"configurationItemStatus": "OK", "recordingFrequency": "CONTINUOUS"}
    text = configuration if isinstance(configuration, str) else json.dumps(configuration)
    time = PING - timedelta(minutes=minutes)
    return {**usual, "configurationItemCaptureTime": time, "configuration": text, **more}


def route(destination: str, **target: str) -> dict[str, Any]:
    nothing = dict.fromkeys(["destinationIpv6CidrBlock", "destinationPrefixListId", "gatewayId"])
    return {
        **nothing,
        "destinationCidrBlock": destination,
        "origin": "CreateRoute",
        "state": "active",
    } | target


LOCAL = route("10.0.0.0/16", gatewayId="local")
NAT = route("0.0.0.0/0", natGatewayId="nat-1")


def table(*routes: Any, subnets: tuple[str | None, ...] = ("subnet-app",)) -> dict[str, Any]:
    associations = [{"main": not each, "routeTableId": "rtb-1", "subnetId": each} for each in subnets]
    return {"routeTableId": "rtb-1", "vpcId": "vpc-1", "routes": list(routes), "associations": associations}


def rule(protocol: str, port: int | None, *ranges: str, **peers: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": []}
    ports = {"fromPort": port, "toPort": port} if port else {}
    v4 = {"ipv4Ranges": [{"cidrIp": each} for each in ranges], "ipRanges": list(ranges)}
    return {"ipProtocol": protocol, **ports, **usual, **v4, **peers}


def group(egress: list[Any], ingress: Any = ()) -> dict[str, Any]:
    rules = {"ipPermissions": list(ingress), "ipPermissionsEgress": egress}
    return {"groupId": "sg-1", "vpcId": "vpc-1", **rules}


def instance(
    profile: str = "web", endpoint: str = "enabled", groups: Any = ("sg-1",), address: str = ""
) -> Any:
    arn = f"arn:aws:iam::123456789012:instance-profile/{profile}"
    return {
        "instanceId": "i-1",
        "iamInstanceProfile": {"arn": arn, "id": "AIPA"} if profile else None,
        "metadataOptions": {"state": "applied", "httpTokens": "optional", "httpEndpoint": endpoint},
        "networkInterfaces": [{"groups": [{"groupId": each} for each in groups], "subnetId": "subnet-1"}],
        "publicIpAddress": address or None,
        "tags": [],
    }


def test_the_route_that_was_lost_is_named_with_its_time_in_utc() -> None:
    change = item(4, table(LOCAL))
    of_runtime = change["configurationItemCaptureTime"].astimezone(timezone(timedelta(hours=5)))
    change["configurationItemCaptureTime"] = of_runtime
    [found] = findings("RouteTable", change, item(9000, table(LOCAL, NAT)))
    assert found.verdict == BROKEN
    assert found.found == (
        "route table rtb-app lost its route to nat-1 (0.0.0.0/0) at 07:56 UTC, 4 minutes before the last ping"
    )
    assert found.looked_at == ("rtb-app",)
    assert found.remedy
    assert found.remedy.command == (
        "aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=rtb-app "
        "--region eu-west-1"
    )


SUBJECTS = {"RouteTable": "route table rtb-app", "SecurityGroup": "security group sg-app"}
IGW, BLACKHOLE = route("0.0.0.0/0", gatewayId="igw-1"), NAT | {"state": "blackhole"}
TRANSIT = route("52.0.0.0/8", transitGatewayId="tgw-1")
HTTPS = rule("tcp", 443, "10.0.0.0/16")
HTTPS_OF_GROUP = HTTPS | {"userIdGroupPairs": [{"groupId": "sg-9"}]}
HTTPS_OF_OTHERS = rule(
    "tcp", 443, prefixListIds=[{"prefixListId": "pl-1"}], ipv6Ranges=[{"cidrIpv6": "::/0"}]
)
LOST_NAT, LOST_RULE = "lost its route to nat-1 (0.0.0.0/0)", "lost its outbound rule for"
TO_IGW, TO_BLACKHOLE = "a new route to igw-1 (0.0.0.0/0)", "a new blackhole route to nat-1 (0.0.0.0/0)"
NO_METADATA = "lost its metadata endpoint (enabled), has a new metadata endpoint (disabled)"


@pytest.mark.parametrize(
    ("kind", "before", "after", "words"),
    [
        ("RouteTable", table(LOCAL, NAT), table(LOCAL, IGW), f"{LOST_NAT}, has {TO_IGW}"),
        ("RouteTable", table(NAT), table(BLACKHOLE), f"{LOST_NAT}, has {TO_BLACKHOLE}"),
        ("RouteTable", table(NAT), table(NAT, TRANSIT), "has a new route to tgw-1 (52.0.0.0/8)"),
        (
            "RouteTable",
            table(NAT, subnets=(None,)),
            table(NAT, subnets=(None, "subnet-app")),
            "has a new association with subnet-app",
        ),
        (
            "SecurityGroup",
            group([rule("-1", None, "0.0.0.0/0")]),
            group([rule("tcp", 80, "0.0.0.0/0")]),
            f"{LOST_RULE} all traffic (0.0.0.0/0), has a new outbound rule for tcp 80 (0.0.0.0/0)",
        ),
        (
            "SecurityGroup",
            group([], [HTTPS_OF_GROUP]),
            group([], [HTTPS]),
            "lost its inbound rule for tcp 443 (sg-9)",
        ),
        (
            "SecurityGroup",
            group([HTTPS_OF_OTHERS]),
            group([]),
            f"{LOST_RULE} tcp 443 (::/0), {LOST_RULE} tcp 443 (pl-1)",
        ),
        ("Instance", instance(), instance(""), "lost its instance profile web"),
        ("Instance", instance(), instance(endpoint="disabled"), NO_METADATA),
        ("Instance", instance(groups=("sg-1", "sg-2")), instance(), "lost its security group sg-2"),
        ("Instance", instance(address="1.2.3.4"), instance(), "lost its public address 1.2.3.4"),
    ],
)
def test_what_can_cut_an_agent_off_is_told(kind: str, before: Any, after: Any, words: str) -> None:
    [found] = findings(kind, item(-3, after), item(60, before))
    assert found.verdict == BROKEN
    subject = SUBJECTS.get(kind, "the instance")
    assert found.found == f"{subject} {words} at 08:03 UTC, 3 minutes after the last ping"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("RouteTable", table(NAT), table(NAT) | {"tags": [{"key": "Team", "value": "web"}]}),
        ("RouteTable", table(NAT), table(NAT, subnets=("subnet-app", "subnet-of-others"))),
        ("SecurityGroup", group([]), group([rule("tcp", 443, "0.0.0.0/0")])),
        ("SecurityGroup", group([HTTPS | {"ipv4Ranges": []}]), group([HTTPS])),
        ("Instance", instance(), instance() | {"instanceType": "m7i.large"}),
        ("Instance", instance(), instance(address="1.2.3.4", groups=("sg-1", "sg-2"))),
    ],
)
def test_what_cuts_nothing_off_is_not_told(kind: str, before: Any, after: Any) -> None:
    assert [each.verdict for each in findings(kind, item(5, after), item(60, before))] == [FINE]


@pytest.mark.parametrize(
    ("kind", "items"),
    [
        *(("RouteTable", [item(minutes, table()), item(9000, table(NAT))]) for minutes in (31, 600, -11)),
        ("Instance", [item(5, instance(), configurationItemStatus="ResourceDiscovered")]),
    ],
)
def test_a_change_at_another_time_and_what_was_made_then_is_not_told(kind: str, items: list[Any]) -> None:
    assert [each.verdict for each in findings(kind, *items)] == [FINE]


def test_each_change_is_told() -> None:
    found = findings("RouteTable", item(1, table()), item(2, table(LOCAL)), item(40, table(LOCAL, NAT)))
    assert ["07:59 UTC, 1 minute before" in each.found for each in found] == [True, False]


REFUSED = "could not be read: AccessDeniedException (GetResourceConfigHistory)"
NOT_EACH_CHANGE = "AWS Config does not record each change of AWS::EC2::RouteTable here"


@pytest.mark.parametrize(
    ("histories", "of_the_world", "verdict", "words"),
    [
        ({"RouteTable": DENIED}, {}, COULD_NOT_CHECK, f"the history of rtb-app {REFUSED}"),
        ({"RouteTable": DENIED, "Instance": NOT_RECORDED}, {}, COULD_NOT_CHECK, REFUSED),
        ({"RouteTable": NOT_RECORDED}, {}, NOT_LOOKED_AT, NOT_EACH_CHANGE),
        ({"SecurityGroup": DENIED, "RouteTable": NOT_RECORDED}, {}, COULD_NOT_CHECK, REFUSED),
        (
            {"SecurityGroup": DENIED, **of("RouteTable", item(4, table()), item(60, table(NAT)))},
            {},
            BROKEN,
            "route table rtb-app lost",
        ),
        (
            {"Instance": NOT_RECORDED, **of("RouteTable", item(4, table()))},
            {},
            COULD_NOT_CHECK,
            "route table rtb-app changed at 07:56 UTC, 4 minutes before the last ping, "
            "but what it was like before is not known",
        ),
        ({"RouteTable": [([], "1")]}, {}, FINE, "none recorded"),  # a week without changes needs one call
        ({"RouteTable": NO_RECORDER}, {}, NOT_LOOKED_AT, NOT_EACH_CHANGE),
        (of("RouteTable"), {}, NOT_LOOKED_AT, NOT_EACH_CHANGE),
        *(
            (of("RouteTable", item(60, "null", **how)), {}, NOT_LOOKED_AT, NOT_EACH_CHANGE)
            for how in (
                {"configurationItemStatus": "ResourceNotRecorded"},
                {"configurationItemStatus": "ResourceDeletedNotRecorded"},
                {"recordingFrequency": "DAILY"},
            )
        ),
        ({}, {"agent": {"LastPingDateTime": None}}, NOT_LOOKED_AT, "it never pinged"),
        ({}, {"DescribeInstanceInformation": DENIED}, COULD_NOT_CHECK, "the last ping is unknown"),
        ({}, {"DescribeRouteTables": DENIED}, COULD_NOT_CHECK, "RouteTables of vpc-1 could not be read"),
        ({}, {"DescribeRouteTables": {"RouteTables": []}}, NOT_LOOKED_AT, "route table is not visible"),
    ],
)
def test_it_is_fine_only_if_everything_was_read(
    histories: dict[str, Any], of_the_world: dict[str, Any], verdict: Verdict, words: str
) -> None:
    [found] = look(Config(**histories), **of_the_world)
    assert found.verdict == verdict
    assert words in found.found


@pytest.mark.parametrize(
    ("first_pinged", "minutes"), [(timedelta(minutes=2), 2), (timedelta(days=-1), 4), (None, 4)]
)
def test_machines_that_one_change_cut_off_say_the_same_of_it(
    first_pinged: timedelta | None, minutes: int
) -> None:
    """The last ping is that of the first of them; one that pinged at another time was not cut off by it."""
    first = {} if first_pinged is None else {"LastPingDateTime": PING - timedelta(minutes=4) + first_pinged}
    agents = [{"InstanceId": INSTANCE, **first}, {"InstanceId": OTHER, "LastPingDateTime": PING}]
    config = Config(**of("RouteTable", item(4, table()), item(60, table(NAT))))
    AWS.answers = world(with_nat(), INSTANCE, OTHER, GetResourceConfigHistory=config)
    AWS.answers["DescribeInstanceInformation"] = machine_answers([], agents)["DescribeInstanceInformation"]
    told = AWS.diagnose(INSTANCE, OTHER)[OTHER]
    [found] = [each for each in told if each.check == "changes"]
    assert f"at 07:56 UTC, {minutes} minutes before the last ping" in found.found


def test_an_instance_depends_on_all_its_groups_and_on_the_tables_of_its_subnets() -> None:
    network, _ = with_nat()
    [two] = [each for each in network["RouteTables"] if each["RouteTableId"] == "rtb-two"]
    two["Associations"] = []  # so it has the main one
    config, both = Config(), machine(interface("app"), interface("two"))
    AWS.answers = world((network, both), GetResourceConfigHistory=config)
    findings_of(CHANGES, AWS.facts(INSTANCE))
    ids = [INSTANCE, "sg-app", "sg-two", "rtb-app", "rtb-main"]
    assert [each["resourceId"] for each in config.asked] == ids


def test_what_was_before_a_change_is_looked_for_in_the_weeks_before() -> None:
    change, before = item(4, table()), item(60 * 24 * 20, table(NAT))
    config = Config(RouteTable=[([change], "1"), ([], "2"), ([before], "3"), ([], "")])
    assert [each.verdict for each in look(config)] == [BROKEN]
    tokens = [each.get("nextToken") for each in config.asked if "RouteTable" in each["resourceType"]]
    assert tokens == [None, "1", "2"]


@pytest.mark.parametrize(
    ("now", "until"), [(timedelta(minutes=20), timedelta(minutes=10)), (timedelta(minutes=3), None)]
)
def test_the_history_is_asked_for_until_shortly_after_the_last_ping_or_until_now(
    now: timedelta, until: timedelta | None
) -> None:
    config = Config()
    look(config, PING + now)
    assert {each.get("laterTime") for each in config.asked} == {until and PING + until}
