"""A moderator's tasks: each within four clicks, and by the keyboard alone."""

from functools import partial

import pytest

from tests.cli.running_server import ROOM_ID
from tests.dashboard.input_devices import MOST_CLICKS, Keyboard, Pointer
from tests.dashboard.world import ADVERT


@pytest.fixture(params=[Pointer, Keyboard], ids=["pointer", "keyboard"])
def at(request, world, open_page):
    """Return what opens the first page for somebody with a role, with a pointer or without."""
    hands = []

    def at(role="moderator"):
        hand = request.param(open_page(world.token(role)))
        hands.append(hand)
        return hand

    yield at
    assert all(hand.clicks <= MOST_CLICKS for hand in hands)


def look_at(hand, reference):
    """Come from the first page to the decision that was made last."""
    hand.follow(reference)
    if "/incidents/" in hand.page.url:
        hand.follow("Look at an example")


def test_to_find_why_something_was_refused(world, at):
    reference = world.refuse(f"{ADVERT}, find out why")
    hand = at()

    look_at(hand, reference)

    page = hand.page
    assert page.get_by_role("cell", name=f"contains the word '{ADVERT}' in body").is_visible()
    assert page.get_by_text(f"No adverts, please. (reference {reference})").is_visible()
    assert page.get_by_role("heading", level=1).inner_text().endswith(reference)


def test_to_find_a_reference_that_somebody_quotes(world, at):
    reference = world.refuse(f"{ADVERT}, quoted")
    hand = at()

    hand.follow("Decisions", exact=True)
    hand.write("Reference, event, user or room", reference.lower())
    hand.enter()

    assert hand.page.get_by_role("heading", level=1).inner_text().endswith(reference)


def test_to_read_what_was_said_only_after_opening_it(world, at):
    reference = world.refuse(f"{ADVERT} http://example.com/ bad text")
    world.wait_for_text(reference)
    hand = at()

    look_at(hand, reference)
    text = hand.page.get_by_text("http://example.com/ bad text")
    assert not text.is_visible()
    hand.open("Show the text")

    assert text.is_visible()
    assert hand.page.locator("a[href*='example.com']").count() == 0


def test_to_allow_it(world, at):
    words = f"{ADVERT} for charity, {world.network()}"
    reference = world.refuse(words)
    hand = at("junior")

    look_at(hand, reference)
    hand.press("Allow")

    assert hand.page.get_by_text("When these words are sent again, they pass").is_visible()
    assert world.say(words)[0] == 200


def test_to_say_that_something_was_spam_and_take_it_back(world, at):
    status, _ = world.say("an offer at https://offer.example/now", "seller")
    hand = at()
    hand.page.goto(f"{world.url}/decisions?verdict=sign")
    hand.page.locator("a.entry").first.click()

    hand.press("Mark as spam")
    assert hand.page.get_by_role("status").inner_text().startswith("Marked as spam.")
    hand.press("It was not spam")

    assert status == 200
    assert hand.page.get_by_text("No longer marked as spam").is_visible()


def test_to_decide_a_whole_incident_on_one_example(world, at):
    words = f"wonderful, only today, {world.network()['X-Forwarded-For']}"
    reference = world.refuse(words, "shop")
    hand = at()

    hand.follow("Review", exact=True)
    assert hand.page.get_by_role("button", name="Allow").is_visible()
    hand.page.goto(f"{world.url}/review?item={reference}")
    hand.press("Allow")

    assert f"decided on {reference}" in hand.page.get_by_role("status").first.inner_text()
    assert world.say(words, "shop")[0] == 200


def test_to_mute_everybody_of_an_incident_and_undo_it(world, at):
    words = f"{ADVERT} {world.network()['X-Forwarded-For']}"
    for number in range(3):
        reference = world.refuse(words, f"raider{number}")
    hand = at("lead")

    hand.page.goto(f"{world.url}/incidents/{reference}")
    hand.press("Mute")

    told = hand.page.get_by_role("status").first
    assert "people are muted in default now." in told.inner_text()
    assert world.say("a harmless word", "raider1")[0] == 400
    hand.follow("Undo")
    hand.press("Undo")
    assert world.say("a harmless word, again", "raider1")[0] == 200


