"""The words that names and addresses are known by, as data.

Collected from general knowledge of Vietnamese naming; nobody's data. "Plain" words are without accents and in
small letters.
"""

from typing import Final

from kernel.privacy.names import strip_accents


def _words(*lines: str) -> frozenset[str]:
    return frozenset(word for line in lines for word in line.split())


SURE_SURNAMES: Final = _words(
    "nguyễn nguyển trần phạm hoàng huỳnh phan đặng bùi ngô trương đinh trịnh lưu phùng quách triệu giáp khổng",
    "nghiêm tống đoàn tăng viên lữ doãn châu trà thạch nông mạc lục khuất kiều",
)
"""Accented surnames that are hardly ever another word: any capitalised words behind them are a name."""

DOUBTFUL_SURNAMES: Final = _words(
    "lê vũ võ đỗ hồ dương lý đào đồng hà tạ tô chu cao mai lâm thái vương lương từ hứa cù la kim diệp bạch văn âu",
    "ninh cung thân an nhâm sơn phí tiêu bành ưng quản đàm hàn giang lại thi",
)
"""Accented surnames that are also common words (đỗ, lý, hà): they need a known given name behind them."""

_ALL_PLAIN: Final = frozenset(map(strip_accents, SURE_SURNAMES | DOUBTFUL_SURNAMES))
SURE_PLAIN: Final = _words(
    "nguyen tran pham hoang huynh phan bui ngo truong dinh trinh luu phung quach trieu giap khong nghiem tong doan",
    "lu thach mac khuat kieu",
)
"""Surnames that stay sure without their accents; đặng does not, since "dang" is mostly đang."""
SURNAMES_PLAIN: Final = SURE_PLAIN | _ALL_PLAIN

GIVEN: Final = _words(
    "an anh bach bang bao bich binh cam canh chau chi chien chinh chung cong cuc cuong dai dan dang dao dat diem diep",
    "dinh doan dong du duc dung duong duy gia giang hai han hang hanh hao hau hien hiep hieu hoa hoai hoan hoang hong",
    "hop hue hung huong huy huyen khai khang khanh khoa khoi khue khuong kien kieu kim ky lam lan lien linh loan loc",
    "loi long luan luc luong luu ly mai man manh mi minh my nam nga ngan nghi nghia ngoc nguyen nguyet nha nhan nhat",
    "nhi nhu nhung ninh oanh phat phong phu phuc phung phuoc phuong quan quang que quoc quy quyen quynh sang sinh son",
    "suong sy ta tai tam tan thach thai than thang thanh thao thi thien thinh thoa thong thu thuan thuong thuy thy",
    "tien tin tinh toan trang tram tri trieu trinh trong truc trung truong tu tuan tue tung tuoi tuyen tuyet uyen van",
    "vi viet vinh vu vuong vy xuan xuyen y yen",
)
"""Common middle and given names, plain."""

MIDDLE: Final = _words("thi van")

KIN: Final = _words(
    "anh chị em cô chú bác bà ông cậu dì dượng mợ thím cháu bạn chi co chu bac ba ong cau di chau ban"
)
"""Words of address before a name, in both spellings; none is a name by itself."""

TITLES: Final = _words("mr ms mrs miss dr bs ths ts gs")
INTRODUCERS: Final = _words("ten la")

NOT_A_NAME: Final = _words(
    "oi a ah nhe nha ne em anh chi co chu bac ba ong chau ban shop ad admin page shipper sale hang toi minh ta nay",
    "kia do day gi ai y quoc be giao ngu dau rieng ruot trai gai dep xinh vien ria na den noel cho ngoai noi la rat",
    "da dang se khong chua cung van duoc mua dat nhan thay hoi cam xin vui that qua ok",
)
"""Plain words that follow a word of address without being a name."""

PLACE_BEFORE: Final = _words("duong pho quan phuong truong cau cho tp q p d huyen tinh xa vien dao ho lo")
"""Plain words that make a name behind them that of a street, a school or a lake."""

STAFF: Final = _words("viên trưởng")
"""Spellings of plain words of PLACE_BEFORE that make the name behind them a person's: nhân viên, hiệu trưởng."""

PLACES: Final = frozenset(
    {
        *(
            "ho chi",
            "ha noi",
            "ha nam",
            "ha giang",
            "ha tinh",
            "ha tien",
            "ha long",
            "ha dong",
            "ho tay",
            "ho guom",
        ),
        *(
            "thai lan",
            "thai binh",
            "thai nguyen",
            "lam dong",
            "cao bang",
            "cao lanh",
            "phan thiet",
            "phan rang",
        ),
        *(
            "hoang sa",
            "truong sa",
            "truong son",
            "ninh binh",
            "ninh thuan",
            "ninh kieu",
            "dong nai",
            "dong thap",
        ),
        *("kim ma", "son la", "son tay", "giang vo", "an giang", "chau doc", "chau au", "chau a", "han quoc"),
        *(
            "van phuc",
            "van mieu",
            "bach hoa",
            "mai linh",
            "la vie",
            "dong a",
            "kim cuong",
            "cao cap",
            "viet nam",
        ),
    }
)
"""Places, firms and phrases that begin like a name, by their first two plain words."""

ADDRESS_WORDS: Final = _words(
    "nha duong pho hem ngo ngach kiet phuong xa thon ap tran quan huyen chi q p tp tphcm tinh khu to d dc chung toa"
) | {f"{unit}{number}" for unit in "pq" for number in range(1, 31)}
"""Plain words without which no house is looked for."""

WARD_WORDS: Final = _words("phuong xa tran thon ap")
NUMBER_WORDS: Final = _words("passport chieu")
URL_WORDS: Final = _words(
    "facebook fb zalo instagram tiktok threads twitter linkedin youtube messenger x t m"
)
NAME_WORDS: Final = SURNAMES_PLAIN | frozenset(map(strip_accents, KIN)) | TITLES | INTRODUCERS
