"""Cases in every stage and one ranking, made by the same actions that the pages call."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

from tests.browser.prepared import Addresses, account


def _file(name: str, text: str) -> Any:
    from django.core.files.uploadedfile import SimpleUploadedFile

    return SimpleUploadedFile(name, io.BytesIO(text.encode()).getvalue(), content_type="text/plain")


def cases() -> Addresses:
    """Warning responses from unclaimed to followed up, a trade-remedy case with firms and papers, a firm's request."""
    from commercebrain.desk.cases import actions
    from commercebrain.desk.cases.models import Case, CaseFirm, Clock
    from commercebrain.desk.core.clock import today
    from commercebrain.desk.registry.models import Enterprise, Region

    shili, jiaqu, qiye = account("shili"), account("jiaqu"), account("qiye")
    city, county = shili.memberships.get().unit, jiaqu.memberships.get().unit
    day = today()
    firms = list(Enterprise.objects.filter(unit=county).order_by("pk")[:8])

    def response(firm: Any, level: str) -> Case:
        title = (f"{firm.name_zh}：在手订单下降", f"{firm.name_en or firm.name_zh}: orders in hand fall")
        return actions.start(
            "warning_response", unit=county, region=firm.region, title=title, person=jiaqu, enterprise=firm, level=level
        )

    made = [response(firm, level) for firm, level in zip(firms[:6], ("watch", "close_watch", "note") * 2, strict=False)]
    contact = {
        "contacted_on": day.isoformat(),
        "contact_way": "visit",
        "finding": "orders_lost",
        "contact_person": "王经理",
    }
    measure = {"measure_kind": "credit_insurance", "measure_due": (day + timedelta(days=9)).isoformat()}
    for case in made[1:]:
        actions.move(case, jiaqu, "acknowledge")
    for case in made[2:]:
        actions.move(case, jiaqu, "contact", values=contact)
    for case in made[3:]:
        actions.move(case, jiaqu, "decide_measure", values=measure)
    for case in made[4:]:
        actions.move(case, jiaqu, "take_effect", values={"measure_done": day.isoformat()})
    late = Clock.objects.filter(case__in=made[1:3], met_at=None)
    for clock in late:
        Clock.objects.filter(pk=clock.pk).update(
            started_at=clock.started_at - timedelta(days=8), due_at=clock.due_at - timedelta(days=8)
        )
    actions.comment(made[2], jiaqu, "企业反映美国客户转单，本周五前回访。")
    actions.decide(made[3], jiaqu, "同意先以信保支持。")
    running = Clock.objects.get(case=made[3], met_at=None)

    remedy = actions.start(
        "remedy_case", unit=city, region=city.region, title=("欧盟对示例瓷砖反倾销调查（虚构）", "EU inquiry into sample tiles (invented)"),
        person=shili, values={
            "authority": "eu27", "remedy": "anti_dumping", "product": "示例瓷砖（虚构）", "products": "690721",
            "initiated_on": day.isoformat(), "questionnaire_due": (day + timedelta(days=37)).isoformat(),
            "told_firms_on": day.isoformat(), "basics_sent_on": day.isoformat(),
        },
    )  # fmt: skip
    named = actions.name_firms(remedy, shili, [*firms[:2], *qiye_firms(qiye)])
    for row, answer in zip(named, ("yes", "no", "yes"), strict=False):
        actions.fill_firm(row, shili, {"responds": answer, "involved_value": "320", "response_cost": "45"})
    actions.move(remedy, shili, "organise")
    actions.add_paper(remedy, shili, _file("comment.txt", "示例评论意见"), "comment")
    asked = actions.add_paper(remedy, account("shiju"), _file("answer.txt", "示例政府答卷"), "government_answer")
    actions.ask_paper(asked, account("shiju"))
    own = CaseFirm.objects.get(case=remedy, enterprise__in=qiye_firms(qiye))

    firm = qiye_firms(qiye)[0]
    request = actions.start(
        "firm_request", unit=firm.unit, region=firm.region, title="信保限额不足", person=qiye, enterprise=firm,
        values={"topic": "finance", "wish": "希望扩大对欧洲买家的信保限额。"},
    )  # fmt: skip
    one, at = f"/cases/{made[2].pk}/", f"/cases/{remedy.pk}/"
    new = Region.objects.filter(parent=city.region, level="county").order_by("code")[0]
    return {
        "cases:cases": ("shili", "/cases/"),
        "cases:board": ("jiaqu", "/cases/board/"),
        "cases:board of a kind": ("shili", "/cases/board/?template=remedy_case"),
        "cases:calendar": ("shili", "/cases/calendar/"),
        "cases:map": ("shiju", "/cases/map/"),
        "cases:map of a county": ("jiaqu", f"/cases/map/?county={new.code}"),
        "cases:start": ("shili", "/cases/new/remedy_case/"),
        "cases:case": ("jiaqu", one),
        "cases:case unclaimed": ("shili", f"/cases/{made[0].pk}/"),
        "cases:case followed up": ("shiju", f"/cases/{made[4].pk}/"),
        "cases:case of a remedy": ("shili", at),
        "cases:case of a firm": ("qiye", f"/cases/{request.pk}/"),
        "cases:case of a remedy, by a firm": ("qiye", at),
        "cases:fill": ("jiaqu", f"{one}fill/"),
        "cases:edit": ("shili", f"{at}edit/"),
        "cases:move": ("jiaqu", f"{one}move/decide_measure/"),
        "cases:hand_over": ("jiaqu", f"{one}hand-over/"),
        "cases:withdraw": ("qiye", f"/cases/{request.pk}/withdraw/"),
        "cases:reveal": ("jiaqu", f"{one}reveal/"),
        "cases:pause": ("jiaqu", f"/cases/{made[3].pk}/clocks/{running.pk}/pause/"),
        "cases:join": ("shili", f"{at}people/"),
        "cases:paper_add": ("shili", f"{at}papers/"),
        "cases:paper_decide": ("shili", f"{at}papers/{asked.pk}/decide/"),
        "cases:firm_add": ("shili", f"{at}firms/"),
        "cases:firm_edit": ("qiye", f"{at}firms/{own.pk}/"),
        "cases:requests": ("jiaqu", "/requests/"),
        "cases:requests of a firm": ("qiye", "/requests/"),
        "cases:request_new": ("qiye", "/requests/new/"),
    }


