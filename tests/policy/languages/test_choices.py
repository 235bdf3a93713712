"""Tests of the language that a policy document chooses for its senders."""

import pytest

from countersign.bootstrap.presets import read_presets
from countersign.policy.facts import NO_FACTS
from countersign.policy.languages.choices import A_LANGUAGE
from countersign.policy.policies.differences import differences, step_fingerprints
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS
from countersign.policy.policies.lint import lint_policy
from countersign.policy.policies.policy_documents import PolicyInvalid, parse_policy
from countersign.service.policies.policies_in_force import Policies
from countersign.testing.filters import make_event_to_judge

ROOM = "!room:example.org"


def parse(source):
    return parse_policy(source.encode(), BUILTIN_FILTERS, read_presets())


def mistakes(source):
    with pytest.raises(PolicyInvalid) as caught:
        parse(source)
    return str(caught.value).splitlines()


def said(policy, body="buy this", **options):
    event = make_event_to_judge("m.room.message", {"msgtype": "m.text", "body": body})
    return policy.pipeline.judge(event, NO_FACTS, "1", **options).says


KEYWORD = "filters: [{keyword: {words: [buy this]}}]\n"


def test_without_language_all_is_in_english():
    assert parse(KEYWORD).languages.all() == ("en",)
    assert said(parse(KEYWORD)) == BUILTIN_FILTERS["keyword"].says


def test_a_community_has_a_language():
    assert said(parse(f"language: de\n{KEYWORD}")).startswith("Bitte diese Nachricht ändern")
    assert said(parse(f"language: PT-br\n{KEYWORD}")).startswith("Por favor, mude")
    assert said(parse(f"language: nl\n{KEYWORD}")) == BUILTIN_FILTERS["keyword"].says


def test_a_room_has_a_language_of_its_own():
    policy = parse(
        f"""
language:
  default: fr
  rooms:
    "{ROOM}": ru
    "#help:example.org": de
    "!other:example.org": en
{KEYWORD}"""
    )
    policies = Policies({"default": policy})

    rooms = (ROOM, "!other:example.org", "!help:example.org", None)
    assert [policies.language_of(room) for room in rooms] == ["ru", "en", "fr", "fr"]
    assert policies.named_rooms().aliases == {"#help:example.org"}
    policies.set_found_rooms({"#help:example.org": frozenset({"!help:example.org"})})
    assert policies.language_of("!help:example.org") == "de"
    assert said(policy, language="de").startswith("Bitte")


def test_a_rooms_language_is_said_by_its_own_community_alone():
    own = parse(f'rooms: ["{ROOM}"]\nlanguage: zh\n{KEYWORD}')
    rest = parse(f'language: {{rooms: {{"{ROOM}": de, "!x:example.org": fr}}}}\n{KEYWORD}')
    policies = Policies({"default": rest, "own": own})

    found = [policies.language_of(room) for room in (ROOM, "!x:example.org", "!y:example.org")]
    assert found == ["zh", "fr", "en"]


def test_says_may_be_a_map_in_filters_and_rules():
    policy = parse("""
language: de
filters:
  - keyword: {words: [buy this]}
    says: {en: "No adverts.", de: "Keine Werbung.", fr: "Pas de pub."}
rules:
  - {name: shout, when: 'event.text.contains("loud")', refuse: {ar: "بهدوء.", en: "Softly."}}
  - {name: odd, when: 'event.text.contains("odd")', warn: {fr: "Bizarre."}}
""")

    assert said(policy) == "Keine Werbung."
    assert [said(policy, language=tag) for tag in ("fr-CA", "ru")] == ["Pas de pub.", "No adverts."]
    assert said(policy, "loud") == "Softly."
    assert said(policy, "loud", language="ar") == "بهدوء."
    assert said(policy, "odd") == "Bizarre."


def test_an_own_text_stays_as_it_is_in_every_language():
    policy = parse('language: ar\nfilters: [{keyword: {words: [buy this]}, says: "Nein."}]')

    assert said(policy) == "Nein."


def test_mistakes_are_told_with_what_was_meant():
    assert mistakes(f"language: german\n{KEYWORD}") == [
        f"line 1: language: found 'german'; allowed: {A_LANGUAGE}. Did you mean de?"
    ]
    (bad,) = mistakes(f"language: pt_BR\n{KEYWORD}")
    assert bad.endswith("Did you mean pt-BR?")
    found = mistakes("""
language: {defaut: de, rooms: {room: de, "!a:b": jp, "#a:b": [de]}}
filters:
  - event-size: {}
    says: {}
  - event-rate: {}
    says: {de: "", klingon: "x", en: "a", EN: "b"}
  - mention-flood: {}
    says: [de]
""")
    heads = [each.partition("; allowed")[0].partition(": ")[2] for each in found]
    assert heads == [
        "language.defaut: found an unknown key",
        "language.rooms.room: found 'room'",
        "language.rooms.!a:b: found 'jp'",
        "language.rooms.#a:b: found a list",
        "filters[0].says: found an empty mapping",
        "filters[1].says.de: found ''",
        "filters[1].says.klingon: found 'klingon'",
        "filters[1].says.EN: found the language en twice",
        "filters[2].says: found a list",
    ]
    assert found[0].endswith("Did you mean default?")
    assert found[2].endswith("Did you mean ja?")


def test_a_language_without_a_catalogue_is_a_warning():
    assert lint_policy(parse(f"language: de\n{KEYWORD}")) == ()
    (note,) = lint_policy(parse(f"language: nl\n{KEYWORD}"))
    assert note.startswith("There is no catalogue for nl (Dutch), only for en, de,")
    assert lint_policy(
        parse('language: de\nfilters: [{keyword: {words: [buy]}, says: {fr: "Non.", es: "No."}}]')
    ) == ("keyword has no says for de and none for en: where de is read it speaks fr.",)


def test_a_difference_names_the_language():
    before = parse('filters: [{keyword: {words: [a]}, says: {de: "Nein.", en: "No."}}]')
    after = parse(
        f'language: {{default: de, rooms: {{"{ROOM}": fr}}}}\n'
        'filters: [{keyword: {words: [a]}, says: {de: "Bitte nicht.", en: "No."}}]'
    )

    assert [(each.name, each.details) for each in differences(before, after)] == [
        ("language", ("language: 'en' → 'de'", f"language of {ROOM}: 'fr'")),
        ("keyword", ("says.de: 'Nein.' → 'Bitte nicht.'",)),
    ]


def test_other_words_make_no_other_step():
    one, two, three = (
        step_fingerprints(parse(f"{head}filters: [{{keyword: {{words: [a]}}, says: {says}}}]"))
        for head, says in (
            ("", "No."),
            ("language: de\n", '{de: "Nein.", en: "No."}'),
            ("", '{fr: "Non."}'),
        )
    )

    assert one == two == three
