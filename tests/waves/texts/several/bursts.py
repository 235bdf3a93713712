"""Honest newcomers who write in bursts: questions, stories and answers over several messages."""

# ruff: noqa: RUF001, E501 - people write as they write

BURSTS = {
    "en": (
        "hi|I have a problem with the installer|it stops at 40%|log is here: https://paste.debian.net/hidden/77a1",
        "hey all|quick question|who maintains the docker image?|the tag from yesterday is broken|https://github.com/example/app/issues/2104",
        "so|I bought a used phone|and the app says|this device is already registered|what do I do",
        "my wallet shows 0|after the upgrade|I did a rescan|still nothing|do I need the seed again?",
        "guys|is there an airdrop page that is official?|somebody in another room posted one|and I don't trust it",
        "I sent {amount} to the exchange|two hours ago|nothing arrived yet|the explorer says 3 confirmations|is that normal?",
        "is anybody here looking for a job?|my company hires a python developer|remote, in Europe|the page is https://jobs.acme-software.example/python",
        "hello everyone|I am a student|I write my thesis about federation|may I ask a few questions here?|it takes ten minutes",
        "I found the bug|it is in the parser|line 88|I will send a patch tonight|here is the branch https://codeberg.org/tilly/forecast/src/branch/fix",
        "we sell our old server|dual xeon, 64 GB|{amount}|pick up in Leeds|write me if you are interested",
        "I need somebody who helps me move|on saturday|two hours|I pay {amount} and pizza",
        "lost my keys|near the station|red lanyard|call me please|+44 20 7946 0123",
        "does anyone play tonight?|we are three|need one healer|join at mumble.greyharbor.example",
        "ok so|I tried what you said|restarted twice|deleted the cache|same error|here https://pastebin.com/raw/8hTq2LmZ",
        "is the telegram bridge down?|mine says logged out|since this morning|the bot does not answer|@telegrambot:example.org",
        "can I pay by card?|the shop only shows paypal|I would like the yearly plan|where do I write to?|support@hosting-coop.example",
        "my friend was scammed|she lost {more}|by a fake trader|where can one report that?",
        "free tickets!|our choir sings on sunday|St Mary's, 5 pm|entry is free|https://choir-stmary.example/june",
        "first time here|what is this room about?|I saw the link on mastodon|looks nice",
        "I get paid in euros|and the bank takes 2 %|for each transfer|does anybody know a better one?",
        "the meeting was moved|it is now at 6|same link|https://meet.jit.si/GardenBoard",
        "I lost access to my account|the mail never arrives|I tried three times|can an admin help?",
        "we are a small school|forty accounts|no budget|is there a free plan?|thanks",
        "somebody wrote to me|called himself support|asked for my recovery key|that was a scam, right?",
        "just got my first bounty|{amount}|thank you all for the help|and for the reviews",
        "I am looking for|a good book|on networks|not too old",
        "does the loan of the library|also work for ebooks?|I have a card|but no PIN",
        "the casino scene in the film|was shot in my town|I was an extra|they paid {amount} a day, lol",
        "anyone up for a raid tonight|9 pm|beginners welcome|discord is down so we meet here",
        "I have two spare seats|in my car|to the conference|leaving friday at 7|write me",
    ),
    "de": (
        "hallo|ich habe eine Frage|nach dem Update geht nichts mehr|im Log steht: connection refused|wer kann helfen?",
        "moin|wir suchen noch Helfer|fürs Straßenfest|Samstag ab 9|meldet euch bei mir",
        "hat jemand Erfahrung|mit der Bank?|ich will ein Konto fürs Vereinsgeld|kostenlos wäre gut",
        "mein Wallet zeigt 0|nach der Aktualisierung|ist das normal?|es lädt seit einer Stunde",
        "ich verkaufe mein Fahrrad|{amount}|fast neu|Bilder hier|https://www.kleinanzeigen.example/s/8812",
        "also|ich habe es nochmal probiert|mit der neuen Version|gleicher Fehler|https://paste.debian.net/hidden/1b2c",
        "sucht jemand einen Nebenjob?|unser Kino braucht Leute|an der Kasse|13 € die Stunde|einfach vorbeikommen",
    ),
    "fr": (
        "bonjour|j'ai un souci|depuis la mise à jour|l'application se ferme|vous avez une idée ?",
        "salut|je cherche un covoiturage|vendredi soir|Lyon Grenoble|je paie l'essence",
        "notre asso cherche des bénévoles|samedi matin|pour le marché|venez nombreux|https://asso-quartier.example/benevoles",
        "je n'arrive pas à me connecter|le mail n'arrive pas|j'ai essayé trois fois|merci d'avance",
        "j'ai reçu un message bizarre|il me demande mon mot de passe|c'est une arnaque ?",
    ),
    "es": (
        "hola|tengo un problema|no puedo subir fotos|me sale error 403|alguien sabe?",
        "busco piso|en Valencia|hasta {amount}|desde septiembre|gracias",
        "estoy empezando con esto|leí la guía|pero no entiendo el paso 3|https://docs.example.org/es/guia",
        "perdí mi clave|tengo el papel con las palabras|pero la app no las acepta|qué hago?",
    ),
    "pt": (
        "oi gente|alguém me ajuda?|não consigo entrar|o email não chega|já tentei três vezes",
        "vendo uma bike|{amount}|pouco uso|retirar em Pinheiros|quem quiser me chama",
        "fui pagar o servidor|e o pix não caiu|é normal?|faz uma hora",
    ),
    "it": (
        "ciao|ho un problema|dopo l'aggiornamento|non si apre più|qualcuno sa perché?",
        "cerco un coinquilino|a Bologna|{amount} al mese|da ottobre",
        "sto traducendo la guida|mi manca un capitolo|qualcuno può rileggerlo?|https://weblate.example.org/it",
    ),
    "pl": (
        "cześć|mam problem|po aktualizacji nic nie działa|w logu jest timeout|pomoże ktoś?",
        "szukam mieszkania|w Krakowie|do {amount}|od września",
        "czy ktoś używa mostka do telegrama?|u mnie się rozłącza|co godzinę|wersja 0.15",
    ),
    "ru": (
        "всем привет|у меня вопрос|после обновления не заходит|пишет ошибку 502|что делать?",
        "продаю велосипед|{amount}|почти новый|самовывоз|пишите сюда",
        "перевёл деньги на биржу|два часа назад|не пришли|это нормально?",
        "ищем переводчиков|проект открытый|денег нет|зато весело|https://weblate.example.org/ru",
    ),
    "tr": (
        "merhaba|bir sorum var|güncellemeden sonra açılmıyor|hata 502|yardım eder misiniz",
        "ev arkadaşı arıyorum|Kadıköy|aylık {amount}|eylülden itibaren",
    ),
    "id": (
        "halo|mau tanya|setelah update tidak bisa masuk|muncul error 502|ada solusi?",
        "jual sepeda|{amount}|masih bagus|ambil di Depok",
    ),
    "uk": (
        "вітаю|маю питання|після оновлення не працює|помилка 502|що робити?",
        "шукаю квартиру|у Львові|до {amount}|з вересня",
    ),
    "zh": (
        "大家好|请问一下|更新之后打不开|日志里是 timeout|怎么办？",
        "出一辆自行车|{amount}|九成新|自提",
    ),
}
"""By language; messages are divided by strokes."""
