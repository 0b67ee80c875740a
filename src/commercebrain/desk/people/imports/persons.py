"""Accounts from a list: each with the unit that keeps it and, for a new one, its first role.

An imported account has no password, so nobody can sign in with it until its administrator gives out first passwords
(:func:`commercebrain.desk.people.actions.give_first_passwords`), which are shown once.
"""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db.models import Q
from django.urls import reverse

from commercebrain.desk.core.clock import today
from commercebrain.desk.core.imports import Found, ImportColumn, Importer, importer, text
from commercebrain.desk.people.actions import create_person, edit_person, grant, revoke, switch
from commercebrain.desk.people.authority import manages_person, must_grant_within, units_managed_by
from commercebrain.desk.people.imports.units import Fault
from commercebrain.desk.people.models import Membership, Person, Role, Scope, Unit
from commercebrain.desk.people.scopes import managed_by
from commercebrain.engine.errors import UserError
from commercebrain.engine.lake.cells import Raw, Say, shown
from commercebrain.engine.lake.dataset import fold


def username(raw: Raw) -> Any:
    """A user name as the form of an account takes it, in small letters."""
    said = text(60)(raw)
    if isinstance(said, str):
        said = said.lower()
        try:
            validate_slug(said)
        except ValidationError:
            return Say("只能用字母、数字、连字符和下划线", "may hold letters, digits, hyphens and underscores only")
    return said


