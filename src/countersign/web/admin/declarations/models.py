"""Base classes of what requests ask and what answers tell.

What requests ask is read by pydantic, and built when it is first used. What answers tell is looked
at by nobody but tests and the OpenAPI document: it stays a plain class until one of them asks for
its model, as a hundred models would make every start slower.
"""

from typing import Any, Final, get_type_hints

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, create_model


class Asked(BaseModel):
    """Parameters of a request, from its query or its body; nothing but these is accepted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    def said(self) -> dict[str, Any]:
        """Return the parameters that were given and are not null, by name."""
        return self.model_dump(mode="json", exclude_unset=True, exclude_none=True)


class Nothing(Asked):
    """No parameters."""


class Anything(Asked):
    """Any parameters, all ignored, such as those that a monitoring program adds."""

    model_config = ConfigDict(extra="ignore")


class Told:
    """An object in an answer, with only the declared fields."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Return the schema of the model, so that models may name each other by these classes."""
        return handler(model_of(cls))


def model_of(told: type[Told]) -> type[BaseModel]:
    """Return the pydantic model of an answer; the same one for each class."""
    known = _models.get(told)
    if known is None:
        fields: dict[str, Any] = {
            name: (hint, getattr(told, name, ...))
            for name, hint in get_type_hints(told, include_extras=True).items()
        }
        known = create_model(
            told.__name__, __config__=ConfigDict(extra="forbid"), __doc__=told.__doc__, **fields
        )
        _models[told] = known
    return known


_models: Final[dict[Any, type[BaseModel]]] = {}
