"""Addresses of units, persons and the own account."""

from django.urls import path

from commercebrain.desk.people import views

app_name = "people"
urlpatterns = [
    path("accounts/sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("accounts/sign-out/", views.SignOut.as_view(), name="sign_out"),
    path("accounts/me/", views.Me.as_view(), name="me"),
    path("units/", views.Units.as_view(), name="units"),
    path("units/<int:pk>/", views.UnitPage.as_view(), name="unit"),
    path("persons/", views.Persons.as_view(), name="persons"),
    path("persons/<int:pk>/", views.PersonPage.as_view(), name="person"),
]
