"""Addresses of warnings."""

from django.urls import path

from commercebrain.desk.warnings import card, rule_views, views, watch_views

app_name = "warnings"
urlpatterns = [
    path("warnings/", views.Signals.as_view(), name="signals"),
    path("warnings/count/", views.Count.as_view(), name="count"),
    path("warnings/panel/", views.SignalPanel.as_view(), name="panel"),
    path("warnings/evaluations/", watch_views.Evaluations.as_view(), name="evaluations"),
    path("warnings/quiet/", watch_views.QuietPeriods.as_view(), name="quiet"),
    path("warnings/quiet/new/", watch_views.Declare.as_view(), name="quiet_new"),
    path("warnings/quiet/<int:pk>/end/", watch_views.End.as_view(), name="quiet_end"),
    path("warnings/<int:pk>/", card.SignalPage.as_view(), name="signal"),
    path("warnings/<int:pk>/acknowledge/", card.acknowledge, name="acknowledge"),
    path("warnings/<int:pk>/note/", card.note, name="note"),
    path("warnings/<int:pk>/false-alarm/", card.false_alarm, name="false_alarm"),
    path("warnings/<int:pk>/case/", card.open_case, name="case"),
    path("rules/", rule_views.Rules.as_view(), name="rules"),
    path("rules/uses/<int:pk>/approve/", rule_views.approve, name="rule_approve"),
    path("rules/uses/<int:pk>/off/", rule_views.switch_off, name="rule_off"),
    path("rules/uses/<int:pk>/decline/", rule_views.decline, name="rule_decline"),
    path("rules/<slug:code>/", rule_views.RulePage.as_view(), name="rule"),
    path("rules/<slug:code>/test/", rule_views.Test.as_view(), name="rule_test"),
    path("rules/<slug:code>/<int:unit>/propose/", rule_views.propose, name="rule_propose"),
]
