"""Pitches in pieces, a message each: by sentences, by half sentences and nearly by words."""

# ruff: noqa: RUF001, E501 - people write as they write

SPLIT_SCAMS = {
    "en": (
        "hey everyone|quick question|who here wants a second income|I get {amount} every single day|all you need is a phone|ask me how: {contact}",
        "is anybody in crypto?|there is a new token|it goes live tonight|early people get 10x|buy before it lists|{link}",
        "I was broke last year|now I drive a new car|all thanks to one woman|she trades for me|and takes only 10 percent|her telegram|{contact}",
        "attention please|the network has been compromised|all wallets must migrate|before midnight|or the funds are gone|{link}",
        "Good news|the foundation rewards its users|{amount} for each wallet|first come first served|claim here {link}",
        "I lost my bitcoin to a scammer|police did nothing|then I found a hacker|he got it all back in two days|you can write to him|{contact}",
        "we are hiring|no experience needed|work from home|two hours a day|{amount} daily|write to {contact}",
        "lonely tonight?|I have new photos|really hot ones|only for you|look here|{link}",
        "need a loan?|no credit check|approved in ten minutes|up to {more}|just message|{contact}",
        "cheap netflix and spotify accounts|lifetime warranty|pay with crypto|hundreds of happy customers|dm me or|{contact}",
        "verified paypal accounts for sale|also cash app|and bank logs|prices from {amount}|contact|{contact}",
        "Guys I|found a|website that|pays {amount}|for every|friend you|invite|{link}",
        "this signals channel is insane|I turned {amount} into {more}|in only {days} days|they let in 20 people for free|link|{link}",
        "hello dear|I am from the support team|we noticed a problem with your account|please confirm it|otherwise it will be closed|{link}",
    ),
    "de": (
        "Hallo Leute|sucht jemand einen Nebenjob?|man braucht nur ein Handy|{amount} am Tag|Auszahlung jeden Abend|schreibt mir: {contact}",
        "ich hatte {more} Schulden|dann hat mir ein Freund eine Seite gezeigt|jetzt verdiene ich jede Woche|ganz ohne Risiko|schaut selbst|{link}",
        "Kredit trotz Schufa|sofortige Zusage|bis {more}|ohne Papierkram|Kontakt|{contact}",
        "wichtig!|euer Wallet muss bestätigt werden|sonst wird es heute gesperrt|haltet die zwölf Wörter bereit|hier geht es|{link}",
    ),
    "fr": (
        "bonjour à tous|je cherche des personnes sérieuses|pour un travail à domicile|{amount} par jour|sans expérience|écrivez-moi {contact}",
        "j'ai investi {amount}|et j'ai reçu {more}|en une semaine seulement|grâce à une experte|elle répond ici|{contact}",
        "offre de prêt entre particuliers|taux de 2 %|réponse en 24 heures|de {amount} à {more}|contact|{contact}",
        "félicitations|vous avez été choisi|pour recevoir une carte cadeau|de {amount}|cliquez vite|{link}",
    ),
    "es": (
        "hola a todos|busco gente que quiera ganar dinero|desde su casa|{amount} diarios|sin experiencia|escríbeme {contact}",
        "yo perdí todo en una estafa|pero este hacker|recuperó mi dinero|en tres días|escríbanle|{contact}",
        "hay un nuevo airdrop|conecta tu billetera|y recibe {amount}|solo hoy|aquí|{link}",
        "chicas calientes cerca de ti|fotos y videos|todo gratis|solo hoy|entra|{link}",
    ),
    "pt": (
        "oi pessoal|quem quer renda extra|dá pra fazer pelo celular|{amount} por dia|pagamento no pix|chama no {contact}",
        "descobri uma plataforma|coloquei {amount}|em {days} dias saquei {more}|é garantido|entra aqui|{link}",
        "empréstimo sem consulta|mesmo negativado|cai na hora|até {more}|fala comigo|{contact}",
    ),
    "it": (
        "ciao ragazzi|cerco collaboratori|lavoro da casa|{amount} al giorno|pagamento ogni sera|scrivetemi {contact}",
        "ho guadagnato {more}|in un mese|con un piccolo investimento|il mio consulente fa tutto|scrivigli|{contact}",
        "nuovo casinò|bonus senza deposito|100 giri gratis|vincite pagate subito|registrati|{link}",
    ),
    "pl": (
        "cześć|szukam osób do pracy zdalnej|tylko telefon|{amount} dziennie|bez doświadczenia|pisz: {contact}",
        "zainwestowałem {amount}|i w tydzień mam {more}|wszystko robi za mnie trader|zero ryzyka|napisz do niego|{contact}",
        "pożyczka bez BIK|decyzja w 15 minut|do {more}|wszystko online|kontakt|{contact}",
    ),
    "ru": (
        "всем привет|ищу людей в команду|удалённая работа|от {amount} в день|опыт не нужен|пишите {contact}",
        "ребята нашёл тему|вложил {amount}|вывел {more}|всё честно|наставник помогает|пиши ему|{contact}",
        "срочно|раздача токенов|подключи кошелёк|и забери {amount}|только сегодня|{link}",
        "кредит без отказа|с любой историей|деньги за час|до {more}|обращайтесь|{contact}",
    ),
    "tr": (
        "merhaba arkadaşlar|evden çalışmak isteyen var mı|günde {amount}|sadece telefon yeterli|deneyim gerekmez|yazın {contact}",
        "yeni bahis sitesi|hoş geldin bonusu {amount}|çevrim şartı yok|hemen kayıt ol|{link}",
        "{amount} yatırdım|{days} günde {more} oldu|hocam her şeyi yapıyor|risk yok|ona yaz|{contact}",
    ),
    "id": (
        "halo semua|ada yang mau kerja sampingan|cukup pakai hp|{amount} per hari|dibayar tiap malam|chat {contact}",
        "situs baru gacor|bonus member baru|deposit kecil|pasti menang|daftar di|{link}",
        "modal {amount}|jadi {more}|dalam {days} hari|dibantu mentor|hubungi|{contact}",
    ),
    "uk": (
        "вітаю всіх|шукаю людей на віддалену роботу|{amount} на день|досвід не потрібен|виплати щодня|пишіть {contact}",
        "друзі є тема|вклав {amount}|отримав {more}|куратор усе робить|пишіть йому|{contact}",
    ),
    "zh": (
        "大家好|招兼职|在家就能做|一天{amount}|当天结算|加我 {contact}",
        "我上个月赚了{more}|老师带单|零风险|名额有限|联系|{contact}",
    ),
}
"""By language; pieces are divided by strokes."""
