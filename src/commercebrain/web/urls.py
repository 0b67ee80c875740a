"""Every address of the product."""

from django.urls import include, path

from commercebrain.desk.people.views.account import choose_language
from commercebrain.web import api, faults

urlpatterns = [
    path("", include("commercebrain.web.pages")),
    path("", include("commercebrain.desk.core.urls")),
    path("", include("commercebrain.desk.access.urls")),
    path("", include("commercebrain.desk.people.urls")),
    path("", include("commercebrain.desk.registry.urls")),
    path("", include("commercebrain.desk.registers.urls")),
    path("", include("commercebrain.desk.plans.urls")),
    path("", include("commercebrain.desk.audits.urls")),
    path("", include("commercebrain.desk.responsibility.urls")),
    path("", include("commercebrain.desk.lists.urls")),
    path("", include("commercebrain.desk.forms.filing.urls")),
    path("", include("commercebrain.desk.forms.board.urls")),
    path("", include("commercebrain.desk.foresight.urls")),
    path("", include("commercebrain.desk.cases.urls")),
    path("", include("commercebrain.desk.warnings.urls")),
    path("", include("commercebrain.desk.warnings.ranking.urls")),
    path("", include("commercebrain.desk.bulletins.urls")),
    path("", include("commercebrain.desk.lists.exposure.urls")),
    path("", include("commercebrain.desk.notices.urls")),
    path("api/docs/", api.docs, name="api_docs"),
    path("api/", api.api.urls),
    path("i18n/setlang/", choose_language, name="set_language"),
]

handler400 = faults.bad_request
handler403 = faults.forbidden
handler404 = faults.not_found
handler500 = faults.server_fault
