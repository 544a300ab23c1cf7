from django.urls import path

from meetings.views import closing, families, live, planning, series, sharing

app_name = "meetings"
urlpatterns = [
    path("meetings/", planning.list_, name="list"),
    path("meetings/plan/", planning.plan, name="plan"),
    path("meetings/plan-series/", series.plan_series, name="plan_series"),
    path("meetings/verdict/", planning.verdict, name="verdict"),
    path("meetings/incidents/", closing.incidents, name="incidents"),
    path("meetings/incidents/<row:pk>/settle/", closing.settle, name="settle"),
    path("meetings/<row:pk>/", planning.detail, name="detail"),
    path("meetings/<row:pk>/revise/", planning.revise, name="revise"),
    path("meetings/<row:pk>/link/", planning.set_link, name="set_link"),
    path("meetings/<row:pk>/ask/", planning.ask, name="ask"),
    path("meetings/<row:pk>/ask-series/", series.ask_series, name="ask_series"),
    path("meetings/<row:pk>/cancel/", closing.cancel, name="cancel"),
    path("meetings/<row:pk>/share/", sharing.share, name="share"),
    path("meetings/<row:pk>/share/email/", sharing.by_email, name="share_by_email"),
    path("meetings/<row:pk>/share/by-hand/", sharing.by_hand, name="share_by_hand"),
    path("meetings/<row:pk>/share/posted/", sharing.posted, name="posted"),
    path("meetings/<row:pk>/share/posted-class/", sharing.posted_class, name="posted_class"),
    path("meetings/<row:pk>/live/", live.live, name="live"),
    path("meetings/<row:pk>/live/register/", live.register, name="register"),
    path("meetings/<row:pk>/live/confirm/", live.confirm, name="confirm"),
    path("meetings/<row:pk>/live/open/", live.open_door, name="open_door"),
    path("meetings/<row:pk>/live/admit/", live.admit, name="admit"),
    path("meetings/<row:pk>/live/mark/<row:pupil_id>/<str:kind>/", live.mark, name="mark"),
    path("meetings/<row:pk>/live/remove/<row:pupil_id>/", live.remove, name="remove"),
    path("meetings/<row:pk>/live/unknown/", live.unknown, name="unknown"),
    path("meetings/<row:pk>/live/drop-out/<row:staff_id>/", live.drop_out, name="drop_out"),
    path("meetings/<row:pk>/live/come-back/<row:staff_id>/", live.come_back, name="come_back"),
    path("meetings/<row:pk>/live/reserve/<row:staff_id>/", live.call_reserve, name="call_reserve"),
    path("meetings/<row:pk>/live/end/", closing.end, name="end"),
    path("meetings/<row:pk>/close/", closing.close, name="close"),
    path("j/<str:token>/", families.join, name="join"),
    path("k/<str:token>/", families.class_page, name="class_page"),
]
