"""Texts of further raids: one opinion in ever other sentences, slogans, rows of signs, answers."""

# ruff: noqa: E501, RUF001 - raids come in many scripts

ONE_OPINION = (
    (
        "honestly this project died two years ago, everyone sane moved to {a}",
        "why is anybody still here when {a} exists",
        "I asked for help once and got laughed at, {a} people are nice at least",
        "the maintainers here delete every critical word, over at {a} nobody does",
        "imagine still waiting for a release, {a} ships one each week",
        "my whole team switched to {a} last month and never looked back",
        "this chat is a graveyard, come to {a} and see what life looks like",
        "lol they will ban me for saying it but {a} is just better",
        "have you noticed that no developer answers here any more? they are all on {a}",
        "I give this place half a year, then {a} is all that is left",
        "what a waste of time, reading this room. go {a}",
        "ten open security holes and they discuss logos. that is why {a} wins",
        "whoever stays here deserves the bugs, {a} forever",
        "sorry to say it but {a} did in a weekend what you did not in years",
        "first they ignore {a}, then they laugh, then they move there",
        "the old guard will never admit that {a} was right about everything",
        "mods asleep? good, then let me tell you about {a}",
        "everyone who left for {a} is happier now, ask them",
        "I came to say goodbye, see you at {a}, losers",
        "the numbers do not lie, this room shrinks and {a} grows",
        "if you value your evenings, drop this and try {a}",
        "they banned my friend for mentioning {a}, what are they afraid of",
        "you can still be saved, leave now and join {a}",
        "nobody maintains the packages since the fork, {a} does it properly",
        "count the commits of this year and then count those of {a}",
        "a dying project defended by bitter old men, thank god for {a}",
        "my cat could run this community better, {a} at least has rules",
        "every argument here ends in a ban, in {a} it ends in a patch",
        "so when do you all admit that {a} is the real thing",
        "good night dead room, long live {a}",
    ),
    (
        "the people who run this place have no shame, remember what they did to {a}",
        "still no apology to {a}? then we will keep coming back",
        "everybody here looked away when {a} was thrown out",
        "I will write it every day until somebody explains the ban of {a}",
        "ask your moderators why {a} had to go, watch them stay silent",
        "cowards, all of you, {a} built this and you took it",
        "without {a} there would be no room at all",
        "you can delete this but the whole net knows about {a} by now",
        "funny how quiet it got here once {a} was gone",
        "justice for {a}, today and every other day",
        "a moderator who bans {a} should not moderate a parking lot",
        "we are many, we are friends of {a}, and we have time",
        "the log of that night is public, read what they wrote to {a}",
        "do you sleep well after what happened to {a}?",
        "bring back {a} or live with us",
        "power went to their heads, {a} was only the first",
        "no {a}, no peace in here",
        "I used to like this room, then I read how {a} was treated",
        "one word of sorry to {a} would have been enough",
        "each of you who kept silent shares the blame for {a}",
        "this is what happens when you touch {a}",
        "where is your code of conduct when {a} needs it",
        "look at them typing their rules while {a} cannot even log in",
        "shame on the whole team, {a} deserved better",
        "hello from the friends of {a}, get used to us",
        "they called it spam when {a} asked a question",
        "you wanted drama, you got it, greetings from {a}",
        "unban {a} and this ends in a minute",
        "not a threat, just a promise: {a} will be remembered",
        "who voted for banning {a}? names please",
    ),
)
"""Each sentence is somebody's own; `{a}` is what all of them are about."""

COPYPASTA = (
    "ratio + L + you fell off + touch grass",
    "cope harder lol",
    "gg ez no re",
    "L room, L mods",
    "cry about it 🤡",
    "skill issue fr",
    "who asked lmao",
    "stay mad kids",
)
SPACELESS = (
    (
        "这个群是我们的了你们都给我滚出去今晚谁也救不了你们",
        "乌鸦军团到此一游管理员都是废物赶紧解散吧哈哈哈",
    ),
    ("ห้องนี้เป็นของพวกเราแล้วทุกคนออกไปให้หมดก่อนที่จะสายเกินไป", "ผู้ดูแลห้องนี้หลับหมดแล้วพวกเราจะเขียนที่นี่จนถึงเช้า"),
    (
        "この部屋はもう俺たちのものだ全員今すぐ出て行けカラス軍団参上",
        "管理人は寝ているから朝までここで騒ぐぞ誰も止められない",
    ),
    ("อีกาบุกแล้วใครไม่อยากเดือดร้อนก็รีบหนีไปซะตอนนี้เลย", "ทีมงานที่นี่ไม่มีประโยชน์เราจะกลับมาทุกคืนจำเอาไว้"),
)
ENDINGS = ("哈哈", "！！", "555", "ｗｗｗ", "…", "🔥", "啊", "นะ", "よ", "")
WRONG_ANSWERS = (
    "just delete the database, it works for everybody after that",
    "you have to run it as root and switch the firewall off first",
    "format the disk and install it again, that is the only fix",
    "this never worked and nobody will mend it, use something else",
)
ART = (
    "⣿⣿⣿⣿⡿⠟⠛⠛⠻⢿⣿⣿⣿\n⣿⣿⡟⠁⠀⠀⠀⠀⠀⠀⠙⣿⣿\n⣿⣿⠀⠀⢰⣦⠀⢀⣶⠀⠀⢸⣿\n⣿⣿⣄⠀⠀⠁⠀⠀⠁⠀⢀⣾⣿\n⣿⣿⣿⣷⣤⣀⣀⣤⣴⣾⣿⣿⣿",
    "███████████\n█▄▄░▄▄█░░░█\n█░░░░░█░█░█\n█▀▀░▀▀█░░░█\n███████████",
    "(╯°□°)╯︵ ┻━┻ ┻━┻ ┻━┻\n(╯°□°)╯︵ ┻━┻ ┻━┻ ┻━┻\n(╯°□°)╯︵ ┻━┻ ┻━┻ ┻━┻",
    "▓▓▓▒▒▒░░░▒▒▒▓▓▓\n▓▒░  ◉   ◉  ░▒▓\n▓▒░    ▽    ░▒▓\n▓▒░  ╲___╱  ░▒▓\n▓▓▓▒▒▒░░░▒▒▒▓▓▓",
)
SPELLED = ("GO AWAY ALL", "WE OWN THIS", "MODS ARE DEAD", "CROWS RULE")
KEYS = (
    "clown 🤡",
    "ratio",
    "cringe",
    "nobody cares",
    "L",
    "get out",
    "skill issue",
    "🤡🤡🤡",
    "go home",
    "touch grass",
)
INSULTS_AT_ONE = (
    "what a stupid thing to say", "do you ever think before you type", "nobody wants you here",
    "delete your account", "who let this one in", "sit down and be quiet", "still talking? wow",
    "everything you write is wrong", "my grandmother knows more than you", "please log off for good",
    "you are the reason people leave", "a true genius at work, not", "shut it already",
    "not one sentence without nonsense", "the village misses its idiot", "go back to school",
    "how embarrassing for your family", "imagine being proud of that", "everyone laughs at you in the other room",
    "you smell through the screen", "is this satire or are you real", "worst take of the year again",
    "no friends, I guess", "leave the thinking to others", "why do you even breathe",
    "blocked and reported, and still annoying", "get a life", "your code looks like you",
)  # fmt: skip
