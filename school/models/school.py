"""The school itself, its terms and the days on which it is closed."""

from django.db import models
from django.db.models import F, Q

from school.pace import Pace, Spans
from school.settings.colour import USUAL


class SchoolQuerySet(models.QuerySet["School"]):
    """Reads of the one row."""

    def current(self) -> "School":
        """Return the school; raises School.DoesNotExist before the installation is set up."""
        return self.get(pk=1)


class School(models.Model):
    """The school itself: one row."""

    name = models.CharField(max_length=200)
    office_telephone = models.CharField(max_length=40)
    office_email = models.EmailField()
    nation = models.CharField(
        max_length=3,
        default="ENG",
        choices=[("ENG", "England"), ("WLS", "Wales"), ("SCT", "Scotland"), ("NIR", "N. Ireland")],
    )
    microsoft_tenant = models.UUIDField(
        null=True, blank=True, help_text="Teams links of any other organisation are refused."
    )
    care_telephone = models.CharField(
        "children's social care",
        max_length=40,
        help_text="Shown to a reporter whenever nobody at school has answered.",
    )
    care_out_of_hours_telephone = models.CharField(max_length=40)
    officer_name = models.CharField(
        "designated officer (LADO)",
        max_length=120,
        blank=True,
        help_text="Of the local authority: shown where a concern is about an adult at school (E2).",
    )
    officer_telephone = models.CharField(
        "designated officer's telephone", max_length=40, blank=True
    )
    officer_email = models.EmailField("designated officer's e-mail", blank=True)
    opens_at = models.TimeField(default="08:30")
    closes_at = models.TimeField(default="16:00")
    # Beside what every page reads anyway: language to digest, written when an approval is recorded.
    approved_catalogues = models.JSONField(default=dict, editable=False)
    consent_mode = models.CharField(
        "whose yes is enough",
        max_length=5,
        default="any",
        choices=[("any", "any one guardian who counts"), ("all", "all guardians who count")],
    )
    quiet_from = models.TimeField(
        default="20:00",
        help_text="Messages to families that can wait are not sent from then on.",
    )
    quiet_until = models.TimeField(
        default="07:30", help_text="They leave then. The same time twice: no quiet hours."
    )

    wait_for_others_minutes = models.PositiveSmallIntegerField(
        "minutes to wait when only one pupil turns up",
        default=10,
        help_text="The adults of a call wait that long together, both on it, then end it (E56).",
    )
    keep_recordings_days = models.PositiveSmallIntegerField(
        "days a recording is kept",
        default=30,
        help_text="Offered as the day to destroy it by, when a recorded call is closed.",
    )
    reports_within_days = models.PositiveSmallIntegerField(
        "attendance reports within days",
        null=True,
        blank=True,
        help_text="The host of a call is reminded on the start page when no attendance report of Teams "
        "has come so many days after it. Empty: the school does not use them, and nobody is reminded.",
    )

    retirement_age = models.PositiveSmallIntegerField(
        "retirement age",
        default=67,
        help_text="Until then a concern about an adult who works here is kept, and for 10 years at least.",
    )
    keeps_abuse = models.BooleanField(
        "keep concerns of child sexual abuse for 75 years",
        default=False,
        help_text="As the inquiry into child sexual abuse recommends. Off: they are kept as others "
        "are, and whoever would destroy one is warned.",
    )
    keeps_file_after_transfer = models.BooleanField(
        "keep a copy of what went to the next school",
        default=True,
        help_text="On: it is kept as every other file. Off: a closed concern that went with the file comes "
        "up for destruction a year after the receipt, if it has no files and nothing was added to it since "
        "the copy was made. Two people still decide, and a hold still keeps it.",
    )
    file_kept_in = models.CharField(
        "child protection file kept in",
        max_length=60,
        blank=True,
        help_text="The product that holds the child protection file, such as CPOMS. Empty: this one does.",
    )

    # What has no column of its own and is not as suggested: by the names of `school.settings`.
    chosen = models.JSONField(default=dict, editable=False)

    objects = SchoolQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="school_is_one_row"),
            models.CheckConstraint(
                condition=Q(consent_mode__in=["any", "all"]), name="school_consent_mode_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def colour(self) -> str:
        """Return the school's own colour; nothing where it has the usual one."""
        chosen = str(self.chosen.get("colour", USUAL))
        return "" if chosen == USUAL else chosen

    @property
    def families_words(self) -> str:
        """Return what the school says itself at the foot of what families see."""
        return str(self.chosen.get("families_words", ""))

    @property
    def logo(self) -> str:
        """Return the digest of the school's logo; nothing where it has none."""
        return str(self.chosen.get("logo", ""))

    @property
    def records_calls(self) -> bool:
        """Tell whether a call may be recorded at all."""
        return self.chosen.get("records_calls") is not False

    @property
    def teams_chat(self) -> str:
        """Return what the chat of a Teams meeting is set to, as Microsoft Graph names it."""
        return str(self.chosen.get("teams_chat", "disabled"))

    @property
    def pace(self) -> Pace:
        """Return how long the school lets things wait."""
        return Pace.of(self.chosen)

    @property
    def spans(self) -> Spans:
        """Return for how many years the school keeps things."""
        return Spans.of(self.chosen)


class Term(models.Model):
    """A stretch of days in which the school teaches, both ends included."""

    name = models.CharField(max_length=60)
    starts_on = models.DateField()
    ends_on = models.DateField()

    class Meta:
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_on__gte=F("starts_on")), name="term_in_order")
        ]

    def __str__(self) -> str:
        return self.name


class ClosedDay(models.Model):
    """A day inside a term on which the school is closed to pupils: INSET, snow, a local holiday."""

    day = models.DateField(unique=True)
    reason = models.CharField(max_length=100)

    class Meta:
        ordering = ["day"]

    def __str__(self) -> str:
        return f"{self.day}: {self.reason}"
