"""What may stand in a log line: link tokens are masked wherever they turn up, and one line stays one."""

import logging
import re
from textwrap import indent
from time import gmtime
from typing import Any

MASK = "***"
# Behind the prefix of a link, and of one that sets a password, everything is secret, up to the end of
# the word; the prefix may itself be inside a query string, encoded once or twice.
_SLASH = r"(?:/|%(?:25)*2F)"
_SECRET = rf"(?:[cjk]|reset{_SLASH}key|confirm-email)"
BEHIND_PREFIX = re.compile(rf"({_SLASH}{_SECRET}{_SLASH})[^\s\"'<>]+", re.IGNORECASE)
# A token that lost its address: a payload, a full stop and a signature of 43 characters.
TOKEN = re.compile(r"(?<![\w.-])[\w-]{2,}\.[\w-]{43}(?![\w-])", re.ASCII)
# A calendar file breaks its lines anywhere, also in the middle of a token.
_CALENDAR = "BEGIN:V"
_FOLD = re.compile(r"(?:\r?\n|\\r\\n|\\n)[ \t]")
_PLAIN = logging.Formatter()
# What an address or a text may hold to begin a line of its own, or to speak to a terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]")


def mask(text: str) -> str:
    """Return the text with every link token in it masked."""
    if _CALENDAR in text:
        text = _FOLD.sub("", text)
    return TOKEN.sub(MASK, BEHIND_PREFIX.sub(rf"\1{MASK}", text))


def one_line(text: str) -> str:
    """Return the text with every sign written out that would begin a new line."""
    return _CONTROL.sub(lambda sign: sign[0].encode("unicode_escape").decode(), text)


def inset(text: str) -> str:
    """Return lines that nobody takes for lines of the log: none begins at the margin."""
    return indent("\n".join(map(one_line, text.splitlines())), "  ")


class Line(logging.Formatter):
    """Begins a line with its instant as ISO 8601 has it, in UTC: nobody asks which clock a machine keeps."""

    converter = staticmethod(gmtime)
    default_time_format = "%Y-%m-%dT%H:%M:%S"
    default_msec_format = "%s.%03dZ"


# A refusal with its page, and a form that was sent back: a day in school, not a fault.
EXPECTED = frozenset({403, 422})


class Calm(logging.Filter):
    """Makes of an expected answer one line without a traceback, which may name people."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record of the request; the server's own line beside it is left out."""
        args = record.args
        if record.name == "django.server":
            status = str(args[1]) if isinstance(args, tuple) and len(args) > 1 else ""
            return status not in {str(code) for code in EXPECTED}
        if getattr(record, "status_code", None) in EXPECTED:
            record.levelno, record.levelname = logging.INFO, "INFO"
            record.exc_info = record.exc_text = None
        return True


class MaskTokens(logging.Filter):
    """Masks link tokens in a record's message, arguments, exception and stack, and keeps it one line."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrite the record; every record passes."""
        record.msg = one_line(mask(_message(record)))
        record.args = None
        if record.exc_info and not record.exc_text:
            record.exc_text = _PLAIN.formatException(record.exc_info)
        if record.exc_text:
            record.exc_text = inset(mask(record.exc_text))
        if record.stack_info:
            record.stack_info = inset(mask(record.stack_info))
        return True


def _message(record: logging.LogRecord) -> str:
    """Return the finished message; a line that cannot be put together must not stop a request."""
    try:
        return record.getMessage()
    except (TypeError, ValueError, KeyError):
        return f"{record.msg} {record.args}"


# What settings hand to Python. Ids and kinds alone are logged, by everybody, to one place.
LOGGING: dict[str, Any] = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {name: {"()": f"schoolsafe.lib.logs.{name}"} for name in ("Calm", "MaskTokens")},
    "formatters": {
        "line": {
            "()": "schoolsafe.lib.logs.Line",
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "filters": ["MaskTokens"],
            "formatter": "line",
        }
    },
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"handlers": [], "propagate": True, "filters": ["Calm"]},
        "django.server": {"handlers": [], "propagate": True, "filters": ["Calm"]},
        # What it is asked and answered is nobody's to read; our own line says how each call ended.
        "msal": {"handlers": [], "level": "WARNING", "propagate": True},
        # Tells of every table of every typeface that goes into a PDF.
        "fontTools": {"handlers": [], "level": "WARNING", "propagate": True},
    },
}
