"""Addresses of bulletins, the release calendar and the two circulations."""

from django.urls import path

from commercebrain.desk.bulletins import circulation_views, views

app_name = "bulletins"
urlpatterns = [
    path("releases/", views.Releases.as_view(), name="releases"),
    path("circulation/", circulation_views.Circulation.as_view(), name="circulation"),
    path("bulletins/", views.Bulletins.as_view(), name="bulletins"),
    path("bulletins/new/", views.NewBulletin.as_view(), name="new"),
    path("bulletins/sample/", views.sample_sheet, name="sample"),
    path("bulletins/<int:pk>/", views.BulletinPage.as_view(), name="bulletin"),
    path("bulletins/<int:pk>/docx/", views.document, name="docx"),
    path("bulletins/<int:pk>/again/", views.issue_again, name="again"),
]
