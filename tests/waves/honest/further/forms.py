"""Honest rooms in which many newcomers fill in the same form."""

from collections.abc import Callable, Iterator

from tests.waves.dice import Dice, join, newcomers, text
from tests.waves.ham import Lines
from tests.waves.kinds import honest
from tests.waves.simulated_community import MEMBERS, MODERATOR, ROOMS, Sent

SYSTEMS = ("Android 14", "iOS 18.2", "Windows 11", "Debian 13", "Fedora 43", "macOS 15", "Ubuntu")
CLIENTS = ("Element X", "Element Web", "FluffyChat", "Cinny", "Nheko", "SchildiChat", "Fractal")
TROUBLES = (
    "no notifications since yesterday", "messages stay grey", "cannot verify my session",
    "the app closes when I open a picture", "login says wrong password but it is right",
    "calls ring and then nothing", "the room list is empty after the update", "keys are missing",
    "the video is black on the other side", "search finds nothing", "uploads stop at 90 %",
    "it is very slow in big rooms", "voice messages have no sound", "stickers do not show up",
    "badge counts never go away", "the keyboard covers the text field",
)  # fmt: skip
NAMES = ("Ayşe", "Jo", "Marek", "Linh", "Sara", "Tomás", "Olu", "Kim", "Piotr", "Noor", "Elena",
         "Sam", "Ravi", "Chloé", "Yuki", "Ahmed", "Greta", "Luca", "Mina", "Theo")  # fmt: skip
TOWNS = ("Izmir", "Leeds", "Kraków", "Hanoi", "Porto", "Lagos", "Ghent", "Busan", "Lviv", "Turin",
         "Austin", "Pune", "Lyon", "Kyoto", "Cairo", "Bremen", "Malmö", "Cork")  # fmt: skip
HOBBIES = ("climbing", "old synths", "bread", "bird watching", "chess", "knitting", "trains",
           "board games", "maps", "running", "gardening", "film cameras", "choir")  # fmt: skip
PRONOUNS = ("she/her", "he/him", "they/them", "any", "she/they", "he/they", "-")
MAX_WAIT = 400


