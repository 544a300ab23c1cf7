"""The system persons: what no person of the school does is done under one of these names."""

from dataclasses import dataclass


@dataclass(frozen=True)
class System:
    """The named system person under whose name sweeps and set-up act."""

    name: str

    @property
    def actor(self) -> str:
        """Return the name under which the audit knows it."""
        return f"system:{self.name}"


SWEEP = System("sweep")
SETUP = System("setup")
IMPORT = System("import")
# Who signs in at Microsoft and is nobody here, and what a group there gives and takes back.
MICROSOFT = System("microsoft")
