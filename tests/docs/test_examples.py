"""Every example in the documentation is valid and behaves as described."""

import json
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter

import pytest
import yaml

from countersign.bootstrap.presets import read_presets
from countersign.config import ConfigError, parse_config
from countersign.policy.decisions import Decision
from countersign.policy.findings import Finding, FindingKind
from countersign.policy.harms import Harm
from countersign.policy.measures.trust_records import Trust
from countersign.policy.policies.filter_registry import BUILTIN_FILTERS, make_registry
from countersign.policy.policies.policy_documents import TOP_LEVEL, parse_policy
from countersign.policy.review.incidents import Likeness
from countersign.service.commands.moderation.score_sums import part_in_words, sum_in_words
from countersign.service.management.alerting.alert_words import incident_in_words
from countersign.service.management.alerting.incidents import Incident
from tests.docs.fences import PAGES, ROOT, fences

KINDS = {"sh", "console", "yaml", "json", "python", "toml", "nginx", "caddy", "shape", "text"} | {
    "valkey"
}
"""`text` is what a program says; `shape` names the fields of an answer. `caddy` and these have no
program here that could check them, but braces. tests/adapters/valkey runs what is `valkey`."""
INCIDENT = Incident(
    key=(Likeness.STEP, "newcomer-links"),
    step="newcomer-links",
    harm=Harm.FRAUD.value,
    first_ts=1_796_029_920_000,
    last_ts=1_796_029_990_000,
    count=12,
    people=set(range(9)),
    rooms=Counter({"!a": 10, "!b": 1, "!c": 1}),
    references=["7F3K9-QX2MB", "0Q8WJ-1MZ4T", "5D2RC-K7H9A", "9N4VT-B6XPE"],
)
EXPLAINED = Decision.from_findings(
    (
        Finding(
            filter="link",
            step="newcomer-links",
            harm=Harm.SPAM,
            reason="holds 2 links to domains that nobody here ever posted",
            says="",
            kind=FindingKind.EVIDENCE,
            weight=6,
            hits=2,
        ),
        Finding(
            filter="text-model",
            harm=Harm.SPAM,
            reason="reads like advertising",
            says="",
            kind=FindingKind.EVIDENCE,
            points=6,
            weight=6,
        ),
    ),
    policy_revision="0",
    trust=Trust.NEW,
)
"""The decision that docs/moderate.md explains."""
SERVER = b"server_name: policy.example.org\n"


def ids(blocks):
    return {"argvalues": blocks, "ids": map(str, blocks)}


def test_every_block_says_of_what_kind_it_is_and_there_are_many():
    blocks = fences()

    assert [str(each) for each in blocks if each.kind not in KINDS] == []
    assert len(blocks) > 40
    assert len({each.page for each in blocks}) > 10
    # None is lost by the way that it is indented or closed.
    lines = [line for page in PAGES for line in page.read_text().splitlines()]
    assert sum(line.lstrip().startswith("```") for line in lines) == 2 * len(blocks)


@pytest.mark.parametrize("block", **ids(fences("yaml")))
def test_yaml_is_a_policy_or_settings(block):
    source = block.text.encode()
    data = yaml.safe_load(block.text)
    if data is None:  # a remark for editors
        assert all(line.startswith("#") for line in block.text.splitlines())
    elif isinstance(data, list):  # items of a policy
        parse_policy(b"filters:\n" + source, BUILTIN_FILTERS, read_presets())
    elif set(data) <= set(TOP_LEVEL):
        filters = BUILTIN_FILTERS
        if "example-hello" in block.text:
            filters = make_registry((*BUILTIN_FILTERS.values(), example_filter()))
        parse_policy(source, filters, read_presets())
    else:
        parse_config(SERVER + source, ROOT / "countersign.yaml")


def example_filter():
    """Return the filter that docs/write-a-filter.md writes."""
    (source,) = (each.text for each in fences("python") if "class ExampleHello" in each.text)
    file = ROOT / "examples/countersign-hello-filter/src/countersign_hello_filter/__init__.py"
    assert file.read_text() == source
    namespace = {"__name__": "countersign_hello_filter"}
    exec(compile(source, str(file), "exec"), namespace)
    return namespace["ExampleHello"]


def test_an_unknown_setting_in_an_example_is_found():
    with pytest.raises(ConfigError):
        parse_config(SERVER + b"checker: {}\n", ROOT / "countersign.yaml")


@pytest.mark.parametrize("block", **ids(fences("json")))
def test_json_is_json_one_document_or_one_a_line(block):
    try:
        json.loads(block.text)
    except ValueError:
        for line in block.text.splitlines():
            json.loads(line)


@pytest.mark.parametrize("block", **ids(fences("python")))
def test_python_compiles(block):
    compile(block.text, str(block), "exec")


@pytest.mark.parametrize("block", **ids(fences("toml")))
def test_toml_is_toml(block):
    assert tomllib.loads(block.text)


@pytest.mark.parametrize("block", **ids([*fences("caddy"), *fences("shape")]))
def test_braces_are_closed(block):
    assert block.text.count("{") == block.text.count("}") > 0


@pytest.mark.parametrize("block", **ids(fences("text")))
def test_quoted_output_is_what_the_program_prints(block):
    if block.text.startswith("Refused: "):
        names = {"!a": "The green", "!b": "The pond", "!c": "The hall"}
        assert block.text.strip() == incident_in_words(INCIDENT, names.get).content()["body"]
        return
    if " adds " in block.text:
        assert block.text.splitlines()[-1] == "".join(sum_in_words(EXPLAINED))
        assert all(f"{each.label}" in block.text for each in EXPLAINED.findings)
        assert all(part_in_words(each) in block.text for each in EXPLAINED.findings)
        return
    if block.text.startswith("One verification takes"):
        (command,) = [each for each in fences("sh") if "--messages-per-second 350" in each.text]
        words = [sys.executable, *command.text.split()[1:]]
        told = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, check=True)
        assert block.text == told.stdout
        return
    assert re.match(r"line 3: filters\[0\]\.keywrd: found an unknown filter; allowed: ", block.text)


@pytest.mark.parametrize(
    "name", ["src/countersign_hello_filter/__init__.py", "tests/test_example_hello.py"]
)
def test_the_page_on_filters_shows_the_package_as_it_is(name):
    page = (ROOT / "docs" / "write-a-filter.md").read_text()
    source = ROOT / "examples" / "countersign-hello-filter" / name

    assert f"```python\n{source.read_text()}```" in page


def test_nginx_takes_its_example(tmp_path):
    nginx = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
    if nginx is None:
        pytest.skip("there is no nginx: apt-get install nginx-light")
    (block,) = fences("nginx")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    openssl = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"]
    files = ["-nodes", "-keyout", str(key), "-out", str(certificate), "-subj", "/CN=x"]
    subprocess.run([*openssl, *files], check=True, capture_output=True)
    site = re.sub(
        r"# ssl_certificate …; ssl_certificate_key …;",
        f"ssl_certificate {certificate}; ssl_certificate_key {key};",
        block.text,
    )
    site = site.replace("listen 443", "listen 127.0.0.1:48443")  # for who is not root
    configuration = tmp_path / "nginx.conf"
    head = f"pid {tmp_path}/pid;\nerror_log stderr;\nevents {{}}\n"
    configuration.write_text(f"{head}http {{ access_log off;\n{site}\n}}\n")

    done = subprocess.run(
        [nginx, "-t", "-c", configuration, "-p", tmp_path], capture_output=True, text=True
    )

    assert done.returncode == 0, done.stderr
