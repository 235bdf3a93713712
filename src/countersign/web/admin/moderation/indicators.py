"""`/_countersign/v1/indicators`: links, contacts and wallets that are known to be bad."""

from pydantic import Field

from countersign.policy.questions.indicators import BadBecause
from countersign.policy.text.indicators.kinds import IndicatorKind
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.measures.known_indicators import MAX_BAD
from countersign.web.admin.declarations.endpoints import get, post
from countersign.web.admin.declarations.fields import Community, CommunityName, LastsMs, Moment
from countersign.web.admin.declarations.groups import StoredEndpoints
from countersign.web.admin.declarations.models import JsonAnswer, Parameters
from countersign.web.admin.declarations.paging import PageJson, PageParameters, page_of


class IndicatorsParameters(PageParameters):
    """Selection of the indicators to list."""

    community: CommunityName | None = Field(
        default=None, description="every one that you see, if left out"
    )


class AddIndicator(Parameters):
    """Indicator to be bad."""

    indicator: str = Field(
        description="a link, a domain, `@name`, a phone number, a mail address or the address of a "
        "wallet, as anybody would write it"
    )
    community: Community = None
    lasts_ms: LastsMs | None = Field(default=None, description="in ms; 30 days if left out")


class RemoveIndicator(Parameters):
    """Indicator to remove from the bad ones."""

    indicator: str = Field(description="its ID, or the indicator as anybody would write it")
    community: Community = None


class IndicatorJson(JsonAnswer):
    """Link, contact or wallet that is known to be bad."""

    id: str
    community: str
    kind: IndicatorKind
    name: str | None = Field(
        description="null of names in other messengers, phone numbers and mail addresses"
    )
    label: str = Field(description="for a person; of these it has a part of the hash")
    because: BadBecause
    reference: str | None = Field(description="of the decision that it follows from")
    made_ts: Moment
    until_ts: Moment


class IndicatorsJson(PageJson):
    """Indicators, the latest first."""

    indicators: list[IndicatorJson]


class IndicatorEndpoints(StoredEndpoints):
    """Lists, adds and removes bad indicators."""

    @get("indicators", Command.INDICATORS_LIST, answer=IndicatorsJson, raises=(NotFound,))
    async def list(self, actor: Actor, params: IndicatorsParameters) -> JsonObject:
        """List bad links, contacts and wallets, latest first."""
        indicators = await self._commands.indicators.list(
            actor, community=params.community, limit=MAX_BAD
        )
        return page_of({"indicators": indicators}, "indicators", params, "community", "id")

    @post("indicators/add", Command.INDICATORS_ADD, answer=IndicatorJson, raises=(NotFound,))
    async def add(self, actor: Actor, params: AddIndicator) -> JsonObject:
        """Add a link, contact or wallet to the bad ones."""
        return await self._commands.indicators.add(
            actor, indicator=params.indicator, community=params.community, lasts_ms=params.lasts_ms
        )

    @post("indicators/remove", Command.INDICATORS_REMOVE, answer=IndicatorJson, raises=(NotFound,))
    async def remove(self, actor: Actor, params: RemoveIndicator) -> JsonObject:
        """Remove a bad indicator, and return it."""
        return await self._commands.indicators.remove(
            actor, indicator=params.indicator, community=params.community
        )
