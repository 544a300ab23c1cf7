"""Names that are drawn by chance: for what people say on the telephone, and for papers."""

import secrets

# Without letters and digits that are mistaken for one another on the telephone.
REFERENCE_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


def new_reference() -> str:
    """Return a random public reference: it counts nothing and names nothing (E8)."""
    return "".join(secrets.choice(REFERENCE_LETTERS) for _ in range(8))


def new_code() -> str:
    """Return a random name of a file that is made, as it stands on each of its pages."""
    return secrets.token_hex(6)
