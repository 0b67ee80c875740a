"""Addresses of signing in and of what guards an account."""

from django.urls import path

from commercebrain.desk.access.views import account, administration, sign_in

app_name = "access"
urlpatterns = [
    path("accounts/code/", sign_in.SecondStep.as_view(), name="second_step"),
    path("accounts/provider/", sign_in.provider_start, name="oidc_start"),
    path("accounts/provider/answer/", sign_in.provider_answer, name="oidc_callback"),
    path("accounts/security/", account.Security.as_view(), name="security"),
    path("accounts/one-time-codes/", account.SecondFactor.as_view(), name="second_factor"),
    path("accounts/one-time-codes/new/", account.NewSecondFactor.as_view(), name="second_factor_new"),
    path("accounts/sessions/end/", account.EndSession.as_view(), name="end_other_sessions"),
    path("accounts/sessions/<int:pk>/end/", account.EndSession.as_view(), name="end_session"),
    path("accounts/tokens/new/", account.NewToken.as_view(), name="token_new"),
    path("accounts/tokens/<int:pk>/revoke/", account.RevokeToken.as_view(), name="token_revoke"),
    path("persons/<int:pk>/access/", administration.PersonAccess.as_view(), name="person"),
]
