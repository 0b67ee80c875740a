"""Numbers changed on purpose: the changed statement is flagged, every other keeps its verdict."""

from __future__ import annotations

import pytest
from tests.engine.planaudit.gold import plans
from tests.engine.planaudit.mutations import audit_after, checkable_numbers, is_flagged, kept, mutations, originals

from commercebrain.engine.planaudit.audit import audit_plans

COUNT = 240


@pytest.mark.slow
def test_a_changed_number_is_flagged_and_the_others_keep_their_verdict() -> None:
    flagged = same = untouched = 0
    missed = []
    for mutation in mutations(COUNT):
        after = audit_after(mutation)
        if is_flagged(mutation, after):
            flagged += 1
        else:
            missed.append(mutation)
        held, all_others = kept(mutation, after)
        same, untouched = same + held, untouched + all_others
    print(
        f"{COUNT} mutations of {len(checkable_numbers())} numbers: {flagged / COUNT:.1%} flagged, "
        f"{same / untouched:.2%} of {untouched} untouched statements kept their verdict"
    )
    assert flagged / COUNT >= 0.95, missed
    assert same / untouched >= 0.99


@pytest.mark.parametrize(
    ("wrong", "right", "check", "about"),
    [
        ("年均增长47.4%", "年均增长34.0%", "PA101", "跨境网络零售进口"),
        ("1807.39亿元，同比增长27.7%", "1807.39亿元，同比增长29.3%", "PA201", "数字服务"),
        ("保持在 13%左右", "保持在 13‰左右", "PA702", "出口"),
        ("累计完成 300 亿元", "累计完成 900 亿元", "PA901", "服务贸易"),
        ("20个样板县（市、区）", "30个样板县（市、区）", "PA801", "样板县"),
        ("年均增长约8%", "年均增长约7%", "PA101", "网络零售 (2021"),
        ("[100]", "[160]", "PA803", "备案中方投资"),
        ("跃升到 13.1‰", "跃升到 13.3‰", "PA1201", "出口 2020"),
    ],
)
def test_a_statement_that_is_put_right_is_no_longer_doubted(wrong: str, right: str, check: str, about: str) -> None:
    texts = dict(plans())
    assert sum(text.count(wrong) for text in texts.values()) == 1
    if check == "PA803":
        texts = {name: text.replace("中方投资额 100 亿美元", "中方投资额 160 亿美元") for name, text in texts.items()}
    after = audit_plans((name, text.replace(wrong, right)) for name, text in texts.items())
    grave = ("contradiction", "conflict")
    assert any(f.check == check and about in f.about and f.verdict in grave for f in originals())
    assert not any(f.check == check and about in f.about and f.verdict in grave for f in after)
