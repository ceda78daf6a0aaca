"""What the demo store sells: kinds of goods, invented brands, and the styles each kind comes in."""

from dataclasses import dataclass

# Goods, Chinese name, English name, goods they belong under.
CATEGORIES = (
    ("beauty", "美妆护肤", "Cosmetics", ""),
    ("fragrance", "香氛", "Fragrance", "beauty"),
    ("jewellery", "珠宝钟表", "Jewellery and watches", ""),
    ("gold", "黄金饰品", "Gold jewellery", "jewellery"),
    ("goldbar", "投资金条", "Gold bars", "jewellery"),
    ("watch", "钟表", "Watches", "jewellery"),
    ("clothing", "服装", "Clothing", ""),
    ("girls", "少女装", "Young fashion", "clothing"),
    ("ladies", "淑女装", "Ladies' wear", "clothing"),
    ("cashmere", "羊绒羊毛", "Cashmere and wool", "clothing"),
    ("lingerie", "内衣家居服", "Lingerie", "clothing"),
    ("men", "男装", "Menswear", "clothing"),
    ("kids", "童装", "Children's wear", "clothing"),
    ("shoes", "鞋履", "Shoes", ""),
    ("bags", "箱包皮具", "Bags and leather", ""),
    ("sport", "运动户外", "Sports and outdoor", ""),
    ("toys", "玩具", "Toys", ""),
    ("home", "家居床品", "Home and bedding", ""),
    ("kitchen", "厨具家电", "Kitchen and appliances", ""),
    ("food", "食品礼盒", "Food and gifts", ""),
    ("tea", "茶叶", "Tea", "food"),
    ("liquor", "酒类", "Wine and spirits", "food"),
    ("tobacco", "烟草", "Tobacco", "food"),
    ("cafe", "餐饮", "Café", ""),
)

# Brands by the goods they sell: Chinese name, English name.
BRANDS: dict[str, tuple[tuple[str, str], ...]] = {
    "beauty": (
        ("瑰色", "Guise"),
        ("露白", "Lubai"),
        ("云溪草本", "Yunxi Botanics"),
        ("妍初", "Yanchu"),
        ("海玥", "Haiyue"),
        ("肌理研究所", "Jili Lab"),
        ("花间事", "Huajian"),
        ("澄澈", "Chengche"),
    ),
    "fragrance": (("闻涛", "Wentao"), ("半夏香氛", "Banxia"), ("栈桥几许", "Pier & Co")),
    "gold": (("福满金楼", "Fuman Gold"), ("琅玉轩", "Langyuxuan"), ("东岳金品", "Dongyue Gold"), ("凤仪", "Fengyi")),
    "watch": (("时律", "Shilu"), ("恒久表行", "Hengjiu Watches")),
    "girls": (
        ("小满", "Xiaoman"),
        ("橘子汽水", "Tangerine Soda"),
        ("第七街角", "Seventh Corner"),
        ("拾光里", "Shiguangli"),
        ("鹿与森", "Luyusen"),
        ("糖纸", "Tangzhi"),
    ),
    "ladies": (
        ("之春", "Zhichun"),
        ("素问衣", "Suwen"),
        ("容与", "Rongyu"),
        ("锦宜", "Jinyi"),
        ("岚山", "Lanshan"),
        ("未央织造", "Weiyang Atelier"),
        ("青禾", "Qinghe"),
        ("慕澜", "Mulan House"),
    ),
    "cashmere": (("北原羊绒", "Beiyuan Cashmere"), ("雪岭", "Xueling"), ("牧歌", "Muge")),
    "lingerie": (("贴身时光", "Close to You"), ("柔曼", "Rouman"), ("棉与她", "Cotton & Her")),
    "men": (
        ("君朗", "Junlang"),
        ("博远", "Boyuan"),
        ("齐风", "Qifeng"),
        ("崂峰", "Laofeng"),
        ("方圆定制", "Fangyuan Tailors"),
        ("行止", "Xingzhi"),
    ),
    "kids": (
        ("小树苗", "Little Sapling"),
        ("童乐湾", "Tonglewan"),
        ("豆豆家", "Doudou"),
        ("蓝鲸宝贝", "Blue Whale Kids"),
    ),
    "shoes": (
        ("踏浪", "Talang"),
        ("步云", "Buyun"),
        ("足下生风", "Zuxia"),
        ("漫步者说", "The Stroller"),
        ("履新", "Lüxin"),
    ),
    "bags": (("行囊记", "Xingnang"), ("皮匠老周", "Zhou the Tanner"), ("箱遇", "Xiangyu"), ("方寸", "Fangcun")),
    "sport": (
        ("劲航", "Jinhang"),
        ("海风运动", "Seabreeze Sports"),
        ("越野客", "Yueyeke"),
        ("跃动", "Yuedong"),
        ("帆都", "Fandu Sailing"),
    ),
    "toys": (("积木王国", "Block Kingdom"), ("奇想屋", "Qixiangwu")),
    "home": (
        ("眠山", "Mianshan"),
        ("织梦家纺", "Zhimeng"),
        ("木槿生活", "Mujin Living"),
        ("暖居", "Nuanju"),
        ("器物志", "Qiwuzhi"),
    ),
    "kitchen": (("一味厨", "Yiwei"), ("炊烟", "Chuiyan"), ("鲜锋", "Xianfeng"), ("净水坊", "Jingshui")),
    "food": (
        ("胶州老味道", "Old Jiaozhou"),
        ("海味斋", "Haiweizhai"),
        ("岛城礼盒", "Island City Gifts"),
        ("果然鲜", "Guoranxian"),
    ),
    "tea": (("崂茶记", "Laochaji"), ("一叶知秋", "Yiye")),
    "liquor": (("即墨古窖", "Jimo Cellar"), ("葡月庄园", "Puyue Estate")),
    "tobacco": (("名烟坊", "Tobacco House"),),
    "cafe": (("潮声咖啡", "Tidal Coffee"), ("面朝大海餐厅", "Facing the Sea"), ("甜里", "Tianli Bakery")),
}


