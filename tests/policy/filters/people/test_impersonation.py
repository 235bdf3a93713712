"""Tests of `impersonation`, which compares names by their appearance."""

import pytest

from countersign.policy.facts import Facts
from countersign.policy.filters.people.impersonation import (
    MAX_NAME_CHARS,
    SAME_FIRST_NAME_POINTS,
    Impersonation,
)
from countersign.policy.measures.trust import Standing
from countersign.policy.measures.trust_records import Trust
from countersign.policy.questions.people import Names, NamesInRoom
from countersign.testing.counting import count_calls
from tests.policy.conftest import ALICE, BOB

MODERATORS = ((BOB, "Bob the Mod"), ("@helpdesk:example.org", None))


def judge(filter_, event, own):
    asked = [*filter_.asks(event)]
    return filter_.judge(event, Facts(dict.fromkeys(asked, Names(own, MODERATORS))))


@pytest.mark.parametrize("own", [None, "", "Alice", "Bob", "Bob the Builder", "The Mod", "bo"])
def test_other_names_pass(message, own):
    assert judge(Impersonation(), message(), own) is None


@pytest.mark.parametrize(
    "own",
    [
        "Bob the Mod",
        "bob the mod",
        "B\u043eb the M\u043ed",
        "B0b-the-M0d",
        "Bob\u200b  the Mód",
        "HelpDesk",
    ],
)
def test_a_name_that_looks_like_a_moderators_is_refused(message, own):
    finding = judge(Impersonation(), message(), own)

    assert finding.reason.startswith("is called ")


