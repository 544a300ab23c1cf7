"""What stands in a form, as a draft keeps it."""

import json

from django.http import QueryDict

# What belongs to one look at the page, or is a press and no answer.
OF_THE_PAGE = frozenset(
    {
        "csrfmiddlewaretoken",
        "key",
        "writer",
        "find",
        "find_words",
        "siblings_of",
        "keep",
        "more",
        # It is said of the very files that are chosen, and a draft keeps none (E16).
        "files_declared",
        "chosen_files",
    }
)
# A choice that stands there by itself is nothing that anybody has written.
WRITTEN = ("child_words", "seen", "thought", "place", "pupils", "staff", "adult_name")


def pack(typed: QueryDict) -> str:
    """Return everything that somebody typed and chose, as one text."""
    kept = {name: values for name, values in typed.lists() if name not in OF_THE_PAGE}
    return json.dumps(kept, ensure_ascii=False)


def unpack(text: str) -> QueryDict:
    """Return what such a text holds, as a browser would send it."""
    typed = QueryDict(mutable=True)
    for name, values in json.loads(text).items():
        typed.setlist(name, values)
    return typed


def is_blank(typed: QueryDict) -> bool:
    """Tell whether nothing is written that anybody would miss."""
    names = [name for name in typed if name.startswith(("child_name", "mark_"))]
    return not any(value.strip() for name in (*WRITTEN, *names) for value in typed.getlist(name))