@importer
class Persons(Importer):
    """Adds accounts to units that the person manages, and changes their names and the unit that keeps them."""

    code = "people.persons"
    zh, en = "人员账号", "Persons and accounts"
    key = ("username",)

    @cached_property
    def columns(self) -> tuple[ImportColumn, ...]:
        """Account, names, unit, first role."""
        roles = tuple(role.name_zh for role in self._roles.values())
        return (
            ImportColumn("username", "用户名", "User name", required=True, parse=username, example="zhangsan",
                         synonyms=("账号", "登录名"), note=("字母、数字、连字符；以后不变", "letters, digits, hyphen; never changed")),
            ImportColumn("name_zh", "姓名", "Name in Chinese", required=True, parse=text(60), synonyms=("中文姓名",), example="张三"),
            ImportColumn("name_en", "英文姓名", "Name in English", parse=text(80)),
            ImportColumn("home", "所在机构", "Unit that keeps the account", required=True, parse=text(80),
                         synonyms=("单位", "机构", "机构名称", "单位名称"), example="示例市商务局",
                         note=("您管理的机构的中文名称", "Chinese name of a unit that you manage")),
            ImportColumn("role", "角色", "Role", parse=self._role, choices=roles,
                         note=("只用于新账号，在所在机构内授予；已有账号的角色在其页面上维护", "for new accounts only, in the unit that keeps them")),
        )  # fmt: skip

    @cached_property
    def _roles(self) -> dict[str, Role]:
        """The roles that a list can grant: those that need neither a firm nor chosen units."""
        rows = Role.objects.filter(for_firms=False).order_by("code")
        return {role.code: role for role in rows if Scope.CHOSEN not in {role.enter, role.see, role.find}}

    def _role(self, raw: Raw) -> Any:
        word = fold(shown(raw))
        for code, role in self._roles.items():
            if word in {fold(code), fold(role.name_zh), fold(role.name_en)}:
                return code
        return Say(
            "不是可以成批授予的角色（企业用户和指定机构的角色请逐个授予）",
            "is no role that a list can grant; grant it on the page",
        )

    def address(self) -> str:
        """The list of persons."""
        return reverse("people:persons")

    def allowed(self, person: Person) -> bool:
        """Administrators of units."""
        return not managed_by(person, today()).empty

    def existing(self, keys: Collection[tuple[Any, ...]], person: Person) -> dict[tuple[Any, ...], Found]:
        """Accounts with these names, however they are written, managed by the person or not."""
        wanted = Q(pk__in=[])
        for key in keys:
            wanted |= Q(username__iexact=key[0])
        rows = list(Person.objects.filter(wanted).select_related("home"))
        held: dict[int, list[str]] = {}
        for membership in Membership.objects.in_force(today()).filter(person__in=rows).select_related("role"):
            held.setdefault(membership.person_id, []).append(membership.role.code)
        return {(row.username.lower(),): self._found(row, sorted(held.get(row.pk, []))) for row in rows}

    def _found(self, row: Person, roles: list[str]) -> Found:
        values = {
            "username": row.username.lower(), "name_zh": row.name_zh or None, "name_en": row.name_en or None,
            "home": row.home.name_zh if row.home else None, "role": "、".join(roles) or None,
        }  # fmt: skip
        return Found(row.pk, values, row.version, row.name_zh or row.username)

    def _home(self, name: str, person: Person) -> Unit:
        rows = list(units_managed_by(person).filter(name_zh=name, closed_on=None)[:2])
        if len(rows) == 1:
            return rows[0]
        if rows:
            raise Fault("home", "persons.home_ambiguous", f"您管理的机构中有多个叫“{name}”，请在页面上逐个添加",
                        f"several units that you manage are called “{name}”; add this one on the page")  # fmt: skip
        raise Fault("home", "persons.home_unknown", f"“{name}”不是您管理的机构", f"“{name}” is no unit that you manage")

    def check(self, values: dict[str, Any], found: Found | None, person: Person) -> None:
        """The unit and the account must be managed by the person; roles of accounts that are there stay as they are."""
        if found is not None:
            row = Person.objects.get(pk=found.id)
            if not manages_person(person, row):
                raise Fault("username", "persons.not_managed", f"用户名“{row.username}”已被其他机构使用，请换一个",
                            f"the user name “{row.username}” is taken in another unit; choose another one")  # fmt: skip
            if not row.is_active:
                raise Fault("username", "persons.switched_off", "账号已停用，请先在其页面上启用",
                            "the account is switched off; switch it on at its page first")  # fmt: skip
            if values.get("role") != found.values.get("role"):
                raise Fault("role", "persons.role_on_page", "已有账号的角色请在其页面上授予或撤销",
                            "roles of an account that is there are granted and ended on its page")  # fmt: skip
            if values.get("home") == found.values.get("home"):
                return
        home = self._home(str(values["home"]), person)
        if found is None and values.get("role"):
            try:
                must_grant_within(person, home, self._roles[values["role"]], ())
            except UserError as fault:
                raise Fault("role", fault.code, fault.zh, fault.en) from None

    def create(self, values: dict[str, Any], person: Person) -> Found:
        """Adds the account without a password, and grants its role."""
        home = self._home(values["home"], person)
        row = create_person(
            values["username"], None, values["name_zh"], values.get("name_en") or "", by=person, home=home
        )
        if values.get("role"):
            grant(row, home, self._roles[values["role"]], by=person)
        row.refresh_from_db()
        return self._found(row, [values["role"]] if values.get("role") else [])

    def change(self, found: Found, values: dict[str, Any], person: Person) -> Found:
        """Changes names and unit by the action."""
        row = Person.objects.select_related("home").get(pk=found.id)
        home = self._home(values["home"], person) if values.get("home") else row.home
        edit_person(
            row, name_zh=values.get("name_zh", row.name_zh), name_en=values.get("name_en", row.name_en) or "", home=home,
            language=row.language, by=person, seen=found.version,
        )  # fmt: skip
        row.refresh_from_db()
        return self._found(row, [found.values["role"]] if found.values.get("role") else [])

    def remove(self, found: Found, person: Person) -> None:
        """Ends the roles of an added account and switches it off; what happened is never forgotten, so its row stays."""
        row = Person.objects.get(pk=found.id)
        if row.last_login is not None or row.has_usable_password():
            raise UserError(
                "persons.in_use",
                f"“{row.username}”已发过密码或登录过，请在其页面上停用。",
                f"{row.username} was given a password or has signed in; switch it off on its page.",
            )
        for membership in Membership.objects.in_force(today()).filter(person=row):
            revoke(membership, person)
        switch(row, False, person)