def test_to_mute_several_people_who_are_named(world, open_page):
    page = open_page(world.token("lead"), "/people")

    page.get_by_label("Users, one on each line, 100 at most").fill("@x1:a.example\n@x2:a.example")
    page.get_by_role("button", name="Mute all of them").click()
    assert page.get_by_text("2 people are muted in default now.").is_visible()
    page.get_by_label("Users, one on each line, 100 at most").fill("@x1:a.example, @x2:a.example")
    page.get_by_role("button", name="End their mutes").click()

    assert page.get_by_text("2 people may write again in default.").is_visible()
    moderator = open_page(world.token("moderator"), "/people")
    assert not moderator.get_by_role("button", name="Mute all of them").is_visible()


def test_to_answer_what_members_reported(world, at):
    reference = world.report("He insults me.", "Me too.")
    hand = at()

    hand.page.goto(f"{world.url}/review?item={reference}")
    page = hand.page
    assert page.get_by_role("heading", name="Reported by 2 members").is_visible()
    assert page.get_by_text("He insults me.").is_visible()
    assert "@reporter" not in page.content()
    assert not page.get_by_role("button", name="Allow").is_visible()
    hand.press("Spam")

    assert f"decided on {reference}" in hand.page.get_by_role("status").first.inner_text()
    outcome = world.admin("GET", f"/decisions/why?reference={reference}")["decisions"][0]
    assert [each["kind"] for each in outcome["outcomes"]] == ["spam"]


def test_to_allow_it_in_one_room_with_a_role_there_alone(world, open_page):
    words = f"{ADVERT} for one room, {world.network()}"
    reference = world.refuse(words)
    asked = {"name": "one-room", "role": "junior", "communities": ["default"], "rooms": [ROOM_ID]}
    token = world.admin("POST", "/tokens/create", asked)["token"]
    page = open_page(token, f"/decisions/{reference}")

    page.get_by_role("button", name="Allow").click()

    assert world.say(words)[0] == 200


def test_to_see_todays_refusals_by_filter(world, at):
    hand = at()

    hand.follow("Filters")

    row = hand.page.get_by_role("row", name="keyword")
    assert int(row.get_by_role("cell").nth(1).inner_text()) > 0


def test_to_see_what_another_threshold_would_have_done(world, at):
    hand = at()

    hand.follow("Filters")
    hand.open("Numbers, and what another threshold")

    assert hand.page.get_by_role("row", name="10 (now)").first.is_visible()
    assert hand.page.get_by_role("img", name="Scores of new, with the threshold 10").is_visible()
    numbers = hand.page.locator("[aria-label='Scores of new in numbers'] tbody th")
    assert "11" in numbers.all_text_contents()


def test_to_put_a_filter_into_shadow(world, at):
    hand = at("lead")

    hand.follow("Policy", exact=True)
    hand.press("shadow: keyword")
    assert hand.page.get_by_text("The step keyword is in mode shadow now.").is_visible()
    assert world.say(f"{ADVERT} in the shadow")[0] == 200
    hand.press("enforce: keyword")

    assert world.say(f"{ADVERT} in the light")[0] == 400


def test_to_try_a_word_on_the_last_week(world, at):
    word = f"sweepstake{world.network()['X-Forwarded-For'].replace('.', '')}"
    world.say(f"a {word} for all", "fan")
    world.wait_for_archive(word)
    hand = at()

    hand.follow("Policy", exact=True)
    hand.write("What would another word refuse?", word)
    hand.enter()
    hand.page.get_by_text("judged again, without effect").wait_for()

    assert hand.page.get_by_text("tried-word 1").is_visible()
    text = hand.page.locator("pre", has_text=f"a {word} for all")
    assert not text.is_visible()
    hand.page.locator("details", has=text).locator("summary").click()
    assert text.is_visible()


