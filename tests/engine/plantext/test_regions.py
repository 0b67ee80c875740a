"""Whose plan it is, from what its head says."""

from __future__ import annotations

import pytest

from commercebrain.engine.plantext.regions import area_of, issuer, leading_regions
from commercebrain.engine.plantext.structure import parse_structure


@pytest.mark.parametrize(
    ("head", "region"),
    [
        ("示例市人民政府办公室关于印发示例市商务发展规划的通知", "示例市"),
        ("盐城市人民政府办公室\n\n2025年数字工作要点\n\n强化与上海、南京等中心城市的联系，我市积极推进。", "盐城市"),
        (
            "为贯彻《福建省人民政府办公厅关于印发方案的通知》，结合示例实际。\n\n示例市人民政府办公室\n\n我市全面推进。",
            "示例市",
        ),
        ("促进全省消费扩容升级三年行动方案\n\n推动湖北高质量发展，加快我省建设。", "湖北省"),
        ("加快西宁市流通业发展实施意见\n\n优化我市流通业发展环境。", "西宁市"),
        ("各位代表：\n\n市委坚强领导，邯郸数字经济产业园、邯郸名宴落地。", "邯郸市"),
        ("完成市下达任务，各产业园区、开发区发展良好。", ""),
    ],
)
def test_the_issuer_is_the_government_that_signs(head: str, region: str) -> None:
    assert issuer(parse_structure(head + "\n")) == region


def test_regions_at_the_head_of_a_subject_are_taken_off_it() -> None:
    assert leading_regions("襄阳市、宜昌市社零额", "湖北省") == (["襄阳市", "宜昌市"], "社零额")
    assert leading_regions("园区产值", "湖北省") == ([], "园区产值")
    assert leading_regions("市级高品质步行街", "示例市") == ([], "市级高品质步行街")


def test_an_area_inside_a_region_is_named_with_it() -> None:
    assert area_of("开发区出口额占全市比重", "示例市") == "示例市开发区"
    assert area_of("出口额", "示例市") == "示例市"
