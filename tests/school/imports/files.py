"""A small school as School Data Sync has it, made row by row so that a test can spoil one cell."""

from collections.abc import Mapping, Sequence
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

Table = list[list[str]]
HEADS = {
    "users.csv": "sourcedId,username,givenName,familyName,password,activeDirectoryMatchId,email,phone,sms",
    "roles.csv": "userSourcedId,orgSourcedId,role,sessionSourcedId,grade,isPrimary,roleStartDate,roleEndDate",
    "demographics.csv": "userSourcedId,sex,birthDate,birthCity",
    "relationships.csv": "userSourcedId,relationshipUserSourcedId,relationshipRole",
    "classes.csv": "sourcedId,orgSourcedId,title,sessionSourcedIds,courseSourcedId",
    "enrollments.csv": "classSourcedId,userSourcedId,role",
}


def user(
    source_id: str, name: str, *, email: str = "", sms: str = "", phone: str = ""
) -> list[str]:
    given, _, family = name.rpartition(" ")
    return [source_id, source_id, given, family, "MARKERPASSWORD", "", email, phone, sms]


def role(source_id: str, part: str, grade: str = "", **dates: str) -> list[str]:
    return [source_id, "o1", part, "", grade, "", dates.get("start", ""), dates.get("end", "")]


def elmfield() -> dict[str, Table]:
    """Ada and Ben Lovelace in 4A with their mother Anne, and Chidi Okafor in 5B with his father."""
    return {
        "users.csv": [
            user("p1", "Ada Lovelace"),
            user("p2", "Ben Lovelace"),
            user("p3", "Chidi Okafor"),
            user("g1", "Anne Lovelace", email="anne@family.example", sms="07700 900001"),
            user("g2", "Obi Okafor", email="obi@family.example", phone="020 7946 0001"),
            user("t1", "Helen Host", email="helen@elmfield.example"),
        ],
        "roles.csv": [
            role("p1", "student", "04"),
            role("p2", "student", "04"),
            role("p3", "student", "Year 5"),
            role("t1", "teacher"),
        ],
        "demographics.csv": [
            ["p1", "F", "2018-03-04", "London"],
            ["p2", "M", "2018-03-04", "London"],
            ["p3", "M", "2017-01-31", "London"],
        ],
        "relationships.csv": [
            ["p1", "g1", "parent"],
            ["p2", "g1", "parent"],
            ["p3", "g2", "guardian"],
        ],
        "classes.csv": [["c1", "o1", "4A", "s1", ""], ["c2", "o1", "5B", "s1", ""]],
        "enrollments.csv": [
            ["c1", "p1", "student"],
            ["c1", "p2", "student"],
            ["c1", "t1", "teacher"],
            ["c2", "p3", "student"],
        ],
    }


def quoted(cells: Sequence[str]) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)


def written(tables: Mapping[str, Table], encoding: str = "utf-8") -> dict[str, bytes]:
    return {
        name: "\r\n".join([HEADS[name], *map(quoted, rows), ""]).encode(encoding)
        for name, rows in tables.items()
    }


def zipped(files: Mapping[str, bytes], folder: str = "") -> bytes:
    out = BytesIO()
    with ZipFile(out, "w", ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(folder + name, content)
    return out.getvalue()
