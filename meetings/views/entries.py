from django.http import HttpResponse
from django.views.decorators.http import require_safe

from meetings import pages
from meetings.models import Seat
from meetings.views.loading import meeting_for
from school.access import StaffRequest, staff_page
from schoolsafe.lib import clock
from schoolsafe.lib.rules import NotAllowed


@require_safe
@staff_page
def own_entry(request: StaffRequest, pk: int) -> HttpResponse:
    """Give an adult of the call the entry for their own calendar; it names no pupil."""
    meeting = meeting_for(request, pk)
    seat = Seat.objects.filter(meeting=meeting, staff=request.staff).first()
    if seat is None:
        raise NotAllowed("Only the adults of a call have it in their calendar.")
    file = pages.entry_for_staff(meeting, seat, clock.now()).file
    response = HttpResponse(file, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="call.ics"'
    return response
