"""Recording that somebody who speaks a language has read what families read in it."""

from audit import services as audit
from school.models import LanguageApproval, School, StaffMember
from school.roles import may_approve_languages
from schoolsafe.lib import clock, languages
from schoolsafe.lib.rules import NotAllowed


@audit.atomic()
def approve_language(*, by: StaffMember, language: str, speaker: str) -> LanguageApproval:
    """Record who approved the catalogue of a language as it stands, and tell families no more.

    Raises NotAllowed when the person may not, when nobody is named, or where there is no catalogue.
    """
    if not may_approve_languages(by.viewer()):
        raise NotAllowed("Only the designated lead, the headteacher or the office records this.")
    if not speaker.strip():
        raise NotAllowed("Write the name of the person who speaks the language and read the texts.")
    if not languages.texts(language):
        raise NotAllowed("There is no translation into this language here.")
    now = clock.now()
    school = School.objects.select_for_update().get(pk=1)
    approval = LanguageApproval.objects.create(
        language=language,
        digest=languages.digest(language),
        speaker=speaker.strip(),
        recorded_by=by,
        approved_at=now,
    )
    school.approved_catalogues = school.approved_catalogues | {language: approval.digest}
    school.save(update_fields=["approved_catalogues"])
    audit.record(
        at=now,
        actor=by.actor,
        verb="language.approve",
        object=f"school.languageapproval:{approval.pk}",
        language=language,
        digest=approval.digest,
    )
    return approval