def test_only_so_much_of_a_name_is_compared(message):
    """Pairs of names are remembered, and a message may bring a name of 60 kB."""
    filter_ = Impersonation()
    profile = {"displayname": "Bob the Mod" + " " * 60_000, "id": "x"}

    steps = [
        count_calls(
            lambda own=f"a {number}{' b' * length}": judge(
                filter_,
                message("x", **{"com.beeper.per_message_profile": {"displayname": own}}),
                "a",
            )
        )
        for number, length in ((1, MAX_NAME_CHARS // 2), (2, 30_000))
    ]

    finding = judge(filter_, message("x", **{"com.beeper.per_message_profile": profile}), "Al")
    assert finding.reason.startswith("is called ")
    assert steps[1] < 1.1 * steps[0]


def test_moderators_themselves_are_not_asked_about(event):
    moderator = event(standing=Standing(level=Trust.MODERATOR, because=""))

    assert [*Impersonation().asks(moderator)] == []
    assert judge(Impersonation(), event(sender=BOB), "Bob the Mod") is None


def test_names_of_the_policy_are_for_nobody_else(message):
    finding = judge(Impersonation(names=("Support Team",)), message(), "SUPP\u041eRT team")

    assert "protected name" in finding.reason


def test_a_membership_event_is_judged_by_the_name_that_it_brings(event):
    content = {"membership": "join", "displayname": "Bob the Mod"}
    renamed = event("m.room.member", content, state_key=ALICE)
    invited = event("m.room.member", content, state_key="@carol:example.com")

    assert judge(Impersonation(), renamed, "Alice") is not None
    assert judge(Impersonation(), invited, "Alice") is None
    assert [*Impersonation().asks(renamed)] == [NamesInRoom(ALICE)]


HELENA = (("@helena:example.org", "Helena"), ("@mod:example.org", "Anna Berg"))


def found(name, *, filter_=None, moderators=HELENA, is_own_earlier=False, event):
    filter_ = filter_ or Impersonation()
    names = Names(name, moderators, is_own_earlier=is_own_earlier)
    return filter_.judge(event, Facts(dict.fromkeys(filter_.asks(event), names)))


@pytest.mark.parametrize(
    "name",
    [
        "Helena (Moderator)",
        "Support | Helena",
        "Room Admin Helena",
        "Helena - official",
        "Модератор Helena",
        "Anna [mod]",
        "Berg | Support Team",
        "The real Anna Berg",
        "Anna Berg 2",
        "@helena:example.org",
        "helena:example.org",
        "Somebody (@MOD:example.org)",
        "H\u200belena",
        "\u0397elena",
        "\uff28\uff45\uff4c\uff45\uff4e\uff41",
        "HELENA",
    ],
)
def test_a_name_that_passes_for_a_moderators_decides(message, name):
    finding = found(name, event=message())

    assert finding is not None
    assert finding.points is None


@pytest.mark.parametrize(
    "name",
    [
        "Anna",
        "Berg",
        "anna",
        "Tom (Support)",
        "Linux Admin",
        "Moderator",
        "Anna, sysadmin",
        "Helena Curie",
        "Bergmann Support",
        "@somebody:example.org",
        "12:30",
        "Hannah Arendt (she/her)",
    ],
)
def test_a_first_name_or_a_role_alone_is_nothing(message, name):
    assert found(name, event=message()) is None


def test_a_moderators_plain_first_name_is_a_small_sign(message):
    assert found("Helena", event=message()).points == SAME_FIRST_NAME_POINTS


def test_an_earlier_holder_keeps_the_name(message):
    assert found("Anna Berg", event=message()) is not None
    assert found("Anna Berg", event=message(), is_own_earlier=True) is None
    protected = Impersonation(names=("Anna Berg",))
    assert found("Anna Berg", event=message(), is_own_earlier=True, filter_=protected) is not None


@pytest.mark.parametrize("key", ["com.beeper.per_message_profile", "m.per_message_profile"])
def test_the_profile_of_one_message_is_seen(message, event, key):
    profile = {key: {"id": "m", "displayname": "Anna Berg"}}
    edit = message(**{"m.new_content": {"body": "x", "msgtype": "m.text", **profile}})

    assert found(None, event=message(**profile)) is not None
    assert found(None, event=edit) is not None
    assert found(None, event=message(**profile), is_own_earlier=True) is not None
    bridged = event(content={"msgtype": "m.text", "body": "x", **profile}, is_bridged=True)
    assert found(None, event=bridged) is None
    assert found(None, event=message(**{key: ["Anna Berg"]})) is None


def test_moderators_further_accounts_are_named(event):
    filter_ = Impersonation(own_accounts=("@telegram_7:example.org", "@anna2:*"))
    ghost = event(sender="@telegram_7:example.org")

    assert found("Anna Berg", event=ghost) is not None
    assert [*filter_.asks(ghost)] == []
    assert found("Anna Berg", event=event(), filter_=filter_) is not None


@pytest.mark.parametrize(
    "sender",
    [
        "@helena_mod:open.example",
        "@support-helena:open.example",
        "@berg.admin:open.example",
        "@helena:examp1e.org",
        "@helena:\u0435\u0445ample.org",
    ],
)
def test_a_user_id_that_passes_for_a_moderators_decides(event, sender):
    finding = found("Nobody", event=event(sender=sender))

    assert finding.reason.startswith("has a user ID that passes for that of @")
    assert finding.points is None


@pytest.mark.parametrize(
    "sender",
    ["@helena:open.example", "@helena2:open.example", "@mod_tom:open.example", "@real_helena:x.y"],
)
def test_another_persons_user_id_is_left_alone(event, sender):
    assert found("Nobody", event=event(sender=sender)) is None


def test_a_user_id_from_before_the_moderator_was_one_is_left_alone(event):
    sender = event(sender="@helena_mod:open.example")

    assert found("Nobody", is_own_earlier=True, event=sender) is None


def test_a_numbered_first_name_weighs_as_the_first_name_does(event):
    finding = found("helena_2", event=event())

    assert finding.points == SAME_FIRST_NAME_POINTS


@pytest.mark.parametrize("name", ["Admin", "Matrix Support", "help_desk (official)", "Модератор"])
def test_a_role_in_a_name_weighs_something_where_the_policy_says_so(event, name):
    filter_ = Impersonation(role_points=3)
    bridged = event(is_bridged=True)

    assert found(name, filter_=filter_, event=event()).points == 3
    assert found(name, event=event()) is None
    assert found(name, filter_=filter_, event=bridged) is None
    assert found("Tom", filter_=filter_, event=event()) is None


SEEKS = (
    "please write to me in private, it is about your account",
    "moderator here, your report was read",
    "text me on telegram @helena_mods",
)


@pytest.mark.parametrize("said", SEEKS)
@pytest.mark.parametrize(
    "sender",
    [
        "@helena_:example.org",
        "@he1ena:open.example",
        "@heIena:open.example",
        "@hellena:open.example",
        "@helena:exampla.org",
        "@example.org-admin:open.example",
    ],
)
def test_a_user_id_that_is_nearly_a_moderators_weighs_something_where_contact_is_sought(
    event, sender, said
):
    seeking = event(sender=sender, content={"msgtype": "m.text", "body": said})
    greeting = event(sender=sender, content={"msgtype": "m.text", "body": "good morning all"})

    assert found("Nobody", event=seeking).points == SAME_FIRST_NAME_POINTS
    assert found("Nobody", event=greeting) is None


@pytest.mark.parametrize("sender", ["@helena:exarnple.org", "@helena:exannple.org"])
def test_letters_that_are_read_as_one_pass_for_another_server(event, sender):
    finding = found("Nobody", event=event(sender=sender))

    assert (finding is not None and finding.points is None) is ("rn" in sender)


@pytest.mark.parametrize(
    "sender",
    ["@support:open.example", "@security-team:open.example", "@matrixsupport:open.example"],
)
def test_a_role_in_a_user_id_counts_only_where_contact_is_sought(event, sender):
    filter_ = Impersonation(role_points=3)
    seeking = event(sender=sender, content={"msgtype": "m.text", "body": SEEKS[0]})
    greeting = event(sender=sender, content={"msgtype": "m.text", "body": "which client is best?"})

    assert found(None, filter_=filter_, event=seeking).points == 6
    assert found(None, filter_=filter_, event=greeting) is None
    assert found("Support", filter_=filter_, event=greeting).points == 3


def test_a_members_name_with_a_role_counts_only_where_contact_is_sought(event):
    filter_ = Impersonation(role_points=3)
    member = Standing(level=Trust.MEMBER, because="")
    seeking = {"msgtype": "m.text", "body": SEEKS[0]}

    assert found("Helpdesk", filter_=filter_, event=event(standing=member)) is None
    said = event(standing=member, content=seeking)
    assert found("Helpdesk", filter_=filter_, event=said).points == 6


@pytest.mark.parametrize(
    "sender", ["@helen:open.example", "@badminton:open.example", "@modular:x.y"]
)
def test_names_that_resemble_roles_and_moderators_are_left_alone(event, sender):
    said = {"msgtype": "m.text", "body": "the parts have come, see the list"}

    assert (
        found(None, filter_=Impersonation(role_points=3), event=event(sender=sender, content=said))
        is None
    )
