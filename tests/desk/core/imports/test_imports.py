"""Lists come in: mapped, previewed, applied as one action, undone as one action; nothing in between."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from python_calamine import CalamineWorkbook
from tests.answers import body

from commercebrain.desk.core.imports import actions, find_importer
from commercebrain.desk.core.models import Event, ImportRow, ImportRun, Job
from commercebrain.desk.people.models import Unit
from commercebrain.engine.errors import UserError

BACKEND = "django.contrib.auth.backends.ModelBackend"
HEAD = ["机构名称", "英文名称", "行政区划", "上级机构"]
NEW = ["海曙区商务局外贸科", "Haishu Foreign Trade Section", "330203", "海曙区商务局"]
CHANGED = ["鄞州区商务局", "Yinzhou Commerce Bureau", "鄞州区", "宁波市商务局"]
SAME = ["海曙区商务局", "Haishu Bureau of Commerce", "330203", "宁波市商务局"]
pytestmark = pytest.mark.django_db


def csv(*rows: list[str], name: str = "机构.csv", encoding: str = "utf-8") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, "\r\n".join(",".join(row) for row in rows).encode(encoding))


def xlsx(
    rows: list[list[Any]], name: str = "机构.xlsx", merge: tuple[int, int, int, int] | None = None
) -> SimpleUploadedFile:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    for number, row in enumerate(rows):
        for place, value in enumerate(row):
            if value not in (None, ""):
                sheet.write(number, place, value)
    if merge:
        sheet.merge_range(*merge, rows[merge[0]][merge[1]])
    book.close()
    return SimpleUploadedFile(name, out.getvalue())


def cells(answer: Any) -> list[list[Any]]:
    """The first sheet of a workbook that a page hands over."""
    data = body(answer)
    return CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_index(0).to_python()


def uploaded(house: Any, *rows: list[str], by: str = "admin") -> ImportRun:
    person = getattr(house.people, by)
    run = actions.upload(find_importer("people.units"), csv(HEAD, *rows), person)
    run.refresh_from_db()
    return run


def applied(house: Any, run: ImportRun) -> ImportRun:
    actions.apply(run, house.people.admin)
    run.refresh_from_db()
    return run


def undone(house: Any, run: ImportRun, rest: bool = False) -> ImportRun:
    actions.undo(run, house.people.admin, rest=rest)
    run.refresh_from_db()
    return run


def refused(run: ImportRun) -> list[tuple[int, str, str, str]]:
    return [(r.row, r.column, r.value, r.why_zh) for r in ImportRow.objects.filter(run=run, state="refused")]


def tree() -> list[tuple[Any, ...]]:
    rows = Unit.objects.filter(closed_on=None)
    return sorted(rows.values_list("name_zh", "name_en", "region__code", "parent__name_zh"), key=str)


def test_a_preview_tells_new_changed_unchanged_and_refused_and_writes_nothing(house):
    before = tree()
    run = uploaded(house, NEW, CHANGED, SAME, ["", "Nameless", "330203", "宁波市商务局"])
    assert run.state == "ready"
    assert {k: run.counts[k] for k in ("new", "changed", "unchanged", "refused")} == {
        "new": 1, "changed": 1, "unchanged": 1, "refused": 1,
    }  # fmt: skip
    changed = ImportRow.objects.get(run=run, state="changed")
    assert changed.changes == [("name_en", "Yinzhou Bureau of Commerce", "Yinzhou Commerce Bureau")]
    assert refused(run) == [(5, "机构名称", "", "没有填写“机构名称”，无法确定是哪一条")]
    assert tree() == before


@pytest.mark.parametrize(
    ("row", "column", "value", "why"),
    [
        (["新单位", "New", "000000", "海曙区商务局"], "行政区划", "000000", "不是本系统中的地区"),
        (["新单位", "", "330203", "海曙区商务局"], "英文名称", "", "新增时必须填写“英文名称”"),
        (["长" * 81, "New", "330203", "海曙区商务局"], "机构名称", "长" * 81, "太长（最多 80 字）"),
        (["新单位", "New", "330203", "绍兴市商务局"], "上级机构", "绍兴市商务局", "不是您管理的机构"),
        (["绍兴市商务局", "Other", "330600", "宁波市商务局"], "机构名称", "绍兴市商务局", "不在您管理的范围内"),
        (["海曙区商务局", "清空", "330203", ""], "英文名称", "", "不能清空"),
    ],
)
def test_a_refused_row_says_where_what_and_why(house, row, column, value, why):
    (line,) = refused(uploaded(house, row))
    assert line[:3] == (2, column, value) and why in line[3]


def test_a_row_that_stands_twice_is_taken_once(house):
    run = uploaded(house, NEW, NEW)
    assert run.counts["new"] == 1
    assert refused(run)[0][3] == "与第 2 行重复"


def test_apply_writes_all_rows_and_undo_puts_everything_back(house):
    before = tree()
    run = applied(house, uploaded(house, NEW, CHANGED, ["科下之股", "Desk", "330203", NEW[0]]))
    assert run.state == "applied" and run.counts["added"] == 2 and run.counts["written"] == 1
    assert ("鄞州区商务局", "Yinzhou Commerce Bureau", "330212", "宁波市商务局") in tree()
    assert ("科下之股", "Desk", "330203", NEW[0]) in tree()
    run = undone(house, run)
    assert run.state == "undone" and tree() == before, "what hangs on an added row goes first"


def test_undo_as_one_action_restores_the_register(house):
    before = tree()
    run = undone(house, applied(house, uploaded(house, NEW, CHANGED)))
    assert run.state == "undone" and run.counts["undone"] == 2 and run.counts["kept"] == 0
    assert tree() == before
    verbs = list(Event.objects.filter(verb__startswith="import.").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["import.uploaded", "import.applied", "import.undone"]


def test_the_same_file_twice_says_so_and_changes_nothing(house):
    applied(house, uploaded(house, NEW, CHANGED))
    before = tree()
    run = uploaded(house, NEW, CHANGED)
    assert actions.earlier_of(run) is not None
    assert (run.counts["new"], run.counts["changed"], run.counts["unchanged"]) == (0, 0, 2)
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(house.people.admin, backend=BACKEND)
    page = client.get(reverse("core:import", args=[run.pk])).content.decode()
    assert "同一份文件" in page and "没有需要写入的内容" in page
    assert tree() == before


def test_what_somebody_changes_between_preview_and_apply_is_not_overwritten(house):
    run = uploaded(house, NEW, CHANGED)
    Unit.objects.filter(name_zh="鄞州区商务局").update(name_en="Theirs")
    run = applied(house, run)
    assert run.counts["written"] == 0 and run.counts["skipped"] == 1 and run.counts["added"] == 1
    assert Unit.objects.get(name_zh="鄞州区商务局").name_en == "Theirs"
    assert "预览之后有人改过" in ImportRow.objects.get(run=run, state="skipped").why_zh


def test_what_somebody_adds_between_preview_and_apply_is_not_added_twice(house):
    run = uploaded(house, NEW)
    from commercebrain.desk.people.actions import create_unit

    create_unit(NEW[0], "Theirs", house.regions["330203"], house.units.haishu)
    assert applied(house, run).counts["skipped"] == 1
    assert Unit.objects.filter(name_zh=NEW[0]).count() == 1


def test_undo_names_rows_changed_since_and_undoes_the_rest_when_asked(house):
    run = applied(house, uploaded(house, NEW, CHANGED))
    Unit.objects.filter(name_zh="鄞州区商务局").update(name_en="Later")
    run = undone(house, run)
    assert run.state == "applied" and run.fault["code"] == "imports.changed_since"
    assert "鄞州区商务局" in run.fault["zh"]
    assert Unit.objects.filter(name_zh=NEW[0], closed_on=None).exists(), "nothing was undone"
    run = undone(house, run, rest=True)
    assert run.state == "undone" and (run.counts["undone"], run.counts["kept"]) == (1, 1)
    assert Unit.objects.get(name_zh="鄞州区商务局").name_en == "Later"
    assert not Unit.objects.filter(name_zh=NEW[0], closed_on=None).exists()


def test_a_fault_in_the_middle_of_apply_leaves_nothing(house, monkeypatch):
    from commercebrain.desk.people.imports import units as imports

    run, before = uploaded(house, NEW, CHANGED, ["另一科", "Another", "330203", "海曙区商务局"]), tree()
    real = imports.create_unit

    def breaks(name: str, *given: Any, **more: Any) -> Any:
        if name == "另一科":
            raise RuntimeError("power cut")
        return real(name, *given, **more)

    monkeypatch.setattr(imports, "create_unit", breaks)
    run = applied(house, run)
    assert run.job.state in (Job.State.FAILED, Job.State.QUEUED)
    assert run.state == "ready" and tree() == before
    assert not ImportRow.objects.filter(run=run, state="added").exists()


def test_cancelling_before_the_commit_leaves_nothing(house, monkeypatch):
    from commercebrain.desk.core.imports import applying
    from commercebrain.desk.core.jobs import JobContext

    run, before = uploaded(house, NEW), tree()
    job = Job.objects.create(
        kind="imports.apply", person=house.people.admin, state=Job.State.RUNNING, cancel_asked=True
    )
    from commercebrain.desk.core.jobs import Cancelled

    with pytest.raises(Cancelled):
        applying.apply_run(run, find_importer("people.units"), house.people.admin, JobContext(job.pk, "imports.apply"))
    run.refresh_from_db()
    assert run.state == "ready" and tree() == before


def test_a_mapping_is_asked_for_once_and_remembered_for_the_same_headings(house):
    importer, person = find_importer("people.units"), house.people.admin
    odd = ["局", "洋名", "行政区划", "上级机构"]
    run = actions.upload(importer, csv(odd, NEW), person)
    assert run.state == "mapping" and run.mapping == ["", "", "region", "parent"]
    assert [c.key for c in actions.missing(run, importer)] == ["name_zh"]
    actions.map_columns(run, importer, ["name_zh", "name_en", "region", "parent"], person)
    run.refresh_from_db()
    assert run.state == "ready" and run.counts["new"] == 1
    again = actions.upload(importer, csv(odd, NEW, CHANGED), person)
    again.refresh_from_db()
    assert again.state == "ready" and again.mapping == ["name_zh", "name_en", "region", "parent"]
    other = actions.upload(importer, csv(odd, NEW), house.people.root)
    assert other.mapping == ["", "", "region", "parent"], "another person's answer is not taken over"


@pytest.mark.parametrize(
    ("mapping", "code"),
    [
        (["name_zh", "name_zh", "region", ""], "imports.mapping_twice"),
        (["name_zh", "", "", ""], "imports.mapping_lacks"),
    ],
)
def test_a_mapping_that_cannot_work_is_refused_in_words(house, mapping, code):
    run = uploaded(house, NEW)
    with pytest.raises(UserError) as fault:
        actions.map_columns(run, find_importer("people.units"), mapping, house.people.admin)
    assert fault.value.code == code


def test_titles_merged_headings_notes_and_gbk_are_read(house):
    rows = [
        ["示例机构名单", None, None, None],
        ["基本情况", None, "归属", None],
        ["机构名称", "英文名称", "行政区划", "上级机构"],
        NEW,
        [None, None, None, None],
        ["注：本表由人事处提供", None, None, None],
    ]
    run = actions.upload(find_importer("people.units"), xlsx(rows, merge=(1, 0, 1, 1)), house.people.admin)
    run.refresh_from_db()
    assert run.state == "ready" and run.counts["new"] == 1 and not run.counts["refused"]
    assert run.counts["skipped_lines"] == ["6: 注：本表由人事处提供"]
    gbk = actions.upload(find_importer("people.units"), csv(HEAD, NEW, encoding="gb18030"), house.people.admin)
    gbk.refresh_from_db()
    assert gbk.counts["new"] == 1


def test_the_template_comes_back_without_its_example_row(house):
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(house.people.admin, backend=BACKEND)
    answer = client.get(reverse("core:import_template", args=["people.units"]))
    rows = cells(answer)
    assert rows[0][1:] == HEAD
    file = xlsx([*rows, [None, *NEW]], "填好.xlsx")
    run = actions.upload(find_importer("people.units"), file, house.people.admin)
    run.refresh_from_db()
    assert run.state == "ready" and run.counts["new"] == 1 and run.counts["refused"] == 0
    assert len(run.counts["skipped_lines"]) == 1


def test_refused_rows_come_as_a_file_that_can_be_corrected_and_uploaded(house):
    run = uploaded(house, NEW, ["新单位", "New", "000000", "海曙区商务局"])
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(house.people.admin, backend=BACKEND)
    answer = client.get(reverse("core:import_refused", args=[run.pk]))
    rows = cells(answer)
    assert "第 3 行“行政区划”列的“000000”：不是本系统中的地区" in rows[1][0]
    rows[1][rows[0].index("行政区划")] = "330203"
    again = actions.upload(find_importer("people.units"), xlsx(rows, "改好.xlsx"), house.people.admin)
    again.refresh_from_db()
    assert again.state == "ready" and again.counts["new"] == 1


def test_the_whole_way_over_the_pages(house):
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(house.people.admin, backend=BACKEND)
    assert "机构" in client.get(reverse("core:imports")).content.decode()
    answer = client.post(
        reverse("core:new_import", args=["people.units"]),
        {"file": csv(["局", "英文名称", "行政区划", "上级机构"], NEW, CHANGED)},
    )
    place = answer.url
    page = client.get(place).content.decode()
    assert "还需指明" in page
    answer = client.post(
        f"{place}columns/", {"column_0": "name_zh", "column_1": "name_en", "column_2": "region", "column_3": "parent"}
    )
    assert answer.status_code == 302
    page = client.get(place).content.decode()
    assert "新增1条、变更1条" in page and re.search(r"<del[^>]*>Yinzhou Bureau of Commerce</del>", page)
    assert "Yinzhou Bureau of Commerce → Yinzhou Commerce Bureau" in client.get(f"{place}rows/").content.decode()
    assert client.post(f"{place}apply/").status_code == 302
    assert "已新增1条、更新1条" in client.get(place).content.decode()
    assert client.post(f"{place}apply/").status_code == 422, "a second time is refused"
    assert client.post(f"{place}undo/").status_code == 302
    assert "导入已撤销" in client.get(place).content.decode()


def test_an_import_is_seen_by_nobody_but_its_owner(house):
    run = uploaded(house, NEW)
    for other in (house.people.root, house.people.clerk):
        client = Client()
        client.force_login(other, backend=BACKEND)
        assert client.get(reverse("core:import", args=[run.pk])).status_code == 404
        assert client.post(reverse("core:apply_import", args=[run.pk])).status_code == 404


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (SimpleUploadedFile("a.csv", b""), "空"),
        (SimpleUploadedFile("a.xlsx", b"PK\x03\x04 broken"), "a.xlsx"),
        (SimpleUploadedFile("a.exe", b"MZ"), "a.exe"),
        (SimpleUploadedFile("a.csv", b"\n\n\n"), "a.csv"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_beside_its_field(house, file, words):
    client = Client(headers={"accept-language": "zh-hans"})
    client.force_login(house.people.admin, backend=BACKEND)
    file.seek(0)
    answer = client.post(reverse("core:new_import", args=["people.units"]), {"file": file})
    assert answer.status_code == 422
    assert words in re.search(r'id="id_file_error"(.*)', answer.content.decode())[1]
    assert not ImportRun.objects.exists()
