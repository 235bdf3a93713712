"""Base classes of the parameters of requests and of the JSON of answers.

Parameters are pydantic models, built at their first use. The JSON of answers is declared for tests
and the OpenAPI document only. Its classes become pydantic models when these need them, because
building a hundred models would slow down every start.
"""

from typing import Any, Final, get_type_hints

from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, create_model


class Parameters(BaseModel):
    """Parameters of a request, from its query or its body; nothing but these is accepted."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, defer_build=True)

    def given(self) -> dict[str, Any]:
        """Return the parameters that were given and are not null, by name."""
        return self.model_dump(mode="json", exclude_unset=True, exclude_none=True)


class Nothing(Parameters):
    """No parameters."""


class Anything(Parameters):
    """Any parameters, all ignored, such as those that a monitoring program adds."""

    model_config = ConfigDict(extra="ignore")


class JsonAnswer:
    """An object in an answer, with only the declared fields."""

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        """Return the schema of the model, so that models may name each other by these classes."""
        return handler(model_of(cls))


def model_of(answer: type[JsonAnswer]) -> type[BaseModel]:
    """Return the pydantic model of an answer; the same one for each class."""
    model = _models.get(answer)
    if model is None:
        fields: dict[str, Any] = {
            name: (hint, getattr(answer, name, ...))
            for name, hint in get_type_hints(answer, include_extras=True).items()
        }
        model = create_model(
            answer.__name__, __config__=ConfigDict(extra="forbid"), __doc__=answer.__doc__, **fields
        )
        _models[answer] = model
    return model


_models: Final[dict[Any, type[BaseModel]]] = {}
