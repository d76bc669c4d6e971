"""The models are strict, and say nothing of what they were given."""

import pytest
from pydantic import ValidationError

from router.config.schema import SECTIONS, SOURCE_TYPES, ChannelModel, PersonModel, RulesFile


def test_a_model_error_does_not_show_its_input() -> None:
    with pytest.raises(ValidationError) as caught:
        ChannelModel.model_validate({"url": ["hunter2"], "hunter3": 1})
    assert "hunter2" not in str(caught.value)


def test_nothing_is_converted_silently() -> None:
    with pytest.raises(ValidationError):
        ChannelModel.model_validate({"url": "json://x", "concurrency": "2"})


def test_addresses_of_a_person_keep_the_order_written() -> None:
    model = PersonModel.model_validate({"sms": "1", "name": "Eve", "mail": "2"})
    assert list(model.__pydantic_extra__ or {}) == ["sms", "mail"]


def test_every_section_is_a_key_of_the_file() -> None:
    assert set(SECTIONS) <= set(RulesFile.model_fields)


def test_every_type_of_source_says_what_can_be_set() -> None:
    for model in SOURCE_TYPES.values():
        assert all(field.description for name, field in model.model_fields.items() if name != "type")