def test_to_activate_a_policy_and_roll_it_back(world, at):
    word = f"lottery{world.network()['X-Forwarded-For'].replace('.', '')}"
    hand = at("lead")

    hand.follow("Policy", exact=True)
    hand.follow("Edit", exact=True)
    document = hand.page.get_by_label("Document").input_value()
    hand.page.get_by_label("Document").fill(document.replace(ADVERT, f"{ADVERT}, {word}"))
    hand.press("Check")
    assert hand.page.get_by_text("No mistakes found.").is_visible()
    assert hand.page.get_by_role("listitem").filter(has_text=word).is_visible()
    hand.press("Activate")
    assert hand.page.get_by_text("is in force.", exact=False).first.is_visible()
    assert world.say(f"{ADVERT}, {word}")[0] == 400
    assert world.say(f"{ADVERT} again")[0] == 200
    hand.clicks = 0
    hand.press("Roll back to the one before")

    assert world.say(f"{ADVERT} once more")[0] == 400


def test_a_policy_with_mistakes_stays_in_the_editor(world, open_page):
    page = open_page(world.token("lead"), "/policy/default/edit")
    page.get_by_label("Document").fill("filters:\n  - keywrd: {}\n")
    page.get_by_role("button", name="Check").click()

    assert "line 2" in page.get_by_role("alert").inner_text()
    assert page.get_by_label("Document").input_value() == "filters:\n  - keywrd: {}\n"
    assert page.get_by_role("button", name="Activate").count() == 0


def test_a_policys_own_tests_are_run_in_the_editor(world, open_page):
    page = open_page(world.token("lead"), "/policy/default/edit")
    document = (
        "filters:\n  - keyword: {words: [bad]}\n"
        "tests:\n  - {name: good words, message: good, expect: sign}\n"
        "  - {name: bad words, message: bad, expect: sign}\n"
    )
    page.get_by_label("Document").fill(document)
    with page.expect_navigation():
        page.get_by_role("button", name="Run its tests").click()

    said = page.locator("main").inner_text()
    assert "1 of 2 tests passed." in said
    assert "bad words (line 5)" in said


def test_to_switch_raid_mode_on_and_off(world, at):
    hand = at()

    hand.follow("Raids")
    hand.press("Raid mode on")
    assert hand.page.get_by_text("default is in raid mode.").is_visible()
    assert [raid["community"] for raid in world.admin("GET", "/raids")["raids"]] == ["default"]
    hand.press("End raid mode")

    assert hand.page.get_by_text("Raid mode of default has ended").is_visible()
    assert world.admin("GET", "/raids")["raids"] == []


def test_to_protect_a_room(world, at):
    hand = at("operator")

    hand.follow("Rooms")
    hand.follow("Protect a room")
    hand.write("Or have it join a public room: its ID", "!new:nobody.invalid")
    hand.write("Servers that are in it", "nobody.invalid")
    assert '"via": "policy.example.com"' in hand.page.get_by_label("Content of").inner_text()
    hand.enter()

    # No such server is there; that the join was tried, and why it failed, is shown.
    assert hand.page.get_by_role("status").inner_text().startswith("Not joined: ")


def test_to_spot_an_unhealthy_room(world, at):
    hand = at()

    assert "1 room not well" in hand.page.locator("#live").inner_text()
    hand.follow("Rooms")
    hand.follow("Lobby")

    assert hand.page.get_by_text("The room names this server").is_visible()
    assert hand.page.get_by_text("the room has no m.room.policy yet").is_visible()