def ranking() -> Addresses:
    """A ranking that waits for its signature, and one that is signed."""
    from commercebrain.desk.registry.models import Region
    from commercebrain.desk.warnings.ranking import actions

    shili, shiju, jiaqu = account("shili"), account("shiju"), account("jiaqu")
    unit = shili.memberships.get().unit
    waiting = actions.compute(unit, "response", "2025-Q2", shili)
    actions.appeal(
        waiting, Region.objects.get(pk=jiaqu.memberships.get().unit.region_id), jiaqu, "第23周系统故障，请核实。"
    )
    signed = actions.sign(actions.compute(unit, "response", "2025-Q3", shili), shiju)
    return {
        "ranking:rankings": ("jiaqu", "/ranking/"),
        "ranking:compute": ("shili", "/ranking/new/"),
        "ranking:ranking": ("shiju", f"/ranking/{waiting.pk}/"),
        "ranking:ranking of a county": ("jiaqu", f"/ranking/{waiting.pk}/"),
        "ranking:ranking signed": ("jiaqu", f"/ranking/{signed.pk}/"),
        "ranking:appeal": ("jiaqu", f"/ranking/{waiting.pk}/appeal/"),
    }


def qiye_firms(person: Any) -> list[Any]:
    """The firms of a firm's user."""
    from commercebrain.desk.registry.models import Enterprise

    return list(Enterprise.objects.filter(pk__in=person.memberships.values("firm")).select_related("unit", "region"))
