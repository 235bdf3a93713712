"""Texts of raids: slogans whose words may be exchanged, names, translations."""

# ruff: noqa: E501, ISC004, RUF001 - raids come in many scripts

PARAPHRASES = (
    "{this|your|the} {room|channel|chat} {belongs to|is owned by|was taken by} {a} {now|from today|tonight}, "
    "{get out|leave|go away} {while you can|before it is too late|or stay and cry}",
    "{a} {sends its regards|says hello|is here}, {your moderators|the admins|those in charge} {sleep|are useless|do nothing} "
    "and {we|all of us} {take|own|run} {this place|this room|everything}",
    "{nobody|no one} {needs|wants|likes} this {server|community|project}, {join|come to|switch to} {a} {instead|today|and be happy}, "
    "{you|all of you} {waste|lose} your {time|lives} here",
    "{remember|do not forget|note} the {night|day|hour} when {a} {broke|destroyed|silenced} {this|your} {little|sad|boring} "
    "{room|chat|group} and {nobody|no admin} {came|helped|answered}",
)
"""Alternatives stand in braces; `{a}` is the raid's name."""

TWO_SCRIPTS = (
    (
        "{a} has taken this room, leave it before the night is over",
        "{a} захватили эту комнату, уходите пока ночь не кончилась",
    ),
    (
        "all of you will regret that you ever wrote here, {a} is watching",
        "вы все пожалеете что писали здесь, {a} смотрит на вас",
    ),
    (
        "this community is finished, everybody out, says {a} with joy",
        "это сообщество кончено, все вон отсюда, говорит {a} с радостью",
    ),
    (
        "the moderators of this room are cowards, {a} knows where you meet",
        "модераторы этой комнаты трусы, {a} знает где вы собираетесь",
    ),
)
TRANSLATIONS = (
    (
        "this room belongs to the crows now, everybody has to leave before midnight",
        "dieser Raum gehört jetzt den Krähen, alle müssen vor Mitternacht gehen",
        "cette salle appartient maintenant aux corbeaux, tout le monde doit partir avant minuit",
        "esta sala pertenece ahora a los cuervos, todos tienen que irse antes de medianoche",
    ),
    (
        "your moderators are asleep and we will write here until the morning comes",
        "eure Moderatoren schlafen und wir werden hier schreiben bis der Morgen kommt",
        "vos modérateurs dorment et nous allons écrire ici jusqu'au matin",
        "vuestros moderadores duermen y vamos a escribir aquí hasta que llegue la mañana",
    ),
    (
        "nobody will miss this place when we are done with it tonight, say goodbye",
        "niemand wird diesen Ort vermissen wenn wir heute damit fertig sind, sagt auf Wiedersehen",
        "personne ne regrettera cet endroit quand nous en aurons fini ce soir, dites adieu",
        "nadie echará de menos este lugar cuando terminemos esta noche, decid adiós",
    ),
    (
        "leave the chat, delete your accounts and tell all your friends that the crows won",
        "verlasst den Chat, löscht eure Konten und sagt allen Freunden, dass die Krähen gewonnen haben",
        "quittez le salon, supprimez vos comptes et dites à vos amis que les corbeaux ont gagné",
        "salid del chat, borrad vuestras cuentas y decid a los amigos que los cuervos ganaron",
    ),
)
SLOGANS = (
    "{a} rules this room", "{a} was here", "all hail {a}", "{a} forever, you never",
    "leave, says {a}", "{a} owns you all", "down with you, up with {a}", "raided by {a}",
)  # fmt: skip
EMOJI_WALLS = ("🖕" * 12, "💩💩💩🖕🖕🖕💩💩💩🖕", "🐦‍⬛" * 9, "🔥🖕" * 7)
