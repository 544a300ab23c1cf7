"""Whether two addresses are one mailbox: for keeping somebody out, never for letting anybody in."""

# Dots mean nothing there, and both names are one provider's.
DOTLESS = frozenset({"gmail.com", "googlemail.com"})


def mailbox(address: str) -> str:
    """Return the mailbox behind an address as two of them are compared; empty for none.

    Case never matters, nor does what stands behind a plus. One person has as many such addresses as
    they like, and an order about one of them holds for all (E31).
    """
    name, _, domain = address.strip().casefold().rpartition("@")
    name = name.partition("+")[0] or name
    if domain in DOTLESS:
        name, domain = name.replace(".", ""), "gmail.com"
    return f"{name}@{domain}" if name and domain else address.strip().casefold()


def same_mailbox(one: str, other: str) -> bool:
    """Tell whether two addresses reach one mailbox."""
    return mailbox(one) != "" and mailbox(one) == mailbox(other)


def domains(address: str) -> frozenset[str]:
    """Return the domains behind which the same mailbox may be on record."""
    domain = address.strip().casefold().rpartition("@")[2]
    return DOTLESS if domain in DOTLESS else frozenset({domain} - {""})