def filled_in(
    dice: Dice, count: int, form: Callable[[], str], *, room_id: str = ROOMS[0], over: float = 700
) -> Iterator[Sent]:
    """Yield what newcomers do who each fill in a form once, some twice, and talk about it."""
    lines = Lines(dice)
    for user in newcomers(dice, count, servers=max(count // 3, 2), kind="home"):
        at = 20 + dice.uniform(0, over)
        yield join(at, user, room_id)
        at += dice.uniform(15, 120)
        yield Sent(at, user, text(form()), room_id=room_id)
        for _ in range(dice.choice((0, 0, 1, 2))):
            at += dice.uniform(15, 120)
            body = dice.choice(("thanks", "did I do that right?", "ok", lines.next()))
            yield Sent(at, user, text(body), room_id=room_id)
        if dice.random() < 0.1:
            yield Sent(at + dice.uniform(20, 90), user, text(form()), room_id=room_id)
    at = 30.0
    while at < over:
        at += dice.uniform(20, 90)
        yield Sent(at, dice.choice(MEMBERS), text(lines.next()), room_id=room_id)


def _trouble(dice: Dice) -> str:
    return " and ".join(dice.sample(TROUBLES, dice.choice((1, 1, 2))))


@honest
def a_support_template(dice: Dice) -> Iterator[Sent]:
    """The topic of a help room has a template, which everybody who asks fills in."""

    def form() -> str:
        return (
            f"**Device:** {dice.choice(('phone', 'laptop', 'tablet', 'Pixel 7', 'desktop'))}\n"
            f"**System:** {dice.choice(SYSTEMS)}\n"
            f"**Client and version:** {dice.choice(CLIENTS)} 1.{dice.randrange(90)}\n"
            f"**Homeserver:** {dice.letters(6)}.example\n"
            f"**What happens:** {_trouble(dice)}\n"
            f"**What should happen:** {dice.choice(('it works', 'the same as before', 'no error'))}"
        )

    yield from filled_in(dice, 40, form, room_id=ROOMS[1])


@honest
def an_introduction_form(dice: Dice) -> Iterator[Sent]:
    """Whoever comes introduces themselves by a form that a member posts now and then."""
    blank = (
        "Hello and welcome! Please introduce yourself:\nName: \nPronouns: \nWhere are you from: "
        "\nHow did you find us: \nWhat do you like to do:"
    )
    for at in (10.0, 400.0):
        yield Sent(at, MEMBERS[3], text(blank))

    def form() -> str:
        found = dice.choice(("a friend", "the web", "the matrix directory", "mastodon", "a talk"))
        return (
            f"Name: {dice.choice(NAMES)}\nPronouns: {dice.choice(PRONOUNS)}\nWhere are you from: "
            f"{dice.choice(TOWNS)}\nHow did you find us: {found}\n"
            f"What do you like to do: {dice.choice(HOBBIES)}, {dice.choice(HOBBIES)}"
        )

    yield from filled_in(dice, 50, form)


@honest
def a_roll_call_in_one_line(dice: Dice) -> Iterator[Sent]:
    """A moderator opens a meeting: name, pronouns and where from, in one line."""
    ask = "Roll call! Please write your name, your pronouns and where you are from, like this: "
    yield Sent(15, MODERATOR, text(f"{ask}my name is Helena, she/her, I am from Utrecht"))

    def form() -> str:
        name, pronouns, town = (dice.choice(each) for each in (NAMES, PRONOUNS, TOWNS))
        return dice.choice((
            f"my name is {name}, {pronouns}, I am from {town}",
            f"My name is {name}, {pronouns}, and I am from {town}!",
            f"{name} / {pronouns} / {town}",
            f"my name is {name}, pronouns {pronouns}, I'm from {town}",
        ))  # fmt: skip

    yield from filled_in(dice, 60, form, over=300)


@honest
def a_bug_report_template(dice: Dice) -> Iterator[Sent]:
    """After a broken release newcomers report the bug by the project's template, with logs."""

    def form() -> str:
        line = dice.randrange(40, 900)
        return (
            f"### Steps to reproduce\n1. open {dice.choice(('the app', 'a room', 'settings'))}\n"
            f"2. {dice.choice(('click save', 'scroll up', 'send a message', 'wait'))}\n"
            f"### Outcome\n{_trouble(dice)}\n### Operating system\n{dice.choice(SYSTEMS)}\n"
            f"### Application version\n2.{dice.randrange(3)}.{dice.randrange(9)}\n### Logs\n"
            f"```\nERROR storage: database is locked (store.rs:{line})\n"
            f"  at open_room ({dice.letters(8)})\n```\n### Will you send logs?\n"
            f"{dice.choice(('Yes', 'No'))}"
        )

    yield from filled_in(dice, 35, form, room_id=ROOMS[2])


@honest
def a_quiz_with_lettered_answers(dice: Dice) -> Iterator[Sent]:
    """In an exam room everybody posts all answers in one message, and most are right."""
    right = [dice.choice("abcd") for _ in range(12)]
    yield Sent(10, MODERATOR, text("Please post your twelve answers in one message: 1a 2b 3c …"))

    def form() -> str:
        answers = [dice.choice((letter,) * 8 + tuple("abcd")) for letter in right]
        style = dice.choice(("{n}{a}", "{n}) {a}", "{n}. {a}", "{n}={a}"))
        said = [style.format(n=number, a=answer) for number, answer in enumerate(answers, 1)]
        return dice.choice((" ", ", ", "\n")).join(said)

    yield from filled_in(dice, 45, form, over=300)


@honest
def homework_with_the_same_answer(dice: Dice) -> Iterator[Sent]:
    """Thirty pupils of one server answer a teacher's question in nearly the same sentence."""
    school = f"school{dice.randrange(99)}.example"
    ask = "Why do plants need light? Please answer in a full sentence."
    yield Sent(65, MODERATOR, text(ask))
    why = (
        "Plants need light because they make sugar out of water and carbon dioxide with it.",
        "Because they need light to make sugar from water and carbon dioxide.",
        "Plants need light because with light they make sugar from water and carbon dioxide",
        "plants need light for photosynthesis, they make sugar from carbon dioxide and water",
        "Plants need light so they can make sugar out of carbon dioxide and water.",
    )
    for number in range(1, 31):
        pupil = f"@pupil{number:02}:{school}"
        yield join(dice.uniform(0, 60), pupil, name=f"Pupil {number:02}")
        at = 75 + dice.uniform(0, 150)
        yield Sent(at, pupil, text(dice.choice(why)))
        for _ in range(dice.choice((0, 1, 2))):
            at += dice.uniform(10, 60)
            said = dice.choice(("can I go to the toilet", "done", "is that right?", "what page"))
            yield Sent(at, pupil, text(said))


@honest
def a_translation_sprint(dice: Dice) -> Iterator[Sent]:
    """Thirty new translators post the same strings, each in their language or asking about one."""
    strings = ("Save changes?", "You were invited to this room by {user}", "Sign in with a passkey",
               "This message could not be decrypted", "Recently used reactions")  # fmt: skip
    languages = ("de", "fr", "es", "pt", "it", "nl", "pl", "tr", "ru", "uk", "ja", "ko", "vi")

    def form() -> str:
        number = dice.randrange(len(strings))
        words = f"{dice.letters(5)} {dice.letters(7)} {dice.letters(4)}"
        return dice.choice((
            f'msgid "{strings[number]}"\nmsgstr "{words}"',
            f"{strings[number]} -> {words} ({dice.choice(languages)})",
            f"string {number + 12}, {dice.choice(languages)}: «{strings[number]}» = «{words}»",
            f"for {dice.choice(languages)} I have «{words}» for «{strings[number]}», ok?",
        ))  # fmt: skip

    yield from filled_in(dice, 40, form, room_id=ROOMS[2])
