"""Addresses of the ranking of counties."""

from django.urls import path

from commercebrain.desk.warnings.ranking import views

app_name = "ranking"
urlpatterns = [
    path("ranking/", views.Rankings.as_view(), name="rankings"),
    path("ranking/new/", views.Compute.as_view(), name="compute"),
    path("ranking/<int:pk>/", views.RankingPage.as_view(), name="ranking"),
    path("ranking/<int:pk>/sign/", views.sign, name="sign"),
    path("ranking/<int:pk>/appeal/", views.Appeal.as_view(), name="appeal"),
]
