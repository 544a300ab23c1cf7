"""What is kept as a word of the code, as a register tells it to a person."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin


def in_words(value: str) -> str:
    """Return a word of the code as people write it: let_back is Let back, meeting.plan Meeting: plan."""
    words = value.replace(".", ": ").replace("_", " ")
    return words[:1].upper() + words[1:]


class InWords:
    """A column that tells a field in words; what has none of its own is written out."""

    def __init__(self, field: str, words: Mapping[str, str] | None = None) -> None:
        self.field, self.words = field, words or {}
        # What Django's admin asks of a column.
        self.__name__ = self.admin_order_field = field
        self.short_description = field.replace("_", " ")

    def __call__(self, row: Any) -> str:
        """Return what stands in this column of a row."""
        return self.said(str(getattr(row, self.field)))

    def said(self, value: str) -> str:
        """Return one value in words."""
        return self.words.get(value) or in_words(value)


class InWordsFilter(admin.AllValuesFieldListFilter):
    """A choice of the values that occur, in words."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield all, and each value as its column tells it."""
        column = changelist.model_admin.column(self.field_path)
        offered: list[Any] = list(super().choices(changelist))
        every, *values = offered
        yield every
        for choice in values:
            yield choice | {"display": column.said(str(choice["display"]))}


class IsSetFilter(admin.EmptyFieldListFilter):
    """A choice of the rows in which something has been said, such as when it ended, or not yet."""

    def choices(self, changelist: Any) -> Iterator[Any]:
        """Yield all, those where it has, and those where it has not."""
        every, empty, said = super().choices(changelist)
        yield every
        yield said | {"display": "Yes"}
        yield empty | {"display": "Not yet"}
