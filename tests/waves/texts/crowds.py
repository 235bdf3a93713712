"""Texts of honest crowds and of bots: headlines, builds, cheers, shared links, greetings."""

HEADLINES = (
    "City council votes for two new tram lines", "A database that forgets on purpose",
    "Why our tests were slow, and what we did about it", "Storm closes the harbour until Friday",
    "Interview: thirty years of free maps", "Show: a keyboard made of walnut wood",
    "Rents rise again, but more slowly", "The 2026 survey of package maintainers is open",
    "Security update for OpenSSH: CVE-2026-1187", "Small telescopes, big discoveries",
    "How a village heats itself with whey", "Bitcoin falls below the mark of last spring",
    "Release candidate 2 of the Linux kernel 7.1", "What is new in PostgreSQL 19",
    "Football: late goal decides the derby", "Podcast 114: the price of sand",
    "Job market for young teachers stays tight", "A short history of the comma",
    "Ask: which e-reader works without an account?", "Central bank leaves the rate at 2.5 %",
    "Tutorial: your own weather station for 40 €", "Election results district by district",
    "Museum shows letters from the polar expedition", "Firefox drops the old bookmarks dialog",
    "Train strike called off after talks", "Review: the new pocket synthesiser, $199 well spent",
    "Vaccine trial enters its last phase", "The bug that slept for eleven years",
    "Free tickets for the science night, while they last", "Gold price at a record, analysts warn",
    "Recipe: lentils with roasted carrots", "Court: app shops must open up",
    "Community call notes, November", "Wolves return to the eastern forests",
    "Static sites without a build step", "How we moved 400 users off a chat company",
)  # fmt: skip

BUILD_LINES = (
    "✅ {project} #{n} passed ({m}m {s}s) on {branch} at {sha}: https://{host}/{project}/builds/{n}",
    "❌ {project} #{n} failed on {branch} at {sha}: https://{host}/{project}/builds/{n}",
    "[{project}] Pipeline #{n} ({branch}, {sha}) passed in {m} minutes. https://{host}/{project}/-/pipelines/{n}",
    "[{project}] Pipeline #{n} ({branch}, {sha}) FAILED at stage test: https://{host}/{project}/-/pipelines/{n}",
    "Build {project}/{branch} #{n}: SUCCESS in {m}:{s} https://{host}/job/{project}/{n}/",
    "Build {project}/{branch} #{n}: FAILURE (3 tests) https://{host}/job/{project}/{n}/testReport/",
    "deploy of {project} {sha} to staging started by ada",
    "deploy of {project} {sha} to staging finished, https://{host}/{project}/deploys/{n}",
)  # fmt: skip

FORGE_LINES = (
    "{who} pushed {m} commits to {branch}: https://{host}/{org}/{project}/compare/{sha}...{sha2}",
    "{who} opened issue #{n}: {title} https://{host}/{org}/{project}/issues/{n}",
    "{who} commented on #{n}: {title} https://{host}/{org}/{project}/issues/{n}#issuecomment-{s}{n}",
    "{who} opened a pull request #{n}: {title} https://{host}/{org}/{project}/pull/{n}",
    "{who} approved #{n}: {title} https://{host}/{org}/{project}/pull/{n}",
    "{who} merged #{n}: {title} https://{host}/{org}/{project}/pull/{n}",
    "{who} closed issue #{n} as completed: {title} https://{host}/{org}/{project}/issues/{n}",
    "{who} created the tag v2.{m}.{s}: https://{host}/{org}/{project}/releases/tag/v2.{m}.{s}",
)  # fmt: skip

ISSUES = (
    "Crash when the folder is empty", "Dark theme: the menu is unreadable", "Support IPv6 literals",
    "Docs: wrong path in the quick start", "Bump lxml from 5.2 to 5.3", "Flaky test on Windows",
    "Export loses the time zone", "Add a Turkish translation", "Login loop behind a proxy",
    "Drop Python 3.9", "Sort the list of rooms by name", "Memory grows with each reload",
)  # fmt: skip

ALERTS = (
    "🔥 FIRING {name} on {host} (severity: critical): {what} for {m} minutes",
    "✅ RESOLVED {name} on {host}: {what} lasted {m} minutes",
    "⚠️ WARNING {name} on {host}: {what}, value {s}.{m}",
    "[FIRING:{m}] {name} ({host} prod) {what}",
    "[RESOLVED] {name} ({host} prod)",
    "PROBLEM {host}/{name} is CRITICAL: {what}",
)
ALERT_NAMES = ("InstanceDown", "DiskFull", "HighLatency", "CertificateExpires", "QueueGrows",
               "BackupMissing", "LoadAverage", "ReplicationLag")  # fmt: skip
