from django.urls import path

from schoolsafe.staffing import views

app_name = "staffing"

urlpatterns = [
    path("", views.roles, name="roles"),
    path("who-sees-what/", views.who_sees_what, name="who_sees_what"),
    path("<row:pk>/", views.person, name="person"),
    path("held/<row:pk>/end/", views.end, name="end"),
    path("proposals/<row:pk>/approve/", views.approve, name="approve"),
    path("proposals/<row:pk>/decline/", views.decline, name="decline"),
    path("proposals/<row:pk>/take-back/", views.take_back, name="take_back"),
]
