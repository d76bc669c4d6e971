"""The keys of the rules file, section by section, as strict models: nothing unknown, nothing converted silently.

The JSON Schema for editors and the checks of a loaded file come from these same models.
What must not be here: names that lead from one section to another (the `build_*` files look them up).
"""

from datetime import timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from router.config.matching_schema import MatchBlock
from router.config.types import (
    AppriseUrl,
    Duration,
    Never,
    Rate,
    Said,
    SocketAddress,
    Text,
    WebAddress,
    Zone,
)
from router.core.model import Level
from router.core.rules import WhenAcknowledged, WhenResolved
from router.core.settings import AckMode, Format

SECTIONS: Final = ("sources", "channels", "people", "policies", "hours")
"""Sections that map names to things; `rules` is a list, `settings` stands in the main file only."""


class Model(BaseModel):
    """What all parts of the file share: unknown keys are errors, values keep their type, errors quote no input."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, hide_input_in_errors=True, defer_build=True)


class SettingsModel(Model):
    """`settings:`."""

    timezone: Zone = Field("UTC", description="for printed times, and for hours that name no zone")
    public_url: WebAddress | None = Field(
        None, description="where people will reach the pages; this version has none, and no acknowledge links"
    )
    fallback: list[Said] = Field(
        min_length=1,
        description="told when no rule matches, a channel fails, or the router itself is in trouble",
    )
    templates: Said | None = Field(None, description="folder of templates, relative to this file")
    keep: Duration = Field(timedelta(days=400), description="how long the journal and closed alerts are kept")


class ResolveAfterModel(Model):
    """The long form of `resolve_after:`."""

    wait: Never = Field(description="no repeat for so long ends the alert; never for not at all")
    unacknowledged: bool = Field(
        default=False, description="also when nobody has acknowledged and its policy still runs"
    )


class TlsModel(Model):
    """`tls:` of a source."""

    ca_file: Said | None = Field(None, description="certificates to trust besides the system's, PEM")
    cert_file: Said | None = Field(None, description="our own certificate, PEM")
    key_file: Said | None = Field(None, description="the key of our own certificate, PEM")


def _resolve_after(value: Any) -> Any:
    return value if value is None or isinstance(value, dict) else {"wait": value}


def _field_path(value: Any) -> Any:
    return value if isinstance(value, dict) else {"path": value}


class FieldModel(Model):
    """Where an event field stands in a JSON payload."""

    path: Text = Field(min_length=1, description="dotted path; list items by number")
    map: dict[str, Text] = Field(default_factory=dict, description="words of the payload -> words of ours")
    default: Text | None = Field(None, description="taken when the path is absent")


class SourceModel(Model):
    """What every source can have."""

    expect: Duration | None = Field(None, description="nothing received for so long is a fault")
    key: list[Said] | None = Field(
        None, min_length=1, description="the fields that make two events about the same trouble"
    )
    levels: dict[str, Level] = Field(default_factory=dict, description="the source's severity words -> our level")
    resolve_after: Annotated[
        ResolveAfterModel | None,
        BeforeValidator(_resolve_after, json_schema_input_type=Never | ResolveAfterModel),
    ] = Field(None, description="for a source that never says that it is over: no repeat for so long ends an alert")


class SocketModel(SourceModel):
    """What every source over WebSocket can have."""

    ack: AckMode = Field("client", description="how messages are confirmed to the broker")
    prefetch: int = Field(500, ge=1, le=100_000, description="how many messages may be under way unconfirmed")
    link_timeout: Duration = Field(timedelta(minutes=2), description="a link lost for longer is a fault")
    heartbeat: Duration = Field(timedelta(seconds=10), description="the beat asked for; 0s for none")
    max_body: int = Field(1024 * 1024, ge=1024, le=15 * 1024 * 1024, description="bytes; a larger message is rejected")
    tls: TlsModel | None = Field(None, description="how the peer's certificate is checked")


SaverisChannel = Literal["alarms", "measurements", "measurements-v2"]


class SaverisModel(SocketModel):
    """`type: saveris`: a testo Saveris Push API account."""

    type: Literal["saveris"]
    region: Literal["eu", "am", "ap"] | None = Field(None, description="where the account lives")
    environment: Literal["p", "i"] = Field("p", description="p for production, i for integration")
    url: SocketAddress | None = Field(None, description="overrides region and environment")
    username: Said = Field(description="the account's user, part of the queue names")
    password: Text = Field(min_length=1, description="the account's password, as ${NAME}")
    token: Said = Field("data-api", description="data-api, cognito, or a literal ${TOKEN}")
    token_url: WebAddress | None = Field(None, description="overrides where the token comes from")
    client_id: Text | None = Field(None, description="the Cognito client id, for token: cognito")
    aws_region: Said = Field("eu-central-1", description="the AWS region of Cognito")
    channels: list[SaverisChannel] = Field(default=["alarms"], min_length=1, description="what to subscribe to")


class StompModel(SocketModel):
    """`type: stomp`: any STOMP broker over WebSocket."""

    type: Literal["stomp"]
    url: SocketAddress = Field(description="ws:// or wss:// address of the broker")
    login: Text | None = Field(None, description="user name at the broker")
    passcode: Text | None = Field(None, description="password at the broker, as ${NAME}")
    host: Text = Field("/", description="the virtual host; RabbitMQ calls its own /, other brokers take any")
    destination: Said | None = Field(None, description="what to subscribe to")
    destinations: list[Said] | None = Field(None, min_length=1, description="several at once")
    headers: dict[str, Text] = Field(default_factory=dict, description="further headers of CONNECT")
    subscribe_headers: dict[str, Text] = Field(default_factory=dict, description="further headers of SUBSCRIBE")
    format: Format = Field("saveris", description="what the messages look like")
    fields: (
        dict[str, Annotated[FieldModel, BeforeValidator(_field_path, json_schema_input_type=Text | FieldModel)]] | None
    ) = Field(None, min_length=1, description="format: json: event field -> where it stands")


class SentiloModel(SourceModel):
    """`type: sentilo`: HTTP push from a Sentilo platform."""

    type: Literal["sentilo"]
    endpoint: WebAddress = Field(description="exactly as registered with the platform: it is part of the signature")
    secret: Text | None = Field(None, min_length=1, description="the secretCallbackKey of the subscription, as ${NAME}")


SOURCE_TYPES: Final[dict[str, type[SaverisModel | StompModel | SentiloModel]]] = {
    "saveris": SaverisModel,
    "stomp": StompModel,
    "sentilo": SentiloModel,
}


class ChannelModel(Model):
    """A channel, long form."""

    url: AppriseUrl = Field(description="an Apprise URL; with {address} the channel is personal")
    templates: Said | None = Field(None, description="NAME.<this>.j2 instead of NAME.<channel>.j2")
    rate: Rate | None = Field(None, description="at most so many sends per so long")
    concurrency: int = Field(2, ge=1, le=100, description="sends at the same time")
    timeout: Duration = Field(timedelta(seconds=20), description="a send that takes longer has failed")


def _channel(value: Any) -> Any:
    return value if isinstance(value, dict) else {"url": value}


Channel = Annotated[ChannelModel, BeforeValidator(_channel, json_schema_input_type=AppriseUrl | ChannelModel)]


class PersonModel(Model):
    """A person: every key but these is a personal channel with the person's address there."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, Said] = Field(init=False)

    name: Said | None = Field(None, description="the name shown to people; default: the key")
    prefer: list[Said] | None = Field(
        None, min_length=1, description="channels in order of preference; default: the order written"
    )