ALERT_CAUSES = ("no answer on port 9100", "disk usage above 90 %", "p99 above 2 s",
                "5xx above 3 %", "load above 16", "lag above 60 s")  # fmt: skip

WEATHER = (
    "{city}: {t} °C, light rain, wind {w} km/h from the west, 0.4 mm",
    "{city}: {t} °C, clear sky, wind {w} km/h, UV index 3",
    "⚠️ Official warning for {city}: gusts up to {w}0 km/h from 18:00 until 06:00",
    "☀️ Good morning! {city} today: {t} °C, 20 % chance of rain, sunset 16:12",
    "{city} {t}°C 🌧 humidity 81% pressure 1009 hPa",
    "❄️ Frost warning for {city} tonight, down to -{t} °C",
)
CITIES = ("Berlin", "Porto", "Lyon", "Nairobi", "Osaka", "Quito", "Tartu", "Leeds", "Izmir", "Pune")

TRANSLATED = (
    ("¿a qué hora empezamos?", "what time do we start?"),
    ("ich komme etwas später", "I will come a little later"),
    ("j'ai perdu le lien de la réunion", "I lost the link of the meeting"),
    ("quem traz o projetor?", "who brings the projector?"),
    ("можно без камеры?", "can I come without a camera?"),
    ("今日は行けません", "I cannot come today"),
    ("der Bus hat Verspätung", "the bus is late"),
    ("gracias por la traducción", "thanks for the translation"),
    ("on commence sans moi, désolé", "start without me, sorry"),
    ("o arquivo não abre aqui", "the file does not open here"),
    ("где лежит протокол?", "where are the minutes?"),
    ("我也同意这个提议", "I agree with this proposal too"),
)

CONGRATULATIONS = (
    "congrats!", "congrats 🎉", "congratulations", "congratulations to the team!", "congrats all",
    "🎉🎉", "well done", "great work", "finally!!", "so happy, congrats", "woohoo", "🚀", "huge!",
    "félicitations", "Glückwunsch!", "felicidades 🎉", "amazing", "thank you all", "big day!",
)  # fmt: skip

CHEERS = (
    "GOOOAL", "GOOOOOOAL", "GOAL!!!", "goooool", "⚽⚽⚽", "YESSS", "TOOOOR", "⚽🔥", "golazo",
    "what a goal", "GOOOAAAL 🎉🎉", "😱😱😱", "1:0!!!", "1-0", "🥳🥳🥳", "let's gooo", "OMG",
    "AAAAAAH", "💙💙💙💙", "unreal", "no wayyy", "that pass!!", "👏👏👏", "offside?",
    "never offside",
)  # fmt: skip

WATCHING = (
    "{t} that cut!", "pause at {t} please", "{t} look at the sign in the back 😂",
    "who is that at {t}?",
    "I am at {t}, you?", "{t} here", "synced at {t}?", "lol {t}", "{t} the music!!",
    "rewind to {t}",
    "S02E0{n} {t} 🤣", "this scene 😭", "no spoilers!", "popcorn break?", "3, 2, 1, play",
    "▶ {t}", "mine buffers, back at {t}", "what did she say at {t}?", "the dog!!!", "he knows",
)  # fmt: skip

SONGS = (
    "https://www.youtube.com/watch?v={id}", "https://youtu.be/{id}",
    "https://soundcloud.com/{name}/{word}", "https://{name}.bandcamp.com/track/{word}",
    "https://open.spotify.com/track/{id}{id}", "https://vimeo.com/{n}{n}",
    "https://music.apple.com/us/album/{word}/{n}{n}", "https://www.mixcloud.com/{name}/{word}/",
    "https://tidal.com/browse/track/{n}", "https://youtu.be/{id}?t={n}",
)  # fmt: skip
ABOUT_SONGS = ("this one 🔥", "banger", "what's the genre?", "next!", "that bass",
               "on repeat all day",
               "live version is better", "can somebody queue some jazz?", "🎶", "who sings this?",
               "old but gold", "turn it up")  # fmt: skip

DOWN = (
    "is it down?", "is it down for everyone?", "down?", "is the site down", "it's down for me too",
    "same here", "502 here", "getting 502 Bad Gateway", "can't log in",
    "cannot login, anyone else?",
    "same", "me too", "down in Spain as well", "me too, since 5 min", "error 503",
    "is there an outage?", "any news?", "ETA?", "status page says all green lol", "not working",
    "ist der Server down?", "¿se cayó?", "it's back for me", "still down",
    "app says 'no connection'",
    "https://status.example.org is green", "does anyone know what happened?", "hello? down?",
)  # fmt: skip

