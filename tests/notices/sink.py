"""A real SMTP server that takes letters, and misbehaves when told to."""

import asyncio
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session


class Sink:
    """What the server got and how it is to answer."""

    def __init__(self) -> None:
        self.letters: list[bytes] = []
        self.recipients: list[str] = []
        self.connections = 0
        self.rcpt_answers: dict[str, list[str]] = {}
        self.data_answers: list[str] = []
        self.mail_answers: list[str] = []
        self.drops_after_data = 0
        self.got_data = threading.Event()
        self.answer_data = threading.Event()
        self.answer_data.set()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope, hostname: str, answers: list[str]
    ) -> list[str]:
        self.connections += 1
        session.host_name = hostname
        return answers

    async def handle_MAIL(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.mail_answers:
            return self.mail_answers.pop(0)
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answers = self.rcpt_answers.get(address)
        if answers:
            return answers.pop(0) if len(answers) > 1 else answers[0]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        if self.data_answers:
            return self.data_answers.pop(0)
        self.letters.append(bytes(envelope.original_content or b""))
        self.recipients.extend(envelope.rcpt_tos)
        self.got_data.set()
        if self.drops_after_data:
            self.drops_after_data -= 1
            server.transport.abort()
            return "250 nobody hears this"
        await asyncio.get_running_loop().run_in_executor(None, self.answer_data.wait, 30)
        return "250 OK"

    @property
    def message_ids(self) -> list[str]:
        """Return the Message-ID of every letter taken, in order."""
        found = (re.search(rb"^Message-ID: (.*?)\r?$", raw, re.M) for raw in self.letters)
        return [match[1].decode() for match in found if match]

    @contextmanager
    def running(self, port: int = 0) -> Iterator[int]:
        """Serve on a free port of this machine, or on a given one; yield which."""
        controller = _AnyPort(self, hostname="127.0.0.1", port=port)
        controller.start()
        try:
            yield controller.port
        finally:
            self.answer_data.set()
            controller.stop()


class _AnyPort(Controller):
    """A controller that lets the system choose the port."""

    def _trigger_server(self) -> None:
        self.port = self.server.sockets[0].getsockname()[1]  # type: ignore[union-attr]
        super()._trigger_server()
