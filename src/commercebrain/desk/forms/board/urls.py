"""Addresses of the bureau's side of forms."""

from django.urls import path

from commercebrain.desk.forms.board import board, chase, declared, locks, look, meter, review

app_name = "forms"

urlpatterns = [
    path("reporting/", board.BoardPage.as_view(), name="board"),
    path("reporting/chase/", chase.Chase.as_view(), name="chase"),
    path("reporting/reminders/", chase.Reminders.as_view(), name="reminders"),
    path("reporting/exceptions/", locks.Exceptions.as_view(), name="exceptions"),
    path("reporting/exceptions/<int:pk>/", locks.ExceptionPage.as_view(), name="exception"),
    path("reporting/exceptions/<int:pk>/decide/", locks.decide, name="exception_decide"),
    path("reporting/burden/", meter.Burden.as_view(), name="burden"),
    path("forms/", declared.Forms.as_view(), name="forms"),
    path("forms/rounds/<int:pk>/", declared.RoundPage.as_view(), name="round"),
    path("forms/rounds/<int:pk>/close/", declared.Close.as_view(), name="close"),
    path("forms/rounds/<int:pk>/exception/", locks.Ask.as_view(), name="exception_ask"),
    path("forms/reports/", chase.Reports.as_view(), name="reports"),
    path("forms/reports/<int:pk>/", review.ReviewPage.as_view(), name="report"),
    path("forms/reports/<int:pk>/reveal/", look.Reveal.as_view(), name="reveal"),
    path("forms/reports/<int:pk>/pass/", review.pass_on, name="pass"),
    path("forms/reports/<int:pk>/return/", review.send_back, name="return"),
    path("forms/reports/<int:pk>/excuse/", review.excuse, name="excuse"),
    path("forms/reports/<int:pk>/remind/", review.remind, name="remind"),
    path("forms/<slug:code>/", declared.FormDetail.as_view(), name="form"),
    path("forms/<slug:code>/open/", declared.Open.as_view(), name="open"),
    path("forms/<slug:code>/<int:unit>/end/", declared.switch, {"end": True}, name="end"),
    path("forms/<slug:code>/<int:unit>/resume/", declared.switch, {"end": False}, name="resume"),
]
