"""The outbox, what became of each try, the ladders, and the proof that the sweep runs."""

from datetime import datetime
from typing import Self

from django.conf import settings
from django.db import connections, models
from django.db.models import Q

from notices.policy import (
    MISSED,
    Channel,
    Fate,
    Outcome,
    State,
    Urgency,
    attributed,
    is_from_server,
)
from school.models import Guardian, Pupil, StaffMember
from schoolsafe.lib.encryption import EncryptedTextField


class NoticeQuerySet(models.QuerySet["Notice"]):
    """Filters that chain."""

    def due(self, *, now: datetime) -> Self:
        """Those whose time has come and that nobody has in hand."""
        # Every channel and urgency is named so that the index on them is walked, not scanned.
        channels = [channel.value for channel in Channel]
        urgencies = [urgency.value for urgency in Urgency]
        return self.filter(
            state=State.DUE.value, channel__in=channels, urgency__in=urgencies, try_at__lte=now
        )

    def abandoned(self, *, now: datetime) -> Self:
        """Those whose sender has not answered in time."""
        return self.filter(state=State.SENDING.value, leased_until__lt=now)

    def named(self, name: str) -> Self:
        """Those with this random name: one, or none."""
        return self.filter(message_id__startswith=f"<{name}@")

    def about(self, reference: str) -> Self:
        """Those that concern one thing, such as `meetings.meeting:12`."""
        return self.filter(about=reference)

    def in_order(self, *, but_locked: bool = False) -> Self:
        """Return the same, each locked before it is changed, the oldest first.

        Two who change several of the same letters then never wait for each other for ever. With
        `but_locked` those are passed over that somebody else is changing: for who comes again.
        """
        skips = but_locked and connections[self.db].features.has_select_for_update_skip_locked
        locked = self.select_for_update(no_key=True, of=("self",), skip_locked=skips).order_by("pk")
        return type(self)(self.model, using=self.db).filter(pk__in=locked.values("pk"))


