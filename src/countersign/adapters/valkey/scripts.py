"""The script that counts, which runs on the server."""

from importlib.resources import files


def counting_script() -> str:
    """Return the script: the files beside this one, in their order."""
    folder = files("countersign.adapters.valkey") / "scripts"
    parts = sorted(folder.iterdir(), key=lambda part: part.name)
    return "\n".join(part.read_text("utf-8") for part in parts)
