"""Templates of pages: values are escaped, and a missing value is an error."""

from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined


def read_templates(package: str) -> Environment:
    """Return the templates of a package, which lie in its folder `templates`.

    Each is read once. Values are escaped as HTML wherever they stand, whatever the file's name.

    Args:
        package: its name, such as `countersign.web.reasons`.
    """
    return Environment(
        loader=PackageLoader(package, "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def read_text(package: str, name: str) -> str:
    """Return the text of a file in a package's folder `templates`, such as a style sheet."""
    return files(package).joinpath("templates", name).read_text("utf-8")