class Notice(models.Model):
    """One message to one person: its key says what it is, so that it exists once.

    `turn` counts claims and fences off a sender that comes back late; `handed_at` stands while the
    letter is in a sender's hand; `may_have_gone` once a try ended without an answer. By
    `needed_by` it is of no use any more, so it does not wait for a morning after that. `fate` is
    what became of it beyond the provider's yes, or why it had nowhere to go.
    """

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=60)
    channel = models.CharField(max_length=5, default=Channel.EMAIL.value)
    urgency = models.PositiveSmallIntegerField()
    about = models.CharField(max_length=100, db_index=True)
    guardian = models.ForeignKey(Guardian, on_delete=models.PROTECT, null=True, related_name="+")
    staff = models.ForeignKey(StaffMember, on_delete=models.PROTECT, null=True, related_name="+")
    pupil = models.ForeignKey(Pupil, on_delete=models.PROTECT, null=True, related_name="+")
    address = models.EmailField(blank=True)
    pupil_ids = models.JSONField(default=list)
    detail = models.JSONField(default=dict)
    message_id = models.CharField(max_length=120, unique=True)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    needed_by = models.DateTimeField(null=True)
    try_at = models.DateTimeField()
    state = models.CharField(max_length=10, default=State.DUE.value)
    turn = models.PositiveIntegerField(default=0)
    failures = models.PositiveSmallIntegerField(default=0)
    leased_until = models.DateTimeField(null=True)
    handed_at = models.DateTimeField(null=True)
    may_have_gone = models.BooleanField(default=False)
    unwanted = models.CharField(max_length=200, blank=True)
    letter = EncryptedTextField(blank=True)
    ended_at = models.DateTimeField(null=True)
    why = models.CharField(max_length=200, blank=True)
    fate = models.CharField(max_length=10, blank=True)

    objects = NoticeQuerySet.as_manager()

    class Meta:
        verbose_name = "message"
        ordering = ["-due_at", "-id"]
        indexes = [
            models.Index(
                fields=["channel", "urgency", "try_at", "id"],
                name="notice_due_by_channel",
                condition=Q(state="due"),
            ),
            models.Index(
                fields=["leased_until"], name="notice_sending", condition=Q(state="sending")
            ),
            models.Index(fields=["ended_at"], name="notice_failed", condition=Q(state="failed")),
            models.Index(
                fields=["guardian"],
                name="notice_missed",
                condition=Q(fate__in=[fate.value for fate in MISSED]),
            ),
            models.Index(fields=["-due_at", "-id"], name="notice_newest"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=[state.value for state in State]),
                name="notice_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(urgency__in=[urgency.value for urgency in Urgency]),
                name="notice_urgency_is_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=[channel.value for channel in Channel]),
                name="notice_channel_is_known",
            ),
            models.CheckConstraint(
                condition=Q(fate__in=["", *(fate.value for fate in Fate)]),
                name="notice_fate_is_known",
            ),
            models.CheckConstraint(
                condition=Q(guardian__isnull=False, staff=None, pupil=None, address="")
                | Q(guardian=None, staff__isnull=False, pupil=None, address="")
                | Q(guardian=None, staff=None, pupil__isnull=False, address="")
                | (Q(guardian=None, staff=None, pupil=None) & ~Q(address="")),
                name="notice_has_one_recipient",
            ),
            models.CheckConstraint(
                condition=Q(state="sending", leased_until__isnull=False)
                | (~Q(state="sending") & Q(leased_until=None, handed_at=None)),
                name="notice_sending_has_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["due", "sending"], ended_at=None)
                | Q(state__in=["sent", "failed", "dropped"], ended_at__isnull=False),
                name="notice_ended_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.about})"

    @property
    def name(self) -> str:
        """Return a random name for addresses: numbers would tell of hidden messages by a gap (E8)."""
        return self.message_id.strip("<>").partition("@")[0]

    @property
    def recipient(self) -> str:
        """Return to whom it goes, for those who may know."""
        return str(self.guardian or self.staff or self.pupil or self.address)

    @property
    def tone(self) -> str:
        """Return the colour of its state."""
        return State(self.state).tone

    @property
    def state_words(self) -> str:
        """Return its state as one word for a pill."""
        return self.state.capitalize()

    @property
    def last_answer(self) -> str:
        """Return the answer to the last try with who gave it, where a list has read it along."""
        return attributed(getattr(self, "answer", None) or "", self.channel)

    @property
    def sentence(self) -> str:
        """Return its state as a sentence for a person."""
        return State(self.state).sentence.replace("mail server", Channel(self.channel).taker)

    @property
    def fate_words(self) -> str:
        """Return what became of it, for a person, or "" while nothing is known."""
        return Fate(self.fate).words if self.fate else ""


class Delivery(models.Model):
    """What came of one try: the provider's answer, or none; and what was heard of it afterwards.

    `sent_as` is the name by which the provider knows the message: its own, or the Message-ID. The
    notices of one letter that lists several share it. `event` names a piece of news that came
    afterwards, so that the same one counts once however often it is told.
    """

    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="deliveries")
    at = models.DateTimeField()
    turn = models.PositiveIntegerField()
    outcome = models.CharField(max_length=10)
    answer = models.CharField(max_length=300, blank=True)
    sent_as = models.CharField(max_length=200, blank=True)
    event = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name_plural = "deliveries"
        indexes = [
            models.Index(fields=["at"], name="delivery_accepted", condition=Q(outcome="accepted")),
            models.Index(fields=["sent_as"], name="delivery_sent_as", condition=~Q(sent_as="")),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["notice", "turn"], name="delivery_once_a_turn", condition=Q(event="")
            ),
            models.UniqueConstraint(
                fields=["notice", "event"], name="delivery_event_once", condition=~Q(event="")
            ),
            models.CheckConstraint(
                condition=Q(event="", outcome__in=[outcome.value for outcome in Outcome])
                | (~Q(event="") & Q(outcome__in=[fate.value for fate in Fate])),
                name="delivery_outcome_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"try {self.turn}: {self.outcome}"

    @property
    def words(self) -> str:
        """Return what came of it, for a person."""
        if self.event:
            return Fate(self.outcome).words
        refused = self.outcome in {Outcome.TEMPORARY.value, Outcome.PERMANENT.value}
        if refused and not is_from_server(self.answer):
            return f"it was not given to the {Channel(self.notice.channel).taker}"
        return Outcome(self.outcome).words_of(self.notice.channel)


class LadderQuerySet(models.QuerySet["Ladder"]):
    """Filters that chain."""

    def open(self) -> Self:
        """Those that have not ended."""
        return self.filter(ended_at=None)

    def due(self, *, now: datetime) -> Self:
        """Those whose next rung is to be taken."""
        return self.open().filter(due_at__lte=now)


class Ladder(models.Model):
    """The rungs by which one thing that needs an answer climbs; `step` rungs have been taken."""

    kind = models.CharField(max_length=60)
    about = models.CharField(max_length=100)
    step = models.PositiveIntegerField(default=0)
    due_at = models.DateTimeField(null=True)
    failures = models.PositiveSmallIntegerField(default=0)
    started_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    objects = LadderQuerySet.as_manager()

    class Meta:
        ordering = ["started_at", "id"]
        indexes = [
            models.Index(fields=["due_at"], name="ladder_due", condition=Q(ended_at__isnull=True)),
            models.Index(fields=["about"], name="ladder_about"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "about"], name="ladder_open_once", condition=Q(ended_at=None)
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, due_at__isnull=False)
                | Q(ended_at__isnull=False, due_at=None),
                name="ladder_open_is_due",
            ),
        ]

    def __str__(self) -> str:
        return f"ladder {self.pk}"


class Heartbeat(models.Model):
    """When a driver of the sweep was last alive."""

    name = models.CharField(max_length=20, unique=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return f"{self.name} at {self.at:%Y-%m-%d %H:%M:%S}"


class Provider(models.Model):
    """A provider: how many messages it takes now and has had today, and since when it is away."""

    name = models.CharField(max_length=40, unique=True)
    tokens = models.FloatField(default=0)
    filled_at = models.DateTimeField()
    counted_on = models.DateField(null=True)
    counted = models.PositiveIntegerField(default=0)
    faults = models.PositiveSmallIntegerField(default=0)
    fault = models.CharField(max_length=200, blank=True)
    fault_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    @property
    def is_for_texts(self) -> bool:
        """Tell whether it is the text message service."""
        return bool(settings.SMS_PROVIDER) and self.name == settings.SMS_PROVIDER
