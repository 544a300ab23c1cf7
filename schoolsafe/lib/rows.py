"""What the number of a row can be: beyond 64 bits no database has one, and SQLite chokes on it."""

from django.urls.converters import IntConverter

LARGEST = 2**63 - 1


def names_a_row(value: object) -> bool:
    """Tell whether something that was sent could be the number of a row."""
    text = str(value)
    return text.isdecimal() and len(text) <= len(str(LARGEST)) and int(text) <= LARGEST


class RowConverter(IntConverter):
    """The number of a row in an address; with one that no row can have the address does not exist."""

    def to_python(self, value: str) -> int:
        """Return the number. Raises ValueError, which Django answers with 404."""
        if not names_a_row(value):
            raise ValueError("No row has this number.")
        return super().to_python(value)
