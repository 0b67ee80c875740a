"""How product codes are written, and what stands around them: the patterns of :mod:`finding`."""

from __future__ import annotations

import re

#: Full-width letters and digits, odd spaces, hyphens and points as plain ones; each stays one character.
PLAIN = {
    **{code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)},
    **dict.fromkeys((0x3000, 0x00A0, 0x202F, 0x205F, 0x200B, *range(0x2000, 0x200B)), 0x20),
    **dict.fromkeys((0x2010, 0x2011, 0x2212), 0x2D),
    0x00B7: 0x2E,
}
TOKEN = re.compile(
    r"(?:(?<![0-9A-Za-z_.])|(?<=[Ee][Xx])|(?<=[Hh][Ss])|(?<=[Tt][Ss]))"
    r"(?:\d{4} \d{2} \d{2}(?: \d{2})?(?![\d.])|\d+(?:\.\d+)*(?:(?<=\.\d\d) \d{2}(?![\d.]))?)(?![0-9A-Za-z_])"
)
CONTEXT = re.compile(
    r"税则号列|税则号|税则编号|税则税目|税号|税目|品目|子目|商品编[码号]|海关编[码号]|产品编[码号]|税则|编码"
    r"|\bHS(?:[ -]?codes?)?(?![A-Za-z])|\bHTS(?:US)?(?![A-Za-z])|\b(?:sub)?headings?\b|\bTARIC\b|\bCN codes?\b"
    r"|\b(?:tariff|commodity|product|customs) (?:codes?|lines?|items?|numbers?)\b",
    re.IGNORECASE,
)
#: What may stand between the codes of one list. It never goes back (``*+``), so longer words stand first.
GLUE = re.compile(
    r"(?:[-–~至]\s?\d{2}(?![\d.])|[\s、,;:/*·~“”\"'\[\]–—-]|\([^()\n]{0,60}\)|[()]"
    r"|第\s?\d{1,2}\s?章|chapters?\s\d{1,2}|除外?|外|不包括|不含|但|其中|和|及|与|或|至|到|项下|的|为|是|包括|下列|以下|如下|部分|等|第"
    r"|excepting|except|excluding|including|ex\.?|other|than|those|through|the|to|but|not|nos?\.?|numbers?|codes?|goods"
    r"|products|and|or|of|under|in|for|(?:sub)?headings?|HTSUS|HTS|HS|税则号列|税号|税目|品目|子目|编码)*+",
    re.IGNORECASE,
)
#: What makes a number an amount, a count or a date when it stands right behind it, and when right before.
AFTER = re.compile(
    r"\s?(?:%|‰|个百分点|亿|美元|美金|欧元|日元|公斤|千克|平方|公里|号令|号(?!列)|吨|户|岁|届"
    r"|万(?![用向能])|千(?!斤顶)|百(?![货叶])|元(?![素件明])|克(?!拉)|升(?!降)|个(?!人)|件|台(?![式灯秤球布钟虎])|套(?![装筒管])"
    r"|家(?![具用电禽畜纺居])|人(?![造发用工])|次(?![氯磷级硫])|倍|立方(?!体)|米(?![粉面线糠])|年(?!糕)|月(?!饼)|日(?![用光本])"
    r"|时(?!钟)|分(?![析离配立])|秒(?!表)|天(?![然平线窗])|周(?!转)|版(?![画纸])|页(?!岩)"
    r"|(?:USD|EUR|RMB|CNY|dollars?|yuan|million|billion|per ?cent|percent|tons?|tonnes|units?|days?|months?|years?|kg|km"
    r"|pages?)\b)",
    re.IGNORECASE,
)
BEFORE = re.compile(
    r"(?:[$¥€£￥]|USD|RMB|CNY|EUR|电话|传真|热线|手机|邮编|邮政编码|账号|帐号|信用代码|机构代码|\btel\.?|\bfax|\bphone|\+\d{1,3}"
    r"|(?<!\d)0\d{2,3}-|\bFR|\bOJ)[\s:()-]*$",
    re.IGNORECASE,
)
RANGE = re.compile(
    r"\s{0,4}(?:项下)?\s{0,4}(?:至|到|~|-|–|—|\bto\b|\bthrough\b|\bthru\b)\s{0,4}(?:第|税号|税目|品目|(?:sub)?headings?)?\s{0,4}",
    re.I,
)
EX = re.compile(r"(?:(?<![A-Za-z])ex\.?|部分)\s*$", re.IGNORECASE)
CHAPTER = re.compile(
    r"第\s{0,4}\d{1,2}\s{0,4}章?(?:\s{0,4}(?:[、,和及与至到~–—-]|以及)\s{0,4}第?\s{0,4}\d{1,2}\s{0,4}章?)*(?<=章)"
    r"|\bchapters?\s{1,4}\d{1,2}(?:\s{0,4}(?:,|and|&|to|through|–|—|-)\s{0,4}(?:and\s{1,4}|chapters?\s{1,4})?\d{1,2}(?!\d))*",
    re.IGNORECASE,
)
#: A code that a spreadsheet wrote as a number with a fraction of nothing.
FLOATED = re.compile(r"\d{6,10}\.0")
DOTTED = re.compile(r"\d{4}\.\d{2}")
STRONG = frozenset({(4, 2, 2), (4, 2, 4), (4, 2, 2, 2), (4, 4), (4, 4, 2), (8,), (10,)})
WEAK = frozenset({(4, 2), (2, 2), (2, 2, 2), (2, 2, 2, 2), (2, 2, 2, 2, 2), (4,), (6,)})
#: What takes a code out: in front of it (and of those listed with it), or behind it (and those before it).
EXCEPT_BEFORE = re.compile(
    r"(?:(?<![消解扣免废拆])除(?:外\s?:)?|不包括|不含|不涉及|except(?:ing)?(?: for)?|excluding|other than|but not(?: including)?"
    r"|not including)"
    r"(?:第|税则号列|税则号|税号|税目|品目|子目|编码|(?:sub)?headings?|codes?|the|of|those|goods|products|in|under|ex\.?|HS|HTS(?:US)?"
    r"|[\s:'\"“])*$",
    re.IGNORECASE,
)
EXCEPT_AFTER = re.compile(
    r"\s{0,4}(?:等)?(?:项下)?的?(?:商品|产品|货品)?\s{0,4}(?:除外|不在此列|(?:are |is )?(?:excluded|excepted))",
    re.IGNORECASE,
)
ALSO = re.compile(r"(?:\s{0,4}(?:[、,和及与或]|and|or)\s{0,4})+", re.IGNORECASE)
