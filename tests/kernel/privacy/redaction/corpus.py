"""Sentences as customers write them, about invented people: what must go (between braces), and what must stay."""

import re

_MARKED = re.compile(r"\{([^}]*)\}")

PERSONAL = """
Gọi cho mình số {0912345678} nhé
sdt {0912 345 678}
số của em là {0912.345.678}
zalo {+84 912 345 678}
lh {84912345678} gặp chị chủ
{0 9 1 2 3 4 5 6 7 8} gọi trước khi giao
so dien thoai: {0912-345-678}
đt bàn {028 3822 1234}
số cũ {01212345678} giờ không dùng nữa
Số em là {không chín một hai ba bốn năm sáu bảy tám} nha
goi {khong chin mot hai ba bon nam sau bay tam} giup em
liên hệ {không chín mốt hai, ba bốn lăm, sáu bảy tám}
sđt {không 9 1 2 ba 4 5 sáu 7 8} ạ
call {o912345678} nha shop
số {O9I2345678} của em
em ở {0912 ba bốn năm 678} nhé
mail {nguyenvanbinh@example.com} giúp em
email của tôi: {binh.nguyen+shop@cong-ty.vn}
gửi về {nguyenvanbinh a còng gmail chấm com}
mail {binh.nguyen (at) example (dot) com}
mail {binh.nguyen[at]example.com} nhé
mail {binhnguyen a cong yahoo cham com cham vn}
mail {binhnguyen @ gmail . com}
email {binhnguyen at gmail dot com} please
cccd {001190001234} ạ
CCCD số {079 190 001 234}
căn cước {079190001234} cấp ngày 01/02/2021
cmnd {023456789}
so cmt {023 456 789}
hộ chiếu {B1234567}
passport {C12345678} của mình
mst {0100109106}
thẻ {4111 1111 1111 1111} bị trừ tiền hai lần
stk {19034567890123} techcombank
chuyển khoản vào {0071000123456} giúp em
tôi tên là {Nguyễn Thị Ánh}
tên tôi là {nguyễn thị ánh}
ten toi la {nguyen thi anh}
mình tên {Hoàng Minh Khuê}
em là {Lê Thị Hồng Nhung}, mua hôm qua
Người nhận: {Trần Quốc Bảo}
người nhận {trần quốc bảo}
khách hàng {PHẠM THỊ DIỄM UYÊN} phàn nàn
chị {Lan} tư vấn rất tốt
gặp anh {Tuấn} ở quầy 3
nhân viên {Đỗ Minh Khôi} tư vấn
họ và tên: {Võ Thị Sáu Nhi}
Anh {Nguyễn Văn Bình} và chị {Trần Thị Hoa} cùng mua
giao cho {Nguyễn Thị Ánh} nhé
{nguyễn văn bình} mua 2 hộp
giao tới {12 Lê Lợi, phường Bến Nghé, quận 1, TP.HCM}
nhà em ở số 5 {ngõ 3 phố Trần Duy Hưng, Cầu Giấy, Hà Nội}
địa chỉ: {45/6 Nguyễn Đình Chiểu, P. Đa Kao, Q.1}
dia chi {45/6 nguyen dinh chieu}, quan 1
giao về xóm 4 {thôn Đông, xã Tân Lập}
ship {số nhà 17 ngách 20} nhé
em ở {chung cư Sunrise, tầng 12, căn 1205} nhé
đc {123 Nguyễn Trãi, Thanh Xuân, Hà Nội}
{12 đường Lê Duẩn, phường Phú Thượng}
{ấp 3, xã Bình Hưng}, huyện Bình Chánh
fb {facebook.com/binh.nguyen.90}
link zalo.me/{0912345678}
ib https://www.facebook.com/{profile.php?id=100001234567}
insta {@binhnguyen90} nhé
biển số xe {51F-123.45} đậu trước nhà
bảo hiểm y tế {DN4797512345678}
sinh ngày 1/4/1990, cccd {079190001234}
tên: {Khuê}, sđt: {0987654321}, đc: {12 Trần Phú}, Huế
""".strip().splitlines()

HARMLESS = """
Giao hàng nhanh, đóng gói đẹp, cho 5 sao
Hàng đúng mô tả, giá 1.250.000đ cho 2 hộp
Mã đơn DH2026 giao ngày 12/03/2026
Không chín được, bánh còn sống
không một hai lời gì cả
một hai ba bốn năm rồi mà chưa hỏng
Không biết bao giờ giao, ba bốn ngày rồi
Chín giờ sáng mở cửa, mười giờ tối đóng
Công ty chấm công bằng vân tay
Điểm cộng là nhân viên nhiệt tình
mua ở gmail store thì hết hàng
Pin 5000 mAh, màn hình 6.7 inch, giá 8.990.000
Màn hình 1920x1080, 144Hz
Hà Nội đẹp lắm, Hồ Chí Minh nóng
Phố đi bộ Nguyễn Huệ đông vui
Anh em ủng hộ shop nhé
Chị ơi còn hàng không
Bánh chưng bà làm ngon
Tôi là khách quen của shop
tên là gì cũng được, miễn ngon
tên sản phẩm ghi sai trên hộp
Samsung Galaxy S24 Ultra 12GB/256GB
iPhone 15 Pro Max 256GB VN/A
Cà phê sữa đá 29k, trà đào 35k
Tổng 3 đơn: 120.000 + 80.000 + 45.000 = 245.000
Từ 8h00 đến 21h30 các ngày trong tuần
Bảo hành 24 tháng, đổi trả 7 ngày
Sách giáo khoa lớp 12 tập 1
Vải lụa Hà Đông mềm mát
Chung cư này ồn quá
Ship tới tầng 12 mất thêm 10k
Sale 50% từ 1-15/12
Đường đi khó, xã hội phức tạp
Phường nào cũng có cửa hàng
Tỉ lệ 16:9, độ phân giải 4K
Năm 2025 mua, năm 2026 hỏng
ai cũng khen ngon
Văn phòng thị trường mở cửa muộn
Quá thất vọng về chất lượng, không bao giờ quay lại
Công an phường giải quyết nhanh
Mua 2 tặng 1, hai ba hôm là hết
""".strip().splitlines()


def personal() -> list[tuple[str, list[str]]]:
    """(text, what must go)."""
    return [(line.replace("{", "").replace("}", ""), _MARKED.findall(line)) for line in PERSONAL]
