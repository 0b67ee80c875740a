"""The addresses of the cockpit, the figures and the founding systems."""

from django.urls import path

from commercebrain.desk.figures import views as figures
from commercebrain.desk.figures.explorer.views import Explorer
from commercebrain.desk.figures.indicator_views import IndicatorPage, Indicators
from commercebrain.web import cockpit_views, systems

app_name = "web"

urlpatterns = [
    path("", cockpit_views.Cockpit.as_view(), name="cockpit"),
    path("briefing/", cockpit_views.Briefing.as_view(), name="briefing"),
    path("briefing/docx/", cockpit_views.BriefingDocument.as_view(), name="briefing_docx"),
    path("explore/", Explorer.as_view(), name="explorer"),
    path("indicators/", Indicators.as_view(), name="indicators"),
    path("indicators/<slug:code>/", IndicatorPage.as_view(), name="indicator"),
    path("figures/", figures.SeriesList.as_view(), name="figures"),
    path("figures/<slug:indicator>/<slug:region>/", figures.Series.as_view(), name="series"),
    path("intake/", figures.Intake.as_view(), name="intake"),
    path("intake/<str:batch>/", figures.Batch.as_view(), name="batch"),
    path("systems/", systems.Systems.as_view(), name="systems"),
    path("systems/<slug:number>/", systems.System.as_view(), name="system"),
]
