"""What a model and its fields may say beside their types, and what is refused."""

from types import GenericAlias
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, ConfigDict, create_model
from pydantic import Field as PydanticField

from restwell import Field, Resource, public
from restwell.model.declare import declare
from restwell.model.errors import DeclarationError
from restwell.model.resource import Declaration


def declared(config: dict[str, Any] | None = None, **fields: Any) -> Declaration:
    """Declare a resource with these settings and fields."""
    namespace: dict[str, Any] = {"__annotations__": {"id": int}, "id": Field(identity=True), "__module__": __name__}
    for name, (annotation, default) in fields.items():
        namespace["__annotations__"][name] = annotation
        if default is not ...:
            namespace[name] = default
    if config:
        namespace["model_config"] = ConfigDict(**config)  # type: ignore[typeddict-item]  # of a test's
    return declare(type("Thing", (Resource,), namespace), "/things", read=public(), write=public())


REFUSED: list[dict[str, Any]] = [
    {"title": "Another"},
    {"model_title_generator": lambda _: "x"},
    {"field_title_generator": lambda *_: "x"},
    {"populate_by_name": True},
    {"validate_by_alias": True},
    {"validate_by_name": True},
    {"serialize_by_alias": True},
    {"alias_generator": str.upper},
    {"json_encoders": {int: str}},
    {"ser_json_timedelta": "float"},
    {"ser_json_temporal": "seconds"},
    {"ser_json_bytes": "base64"},
    {"ser_json_inf_nan": "strings"},
    {"val_json_bytes": "base64"},
    {"val_temporal_unit": "seconds"},
    {"json_schema_extra": {"minProperties": 3}},
    {"json_schema_mode_override": "serialization"},
    {"json_schema_serialization_defaults_required": True},
    {"coerce_numbers_to_str": True},
    {"strict": False},
    {"allow_inf_nan": True},
    {"extra": "ignore"},
    {"extra": "allow"},
    {"validate_default": False},
]


@pytest.mark.filterwarnings("ignore:`json_encoders` is deprecated")
@pytest.mark.parametrize("config", REFUSED, ids=lambda config: "-".join(f"{k}={v}"[:24] for k, v in config.items()))
def test_a_setting_that_would_not_hold_is_refused_by_name(config: dict[str, Any]) -> None:
    with pytest.raises(DeclarationError, match=next(iter(config))):
        declared(config)


TAKEN: list[dict[str, Any]] = [
    {"frozen": True},
    {"use_enum_values": True},
    {"validate_assignment": True},
    {"arbitrary_types_allowed": True},
    {"from_attributes": True},
    {"ignored_types": (property,)},
    {"revalidate_instances": "always"},
    {"validate_return": True},
    {"protected_namespaces": ()},
    {"hide_input_in_errors": True},
    {"defer_build": True},
    {"plugin_settings": {}},
    {"regex_engine": "python-re"},
    {"validation_error_cause": True},
    {"use_attribute_docstrings": True},
    {"cache_strings": False},
    {"url_preserve_empty_path": True},
    {"extra": "forbid"},
    {"strict": True},
]


@pytest.mark.parametrize("config", TAKEN, ids=lambda config: "-".join(f"{k}={v}"[:24] for k, v in config.items()))
def test_a_setting_that_changes_nothing_of_what_is_sent_is_taken(config: dict[str, Any]) -> None:
    assert declared(config, text=(str, "a")).shape.validate({"id": 1}) == {"id": 1, "text": "a"}


def test_settings_of_texts_work_and_stand_in_the_schema() -> None:
    made = declared({"str_strip_whitespace": True, "str_to_upper": True, "str_max_length": 3}, text=(str, ""))
    assert made.shape.validate({"id": 1, "text": " abc "})["text"] == "ABC"
    with pytest.raises(ValueError, match="at most 3"):
        made.shape.validate({"id": 1, "text": "abcd"})
    text: Any = made.shape.content["schema"]["fields"]["text"]["schema"]["schema"]
    assert text["max_length"] == 3


