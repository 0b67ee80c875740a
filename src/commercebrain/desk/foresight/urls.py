"""Addresses of what is expected, what broke, and how good the expectations were."""

from django.urls import path

from commercebrain.desk.foresight import anomaly_page, anomaly_views, quality_views, views

app_name = "foresight"
urlpatterns = [
    path("outlook/<slug:indicator>/<slug:region>/", views.OutlookPage.as_view(), name="outlook"),
    path("outlook/<slug:indicator>/<slug:region>/nowcast/", views.NowcastPart.as_view(), name="nowcast"),
    path("anomalies/", anomaly_views.Anomalies.as_view(), name="anomalies"),
    path("anomalies/panel/", anomaly_views.AnomalyPanel.as_view(), name="panel"),
    path("anomalies/<slug:indicator>/<slug:region>/", anomaly_page.AnomalyPage.as_view(), name="anomaly"),
    path("foresight/quality/", quality_views.Quality.as_view(), name="quality"),
    path("foresight/keep/", quality_views.KeepNow.as_view(), name="keep"),
]
