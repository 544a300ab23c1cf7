"""A mail server that takes everything and keeps nothing, in a process of its own.

`python tests/bench/sink.py PORT DELAY` waits DELAY seconds before each answer.
"""

import asyncio
import sys
from typing import Any

from aiosmtpd.controller import Controller


class Sink:
    """Takes its time at each step, as a server far away would."""

    def __init__(self, delay: float) -> None:
        self.delay = delay

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, hostname: str, responses: list[str]
    ) -> list[str]:
        await asyncio.sleep(self.delay)
        session.host_name = hostname
        return responses

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        await asyncio.sleep(self.delay)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        return "250 OK"


if __name__ == "__main__":
    controller = Controller(Sink(float(sys.argv[2])), hostname="127.0.0.1", port=int(sys.argv[1]))
    controller.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.read()
    controller.stop()
