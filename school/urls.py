"""The pages that run the school."""

from django.urls import path

from school.views import away, calendar, rota

app_name = "school"

urlpatterns = [
    path("calendar/", calendar.show, name="calendar"),
    path("calendar/terms/add/", calendar.add_term, name="add_term"),
    path("calendar/terms/<row:pk>/", calendar.change_term, name="change_term"),
    path("calendar/terms/<row:pk>/remove/", calendar.remove_term, name="remove_term"),
    path("calendar/closed/add/", calendar.close_days, name="close_days"),
    path("calendar/closed/<row:pk>/", calendar.change_closed_day, name="change_closed_day"),
    path("calendar/closed/<row:pk>/remove/", calendar.remove_closed_day, name="remove_closed_day"),
    path("rota/", rota.show, name="rota"),
    path("rota/duties/add/", rota.add_duty, name="add_duty"),
    path("rota/duties/<row:pk>/", rota.change_duty, name="change_duty"),
    path("rota/duties/<row:pk>/remove/", rota.remove_duty, name="remove_duty"),
    path("rota/answers/add/", rota.answer_besides, name="answer_besides"),
    path("rota/answers/<row:pk>/remove/", rota.remove_cover, name="remove_cover"),
    path("away/", away.say, name="away"),
    path("away/<row:pk>/take-back/", away.take_back, name="take_back_absence"),
]
