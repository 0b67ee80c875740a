"""Names of Chinese firms: brought into one form and taken apart into place, brand, trade and legal form."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Characters of firms' names as they are written in Hong Kong, Macao and Taiwan, before their simplified form.
_TRADITIONAL = (
    "國国際际貿贸業业電电機机車车東东華华興兴達达豐丰龍龙萬万寶宝銀银鋼钢鐵铁藥药醫医學学網网絡络訊讯儀仪廠厂紡纺織织紙纸製制"
    "飾饰燈灯線线纜缆運运輸输聯联會会開开發发產产資资財财經经濟济設设備备營营銷销點点廣广慶庆義义紹绍臺台灣湾溫温麗丽雲云陽阳"
    "陳陈張张劉刘黃黄葉叶馬马許许鄭郑謝谢羅罗吳吴蘇苏蔣蒋趙赵錢钱孫孙楊杨莊庄嚴严韓韩魯鲁衛卫頓顿爾尔維维納纳賽赛樂乐愛爱傳传"
    "親亲園园綠绿環环節节閥阀軸轴軟软體体數数據据術术務务員员門门間间關关陸陆險险離离類类風风飛飞館馆魚鱼鮮鲜鳥鸟鵬鹏鷹鹰麥麦"
    "齊齐齒齿責责團团當当務务滬沪區区縣县鎮镇鄉乡後后無无極极構构樣样標标橋桥檢检歐欧澤泽潔洁熱热燒烧獲获現现瑪玛盧卢禮礼種种"
    "積积筆笔簡简級级組组細细終终結结給给統统緯纬練练總总繼继續续聖圣聲声職职膠胶臨临與与舊旧艦舰蘭兰號号補补裝装複复視视覽览"
    "計计記记詢询話话該该詳详誠诚調调談谈講讲證证護护讓让變变貝贝負负貨货質质購购贏赢趨趋躍跃軒轩輕轻輝辉輪轮轉转農农邊边進进"
    "過过遠远適适選选遼辽郵邮鄧邓醬酱釋释針针釣钓鉑铂鉛铅銅铜鋁铝錦锦鍋锅鍵键鎖锁鏈链鏡镜鑄铸長长閉闭閱阅隊队階阶際际雙双雜杂"
    "難难靈灵靜静響响頁页項项順顺預预頭头題题額额顏颜顯显養养餐餐馳驰駿骏驗验驅驱鴻鸿"
)
_TO_SIMPLIFIED = str.maketrans(dict(zip(_TRADITIONAL[::2], _TRADITIONAL[1::2], strict=True)))

# Legal forms from the longest: what a name ends in, and the one form that stands for its variants.
_FORMS = (
    ("股份有限责任公司", "股份有限公司"), ("股份有限公司", "股份有限公司"), ("有限责任公司", "有限公司"),
    ("有限公司", "有限公司"), ("股份公司", "股份有限公司"), ("总公司", "公司"), ("公司", "公司"), ("合作社", "合作社"),
    ("个体工商户", "个体"), ("经营部", "经营部"), ("商行", "商行"), ("工作室", "工作室"), ("加工厂", "厂"), ("厂", "厂"),
)  # fmt: skip
_BRANCH = re.compile(r"(?P<parent>.+公司)(?P<branch>.{2,12}?(?:分公司|分厂|办事处|营业部|门市部|分店))$")
_ENGLISH_FORM = re.compile(
    r"\b(company|co|corporation|corp|limited|ltd|incorporated|inc|group|holdings?|llc|plc|gmbh|import|export|imp|exp|and|of|the)\b"
)
# A place in front or in brackets: a province or city with its tier or without it, a county with it.
_PLACE = re.compile(r"^(?:中国|全国)?(?:[一-鿿]{2,3}(?:省|自治区))?(?:[一-鿿]{2,3}市)?(?:[一-鿿]{1,3}(?:区|县))?")
_BRACKET = re.compile(r"\(([^()]*)\)")
_CONNECTIVES = re.compile(r"[·\-_,.。，、&＆'\"“”‘’/\\\s]+")
_TRADES = re.compile(
    "进出口|国际|对外|贸易|科技|技术|电子商务|电子|电器|机械|机电|实业|工贸|商贸|纺织品|纺织|针织|服饰|服装|塑料制品|塑料|塑业|五金|"
    "制品|文具|家居|汽车零部件|汽配|物流|货运代理|供应链|食品|生物|医药|化工|新材料|材料|模具|设备|制造|智能|环保|能源|建设|"
    "管理|咨询|服务|投资|控股|集团|工业|仪器|仪表|玩具|工艺品|箱包|鞋业|印染|水产|包装|照明|光电|轴承|阀门|紧固件|卫浴|厨具"
)


@lru_cache(maxsize=50_000)
def normal(name: str) -> str:
    """A name in one form: half-width, simplified, no spaces or points, 有限责任公司 as 有限公司, small letters."""
    text = unicodedata.normalize("NFKC", name).translate(_TO_SIMPLIFIED).lower()
    text = text.replace("〔", "(").replace("〕", ")").replace("【", "(").replace("】", ")")
    text = _CONNECTIVES.sub("" if not text.isascii() else " ", text).strip()
    for form, one in _FORMS[:5]:
        if text.endswith(form):
            return text[: -len(form)] + one
    return text


@dataclass(frozen=True)
class Parts:
    """A name taken apart: ``brand`` 字号 is what tells firms of one trade and place apart."""

    place: str
    brand: str
    trades: tuple[str, ...]
    form: str
    branch: str

    @property
    def trade(self) -> str:
        """The trade as written."""
        return "".join(self.trades)

    @property
    def core(self) -> str:
        """Brand and trade, without place and legal form."""
        return self.brand + self.trade


@lru_cache(maxsize=50_000)
def parts(name: str, places: frozenset[str] = frozenset()) -> Parts:
    """Takes a name apart. ``places`` are names of regions without their tier (宁波, 示例), as far as one knows them."""
    text = normal(name)
    if text.isascii():
        words = " ".join(_ENGLISH_FORM.sub(" ", text).split())
        return Parts("", words, (), "ltd", "")
    branch = ""
    if found := _BRANCH.match(text):
        text, branch = found["parent"], found["branch"]
    place = ""
    for inside in _BRACKET.findall(text):
        place += inside
    text = _BRACKET.sub("", text)
    form = ""
    for ending, one in _FORMS:
        if text.endswith(ending):
            text, form = text[: -len(ending)], one
            break
    front = ""
    if (tier := _PLACE.match(text)) and 0 < tier.end() < len(text) - 1:
        front, text = text[: tier.end()], text[tier.end() :]
    known = sorted(places, key=len, reverse=True)
    while here := next((p for p in known if text.startswith(p) and len(text) > len(p) + 1), None):
        front, text = front + here, text[len(here) :].lstrip("市区县")
    place = _bare(front) + place
    trades = tuple(_TRADES.findall(text))
    brand = _TRADES.sub("", text) or text
    return Parts(place, brand, trades, form, branch)


def _bare(place: str) -> str:
    """A place without its tiers: 浙江省宁波市 → 浙江宁波."""
    return re.sub(r"(?<=[一-鿿]{2})(?:省|市|自治区)|(?<=[一-鿿])(?:区|县)", "", place).removeprefix("中国")
