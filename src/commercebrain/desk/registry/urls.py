"""Addresses of the registers."""

from django.urls import path

from commercebrain.desk.registry.views import codes, enterprise_forms, enterprise_parts, enterprises, regions, zones

app_name = "registry"
urlpatterns = [
    path("regions/", regions.Regions.as_view(), name="regions"),
    path("regions/<slug:code>/", regions.RegionPage.as_view(), name="region"),
    path("townships/", codes.Townships.as_view(), name="townships"),
    path("zones/", zones.Zones.as_view(), name="zones"),
    path("zones/<slug:code>/", zones.ZonePage.as_view(), name="zone"),
    path("codes/countries/", codes.Countries.as_view(), name="countries"),
    path("codes/industries/", codes.Industries.as_view(), name="industries"),
    path("codes/products/", codes.Products.as_view(), name="products"),
    path("codes/trade-modes/", codes.TradeModes.as_view(), name="trade_modes"),
    path("codes/<slug:list>/<int:pk>/", codes.CodePage.as_view(), name="code"),
    path("enterprises/", enterprises.Enterprises.as_view(), name="enterprises"),
    path("enterprises/new/", enterprise_forms.EnterpriseAdd.as_view(), name="enterprise_add"),
    path("enterprises/changes/", enterprises.Changes.as_view(), name="changes"),
    path("enterprises/changes/<int:pk>/", enterprise_forms.ChangePage.as_view(), name="change"),
    path("enterprises/changes/<int:pk>/evidence/", enterprise_forms.evidence, name="evidence"),
    path("enterprises/merges/", enterprises.Merges.as_view(), name="merges"),
    path("enterprises/merges/<int:pk>/", enterprises.MergePage.as_view(), name="merge"),
    path("enterprises/contacts/<int:pk>/delete/", enterprise_parts.ContactRemove.as_view(), name="contact_remove"),
    path("enterprises/officers/<int:pk>/release/", enterprise_parts.OfficerRelease.as_view(), name="officer_release"),
    path("enterprises/<int:pk>/", enterprises.EnterprisePage.as_view(), name="enterprise"),
    path("enterprises/<int:pk>/edit/", enterprise_forms.EnterpriseEdit.as_view(), name="enterprise_edit"),
    path("enterprises/<int:pk>/change/", enterprise_forms.ChangeAsk.as_view(), name="change_ask"),
    path("enterprises/<int:pk>/contacts/", enterprises.Contacts.as_view(), name="contacts"),
    path("enterprises/<int:pk>/contacts/new/", enterprise_parts.ContactAdd.as_view(), name="contact_add"),
    path("enterprises/<int:pk>/officers/new/", enterprise_parts.OfficerAdd.as_view(), name="officer_add"),
    path("enterprises/<int:pk>/merge/", enterprise_parts.MergeForm.as_view(), name="merging"),
]
