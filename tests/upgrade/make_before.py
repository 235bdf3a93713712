"""Generate the test data of this folder, by the code of an earlier version in a checkout of it.

    git worktree add /tmp/before 36ee876 && cd /tmp/before && make dev
    .venv/bin/python ~/countersign/tests/upgrade/make_before.py ~/countersign/tests/upgrade/before

Writes into the folder that it is told:

`home.tar.gz`: an operator's folder after a day's work: settings, keys, policies, their history, the
database, the archive and the rooms that were found.
`asked.json`: the events that homeservers asked about, each with our answer.
`said.json`: what commands said of it, each as the JSON that it printed.
`surface.json`: all that others rely on by name: commands and options, settings, policy words, paths
and answers of the admin API, metrics, names for authors of filters.
"""

import asyncio
import contextlib
import dataclasses
import http.client
import importlib
import inspect
import json
import pkgutil
import re
import sys
import tarfile
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path.cwd()))

import typer
from countersign.ports.rooms import StoredRoom

import countersign.policy
import countersign.testing
import tests.cli.running_server as running
from countersign.bootstrap.stores import open_rooms
from countersign.cli.main import app
from countersign.config import Config, read_config
from countersign.protocol.canonical_json import encode_canonical
from countersign.testing.events import make_room_id
from tests.cli.conftest import COMMAND, Home, run_command

NAME = "policy.example.com"
PEER = running.PEER
ROOM_ID = running.ROOM_ID
GARDEN_ID = make_room_id("11", "the-garden")
PEOPLE = ("bob", "carol", "dan")

# No presets: they change with the program, and so does the revision of whoever uses them.
POLICY = """\
filters:
  - keyword: {words: ["cheap watches"]}
    says: No adverts, please.
  - keyword: {words: ["good morning"]}
    name: too-eager
  - keyword: {words: ["perhaps"]}
    name: doubt
    mode: shadow
guard: {trusted_people: 3}
"""
EARLIER_POLICY = """\
filters:
  - keyword: {words: ["expensive watches"]}
"""
GARDEN_POLICY = """\
filters:
  - keyword: {words: ["weeds"]}
"""
SETTINGS = {
    "display_name": "Moderation",
    "user": f"@policy:{NAME}",
    "reachable_at": "policy.example.com:443",
    "database": "sqlite:///countersign.db",
    "policy": "policy.yaml",
    "communities": "communities",
    "invites": {"accept_from": ["@*:friends.example.org"]},
    "redactions": {"by_ourselves": False, "bots": ["@mjolnir:example.org"], "webhooks": []},
    "archive": {"is_on": True, "retention_days": 30},
    "limits": {
        "per_origin": {"per_second": 500.0, "burst": 5000},
        "per_host": {"per_second": 1000.0},
        "per_domain": {"per_second": 2000.0},
        "per_network": {"per_second": 2000.0},
        "in_all": {"per_second": 10000.0},
        "strangers": {"per_second": 50.0},
        "transactions": {"per_second": 500.0},
        "decisions_per_day": {"per_origin": 1000, "per_domain": 2000, "in_all": 3000},
        "unseen_signatures": 10000,
        "waiting": 2000,
        "connections": {
            "in_all": 4096,
            "per_address": 1024,
            "header_seconds": 10.0,
            "body_seconds": 10.0,
            "idle_seconds": 60.0,
        },
        "trusted_proxies": ["10.0.0.0/8"],
    },
    "federation": {"notaries": [], "allow_networks": ["10.1.0.0/16"]},
    "admin": {"token_file": "admin.token", "address": "127.0.0.1", "port": 0},
    "metrics": {"address": "127.0.0.1", "port": 0},
    "support": {
        "contacts": [{"role": "m.role.admin", "matrix_id": "@admin:example.org"}],
        "support_page": "https://example.org/support",
    },
}


def main(folder):
    folder.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        home = make_home(Path(made) / "home")
        asked, said, answers, metrics = live_a_day(home)
        for stale in home.folder.glob("*-shm"):
            stale.unlink()
        with tarfile.open(folder / "home.tar.gz", "w:gz", compresslevel=9) as tar:
            tar.add(home.folder, "home")
    write(folder / "asked.json", asked)
    write(folder / "said.json", said)
    write(
        folder / "surface.json",
        {
            "commands": commands(),
            "settings": without_words(Config.model_json_schema()),
            "policy": without_words(json.loads(run_command("policy", "schema").out)),
            "policies": policies(),
            "admin": answers,
            "metrics": metrics,
            "countersign.policy": public_names(countersign.policy, countersign.policy.__all__),
            "countersign.testing": testing_names(),
        },
    )