@pytest.mark.parametrize("config", [{"extra": "ignore"}, {"populate_by_name": True}, {"strict": False}])
def test_a_nested_model_is_held_to_the_same(config: dict[str, Any]) -> None:
    nested = create_model("Nested", __config__=ConfigDict(**config), n=(int, 0))  # type: ignore[typeddict-item]  # a test's
    with pytest.raises(DeclarationError, match="Nested"):
        declared(nested=(GenericAlias(list, (nested,)), []))


def test_an_alias_of_pydantics_is_refused_of_a_resource() -> None:
    with pytest.raises(DeclarationError, match=r"text.*has an alias of pydantic's: .*the alias of restwell's Field"):
        declared(text=(str, PydanticField("a", alias="x")))


@pytest.mark.parametrize(
    "arguments, said",
    [
        ({"validation_alias": "x"}, "alias"),
        ({"serialization_alias": "x"}, "alias"),
        ({"exclude": True}, "excluded"),
        ({"exclude_if": bool}, "excluded"),
        ({"frozen": True}, "frozen"),
        ({"init": False}, "init"),
        ({"init_var": True}, "init_var"),
        ({"kw_only": True}, "kw_only"),
        ({"validate_default": False}, "validate_default"),
        ({"field_title_generator": lambda *_: "x"}, "field_title_generator"),
        ({"json_schema_extra": {"minimum": 3}}, "json_schema_extra"),
        ({"json_schema_extra": lambda schema: schema}, "json_schema_extra"),
        ({"strict": False}, "strict"),
        ({"coerce_numbers_to_str": True}, "coerce_numbers_to_str"),
    ],
)
@pytest.mark.parametrize("nested", [False, True])
def test_an_argument_of_field_that_would_do_nothing_is_refused(
    arguments: dict[str, Any], said: str, nested: bool
) -> None:
    field = (str, PydanticField("a", **arguments))
    with pytest.raises(DeclarationError, match=rf"(?s)text.*{said}"):
        declared(nested=(create_model("Nested", text=field), None)) if nested else declared(text=field)


def test_notes_beside_a_field_stand_in_the_schema() -> None:
    noted: dict[str, Any] = {
        "title": "T",
        "description": "D",
        "examples": ["a"],
        "deprecated": True,
        "json_schema_extra": {"x-a": 1},
    }
    made = declared(text=(str, Field("a", repr=False, **noted)))
    assert made.shape.validate({"id": 1})["text"] == "a"


def test_an_unknown_argument_of_field_is_refused_with_its_line() -> None:
    with pytest.raises(DeclarationError, match=r"test_configuration.py, line \d+.*uniqe"):
        Field(uniqe=True)


@pytest.mark.parametrize(
    "annotation",
    [Annotated[int, Field(index=True)] | None, list[Annotated[str, Field(iri="schema:name")]]],
)
def test_a_field_within_a_type_says_limits_only(annotation: Any) -> None:
    with pytest.raises(DeclarationError, match="within its type"):
        declared(n=(annotation, None))


@pytest.mark.parametrize("marks", [{"identity": True}, {"read_only": True}, {"index": True}, {"filterable": False}])
def test_a_member_of_a_nested_object_has_no_marks_but_its_iri(marks: dict[str, Any]) -> None:
    nested = create_model("Nested", text=(str, Field("a", **marks)))
    with pytest.raises(DeclarationError, match=r"Nested\.text"):
        declared(nested=(nested, None))


def test_a_model_with_an_init_of_its_own_is_refused() -> None:
    class Own(BaseModel):
        n: int = 0

        def __init__(self, **values: Any) -> None:
            super().__init__(**values)

    with pytest.raises(DeclarationError, match="__init__"):
        declared(own=(Own | None, None))
