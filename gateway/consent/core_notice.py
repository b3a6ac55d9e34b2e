"""The notice that exists from the first start: every purpose, each asked for by itself, in both languages.

Its content follows what Law 91/2025/QH15 wants told: data, purposes, controller, rights; counsel must confirm it.
"""

from typing import Final

CORE: Final = "core"

TEXT: Final[dict[str, str]] = {
    "vi": (
        "Chúng tôi (bên kiểm soát dữ liệu cá nhân vận hành hệ thống này) thu thập thông tin liên hệ, thông tin nhân "
        "thân, giao dịch, tương tác và ý kiến mà bạn cung cấp hoặc phát sinh khi bạn sử dụng dịch vụ. Bạn đồng ý "
        "riêng cho từng mục đích: (1) service: cung cấp sản phẩm, dịch vụ và chăm sóc khách hàng; (2) verification: "
        "xác minh số điện thoại và thông tin bằng mã hoặc cuộc gọi; (3) analytics: phân tích tương tác, khảo sát và "
        "phản hồi để cải thiện dịch vụ; (4) profiling: xếp bạn vào nhóm chân dung khách hàng; (5) marketing: gửi "
        "thông tin quảng cáo, khuyến mại qua tin nhắn, thư điện tử, cuộc gọi và mạng xã hội; (6) research: nghiên cứu "
        "thị trường; (7) sharing: chia sẻ với đối tác được nêu tên khi thu thập; (8) legal: thực hiện nghĩa vụ pháp "
        "lý và các quyền của bạn. Im lặng không phải là đồng ý. Bạn có quyền được biết, xem, chỉnh sửa, nhận bản sao, "
        "xóa, hạn chế, phản đối việc xử lý và rút lại sự đồng ý bất cứ lúc nào, miễn phí; việc rút lại không ảnh "
        "hưởng đến việc xử lý trước đó. Dữ liệu được mã hóa và chỉ được dùng đúng mục đích mà bạn đã đồng ý."
    ),
    "en": (
        "We (the controller that operates this system) collect contact details, personal details, transactions, "
        "interactions and opinions that you give us or that arise when you use our services. You agree to each "
        "purpose by itself: (1) service: providing products and services and looking after you as a customer; "
        "(2) verification: verifying your phone number and details by a code or a call; (3) analytics: analysing "
        "interactions, surveys and feedback to improve our services; (4) profiling: assigning you to a group of "
        "customers with a portrait; (5) marketing: sending you advertising and offers by message, email, call and "
        "social media; (6) research: market research; (7) sharing: sharing with partners that are named when we "
        "ask; (8) legal: meeting legal obligations and carrying out your rights. Silence is not consent. You may at "
        "any time and free of charge be informed of, see, correct, receive a copy of, erase, restrict and object to "
        "the processing, and withdraw your consent; a withdrawal does not affect processing before it. Your data is "
        "encrypted and used only for what you agreed to."
    ),
}
