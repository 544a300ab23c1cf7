"""Which heading of a school's own export means what: data, which a school can correct."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

# In a heading: the number of the contact, where a file has all contacts of a pupil in one row.
NUMBER = "#"
MOST_CONTACTS = 9


class Field(StrEnum):
    """What is taken from such a file; everything else in it is read past."""

    PUPIL_ID = "pupil_id"
    UPN = "upn"
    GIVEN_NAME = "given_name"
    FAMILY_NAME = "family_name"
    BORN_ON = "born_on"
    YEAR_GROUP = "year_group"
    CLASS_NAME = "class_name"
    ADMITTED_ON = "admitted_on"
    LEAVES_ON = "leaves_on"
    CONTACT_ID = "contact_id"
    CONTACT_NAME = "contact_name"
    CONTACT_GIVEN_NAME = "contact_given_name"
    CONTACT_FAMILY_NAME = "contact_family_name"
    RELATIONSHIP = "relationship"
    RESPONSIBILITY = "responsibility"
    COURT_ORDER = "court_order"
    CORRESPONDENCE = "correspondence"
    EMAIL = "email"
    TELEPHONE = "telephone"


# In words, as the page of a mapping has them, with what to know about each.
LABELS: dict[Field, tuple[str, str]] = {
    Field.PUPIL_ID: ("Number of the pupil in your system", "Never used twice. Or else the UPN."),
    Field.UPN: ("UPN", "Read only where there is no number of the pupil."),
    Field.GIVEN_NAME: ("First name", "The preferred one first."),
    Field.FAMILY_NAME: ("Family name", "The preferred one first."),
    Field.BORN_ON: ("Date of birth", ""),
    Field.YEAR_GROUP: ("Year", ""),
    Field.CLASS_NAME: ("Class or registration group", ""),
    Field.ADMITTED_ON: ("Date of admission", "Who comes later is read past until then."),
    Field.LEAVES_ON: ("Date of leaving", "Who has left is read past."),
    Field.CONTACT_ID: ("Number of the contact", "By it a changed address is known as one."),
    Field.CONTACT_NAME: ("Whole name of the contact", "Or else the two below."),
    Field.CONTACT_GIVEN_NAME: ("First name of the contact", ""),
    Field.CONTACT_FAMILY_NAME: ("Family name of the contact", ""),
    Field.RELATIONSHIP: ("Relationship", ""),
    Field.RESPONSIBILITY: (
        "Parental responsibility",
        "Shown to whoever approves; never taken over.",
    ),
    Field.COURT_ORDER: ("Court order", "Whatever is not a no counts as one."),
    Field.CORRESPONDENCE: ("Wants letters", "Where it says no, the tie is looked at one by one."),
    Field.EMAIL: ("E-mail address", ""),
    Field.TELEPHONE: ("Telephone", "The mobile number first: texts go there."),
}
OF_CONTACTS = frozenset(list(Field)[list(Field).index(Field.CONTACT_ID) :])
ALWAYS = (Field.GIVEN_NAME, Field.FAMILY_NAME, Field.YEAR_GROUP)
WHOLE_NAME = (Field.CONTACT_NAME,)
PARTED_NAME = (Field.CONTACT_GIVEN_NAME, Field.CONTACT_FAMILY_NAME)

Columns = Mapping[Field, tuple[str, ...]]


@dataclass(frozen=True, kw_only=True)
class ColumnMapping:
    """One source: for each field the headings under which it may stand, the first that is filled wins."""

    source: str
    title: str
    columns: Columns


def lacking(columns: Columns) -> list[tuple[Field, str]]:
    """Return what is missing or wrong in a mapping: the field, and why."""
    faults = [
        (field, "Say under which heading it stands.") for field in ALWAYS if not columns.get(field)
    ]
    if not (columns.get(Field.PUPIL_ID) or columns.get(Field.UPN)):
        faults.append((Field.PUPIL_ID, "Say by what a pupil is known: a number, or the UPN."))
    has_contacts = any(columns.get(field) for field in OF_CONTACTS)
    if has_contacts and not any(
        all(columns.get(field) for field in names) for names in (WHOLE_NAME, PARTED_NAME)
    ):
        faults.append((Field.CONTACT_NAME, "Say under which heading a contact's name stands."))
    faults += [
        (field, f"“{NUMBER}” is for headings of contacts alone.")
        for field, headings in columns.items()
        if field not in OF_CONTACTS and any(NUMBER in one for one in headings)
    ]
    return faults + _twice(columns)


def _twice(columns: Columns) -> list[tuple[Field, str]]:
    """Return the fields that take a heading which another field has: one of them must be wrong."""
    taken: dict[str, Field] = {}
    faults = []
    for field, headings in columns.items():
        for heading in headings:
            other = taken.setdefault(heading.casefold(), field)
            if other is not field:
                faults.append((field, f"“{heading}” is {LABELS[other][0].lower()} already."))
    return faults


def _ready(source: str, title: str, **columns: str) -> ColumnMapping:
    """Write a mapping down: headings of one field are divided by strokes."""
    return ColumnMapping(
        source=source,
        title=title,
        columns={Field(name): tuple(said.split(" | ")) for name, said in columns.items()},
    )


# The headings that the usual exports of these systems have. They differ between schools and years:
# where one does not fit, the refusal says which headings the file has, and the mapping is corrected.
READY = {
    one.source: one
    for one in (
        _ready(
            "sims",
            "SIMS: pupils, or pupils and contacts",
            pupil_id="Adno | Admission Number | Admission number",
            upn="UPN | Unique Pupil Number",
            given_name="Preferred Forename | Forename | Legal Forename",
            family_name="Preferred Surname | Surname | Legal Surname",
            born_on="DOB | Date of Birth | Date of birth",
            year_group="Year | Year Group | Year group | NC Year | Year taught in",
            class_name="Reg | Reg Group | Registration Group | Reg group",
            admitted_on="Date of Admission | Admission Date | DOA",
            leaves_on="Leaving Date | Date of Leaving | DOL",
            contact_id="Contact ID | Contact Id",
            contact_name="Contact Name | Contact Full Name",
            contact_given_name="Contact Forename",
            contact_family_name="Contact Surname",
            relationship="Relationship | Relationship to Pupil | Contact Relationship",
            responsibility="Parental Responsibility",
            court_order="Court Order",
            correspondence="Correspondence | Receives Correspondence",
            email="Contact Email | Contact Primary Email | Primary Email | Contact E-mail",
            telephone="Contact Mobile | Mobile | Contact Mobile Telephone | Contact Telephone | Home Telephone",
        ),
        _ready(
            "arbor",
            "Arbor: students, or students and guardians",
            pupil_id="Arbor Student ID | Student ID | Arbor ID",
            upn="UPN | Unique Pupil Number",
            given_name="Preferred first name | Preferred First Name | First name | Legal first name",
            family_name="Preferred last name | Preferred Last Name | Last name | Legal last name",
            born_on="Date of birth | Date of Birth",
            year_group="Year group | Year Group | Year",
            class_name="Registration form | Form | Registration Form",
            admitted_on="Enrolment start date | Admission date",
            leaves_on="Enrolment end date | Leaving date",
            contact_id="Guardian ID | Guardian Arbor ID",
            contact_name="Guardian name | Guardian full name",
            contact_given_name="Guardian first name",
            contact_family_name="Guardian last name",
            relationship="Relationship to student | Guardian relationship | Relationship",
            responsibility="Legal guardian | Parental responsibility | Has parental responsibility",
            court_order="Court order | Has court order",
            correspondence="Correspondence | Receives correspondence",
            email="Guardian email | Guardian email address | Guardian default email",
            telephone="Guardian mobile | Guardian mobile number | Guardian telephone | Guardian home phone",
        ),
        _ready(
            "bromcom",
            "Bromcom: students, or students and contacts",
            pupil_id="Student ID | Person ID | Admission Number",
            upn="UPN",
            given_name="Preferred First Name | First Name | Legal First Name",
            family_name="Preferred Last Name | Last Name | Legal Last Name | Surname",
            born_on="Date Of Birth | Date of Birth | DOB",
            year_group="Year Group | Year | NC Year",
            class_name="Tutor Group | Registration Group | Form",
            admitted_on="Admission Date | Date Of Admission",
            leaves_on="Leaving Date | Date Of Leaving",
            contact_id="Contact # ID | Contact ID",
            contact_name="Contact # Full Name | Contact Full Name | Contact # Name",
            contact_given_name="Contact # First Name | Contact First Name",
            contact_family_name="Contact # Last Name | Contact Last Name",
            relationship="Contact # Relationship | Contact Relationship",
            responsibility="Contact # Parental Responsibility | Parental Responsibility",
            court_order="Contact # Court Order | Court Order",
            correspondence="Contact # Correspondence | Correspondence",
            email="Contact # Email | Contact Email",
            telephone="Contact # Mobile | Contact Mobile | Contact # Telephone | Contact Telephone",
        ),
    )
}
