"""Hosts that many people publish under, and those of helplines."""

from typing import Final

from countersign.policy.text.links.domains import parents

_SHARED: Final = frozenset(
    """
    amazon.com apple.com archive.org arxiv.org bandcamp.com bbc.co.uk bbc.com bitbucket.org
    blogspot.com bsky.app codeberg.org debian.org discord.com discord.gg docs.google.com
    drive.google.com dropbox.com duckduckgo.com element.io en.wikipedia.org etherpad.org
    facebook.com fosdem.org framasoft.org gist.github.com git.sr.ht github.com github.io gitlab.com
    gitlab.io goo.gl google.com hackage.haskell.org imgur.com instagram.com jitsi.org launchpad.net
    linkedin.com maps.google.com mastodon.social matrix.org matrix.to medium.com meet.jit.si
    meetup.com microsoft.com mozilla.org netlify.app news.ycombinator.com notion.so npmjs.com
    nytimes.com openstreetmap.org osm.org pages.dev pastebin.com paypal.com peertube.tv pypi.org
    python.org readthedocs.io reddit.com rust-lang.org sciencedirect.com signal.org sourceforge.net
    soundcloud.com spec.matrix.org spotify.com stackexchange.com stackoverflow.com substack.com t.co
    t.me telegra.ph telegram.me theguardian.com tiktok.com twitch.tv twitter.com ubuntu.com
    vercel.app vimeo.com wa.me web.app whatsapp.com wikimedia.org wikipedia.org wordpress.com
    workers.dev x.com xkcd.com youtu.be youtube.com zoom.us
    """.split()  # noqa: SIM905 - a list to be read
)

HELPLINES: Final = frozenset(
    """
    988lifeline.org befrienders.org crisistextline.org findahelpline.com samaritans.org
    suicidepreventionlifeline.org telefonseelsorge.de nummergegenkummer.de childline.org.uk
    thetrevorproject.org rainn.org thehotline.org translifeline.org hilfetelefon.de 3114.fr
    sos-amitie.com lifeline.org.au beyondblue.org.au telefonoamico.it 113.nl tele-onthaal.be
    krisenchat.de 143.ch 147.ch opencounseling.com iasp.info cvv.org.br
    telefonodelaesperanza.org mind.org.uk papyrus-uk.org livslinien.dk mieli.fi mentalhelse.no
    """.split()  # noqa: SIM905 - a list to be read
)
"""Domains of people who help in a crisis: passing them on is never held against anybody."""

HELPLINE_NUMBERS: Final = frozenset(
    """
    08001110111 08001110222 08001111 116006 116111 116117 116123 131114 18002738255 498001110111
    498001110222 61131114 8002738255
    """.split()  # noqa: SIM905 - a list to be read
)
"""Their phone numbers, digits alone."""


def is_shared_host(host: str) -> bool:
    """Return True if a host is shared by so many people that a link to it is no evidence."""
    return not _SHARED.isdisjoint(parents(host))


def is_helpline(host: str) -> bool:
    """Return True if a host is one of a helpline."""
    return not HELPLINES.isdisjoint(parents(host))
