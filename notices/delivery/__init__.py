"""The one place where a message leaves the house."""

from types import TracebackType
from typing import Self

from notices.delivery.letter import Answer, Line, Sealed, Unreachable, written
from notices.delivery.mail import MailLine
from notices.delivery.sms import NotifyLine, states
from notices.policy import Channel

__all__ = ["Answer", "Lines", "Sealed", "Unreachable", "states", "written"]


class Lines:
    """The lines of one run: one to each provider, opened when the first message needs it."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for line in self._lines.values():
            line.close()

    def send(self, letter: Sealed, *, may_have_gone: bool = False) -> Answer | Unreachable:
        """Hand one message to the provider of its channel and return the answer."""
        line = self._lines.get(letter.channel)
        if line is None:
            line = NotifyLine() if letter.channel == Channel.SMS.value else MailLine()
            self._lines[letter.channel] = line
        return line.send(letter, may_have_gone=may_have_gone)
