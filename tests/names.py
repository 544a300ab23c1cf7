"""Names on a page without what is random in it: three letters stand in a token by chance."""

import re

# A key, a signature or a code: long, and hardly ever without a digit.
TOKEN = re.compile(r"(?=[\w-]*\d)[\w-]{20,}")


def names_in(text: str, *names: str) -> list[str]:
    """Return which of these names stand in a text, whatever is around them but a token."""
    told = TOKEN.sub("", text)
    return [name for name in names if name in told]
