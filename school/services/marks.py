"""By what guardians are known again on other records, kept beside them so that it can be looked up."""

from school.models import Guardian

MARKS = ["mail_mark", "telephone_mark", "name_mark", "marked_as"]
MARKED_AT_ONCE = 500


def renew_marks() -> int:
    """Mark anew whoever's record has changed, some hundreds at once; return how many.

    Nobody who writes a record has to think of it: the database sees which marks are of another one,
    and until they are renewed their owners are asked one by one. A record that changes while this runs
    is out of date again, and comes with the next run.
    """
    rows = list(Guardian.objects.unmarked().order_by("pk")[:MARKED_AT_ONCE])
    for row in rows:
        row.mark()
    Guardian.objects.bulk_update(rows, MARKS)
    return len(rows)
