"""What was changed around the last ping, from configuration items of real shape."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from botocore.exceptions import ClientError

from ssm_agent_monitor.responder.diagnosis.answers import Skipped, findings_of_answer
from ssm_agent_monitor.responder.diagnosis.checks.changes import check_changes
from ssm_agent_monitor.responder.diagnosis.facts.history import read_history, resources_of
from ssm_agent_monitor.responder.diagnosis.finding import (
    BROKEN,
    COULD_NOT_CHECK,
    FINE,
    NOT_LOOKED_AT,
    Finding,
)
from ssm_agent_monitor.responder.reading import Unreadable
from tests.unit.responding import reader_of

PING = datetime(2026, 3, 1, 10, 2, tzinfo=UTC)
INSTANCE = {
    "InstanceId": "i-1",
    "NetworkInterfaces": [
        {"SubnetId": "subnet-1", "Groups": [{"GroupId": "sg-1"}, {"GroupId": "sg-2"}]},
        {"SubnetId": "subnet-2", "Groups": [{"GroupId": "sg-1"}]},
    ],
}


def item(minutes: float, configuration: Any, **more: Any) -> dict[str, Any]:
    """A configuration item that Config captured so many minutes before the last ping."""
    usual = {"configurationItemStatus": "OK", "recordingFrequency": "CONTINUOUS"}
    text = configuration if isinstance(configuration, str) else json.dumps(configuration)
    time = PING - timedelta(minutes=minutes)
    return {**usual, "configurationItemCaptureTime": time, "configuration": text, **more}


def route(destination: str, **target: str) -> dict[str, Any]:
    nothing = dict.fromkeys(
        ("destinationIpv6CidrBlock", "destinationPrefixListId", "gatewayId", "natGatewayId")
    )
    return {
        **nothing,
        "destinationCidrBlock": destination,
        "origin": "CreateRoute",
        "state": "active",
        **target,
    }


LOCAL = route("10.0.0.0/16", gatewayId="local")
NAT = route("0.0.0.0/0", natGatewayId="nat-1")


def table(*routes: Any, subnets: tuple[str | None, ...] = ("subnet-1",)) -> dict[str, Any]:
    associations = [{"main": not each, "routeTableId": "rtb-1", "subnetId": each} for each in subnets]
    return {"routeTableId": "rtb-1", "vpcId": "vpc-1", "routes": list(routes), "associations": associations}


def rule(protocol: str, port: int | None, *ranges: str, **peers: Any) -> dict[str, Any]:
    usual: dict[str, Any] = {"ipv6Ranges": [], "prefixListIds": [], "userIdGroupPairs": []}
    ports = {"fromPort": port, "toPort": port} if port else {}
    v4 = {"ipv4Ranges": [{"cidrIp": each} for each in ranges], "ipRanges": list(ranges)}
    return {"ipProtocol": protocol, **ports, **usual, **v4, **peers}


def group(egress: list[Any], ingress: Any = ()) -> dict[str, Any]:
    return {
        "groupId": "sg-1",
        "ipPermissions": list(ingress),
        "ipPermissionsEgress": egress,
        "vpcId": "vpc-1",
    }


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


def findings(kind: str, name: str, *items: Any, **more: Any) -> list[Finding]:
    histories = {(kind, name): items[0] if isinstance(items[0], Unreadable) else list(items)} | more.get(
        "others", {}
    )
    pings = more.get("pings", {})
    return findings_of_answer("changes", check_changes(histories, INSTANCE, PING, pings), "eu-west-1")


def test_the_route_that_was_lost_is_named_with_its_time() -> None:
    [found] = findings("RouteTable", "rtb-1", item(4, table(LOCAL)), item(9000, table(LOCAL, NAT)))
    assert found["Verdict"] == BROKEN
    assert found["Found"] == (
        "route table rtb-1 lost its route to nat-1 (0.0.0.0/0) at 09:58 UTC, 4 minutes before the last ping"
    )
    assert found["LookedAt"] == ["rtb-1"]
    assert found["Command"] == (
        "aws cloudtrail lookup-events --lookup-attributes AttributeKey=ResourceName,AttributeValue=rtb-1 "
        "--region eu-west-1"
    )


def test_times_are_utc_wherever_the_script_runs() -> None:
    elsewhere = timezone(timedelta(hours=5))
    change = item(4, table(LOCAL))
    change["configurationItemCaptureTime"] = change["configurationItemCaptureTime"].astimezone(elsewhere)
    [found] = findings("RouteTable", "rtb-1", change, item(9000, table(LOCAL, NAT)))
    assert "at 09:58 UTC, 4 minutes before the last ping" in found["Found"]


@pytest.mark.parametrize(
    ("kind", "before", "after", "words"),
    [
        (
            "RouteTable",
            table(LOCAL, NAT),
            table(LOCAL, route("0.0.0.0/0", gatewayId="igw-1")),
            "route table x lost its route to nat-1 (0.0.0.0/0), has a new route to igw-1 (0.0.0.0/0)",
        ),
        (
            "RouteTable",
            table(NAT),
            table(route("0.0.0.0/0", natGatewayId="nat-1", state="blackhole")),
            "route table x lost its route to nat-1 (0.0.0.0/0), has a new blackhole route to nat-1 "
            "(0.0.0.0/0)",
        ),
        (
            "RouteTable",
            table(NAT),
            table(NAT, route("52.0.0.0/8", transitGatewayId="tgw-1")),
            "route table x has a new route to tgw-1 (52.0.0.0/8)",
        ),
        (
            "RouteTable",
            table(NAT, subnets=(None,)),
            table(NAT, subnets=(None, "subnet-2")),
            "route table x has a new association with subnet-2",
        ),
        (
            "SecurityGroup",
            group([rule("-1", None, "0.0.0.0/0")]),
            group([rule("tcp", 80, "0.0.0.0/0")]),
            "security group x lost its outbound rule for all traffic (0.0.0.0/0), has a new outbound rule "
            "for tcp 80 (0.0.0.0/0)",
        ),
        (
            "SecurityGroup",
            group([], [rule("tcp", 443, "10.0.0.0/16", userIdGroupPairs=[{"groupId": "sg-9"}])]),
            group([], [rule("tcp", 443, "10.0.0.0/16")]),
            "security group x lost its inbound rule for tcp 443 (sg-9)",
        ),
        (
            "SecurityGroup",
            group(
                [
                    rule(
                        "tcp",
                        443,
                        prefixListIds=[{"prefixListId": "pl-1"}],
                        ipv6Ranges=[{"cidrIpv6": "::/0"}],
                    )
                ]
            ),
            group([]),
            "security group x lost its outbound rule for tcp 443 (::/0), lost its outbound rule for tcp 443 "
            "(pl-1)",
        ),
        ("Instance", instance(), instance(""), "the instance lost its instance profile web"),
        (
            "Instance",
            instance(),
            instance(endpoint="disabled"),
            "the instance lost its metadata endpoint (enabled), has a new metadata endpoint (disabled)",
        ),
        (
            "Instance",
            instance(groups=("sg-1", "sg-2")),
            instance(),
            "the instance lost its security group sg-2",
        ),
        ("Instance", instance(address="1.2.3.4"), instance(), "the instance lost its public address 1.2.3.4"),
    ],
)
def test_what_can_cut_an_agent_off_is_told(kind: str, before: Any, after: Any, words: str) -> None:
    [found] = findings(kind, "x", item(-3, after), item(60, before))
    assert found["Verdict"] == BROKEN
    assert found["Found"] == f"{words} at 10:05 UTC, 3 minutes after the last ping"


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("RouteTable", table(NAT), table(NAT) | {"tags": [{"key": "Team", "value": "web"}]}),
        ("RouteTable", table(NAT), table(NAT, subnets=("subnet-1", "subnet-of-others"))),
        ("SecurityGroup", group([]), group([rule("tcp", 443, "0.0.0.0/0")])),
        (
            "SecurityGroup",
            group([{**rule("tcp", 1, "::/0"), "ipv4Ranges": []}]),
            group([rule("tcp", 1, "::/0")]),
        ),
        ("Instance", instance(), instance() | {"instanceType": "m7i.large"}),
        ("Instance", instance(), instance(address="1.2.3.4", groups=("sg-1", "sg-2"))),
    ],
)
def test_what_cuts_nothing_off_is_not_told(kind: str, before: Any, after: Any) -> None:
    assert [each["Verdict"] for each in findings(kind, "x", item(5, after), item(60, before))] == [FINE]


@pytest.mark.parametrize("minutes", [31, 600, -11])
def test_a_change_at_another_time_is_not_told(minutes: float) -> None:
    found = findings("RouteTable", "rtb-1", item(minutes, table()), item(9000, table(NAT)))
    assert [each["Verdict"] for each in found] == [FINE]


def test_what_was_made_shortly_before_has_no_change() -> None:
    first = item(5, instance(), configurationItemStatus="ResourceDiscovered")
    assert [each["Verdict"] for each in findings("Instance", "i-1", first)] == [FINE]


def test_each_change_is_told() -> None:
    found = findings(
        "RouteTable", "rtb-1", item(1, table()), item(2, table(LOCAL)), item(40, table(LOCAL, NAT))
    )
    assert ["10:01 UTC, 1 minute before" in each["Found"] for each in found] == [True, False]


def test_without_what_was_before_it_is_not_known_what_was_changed() -> None:
    [found] = findings("RouteTable", "rtb-1", item(4, table()))
    assert (found["Verdict"], found["Found"]) == (
        COULD_NOT_CHECK,
        "route table rtb-1 changed at 09:58 UTC, 4 minutes before the last ping, but what it was like before "
        "is not known",
    )


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(Unreadable("denied"), COULD_NOT_CHECK), (Skipped("not recorded"), NOT_LOOKED_AT)],
)
def test_it_is_fine_only_if_everything_was_read(answer: Any, verdict: str) -> None:
    unchanged = {("SecurityGroup", "sg-1"): [item(9000, group([]))]}
    [found] = findings("RouteTable", "rtb-1", answer, others=unchanged)
    assert (found["Verdict"], found["Found"]) == (verdict, str(answer))


def test_what_was_refused_is_told_before_what_is_not_recorded() -> None:
    others = {("SecurityGroup", "sg-1"): Unreadable("denied")}
    assert findings("RouteTable", "rtb-1", Skipped("not recorded"), others=others)[0]["Found"] == "denied"


def test_a_change_is_told_although_another_resource_could_not_be_read() -> None:
    others = {("SecurityGroup", "sg-1"): Unreadable("denied")}
    found = findings("RouteTable", "rtb-1", item(4, table()), item(60, table(NAT)), others=others)
    assert [each["Verdict"] for each in found] == [BROKEN]


def test_machines_that_one_change_cut_off_say_the_same_of_it() -> None:
    pings = {("rtb-1", PING - timedelta(minutes=4)): PING - timedelta(minutes=2)}
    [found] = findings("RouteTable", "rtb-1", item(4, table()), item(60, table(NAT)), pings=pings)
    assert "2 minutes before the last ping" in found["Found"]


def test_an_instance_depends_on_all_its_groups_and_on_the_tables_of_its_subnets() -> None:
    tables = [
        {"RouteTableId": "rtb-main", "Associations": [{"Main": True}]},
        {"RouteTableId": "rtb-2", "Associations": [{"Main": False, "SubnetId": "subnet-2"}]},
    ]
    groups = [("SecurityGroup", "sg-1"), ("SecurityGroup", "sg-2")]
    tables_used = [("RouteTable", "rtb-main"), ("RouteTable", "rtb-2")]
    assert resources_of(INSTANCE, tables) == [("Instance", "i-1"), *groups, *tables_used]


class Config:
    """AWS Config: pages of configuration items, or the name of the error that it answers with."""

    class exceptions:  # noqa: N801
        ResourceNotDiscoveredException = type("ResourceNotDiscoveredException", (ClientError,), {})
        NoAvailableConfigurationRecorderException = type("NoRecorder", (ClientError,), {})

    def __init__(self, *pages: Any) -> None:
        self.pages: Iterator[Any] = iter(pages)
        self.calls: list[dict[str, Any]] = []

    def get_resource_config_history(self, **request: Any) -> dict[str, Any]:
        self.calls.append(request)
        page = next(self.pages)
        if isinstance(page, type):
            raise page({"Error": {"Code": page.__name__}}, "GetResourceConfigHistory")
        items, token = page
        return {"configurationItems": items} | ({"nextToken": token} if token else {})


def history(config: Config, now: datetime = PING + timedelta(minutes=20)) -> Any:
    with reader_of(lambda _service: config, now) as reader:
        return read_history(reader, "RouteTable", "rtb-1", PING)


def test_what_was_before_a_change_is_looked_for_in_the_weeks_before() -> None:
    change, before = item(4, table()), item(60 * 24 * 20, table(NAT))
    config = Config(([change], "1"), ([], "2"), ([before], "3"), ([], ""))
    assert history(config) == [change, before]
    assert [each.get("nextToken") for each in config.calls] == [None, "1", "2"]


def test_a_week_without_changes_needs_one_call() -> None:
    config = Config(([], "1"))
    assert history(config) == []


def test_the_history_is_asked_for_until_shortly_after_the_last_ping_or_until_now() -> None:
    config = Config(([item(60, table())], ""), ([item(60, table())], ""))
    history(config)
    history(config, PING + timedelta(minutes=3))
    assert [each.get("laterTime") for each in config.calls] == [PING + timedelta(minutes=10), None]


@pytest.mark.parametrize(
    "page",
    [
        Config.exceptions.ResourceNotDiscoveredException,
        Config.exceptions.NoAvailableConfigurationRecorderException,
        ([], ""),
        ([item(60, "null", configurationItemStatus="ResourceNotRecorded")], ""),
        ([item(60, "null", configurationItemStatus="ResourceDeletedNotRecorded")], ""),
        ([item(60, table(NAT), recordingFrequency="DAILY")], ""),
    ],
)
def test_what_is_not_recorded_was_not_looked_at(page: Any) -> None:
    found = history(Config(page))
    assert isinstance(found, Skipped)
    assert found == "AWS Config does not record each change of AWS::EC2::RouteTable here"


def test_the_route_table_of_a_shared_subnet_may_not_be_visible() -> None:
    with reader_of(lambda _service: Config()) as reader:
        assert isinstance(read_history(reader, "RouteTable", "", PING), Skipped)
