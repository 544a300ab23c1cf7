"""The school's logo: chosen with a reason, as every setting is."""

import hashlib

from audit import services as audit
from school.models import Logo, School, StaffMember
from school.roles import may_keep_policy
from school.selectors.settings import newest_logo
from schoolsafe.lib import clock
from schoolsafe.lib.logos import draw_logo
from schoolsafe.lib.rules import NotAllowed, Overtaken


@audit.atomic()
def choose_logo(content: bytes, *, by: StaffMember, why: str, seen: int) -> Logo:
    """Draw a picture anew and show it as the school's logo; without one, show none.

    `seen` is the number of the newest logo that the person's page showed. Raises NotAllowed for staff
    who may not and without a reason, Unfit for what is no picture, Overtaken when another was chosen.
    """
    if not may_keep_policy(by.viewer()):
        raise NotAllowed("Only the designated lead and the headteacher choose the logo.")
    if not why.strip():
        raise NotAllowed("Write down why.")
    picture = draw_logo(content) if content else b""
    school = School.objects.select_for_update().get(pk=1)
    if seen != newest_logo():
        raise Overtaken("Somebody else has chosen a logo since you opened the page. Look again.")
    digest = hashlib.sha256(picture).hexdigest()[:32] if picture else ""
    now = clock.now()
    logo = Logo.objects.create(
        picture=picture, digest=digest, why=why.strip(), added_at=now, added_by=by
    )
    school.chosen = school.chosen | {"logo": digest}
    school.save(update_fields=["chosen"])
    audit.record(at=now, actor=by.actor, verb="logo.choose", object=f"school.logo:{logo.pk}")
    return logo
