"""Addresses of units, persons, roles, delegations, annotations and the own account."""

from django.urls import path

from commercebrain.desk.access.views import sign_in
from commercebrain.desk.people.views import account, annotations, delegations, persons, units

app_name = "people"
urlpatterns = [
    path("accounts/sign-in/", sign_in.SignIn.as_view(), name="sign_in"),
    path("accounts/sign-out/", sign_in.SignOut.as_view(), name="sign_out"),
    path("accounts/me/", account.Me.as_view(), name="me"),
    path("units/", units.Units.as_view(), name="units"),
    path("units/new/", units.UnitNew.as_view(), name="unit_new"),
    path("units/<int:pk>/", units.UnitPage.as_view(), name="unit"),
    path("units/<int:pk>/edit/", units.UnitEdit.as_view(), name="unit_edit"),
    path("units/<int:pk>/close/", units.UnitClose.as_view(), name="unit_close"),
    path("persons/", persons.Persons.as_view(), name="persons"),
    path("persons/new/", persons.PersonNew.as_view(), name="person_new"),
    path("persons/first-passwords/", persons.first_passwords, name="first_passwords"),
    path("persons/<int:pk>/", persons.PersonPage.as_view(), name="person"),
    path("persons/<int:pk>/edit/", persons.PersonEdit.as_view(), name="person_edit"),
    path("persons/<int:pk>/password/", persons.reset, name="reset"),
    path("persons/<int:pk>/grant/", persons.Grant.as_view(), name="grant"),
    path("memberships/<int:pk>/end/", persons.revoke, name="revoke"),
    path("roles/", persons.Roles.as_view(), name="roles"),
    path("delegations/", delegations.Delegations.as_view(), name="delegations"),
    path("delegations/new/", delegations.Delegate.as_view(), name="delegate"),
    path("delegations/<int:pk>/end/", delegations.end_delegation, name="delegation_end"),
    path("annotations/", annotations.Annotations.as_view(), name="annotations"),
    path("annotations/new/<slug:kind>/<path:number>/", annotations.Annotate.as_view(), name="annotate"),
    path("annotations/<int:pk>/", annotations.AnnotationPage.as_view(), name="annotation"),
    path("annotations/<int:pk>/withdraw/", annotations.Withdraw.as_view(), name="annotation_withdraw"),
]
