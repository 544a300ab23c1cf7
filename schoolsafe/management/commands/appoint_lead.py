"""`manage.py appoint_lead EMAIL`: the first designated safeguarding lead of a school that has none."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from audit import services as audit
from school import services
from school.models import StaffMember
from school.services import SETUP
from schoolsafe.lib.rules import NotAllowed
from schoolsafe.staffing import changes


class Command(BaseCommand):
    help = (
        "Make somebody the designated safeguarding lead of a school that has none. Where somebody is "
        "lead already it refuses: two people make another one on the page of roles."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email", help="the e-mail address of the account")
        parser.add_argument(
            "--name", default="", help="of somebody who is not on the staff list yet"
        )
        parser.add_argument("--telephone", default="", help="at which they can be rung")

    def handle(self, *args: Any, **options: Any) -> None:
        email = options["email"].strip()
        try:
            validate_email(email)
        except ValidationError as fault:
            raise CommandError(fault.messages[0]) from fault
        try:
            staff, is_new = self._appoint(
                email, options["name"].strip(), options["telephone"].strip()
            )
        except NotAllowed as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write(f"{staff} is the designated safeguarding lead.")
        if is_new:
            self.stdout.write(
                "A new account, without a password: its person asks for one with 'Forgotten password' on "
                "the page where one signs in, and then sets up a second factor."
            )

    @audit.atomic()
    def _appoint(self, email: str, name: str, telephone: str) -> tuple[StaffMember, bool]:
        """Find or take on the person, and give them the role. Raises NotAllowed."""
        staff = StaffMember.objects.filter(user__email__iexact=email).first()
        is_new = staff is None
        if staff is None:
            if not name:
                raise NotAllowed(
                    f"Nobody on the staff list has the address {email}. To take somebody on, add --name."
                )
            staff = services.employ(by=SETUP, name=name, email=email, telephone=telephone)
        changes.appoint_first_lead(staff, by=SETUP)
        return staff, is_new
