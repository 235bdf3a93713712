"""Last labels of domains, sorted by what else they are in a text: a file's ending, a word, code."""

# ruff: noqa: RUF001 - ambiguous characters are what this is about

from typing import Final

COMMON_ENDINGS: Final = frozenset(
    """
    ac ae app ar art asia au bar best bet biz br buzz ca casino cash cat cf cfd ch cl click cloud
    club cn co com coop cz dating de dev dk edu email es eu exchange fi finance fit fm fr fun fyi ga
    game games gg global gov gq gr group help hk hr hu icu id ie il info int io ir jp ke kr kz lat
    life link live lol loan lt ltd lv ma market me media men mil ml mobi money monster mx mz name
    net network news ng nl nu nz online onion one org party pe ph pics pk porn pro pt pub quest
    rent rest ro rocks ru sa sale sbs se sex shop shopping si site sk skin space store stream su
    support surf systems team tech th tips tk today tokyo tools top town trade tube tv tw ua ug uk
    us uy vin vip vn watch webcam website wiki win work world ws wtf xin xxx xyz za zone
    """.split()  # noqa: SIM905 - a list to be read
)
"""Last labels of most domains that people write, without those that end a file's name."""

FILE_ENDINGS: Final = frozenset(
    """
    as cab cat cc cl gd in ink la link md mk ml mm mo mov ms network pl pm ps pt pub py rs sc sh so
    st target tf vi zip
    """.split()  # noqa: SIM905 - a list to be read
)
"""Endings that names of files have too: `main.rs`, `id_rsa.pub`, `10-lan.network`."""

PLAIN_ENDINGS: Final = frozenset(
    """
    ae ai app ar asia au autos bar beauty best bet bg bid bingo biz blog bond boutique br buzz
    casino cf cfd ch click cloud club cn com coop cyou cz dating de dev dk earth edu ee eth example
    exchange finance fi fr fyi ga gay gg gov gq gr guru hair hk hr hu icu info int io jp ke kr kz
    lat loan loans lol lt ltd lv makeup mil mobi mom monster motorcycles mx net ng ninja nl nz
    onion online org ovh ph pics pk poker porn pw quest racing ren ro rocks ru sbs sex sexy sg shop
    shopping site sk skin tattoo tech th tk tokyo top tv tw ua ug uk uy vegas vin vip vn webcam
    website wiki ws wtf xin xxx xyz yachts za zw
    ελ бг бел дети ком москва онлайн орг рус рф сайт срб укр қаз հայ ישראל भारत ไทย
    中国 中國 公司 台湾 台灣 在线 娱乐 网址 网站 网络 香港 みんな コム ストア 한국 닷컴 닷넷
    """.split()  # noqa: SIM905 - a list to be read
)
"""Endings with which a name alone is a domain to most readers."""

WORD_ENDINGS: Final = frozenset(
    """
    academy agency al am art at auction audio baby band bank be beer bio black blue book build
    business by ca cafe call cam camp capital car cards care cars cash center chat cheap church
    city claims clinic co coach codes coffee community company computer contact cool credit data
    date day deals degree delivery design diet digital direct directory discount do dog domains
    download education email energy es estate et eu events express fail faith family fan fans farm
    fashion film fish fit fitness flights fm foo food football forum foundation free fun fund game
    games gift gifts global gold golf graphics green group guide health help here holiday host
    hosting hot hotel house how id ie il ing institute international investments ir is it java
    jobs joy kaufen kim kitchen land law legal life lighting limited live living love ma
    management map market marketing mba me media meet meme men menu money movie museum music my mz
    na name navy new news next no now nu one ong page paris party parts pay pe pet phone photo
    photos pink pizza place play plus post press prime pro productions promo properties radio read
    recipes red rehab rent rentals repair report rest restaurant review reviews rich rip run sa
    safe safety sale salon save school science se search security select services show si singles
    ski social software solar solutions space sport spot store stream studio study style su sucks
    supplies supply support surf surgery systems talk tax taxi team technology tennis theater
    tickets tips tires to today tools tours town toys trade trading training travel trust tube
    university us vacations ventures video villas vision vote voyage watch weather web wedding win
    wine work works world wow yoga you zone
    """.split()  # noqa: SIM905 - a list to be read
)
"""Endings that are words, or names in programs: `user.name`, `done.today`."""

_COUNTRIES: Final = frozenset(
    """
    ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt
    bv bw by bz ca cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg
    er es et eu fi fj fk fm fo fr ga gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr
    ht hu id ie il im in io iq ir is it je jm jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk
    lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq mr ms mt mu mv mw mx my mz na nc ne nf
    ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa re ro rs ru rw sa sb sc
    sd se sg sh si sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn to tr tt tv
    tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
    """.split()  # noqa: SIM905 - a list to be read
)

ENDINGS: Final = COMMON_ENDINGS | FILE_ENDINGS | PLAIN_ENDINGS | WORD_ENDINGS | _COUNTRIES
"""All endings with which a name followed by a path is an address on the web."""
