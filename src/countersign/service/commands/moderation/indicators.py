"""Commands on bad indicators: list, add and remove links, contacts and wallets."""

from typing import Any, Final

from countersign.policy.questions.indicators import BAD_FOR_MS, BadBecause, BadIndicator
from countersign.policy.text.content import Content
from countersign.policy.text.indicators.extraction import indicators_of
from countersign.policy.text.indicators.kinds import Indicator, IndicatorKind
from countersign.ports.actors import Actor
from countersign.protocol.canonical_json import JsonObject
from countersign.protocol.errors import BadJson
from countersign.service.commands.actors.command_group import CommandGroup, CommandNeeds
from countersign.service.commands.actors.parameters import checked_lasts_ms
from countersign.service.commands.actors.permissions import Command
from countersign.service.errors import NotFound
from countersign.service.measures.known_indicators import KnownIndicators, label_of

MAX_WRITTEN_CHARS: Final = 500
MAX_LISTED: Final = 1_000
_HANDLE_ALONE: Final = "@"


class IndicatorCommands(CommandGroup):
    """Lists bad indicators, adds and removes them."""

    def __init__(self, needs: CommandNeeds, indicators: KnownIndicators) -> None:
        super().__init__(needs)
        self._indicators = indicators

    async def list(
        self, actor: Actor, *, community: object = None, limit: int = MAX_LISTED
    ) -> list[JsonObject]:
        """Return up to `limit` bad indicators of one community, or of all, the latest first.

        Raises:
            StoreUnavailable: the audit log can't be written.
        """
        if community is None:
            communities = self._permissions.communities(actor, Command.INDICATORS_LIST)
        else:
            communities = [self._permissions.community(actor, Command.INDICATORS_LIST, community)]
        for each in communities:
            await self._audit.read(actor, Command.INDICATORS_LIST, community=each.name)
        indicators = [
            bad_to_json(bad) for each in communities for bad in self._indicators.bad_in(each.name)
        ]
        return indicators[:limit]

    async def add(
        self,
        actor: Actor,
        *,
        indicator: object,
        community: object = None,
        lasts_ms: object = None,
    ) -> JsonObject:
        """Add a bad link, contact or wallet; return it.

        Args:
            actor: the actor who adds it.
            indicator: as written in messages; a name in another messenger begins with `@`.
            community: the community; None for the default one.
            lasts_ms: duration; None for 30 days.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or it is no indicator.
        """
        target = self._permissions.community(actor, Command.INDICATORS_ADD, community)
        meant = checked_indicator(indicator)
        lasts = checked_lasts_ms(lasts_ms) or BAD_FOR_MS
        now_ts = self._clock.now_ts()
        bad = BadIndicator(
            community=target.name,
            digest=self._indicators.digest(meant),
            kind=meant.kind,
            name="" if meant.kind.is_personal else meant.name,
            because=BadBecause.SAID,
            reference="",
            made_ts=now_ts,
            until_ts=now_ts + lasts,
        )
        async with self._audit.change(
            actor,
            Command.INDICATORS_ADD,
            community=target.name,
            subject=self._indicators.label(meant),
        ) as details:
            before = self._indicators.find_bad((target.name, bad.digest), now_ts)
            details["before"] = None if before is None else bad_to_json(before)
            await self._indicators.store_bad(bad)
            details["after"] = bad_to_json(bad)
        return bad_to_json(bad)

    async def remove(
        self, actor: Actor, *, indicator: object, community: object = None
    ) -> JsonObject:
        """Remove a bad indicator; return it.

        Args:
            actor: the actor who removes it.
            indicator: its ID, or the indicator itself.
            community: the community; None for the default one.

        Raises:
            BadJson, Forbidden, NotFound: see `Permissions.community`, or it is not bad.
        """
        target = self._permissions.community(actor, Command.INDICATORS_REMOVE, community)
        bad = self._find(target.name, indicator)
        async with self._audit.change(
            actor,
            Command.INDICATORS_REMOVE,
            community=target.name,
            subject=label_of(bad.kind, bad.name, bad.digest),
        ) as details:
            details["before"] = bad_to_json(bad)
            await self._indicators.remove_bad((target.name, bad.digest))
        return bad_to_json(bad)

    def _find(self, community: str, written: object) -> BadIndicator:
        for bad in self._indicators.bad_in(community):
            if bad.digest.hex() == written:
                return bad
        digest = self._indicators.digest(checked_indicator(written))
        indicator = self._indicators.find_bad((community, digest), self._clock.now_ts())
        if indicator is None:
            raise NotFound(
                "No such indicator is known to be bad here; indicators list shows those that are."
            )
        return indicator


def checked_indicator(written: object) -> Indicator:
    """Return the most specific indicator in a text.

    Raises:
        BadJson: there is none.
    """
    if isinstance(written, str) and 0 < len(written) <= MAX_WRITTEN_CHARS:
        text = written.strip()
        if text.startswith(_HANDLE_ALONE):
            text = (
                f"telegram {text}"  # the messenger does not matter: names are compared without it
            )
        elif text[:1] in "+0123456789":
            text = f"tel {text}"
        indicators = indicators_of(Content({"body": text}, "m.room.message"), "")
        chosen = next((each for each in indicators if each.kind is not IndicatorKind.DOMAIN), None)
        if chosen is not None or indicators:
            return chosen or indicators[0]
    raise BadJson(
        "Write a link, a domain, @name, a phone number, a mail address or the address of a wallet. "
        "Of suffixes (com) and of places where everybody publishes (t.me), write the whole link."
    )


def bad_to_json(bad: BadIndicator) -> JsonObject:
    """Return a bad indicator as the admin API and the audit log show it."""
    return {
        "id": bad.digest.hex(),
        "community": bad.community,
        "kind": bad.kind.value,
        "name": bad.name or None,
        "label": label_of(bad.kind, bad.name, bad.digest),
        "because": bad.because.value,
        "reference": bad.reference or None,
        "made_ts": bad.made_ts,
        "until_ts": bad.until_ts,
    }


def bad_from_json(stored: dict[str, Any]) -> BadIndicator:
    """Return the indicator from the output of `bad_to_json`."""
    return BadIndicator(
        community=stored["community"],
        digest=bytes.fromhex(stored["id"]),
        kind=IndicatorKind(stored["kind"]),
        name=stored["name"] or "",
        because=BadBecause(stored["because"]),
        reference=stored["reference"] or "",
        made_ts=stored["made_ts"],
        until_ts=stored["until_ts"],
    )
