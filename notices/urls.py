"""The outbox."""

from django.urls import path

from notices import views

app_name = "notices"
urlpatterns = [
    path("", views.outbox, name="outbox"),
    path("<row:pk>/", views.letter, name="letter"),
    path("<row:pk>/send-again/", views.send_again, name="send_again"),
    path("send-again/", views.send_kind_again, name="send_kind_again"),
]