class StepModel(Model):
    """One step of a policy."""

    notify: list[Said] = Field(min_length=1, description="people, people via channels, shared channels")
    wait: Duration = Field(timedelta(0), description="since the step before, while nobody has acknowledged")


class RepeatModel(Model):
    """`repeat:` of a policy."""

    times: int = Field(ge=1, le=1000, description="further rounds through all steps")
    wait: Duration = Field(description="after the last step of the round before")


class PolicyModel(Model):
    """A policy: who is told, and when."""

    steps: list[StepModel] = Field(min_length=1, description="told one after the other until somebody acknowledges")
    repeat: RepeatModel | None = Field(None, description="further rounds; default none")
    ack_timeout: Never = Field(
        timedelta(hours=4), description="acknowledged but not over for so long: firing again; or never"
    )
    when_resolved: WhenResolved = Field("told", description="who hears that it is over")
    when_acknowledged: WhenAcknowledged = Field("shared", description="who hears that somebody has it")
    reopen: Duration = Field(timedelta(minutes=5), description="a raise this soon after the end is the same alert")


class RuleModel(Model):
    """A rule: which events, and what becomes of them."""

    name: Said = Field(description="unique; shown in texts and commands")
    match: MatchBlock = Field(description="what the event must be; {} for every alarm")
    policy: Said | None = Field(None, description="who is told")
    ignore: Said = Field("", description="nobody is told; the text says why")
    template: Said | None = Field(None, description="the text to send")
    further: bool = Field(default=False, alias="continue", description="look at the rules after this one too")
    lasts: Duration = Field(timedelta(0), alias="for", description="only when it lasts so long")
    clear: MatchBlock | None = Field(None, description="a measurement ends the alert only when it meets this")
    instructions: Said | None = Field(None, description="what to do; shown in the texts")


class RulesFile(Model):
    """A rules file as a whole."""

    version: Literal[1] = Field(description="the version of this format")
    settings: SettingsModel
    include: Said | list[Said] | None = Field(None, description="further files (globs), relative to this file")
    inventory: Said | None = Field(None, description="CSV file: names, sites, owners by source_uuid or serial_number")
    sources: dict[str, Annotated[SaverisModel | StompModel | SentiloModel, Field(discriminator="type")]] | None = None
    channels: dict[str, Channel] | None = None
    people: dict[str, PersonModel] | None = None
    policies: dict[str, PolicyModel] | None = None
    rules: list[RuleModel] | None = Field(None, description="the first that matches wins")
    hours: dict[str, list[Said]] | None = Field(None, description="named hours of the week")
