"""Letters a second through the whole outbox, beside a bare loop over one shared SMTP connection.

The loop sends the very letters that the outbox wrote, so that both hand over the same bytes. The
outbox does more for each: it asks again whether the letter may go, writes it, keeps it encrypted,
and holds it in two transactions, so that a kill loses nothing.
"""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import connection

from consent import services as consent
from notices import services
from notices.delivery import Sealed
from notices.models import Notice
from schoolsafe.lib import clock
from tests.bench import load, people, place
from tests.bench.sender import use_smtp

CPU = time.process_time
# Delay of the server at each step, letters a round, rounds.
PLAN = ((0.0, 150, 3), (0.02, 40, 2))
LETTERS = 2400
Watch = Callable[[], float]


def main() -> None:
    roll = people.enrol(LETTERS // 2)
    meeting, *_ = people.plan(
        roll, 1, starts_at=clock.now() + timedelta(days=30), apart=timedelta(0)
    )
    use_smtp(0)
    consent.ask(
        by=roll.host,
        about=meeting.about,
        asked=people.asked(meeting.starts_at),
        pupil_ids=roll.pupil_ids,
        closes_at=meeting.starts_at,
    )
    assert Notice.objects.count() == LETTERS
    # All wait for a later day; each round makes a few of them due.
    Notice.objects.update(try_at=clock.now() + timedelta(days=1))
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")
    for delay, count, rounds in PLAN:
        with sink(delay):
            outbox(5)
            rates = place.interleaved(
                rounds,
                outbox=lambda count=count: count / outbox(count),
                pair=lambda count=count: 2 * count / pair(2 * count),
                bare=lambda count=count: count / bare(count),
            )
        place.tell(
            f"letters, server at {delay * 1000:.0f} ms: rate, of the bare loop's",
            rates["outbox"] / rates["bare"],
            at_least=0.8,
            note=f"{rates['outbox']:.0f}/s and {rates['bare']:.0f}/s",
        )
        place.tell(
            f"letters, server at {delay * 1000:.0f} ms: two senders, of the loop's",
            rates["pair"] / rates["bare"],
            at_least=0.8,
            note=f"{rates['pair']:.0f}/s and {rates['bare']:.0f}/s",
        )
    with sink(0.0):
        cost = place.interleaved(3, outbox=lambda: outbox(100, CPU), bare=lambda: bare(100, CPU))
    place.tell(
        "letters: ms of processor time each",
        cost["outbox"] * 10,
        at_most=5,
        note=f"the bare loop takes {cost['bare'] * 10:.1f}",
    )


@contextmanager
def sink(delay: float) -> Iterator[None]:
    """Run the mail server for a while."""
    settings.EMAIL_PORT = load.free_port()
    script = Path(__file__).with_name("sink.py")
    with subprocess.Popen(
        [sys.executable, str(script), str(settings.EMAIL_PORT), str(delay)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield
        process.communicate()


def make_due(count: int) -> None:
    """Let so many letters of a later day be due now."""
    due = Notice.objects.filter(state="due").order_by("pk").values_list("pk", flat=True)[:count]
    Notice.objects.filter(pk__in=list(due)).update(try_at=clock.now())


def pair(count: int) -> float:
    """Let two senders empty the outbox together, as a worker with two processes does."""
    with sender() as one, sender() as other:
        make_due(count)
        before = Notice.objects.filter(state="sent").count()

        def both() -> None:
            for process in (one, other):
                assert process.stdin
                process.stdin.write("go\n")
                process.stdin.flush()
            for process in (one, other):
                assert process.stdout
                process.stdout.readline()

        taken = place.seconds(both)
    assert Notice.objects.filter(state="sent").count() == before + count
    return taken


@contextmanager
def sender(port: int | None = None) -> Iterator[subprocess.Popen[str]]:
    """Start a sender that waits to be told."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.sender",
        str(settings.EMAIL_PORT if port is None else port),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        yield process
        process.communicate()


def outbox(count: int, watch: Watch = time.perf_counter) -> float:
    """Make so many letters due, and return how long they take to leave."""
    make_due(count)
    reports = []
    taken = place.seconds(lambda: reports.append(services.run_due(clock.now())), watch)
    assert reports[0].sent == count, reports[0]
    return taken


def bare(count: int, watch: Watch = time.perf_counter) -> float:
    """Send as many letters as they were sent, and nothing else."""
    stored = Notice.objects.filter(state="sent").values_list("letter", flat=True)[:count]
    sent = [Sealed.restored(letter) for letter in stored]
    sent = (sent * count)[:count]

    def send() -> None:
        line = get_connection()
        line.open()
        for letter in sent:
            message = EmailMultiAlternatives(
                letter.subject,
                letter.text,
                to=[letter.to],
                connection=line,
                headers={"Message-ID": letter.message_id},
            )
            message.attach_alternative(letter.html, "text/html")
            message.send()
        line.close()

    return place.seconds(send, watch)