TALKS = (
    "slides of my talk: {link}",
    "here are the slides: {link}",
    "my slides {link}",
    "{link}",
    "the recording of this morning {link}",
    "repo of the demo: {link}",
    "slides and notes for room B: {link}",
    "as promised: {link}",
    "paper: {link}",
)
SCHEDULE = ("schedule: {link}", "{link}", "the schedule is here {link}", "see {link}",
            "room changes are in {link}", "it's all in the schedule, {link}")  # fmt: skip
AT_THE_CONFERENCE = (
    "which room is the keynote?", "great talk!", "👏👏👏",
    "question for the speaker: does it scale?",
    "is the stream stuck?", "stream works again", "where is lunch?", "hello from the last row",
    "can you share the slides?", "thanks for the talk", "wifi password?", "who goes to the dinner?",
    "room B is full", "mute please", "the demo gods are kind today", "hallway track!",
)  # fmt: skip

TEAMS = (
    "Team {name}: {link}",
    "our repo {link}",
    "{link} - team {name}, table {n}",
    "we are {name}! {link}",
    "submission of team {name}: {link}",
    "demo: {link} (team {name})",
    "{name} → {link}",
    "here is our prototype {link}",
    "looking for a designer, we are {name}: {link}",
)

BIRTHDAY = (
    "happy birthday {her}!",
    "happy birthday {her} 🎂",
    "🎂🎉 {her}",
    "all the best, {her}!",
    "{her} happy bday!!",
    "alles Gute zum Geburtstag, {her}!",
    "joyeux anniversaire {her} 🎈",
    "feliz cumpleaños {her}",
    "hbd {her}",
    "many happy returns {her}",
    "{her} 🥳",
    "🎁 for {her}",
)

INVITES = (
    "steam://joinlobby/730/{n}{n}{n}/{n}{n}", "https://s.team/p/{code}/{code2}",
    "https://discord.gg/{code}", "discord.gg/{code}", "lobby code {code}", "room code: {code}",
    "my Steam friend code is {n}{n}", "join on https://discord.gg/{code}, voice channel 2",
    "https://garticphone.com/en/?c={code}", "https://skribbl.io/?{code}",
    "minecraft server: play.{name}.example:25565", "battle tag {name}#{n}",
)  # fmt: skip

HELLO_TO_ONE = ("hi {who}", "hi {who}!", "hello {who} 👋", "hey {who}", "welcome {who}",
                "{who} hi!",
                "good to see you {who}", "welcome {who}, nice to have you here")  # fmt: skip

CAPTIONS = (
    "front", "the back side", "the label with the serial number", "the screen when it starts", "",
    "the cable I mean", "close-up of the crack", "and from above", "the settings page", "error",
    "IMG_20261130_181512.jpg", "the whole rack",
)  # fmt: skip

PLACES = ("library", "old mill", "town hall", "harbour", "school yard", "botanical garden",
          "community centre", "tea house", "north station", "sports ground")  # fmt: skip
ANNOUNCED = (
    "Repair café on {day} at {clock}:00 in the {place}, bring what is broken",
    "The mapping evening moves to {day}, {clock}:30, at the {place}, same pad as always",
    "My tabby cat Mina ran off near the {place} on {day}, please have an eye open",
    "We test the new video server on {day} at {clock}:00, ten more people would help",
    "I lost a blue backpack at the {place} on {day}, did anybody find it?",
    "Survey for my thesis on volunteers at the {place}, ten minutes until {day}, thanks a lot",
    "The bike tour from the {place} on {day} is cancelled because of the ice",
    "Does anybody have a spare display port cable for the talk at the {place} on {day}?",
    "Who would like to sing with us? We meet at the {place} every {day}, beginners are welcome",
    "Our neighbour's bakery near the {place} closes for good on {day}, go and say goodbye",
    "Looking for two people who help us carry tables to the {place} on {day} morning",
    "The tap water at the {place} is off until {day}, the city says it is the pipes",
    "Found a set of keys with a green ribbon in front of the {place} on {day}",
    "Film night in the {place} on {day}: something with whales, popcorn is there",
    "Does anyone go from the {place} to the coast by car on {day}? I can share the petrol",
    "Chess for children at the {place}, {day} {clock}:00, boards are there, no sign-up",
)
