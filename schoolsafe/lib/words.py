"""Words that plain modules speak, and that pages translate: no Django here."""


def marked(words: str) -> str:
    """Mark words for the catalogues; whoever shows them to a family translates them."""
    return words
