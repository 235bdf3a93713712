"""Lines of answers to long work."""

from pydantic import Field

from countersign.web.admin.declarations.models import JsonAnswer


class Line(JsonAnswer):
    """Line of the answer to long work; fields without a value are left out."""

    progress: str | None = Field(default=None, description="what is being done")
    error: str | None = Field(default=None, description="why it failed; in the last line")
    errcode: str | None = Field(default=None, description="beside `error`, if nobody foresaw it")
    request_id: str | None = Field(
        default=None,
        alias="org.countersign.request_id",
        description="by which our log knows an error that nobody foresaw",
    )
