"""Settings from the environment; a missing one stops the start with its name and what to do."""

from urllib.parse import unquote, urlsplit

from environs import Env, EnvError

from schoolsafe.lib.rules import SetupFault

env = Env()


def required(name: str, *, to_do: str) -> str:
    """Return a setting that production cannot do without.

    Raises SetupFault, naming the setting and what to do, when it is absent or empty.
    """
    value: str = env.str(name, "")
    if not value:
        raise SetupFault(f"{name} is not set. {to_do}")
    return value


def flag(name: str, *, default: bool) -> bool:
    """Return a yes or no; raises SetupFault on any other word."""
    try:
        return bool(env.bool(name, default))
    except EnvError as fault:
        raise SetupFault(f"{name} must be true or false.") from fault


def number(name: str, *, default: int) -> int:
    """Return a whole number; raises SetupFault on anything else."""
    try:
        return int(env.int(name, default))
    except EnvError as fault:
        raise SetupFault(f"{name} must be a whole number.") from fault


def words(name: str, *, default: str = "") -> list[str]:
    """Return a comma-separated list without its empty parts."""
    text: str = env.str(name, default)
    return [part.strip() for part in text.split(",") if part.strip()]


def postgresql(url: str) -> dict[str, object]:
    """Return a postgresql:// address in Django's form; raises SetupFault on any other."""
    parts = urlsplit(url)
    if parts.scheme not in {"postgres", "postgresql"}:
        raise SetupFault("DATABASE_URL must begin with postgresql://")
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": str(parts.port or ""),
    }
