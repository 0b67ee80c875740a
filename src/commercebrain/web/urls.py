"""Every address of the product."""

from django.urls import path

from commercebrain.desk.people.views.account import choose_language
from commercebrain.web import api, faults
from commercebrain.web.areas import area

urlpatterns = [
    area("commercebrain.web.pages"),
    area("commercebrain.desk.core.urls"),
    area("commercebrain.desk.access.urls"),
    area("commercebrain.desk.people.urls"),
    area("commercebrain.desk.registry.urls"),
    area("commercebrain.desk.registers.urls"),
    area("commercebrain.desk.plans.urls"),
    area("commercebrain.desk.audits.urls"),
    area("commercebrain.desk.responsibility.urls"),
    area("commercebrain.desk.lists.urls"),
    area("commercebrain.desk.forms.filing.urls"),
    area("commercebrain.desk.forms.board.urls"),
    area("commercebrain.desk.foresight.urls"),
    area("commercebrain.desk.cases.urls"),
    area("commercebrain.desk.warnings.urls"),
    area("commercebrain.desk.warnings.ranking.urls"),
    area("commercebrain.desk.bulletins.urls"),
    area("commercebrain.desk.lists.exposure.urls"),
    area("commercebrain.desk.notices.urls"),
    path("api/docs/", api.docs, name="api_docs"),
    path("api/", api.api.urls),
    path("i18n/setlang/", choose_language, name="set_language"),
]

handler400 = faults.bad_request
handler403 = faults.forbidden
handler404 = faults.not_found
handler500 = faults.server_fault