def write(file, value):
    file.write_text(json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def without_words(schema):
    """Return a JSON schema without what it says to people."""
    if isinstance(schema, dict):
        return {
            key: without_words(value)
            for key, value in schema.items()
            if not (
                key in ("description", "title", "markdownDescription") and isinstance(value, str)
            )
        }
    if isinstance(schema, list):
        return [without_words(value) for value in schema]
    return schema


def make_home(folder):
    assert run_command("init", "--server-name", NAME, "--dir", folder).status == 0
    home = Home(folder)
    assert home.run("keys", "rotate").status == 0
    home.set(listen=[{"address": "127.0.0.1", "port": 0}], **SETTINGS)
    keys = home.folder / "keys"
    (new,) = {file.name for file in keys.iterdir()} - {"server.signing.key", "policy.signing.key"}
    home.set(keys={"policy": f"keys/{new}", "former_policy": ["keys/policy.signing.key"]})
    (folder / "communities").mkdir(exist_ok=True)
    (folder / "communities" / "garden.yaml").write_text(
        f"rooms: ['{GARDEN_ID}', '#lawn:example.org']\n{GARDEN_POLICY}"
    )
    # As its server would have answered.
    (folder / "communities.found.json").write_text(
        json.dumps(
            {"#lawn:example.org": {"room_ids": ["!lawn:example.org"], "servers": ["example.org"]}}
        )
    )
    home.policy.write_text(EARLIER_POLICY)
    room_policy = json.loads(home.run("keys", "--json").out)["m.room.policy"]
    running.put_in_room(home, room_policy=room_policy)
    asyncio.run(put_in_garden(read_config(home.config)))
    return home


async def put_in_garden(config):
    async with open_rooms(config) as rooms:
        (room,) = [room for room in await rooms.load() if room.room_id == ROOM_ID]
        await rooms.save(StoredRoom(**{**fields_of(room), "room_id": GARDEN_ID}))


def fields_of(row):
    return {each.name: getattr(row, each.name) for each in dataclasses.fields(row)}


def live_a_day(home):
    asked = []
    server = running.RunningServer(home, COMMAND)
    server.wait_until_ready()

    def ask(body, sender="alice", room_id=ROOM_ID, **more):
        event = PEER.event(
            content={"msgtype": "m.text", "body": body},
            sender=PEER.user(sender),
            room_id=room_id,
            depth=len(asked) + 10,
            origin_server_ts=time.time_ns() // 1_000_000,
            **more,
        )
        status, answer = server.ask_event(event)
        asked.append({"event": event, "status": status, "answer": answer})
        return event

    def run(*command):
        done = home.run(*command)
        assert done.status == 0, (command, done)
        return json.loads(done.out) if "--json" in command else done.out

    ask("hello")
    new = home.folder / "new.yaml"
    new.write_text(POLICY)
    run("policy", "activate", str(new), "--note", "after the advert of Monday")
    new.unlink()
    for person in PEOPLE:
        run("trust", "set", PEER.user(person), "trusted", "--reason", "known for years")
    run("trust", "set", PEER.user("mallory"), "banned", "--for", "30d", "--reason", "sold watches")
    for number in range(5):
        ask(f"talk {number}")
    leaked = ask("cheap watches here", "mallory")
    allowed = ask("where are cheap watches", "bob")
    ask("perhaps", "carol")
    for person in PEOPLE:
        ask("good morning", person)
    ask("good morning", "dan")
    ask("no weeds here", room_id=GARDEN_ID)
    ask("flowers", room_id=GARDEN_ID)
    (decision,) = [
        each
        for each in run("decisions", "list", "--json")
        if each["sender"] == allowed["sender"]
        and each["verdict"] == "refuse"
        and "keyword" in json.dumps(each)
    ][-1:]
    run("decisions", "allow", decision["reference"], "--for", "7d")
    ask("where are cheap watches", "bob")
    push(server, leaked)
    run("raid", "on", "--for", "1h", "--because", "a first wave")
    run("raid", "off")
    run("raid", "on", "--community", "garden", "--for", "2d", "--because", "weeds everywhere")
    wait_for(lambda: run("leaks", "list", "--json"))
    wait_for(lambda: run("guard", "list", "--json"))
    token = (home.folder / "admin.token").read_text().strip()
    address = (home.folder / "admin.address").read_text().strip()
    answers = admin_answers(token, address)
    metrics = metric_names(get(address, "/metrics", token)[1])
    said = {}
    for command in (
        ("decisions", "list"),
        ("decisions", "why", decision["reference"]),
        ("decisions", "show", decision["reference"]),
        ("decisions", "stats"),
        ("trust", "list"),
        ("trust", "list", "--community", "garden"),
        *(("trust", "show", PEER.user(name)) for name in ("alice", "mallory", *PEOPLE)),
        ("raid", "status"),
        ("guard", "list"),
        ("leaks", "list"),
        ("rooms", "list"),
        ("policy", "list"),
        ("policy", "list", "--community", "garden"),
        ("policy", "status"),
        ("keys",),
    ):
        said[" ".join(command)] = run(*command, "--json")
    time.sleep(2)  # the archive takes what came in the last second
    assert server.terminate() == 0
    server.kill()
    said["policy backtest"] = run("policy", "backtest", str(home.policy), "--json")
    return asked, {"ts": time.time_ns() // 1_000_000, "said": said}, answers, metrics


def wait_for(condition):
    for _ in range(20):
        if condition():
            return
        time.sleep(0.5)
    raise AssertionError


def push(server, event):
    """Send an event in a transaction, as its homeserver does when it did not ask or not listen."""
    path = "/_matrix/federation/v1/send/t1"
    content = {"origin": PEER.server_name, "origin_server_ts": 1, "pdus": [event]}
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    authorization = PEER.sign_request("PUT", path, NAME, content)
    headers = {"Content-Type": "application/json", "Authorization": authorization}
    connection.request("PUT", path, encode_canonical(content), headers)
    assert connection.getresponse().status == 200


def get(address, path, token):
    connection = http.client.HTTPConnection(address, timeout=300)
    connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
    response = connection.getresponse()
    return response.status, response.read().decode()


def admin_answers(token, address):
    """Return every method and path, those that only read with the answer."""
    headings = re.findall(
        r"^## (GET|POST) (/_\S+)", Path("docs/admin-api.md").read_text(), re.MULTILINE
    )
    assert len(headings) > 15
    address = address.removeprefix("http://")
    answers = {}
    for method, path in headings:
        answers[f"{method} {path}"] = None
        if method == "GET":
            query = f"?user_id={PEER.user()}&community=default" if path.endswith("/trust") else ""
            _, body = get(address, path + query, token)
            answers[f"{method} {path}"] = shape(json.loads(body))
    return answers


def shape(value):
    """Return what kinds of things a JSON value holds where, without saying which."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return type(value).__name__


def metric_names(page):
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE))
    names = {
        name: {"type": kind, "labels": []}
        for name, kind in kinds.items()
        if name.startswith("countersign_")
    }
    for name, labels in re.findall(r"^(countersign_\w+)\{([^}]*)\}", page, re.MULTILINE):
        base = re.sub(r"_(bucket|sum|count)$", "", name)
        base = base if base in names else name
        if base in names:
            found = set(re.findall(r"(\w+)=", labels)) - {"le"}
            names[base]["labels"] = sorted(set(names[base]["labels"]) | found)
    return names


def policies():
    """Return the presets and the documentation's examples that were good policies by themselves."""
    presets = Path("src/countersign/policy/presets")
    found = {f"preset {file.stem}": file.read_text() for file in sorted(presets.glob("*.yaml"))}
    for page in sorted(Path("docs").rglob("*.md")):
        for number, fence in enumerate(
            re.findall(r"^```yaml\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
        ):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(fence)
                file.flush()
                if run_command("policy", "check", file.name).status == 0:
                    found[f"{page} {number}"] = fence
    return found


def commands():
    """Return the arguments and options of every command."""
    root = typer.main.get_command(app)
    found = {}

    def walk(command, name):
        found[name] = [
            {
                "is_option": param.param_type_name == "option",
                "names": [*param.opts, *param.secondary_opts],
                "takes_value": not getattr(param, "is_flag", False),
            }
            for param in command.params
        ]
        for inner, each in getattr(command, "commands", {}).items():
            walk(each, f"{name} {inner}".strip())

    walk(root, "")
    return found


def public_names(module, names):
    return {name: members(getattr(module, name)) for name in names}


def members(thing):
    """Return a class's or function's parameters, and a class's public members."""
    found = {}
    if callable(thing):
        with contextlib.suppress(TypeError, ValueError):
            names = inspect.signature(thing).parameters
            found["parameters"] = [name for name in names if name not in ("args", "kwargs")]
    if inspect.isclass(thing):
        found["members"] = [name for name in dir(thing) if not name.startswith("_")]
    return found


def testing_names():
    found = {}
    for info in pkgutil.iter_modules(countersign.testing.__path__, "countersign.testing."):
        module = importlib.import_module(info.name)
        own = [
            name
            for name, each in vars(module).items()
            if not name.startswith("_")
            and not inspect.ismodule(each)
            and getattr(each, "__module__", info.name) == info.name
        ]
        found[info.name] = public_names(module, sorted(own))
    return found


if __name__ == "__main__":
    main(Path(sys.argv[1]).resolve())