def test_to_ban_somebody_and_take_it_back(world, at):
    hand = at("lead")
    hand.page.goto(f"{world.url}/people/%40vandal%3Aexample.org")

    hand.press("Set trust")  # the lowest level stands there
    assert world.say("hello", "vandal")[0] == 400
    hand.follow("Undo")
    hand.press("Undo")

    assert hand.page.get_by_text("1 of 1 changes of lead were undone").is_visible()
    assert world.say("hello again", "vandal")[0] == 200


class TestWithoutScripts:
    def test_every_form_works(self, world, open_page):
        words = f"{ADVERT} without scripts"
        reference = world.refuse(words)
        page = open_page(
            world.token("moderator"), f"/decisions/{reference}", java_script_enabled=False
        )

        page.get_by_role("button", name="Allow").click()

        assert world.say(words)[0] == 200

    def test_times_are_in_utc(self, world, open_page):
        reference = world.refuse()
        page = open_page(
            world.token("moderator"),
            f"/decisions/{reference}",
            java_script_enabled=False,
            timezone_id="Asia/Tokyo",
        )

        shown, exact = _first_time(page)
        assert exact.startswith(shown.replace(" ", "T"))


def _first_time(page):
    time = page.locator("dl.facts time").first
    return time.inner_text(), time.get_attribute("datetime")


def test_times_are_the_readers(world, open_page):
    reference = world.refuse()
    page = open_page(
        world.token("moderator"),
        f"/decisions/{reference}",
        timezone_id="Asia/Tokyo",
        locale="en-GB",
    )

    shown, exact = _first_time(page)
    hour = (int(exact[11:13]) + 9) % 24
    assert f"{hour:02}:{exact[14:16]}" in shown
    assert page.locator("dl.facts time").first.get_attribute("title").endswith(" UTC")


def test_now_shows_news_by_itself_and_can_be_paused(world, open_page):
    page = open_page(world.token("moderator"))
    page.clock.install()
    page.reload()
    page.evaluate("window.isTheSamePage = true")
    reference = world.refuse(f"{ADVERT} live")

    page.clock.run_for(10_500)
    page.get_by_role("link", name=reference).wait_for()
    assert page.evaluate("window.isTheSamePage") is True
    assert page.get_by_role("status").first.get_attribute("aria-live") == "polite"
    page.get_by_role("link", name="Pause").click()

    assert page.locator("[hx-get]").count() == 0


def test_now_outlasts_answers_of_a_busy_server_or_proxy(world, open_page):
    page = open_page(world.token("moderator"))
    page.clock.install()
    page.reload()
    page.evaluate("window.isTheSamePage = true")
    for status in (429, 500, 502, 503):
        page.route("**/now?*", partial(_answer, status), times=1)
        with page.expect_response(lambda response: not response.ok):
            page.clock.run_for(10_500)
    reference = world.refuse(f"{ADVERT} later")

    page.clock.run_for(10_500)
    page.get_by_role("link", name=reference).wait_for()
    assert page.evaluate("window.isTheSamePage") is True


def _answer(status, route):
    route.fulfill(status=status)


def test_a_page_that_cannot_be_shown_any_more_says_so(world, open_page):
    page = open_page(world.token("moderator"))
    page.clock.install()
    page.reload()
    page.route("**/now?*", lambda route: route.continue_(url=f"{world.url}/trials/ended"), times=1)
    with page.expect_navigation():
        page.clock.run_for(10_500)


def test_single_keys_open_pages_and_can_be_switched_off(world, open_page):
    world.refuse()
    page = open_page(world.token("moderator"))

    page.keyboard.press("j")
    assert page.evaluate("document.activeElement.className") == "entry"
    page.keyboard.press("g")
    page.keyboard.press("r")
    page.wait_for_url("**/rooms")
    page.locator("summary", has_text="Keys").click()
    page.get_by_label("Commands by single keys").uncheck()
    page.reload()
    page.keyboard.press("g")
    page.keyboard.press("n")
    page.wait_for_timeout(200)

    assert page.url == f"{world.url}/rooms"
