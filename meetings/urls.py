from django.urls import path

from meetings.views import closing, families, live, planning, sharing

app_name = "meetings"
urlpatterns = [
    path("meetings/", planning.list_, name="list"),
    path("meetings/plan/", planning.plan, name="plan"),
    path("meetings/verdict/", planning.verdict, name="verdict"),
    path("meetings/incidents/", closing.incidents, name="incidents"),
    path("meetings/incidents/<int:pk>/settle/", closing.settle, name="settle"),
    path("meetings/<int:pk>/", planning.detail, name="detail"),
    path("meetings/<int:pk>/revise/", planning.revise, name="revise"),
    path("meetings/<int:pk>/link/", planning.set_link, name="set_link"),
    path("meetings/<int:pk>/ask/", planning.ask, name="ask"),
    path("meetings/<int:pk>/remind/", planning.remind, name="remind"),
    path("meetings/<int:pk>/cancel/", closing.cancel, name="cancel"),
    path("meetings/<int:pk>/share/", sharing.share, name="share"),
    path("meetings/<int:pk>/share/email/", sharing.by_email, name="share_by_email"),
    path("meetings/<int:pk>/share/by-hand/", sharing.by_hand, name="share_by_hand"),
    path("meetings/<int:pk>/share/posted/", sharing.posted, name="posted"),
    path("meetings/<int:pk>/share/posted-class/", sharing.posted_class, name="posted_class"),
    path("meetings/<int:pk>/live/", live.live, name="live"),
    path("meetings/<int:pk>/live/register/", live.register, name="register"),
    path("meetings/<int:pk>/live/confirm/", live.confirm, name="confirm"),
    path("meetings/<int:pk>/live/open/", live.open_door, name="open_door"),
    path("meetings/<int:pk>/live/admit/", live.admit, name="admit"),
    path("meetings/<int:pk>/live/mark/<int:pupil_id>/<str:kind>/", live.mark, name="mark"),
    path("meetings/<int:pk>/live/remove/<int:pupil_id>/", live.remove, name="remove"),
    path("meetings/<int:pk>/live/unknown/", live.unknown, name="unknown"),
    path("meetings/<int:pk>/live/drop-out/<int:staff_id>/", live.drop_out, name="drop_out"),
    path("meetings/<int:pk>/live/come-back/<int:staff_id>/", live.come_back, name="come_back"),
    path("meetings/<int:pk>/live/reserve/<int:staff_id>/", live.call_reserve, name="call_reserve"),
    path("meetings/<int:pk>/live/end/", closing.end, name="end"),
    path("meetings/<int:pk>/close/", closing.close, name="close"),
    path("j/<str:token>/", families.join, name="join"),
    path("k/<str:token>/", families.class_page, name="class_page"),
]
