"""Write the bill of materials: `python scripts/sbom.py [FILE]`, or `make sbom`.

CycloneDX 1.6 in JSON, by default `build/countersign.cdx.json`: each package of
`requirements/runtime.txt` with the SHA-256 of every build that an installation accepts and the
packages that asked for it, and the scripts of others that the dashboard serves. The same files give
the same bytes; nothing is asked of the network. The licences of packages are not in the lock, so
only those of files in this repository are named.
"""

import hashlib
import json
import re
import sys
import tomllib
import uuid
from pathlib import Path
from typing import TypeAlias

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements/runtime.txt"
VENDORED = ROOT / "src/countersign/web/dashboard/static/vendor"

_PIN = re.compile(r"([A-Za-z0-9._-]+)==([^ ;]+)(?: ; (.+?))? \\")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
_ASKED_BY = re.compile(r"^    #(?: via)? {1,3}([A-Za-z0-9][\w.-]*)", re.MULTILINE)
_SCRIPT = re.compile(r"(?:htmx|hx-csp)-(\d+\.\d+\.\d+)\.min\.js")
_LICENCE = "LICENSE-htmx.txt"

Json: TypeAlias = dict[str, object]


def write_bill(file: Path) -> None:
    """Write the bill of materials of this repository to `file`; its folder is made.

    Raises:
        ValueError: if the lock or the folder of vendored scripts holds what cannot be named.
    """
    ours = _our_program()
    packages, asked = _locked_packages(LOCK.read_text(), str(ours["name"]))
    vendored = _vendored_scripts(VENDORED)
    refs = {str(each["name"]): str(each["bom-ref"]) for each in (ours, *packages, vendored)}
    needs = {name: sorted(refs[each] for each in asked.get(name, ())) for name in refs}
    needs[str(ours["name"])].append(str(vendored["bom-ref"]))
    bill: Json = {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"component": ours},
        "components": [*packages, vendored],
        "dependencies": [
            {"ref": refs[name], "dependsOn": needed} for name, needed in needs.items()
        ],
    }
    # The number names exactly this content, so that a bill can be made anew and compared.
    number = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(bill, sort_keys=True))
    bill["serialNumber"] = f"urn:uuid:{number}"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(bill, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _our_program() -> Json:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    purl = f"pkg:pypi/{project['name']}@{project['version']}"
    return {
        "type": "application",
        "bom-ref": purl,
        "name": project["name"],
        "version": project["version"],
        "description": project["description"],
        "purl": purl,
        "licenses": [{"license": {"id": project["license"]}}],
    }


def _locked_packages(lock: str, ours: str) -> tuple[list[Json], dict[str, set[str]]]:
    """Return the packages of a lock, and by name which packages each asks for."""
    packages: list[Json] = []
    asked: dict[str, set[str]] = {}
    for entry in re.split(r"^(?=\S)", lock, flags=re.MULTILINE)[1:]:
        pin = _PIN.match(entry)
        hashes = _HASH.findall(entry)
        asked_by = [name for name in _ASKED_BY.findall(entry) if name != "via"]
        if pin is None or not hashes or not asked_by:
            raise ValueError(
                f"{LOCK.name}: not a pinned package with its hashes and who asks for it:\n{entry}"
                "Lock the dependencies anew: make lock"
            )
        name, version, marker = pin.groups()
        purl = f"pkg:pypi/{name}@{version}"
        package: Json = {
            "type": "library",
            "bom-ref": purl,
            "name": name,
            "version": version,
            "purl": purl,
            "hashes": [{"alg": "SHA-256", "content": each} for each in hashes],
        }
        if marker is not None:
            package["scope"] = "optional"
            package["properties"] = [{"name": "countersign:python-marker", "value": marker}]
        packages.append(package)
        for asker in asked_by:
            asked.setdefault(asker, set()).add(name)
    unknown = set(asked) - {ours} - {str(each["name"]) for each in packages}
    if unknown:
        raise ValueError(
            f"{LOCK.name} says that {', '.join(sorted(unknown))} ask for packages, and does not "
            "pin them. Lock the dependencies anew: make lock"
        )
    return packages, asked


def _vendored_scripts(folder: Path) -> Json:
    """Return htmx with the files of it that are in `folder`, and its licence."""
    versions = set()
    files: list[Json] = []
    for file in sorted(folder.iterdir()):
        script = _SCRIPT.fullmatch(file.name)
        if script is not None:
            versions.add(script[1])
        elif file.name != _LICENCE:
            raise ValueError(
                f"{file.relative_to(ROOT)} is of no project that this script knows: name its "
                "origin, version and licence here"
            )
        digest = hashlib.sha256(file.read_bytes()).hexdigest()
        path = file.relative_to(ROOT / "src").as_posix()
        files.append(
            {
                "type": "file",
                "bom-ref": path,
                "name": path,
                "hashes": [{"alg": "SHA-256", "content": digest}],
            }
        )
    if len(versions) != 1:
        raise ValueError(f"{folder.relative_to(ROOT)} holds no htmx, or several versions of it")
    purl = f"pkg:npm/htmx.org@{versions.pop()}"
    return {
        "type": "library",
        "bom-ref": purl,
        "name": "htmx.org",
        "version": purl.rpartition("@")[2],
        "purl": purl,
        "licenses": [{"license": {"id": "0BSD"}}],
        "components": files,
    }


if __name__ == "__main__":
    target = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "build/countersign.cdx.json"
    try:
        write_bill(target)
    except ValueError as error:
        sys.exit(f"countersign: {error}")
    print(f"Ready: {target}")
