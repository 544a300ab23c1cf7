"""The settings of keeping: for how many years concerns, calls, consent and letters stay on record."""

from school.settings.setting import Group, Setting, Weaker

YEARS = (
    Setting(
        name="keep_child_years",
        group=Group.RECORDS,
        words="Keep a concern about a child until the youngest child it is about is",
        meaning="Then two people decide on each. Shorter breaks the guidance; longer for one concern is "
        "decided on its page, or by a hold.",
        clause="G34, G35",
        default=25,
        unit="years old",
        lowest=25,
        highest=40,
    ),
    Setting(
        name="keep_adult_years",
        group=Group.RECORDS,
        words="Keep a concern about an adult at least for",
        meaning="After the last thing written in it, and until retirement age where that is later. Shorter "
        "breaks the guidance.",
        clause="G11",
        default=10,
        unit="years",
        lowest=10,
        highest=30,
    ),
    Setting(
        name="keep_years",
        group=Group.RECORDS,
        words="Keep calls, consent and letters for",
        meaning="After the end of the school year; pupils, guardians and staff who left for as long. Longer "
        "than people may still ask about it, it is data of children that is not needed.",
        clause="P5, P13",
        default=6,
        unit="years",
        lowest=1,
        highest=10,
        weaker=Weaker.BELOW,
        line=6,
        loses="Whoever asks later who was on a call with a child, and whether the family had said yes, finds "
        "nothing.",
    ),
)