@dataclass(frozen=True)
class Style:
    """A thing sold: its name, the price it lies between, when it sells."""

    name: str
    low: int
    high: int
    season: str = ""


@dataclass(frozen=True)
class Range:
    """What a kind of goods comes in, and how long it may be returned (None: as the chain says)."""

    styles: tuple[Style, ...]
    sizes: tuple[str, ...] = ("",)
    colours: tuple[str, ...] = ("",)
    return_days: int | None = None
    weight: float = 1.0


WOMEN = ("155/80A", "160/84A", "165/88A", "170/92A")
MEN = ("165/84A", "170/88A", "175/92A", "180/96A")
SHADES = ("黑色", "米白", "雾蓝", "驼色", "豆沙")
RANGES: dict[str, Range] = {
    "beauty": Range(
        (
            Style("修护精华", 480, 1280),
            Style("保湿面霜", 320, 980),
            Style("哑光口红", 180, 360),
            Style("洁面乳", 120, 280),
            Style("防晒乳", 180, 420, "夏"),
            Style("气垫粉底", 260, 520),
            Style("眼霜", 380, 1180),
        ),
        ("30ml", "50ml", "100ml"),
        return_days=7,
        weight=2.6,
    ),
    "fragrance": Range(
        (Style("淡香水", 480, 1380), Style("香氛蜡烛", 180, 480), Style("护手霜", 88, 220)),
        ("50ml", "100ml"),
        return_days=7,
    ),
    "gold": Range(
        (
            Style("足金手镯", 6800, 22000),
            Style("足金项链", 3200, 12800),
            Style("金镶玉吊坠", 1800, 6800),
            Style("钻石戒指", 4800, 28800),
        ),
        return_days=7,
        weight=0.55,
    ),
    "goldbar": Range((Style("投资金条 20克", 15800, 18800),), return_days=0, weight=0.05),
    "watch": Range((Style("机械腕表", 3800, 18800), Style("石英腕表", 880, 3200)), return_days=15, weight=0.35),
    "girls": Range(
        (
            Style("碎花连衣裙", 299, 599, "夏"),
            Style("短款羽绒服", 599, 1299, "冬"),
            Style("针织开衫", 259, 459, "春"),
            Style("牛仔半裙", 199, 399),
            Style("印花T恤", 129, 239, "夏"),
            Style("毛呢外套", 499, 999, "秋"),
        ),
        WOMEN,
        SHADES,
        weight=1.6,
    ),
    "ladies": Range(
        (
            Style("羊毛双面大衣", 2980, 6980, "冬"),
            Style("真丝衬衫", 880, 1980, "春"),
            Style("西装套裙", 1280, 2680, "秋"),
            Style("长款羽绒服", 1680, 3980, "冬"),
            Style("亚麻连衣裙", 780, 1680, "夏"),
            Style("阔腿裤", 580, 1180),
        ),
        WOMEN,
        SHADES,
        weight=1.5,
    ),
    "cashmere": Range(
        (Style("羊绒衫", 980, 2380, "冬"), Style("羊绒围巾", 480, 1280, "冬"), Style("羊毛开衫", 680, 1580, "秋")),
        WOMEN,
        SHADES,
        weight=0.9,
    ),
    "lingerie": Range(
        (Style("无痕文胸", 199, 459), Style("家居服套装", 299, 699), Style("保暖内衣", 259, 599, "冬")),
        ("75B", "80B", "85C"),
        return_days=0,
        weight=0.9,
    ),
    "men": Range(
        (
            Style("商务西装", 1280, 3980),
            Style("免烫衬衫", 380, 880),
            Style("夹克", 680, 1680, "秋"),
            Style("羽绒服", 1080, 2680, "冬"),
            Style("休闲裤", 359, 780),
            Style("POLO衫", 299, 680, "夏"),
        ),
        MEN,
        ("藏青", "炭灰", "白色", "卡其"),
        weight=1.2,
    ),
    "kids": Range(
        (
            Style("儿童冲锋衣", 359, 659, "秋"),
            Style("儿童羽绒服", 459, 899, "冬"),
            Style("卡通卫衣", 159, 299),
            Style("公主裙", 199, 399, "夏"),
            Style("婴儿连体衣", 99, 229),
        ),
        ("100", "110", "120", "130", "140"),
        ("红色", "天蓝", "浅粉"),
        weight=1.3,
    ),
    "shoes": Range(
        (
            Style("牛皮单鞋", 459, 999),
            Style("短靴", 599, 1399, "冬"),
            Style("凉鞋", 299, 699, "夏"),
            Style("乐福鞋", 399, 899),
            Style("商务皮鞋", 559, 1299),
        ),
        ("36", "37", "38", "40", "42"),
        ("黑色", "棕色"),
        weight=1.2,
    ),
    "bags": Range(
        (
            Style("牛皮手提包", 880, 2680),
            Style("双肩包", 399, 999),
            Style("拉杆箱", 599, 1680),
            Style("长款钱包", 299, 780),
        ),
        colours=("黑色", "棕色", "酒红"),
        weight=0.8,
    ),
    "sport": Range(
        (
            Style("缓震跑鞋", 399, 899),
            Style("速干T恤", 129, 299, "夏"),
            Style("冲锋衣", 599, 1599, "秋"),
            Style("瑜伽裤", 199, 459),
            Style("运动羽绒服", 699, 1499, "冬"),
        ),
        ("S", "M", "L", "XL"),
        ("黑色", "荧光绿", "白色"),
        weight=1.4,
    ),
    "toys": Range((Style("积木套装", 159, 699), Style("毛绒玩偶", 79, 259), Style("遥控赛车", 199, 599)), weight=0.6),
    "home": Range(
        (
            Style("长绒棉四件套", 599, 1999),
            Style("蚕丝被", 999, 3299, "冬"),
            Style("乳胶枕", 259, 599),
            Style("浴巾", 79, 199),
        ),
        ("1.5米", "1.8米"),
        ("素灰", "藕粉"),
        weight=0.8,
    ),
    "kitchen": Range(
        (
            Style("铸铁锅", 399, 1299),
            Style("不粘炒锅", 259, 699),
            Style("电饭煲", 399, 1599),
            Style("净水壶", 159, 499),
            Style("刀具套装", 259, 899),
        ),
        return_days=15,
        weight=0.7,
    ),
    "food": Range(
        (
            Style("海鲜干货礼盒", 168, 688),
            Style("手工水饺", 28, 68),
            Style("进口水果", 18, 128),
            Style("坚果礼盒", 98, 298),
            Style("糕点", 26, 88),
        ),
        return_days=0,
        weight=3.2,
    ),
    "tea": Range(
        (Style("崂山绿茶", 128, 680, "春"), Style("红茶礼盒", 198, 880)), ("100克", "250克"), return_days=7, weight=0.7
    ),
    "liquor": Range(
        (Style("即墨黄酒", 58, 298), Style("干红葡萄酒", 98, 698), Style("白酒礼盒", 268, 1288)),
        return_days=0,
        weight=0.8,
    ),
    "tobacco": Range((Style("卷烟 条", 150, 680),), return_days=0, weight=0.7),
    "cafe": Range(
        (Style("拿铁", 28, 38), Style("双人套餐", 168, 328), Style("海鲜面", 38, 68), Style("芝士蛋糕", 32, 58)),
        return_days=0,
        weight=2.4,
    ),
}
