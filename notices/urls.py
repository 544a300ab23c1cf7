"""The outbox."""

from django.urls import path

from notices import callbacks, views

app_name = "notices"
urlpatterns = [
    path("", views.outbox, name="outbox"),
    path("send-again/", views.send_kind_again, name="send_kind_again"),
    path("<slug:name>/", views.letter, name="letter"),
    path("<slug:name>/send-again/", views.send_again, name="send_again"),
    path("hooks/notify/", callbacks.notify, name="notify_callback"),
    path("hooks/mail/", callbacks.mail, name="mail_callback"),
]
