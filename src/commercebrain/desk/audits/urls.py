"""Addresses of audits: the findings, by document and by pair, the runs, the answers, the report."""

from django.urls import path

from commercebrain.desk.audits import views

app_name = "audits"
urlpatterns = [
    path("audits/", views.Findings.as_view(), name="findings"),
    path("audits/run/", views.run, name="run"),
    path("audits/report/<str:form>/", views.report, name="report"),
    path("audits/findings/<int:pk>/", views.FindingPage.as_view(), name="finding"),
    path("audits/findings/<int:pk>/card/", views.card, name="card"),
    path("audits/findings/<int:pk>/answer/", views.answer, name="answer"),
    path("audits/documents/<int:first>/", views.DocumentFindings.as_view(), name="document"),
    path("audits/documents/<int:first>/<int:second>/", views.DocumentFindings.as_view(), name="pair"),
]
