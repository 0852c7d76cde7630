#include "cli/messages.h"

#include "schema/base/check.h"

namespace ocop::cli {

namespace {

constexpr Text nothing_changed{"Chưa có gì thay đổi; dữ liệu an toàn.", "Nothing was changed; the data are safe."};
constexpr Text data_safe{"Dữ liệu an toàn trên máy này.", "The data are safe on this machine."};
constexpr Text data_wait{"Dữ liệu an toàn trên máy này và chờ gửi.",
                         "The data are safe on this machine and wait to be sent."};
constexpr Text not_taken{"Chưa nhận gì từ thông điệp đó; dữ liệu an toàn.",
                         "Nothing of that message was taken; the data are safe."};

std::vector<Message> make_messages()
{
    return {
        // --- what a person typed or a file holds
        {Errc::usage,
         "OC-101",
         "usage",
         exit_usage,
         {"Dòng lệnh không đúng: {}", "The command line makes no sense: {}"},
         nothing_changed,
         {"Xem cách dùng: ocop help, hoặc ocop LỆNH --help", "See how: ocop help, or ocop VERB --help"}},
        {Errc::unknown_table,
         "OC-102",
         "unknown_table",
         exit_usage,
         {"Không có bảng nào tên là: {}", "There is no such table: {}"},
         nothing_changed,
         {"Các bảng: admin_unit, organization, product, evaluation, certificate, directive, conflict",
          "The tables are: admin_unit, organization, product, evaluation, certificate, directive, conflict"}},
        {Errc::unknown_column,
         "OC-103",
         "unknown_column",
         exit_usage,
         {"Không có cột: {}", "There is no such column: {}"},
         nothing_changed,
         {"Kiểm tra tên cột; ocop list TÊN_BẢNG --json cho thấy các cột.",
          "Check the column's name; ocop list TABLE --json shows the columns."}},
        {Errc::unknown_row,
         "OC-104",
         "unknown_row",
         exit_usage,
         {"Không có dòng nào với mã: {}", "There is no row with this id: {}"},
         nothing_changed,
         {"Tìm mã bằng: ocop list TÊN_BẢNG", "Find the id with: ocop list TABLE"}},
        {Errc::unknown_unit,
         "OC-105",
         "unknown_unit",
         exit_usage,
         {"Máy này không biết đơn vị hành chính nào có mã: {}", "No such unit is known on this machine: {}"},
         nothing_changed,
         {"Tìm mã bằng: ocop units list (dưới trung ương, máy chỉ biết đơn vị trên và dưới mình). Mã là chữ, giữ "
          "nguyên số "
          "0 ở đầu.",
          "Find the code with: ocop units list (below the centre a node knows only the units above and below its own). "
          "Codes are text: keep leading zeros."}},
        {Errc::unit_not_in_force,
         "OC-106",
         "unit_not_in_force",
         exit_usage,
         {"Mã đơn vị này có, nhưng không có hiệu lực vào ngày đó: {}",
          "A unit with this code exists, but not at that date: {}"},
         nothing_changed,
         {"Thêm ngày: MÃ@NGÀY hoặc --date NGÀY; ocop units list --code MÃ cho thấy các khoảng hiệu lực.",
          "Give the date: CODE@DATE or --date DATE; ocop units list --code CODE shows when it was in force."}},
        {Errc::duplicate_id,
         "OC-107",
         "duplicate_id",
         exit_usage,
         {"Đã có một dòng với mã: {}", "A row with this id is already there: {}"},
         nothing_changed,
         {"Bỏ id để máy tự đặt, hoặc sửa dòng có sẵn bằng: ocop set",
          "Leave the id out and one is made, or edit the row with: ocop set"}},
        {Errc::not_unique,
         "OC-108",
         "not_unique",
         exit_usage,
         {"Giá trị này phải là duy nhất nhưng dòng khác đã dùng: {}",
          "This value must be unique and another row has it: {}"},
         nothing_changed,
         {"Kiểm tra xem có nhập trùng không: ocop list TÊN_BẢNG --where CỘT=GIÁ_TRỊ",
          "See whether it was entered twice: ocop list TABLE --where COLUMN=VALUE"}},
        {Errc::check_failed,
         "OC-109",
         "check_failed",
         exit_usage,
         {"Bảng không nhận giá trị này: {}", "The table refuses this value: {}"},
         nothing_changed,
         {"Sửa giá trị rồi làm lại.", "Correct the value and try again."}},
        {Errc::missing_reference,
         "OC-110",
         "missing_reference",
         exit_usage,
         {"Dòng được nhắc đến không có ở máy này: {}", "The row referred to is not on this machine: {}"},
         nothing_changed,
         {"Nhập dòng đó trước, hoặc đồng bộ rồi làm lại: ocop sync",
          "Enter that row first, or sync and try again: ocop sync"}},
        {Errc::out_of_scope,
         "OC-111",
         "out_of_scope",
         exit_not_permitted,
         {"Đơn vị này không thuộc địa bàn của máy này: {}", "This unit is not within this node's area: {}"},
         nothing_changed,
         {"Làm việc này ở máy của đơn vị đó hoặc của cấp trên nó.",
          "Do this at the node of that unit or of one above it."}},
        {Errc::not_permitted,
         "OC-112",
         "not_permitted",
         exit_not_permitted,
         {"Cấp này không được ghi nội dung đó: {}", "This tier may not write that: {}"},
         nothing_changed,
         {"Đề nghị cấp có thẩm quyền thực hiện.", "Ask the tier that decides it."}},
        {Errc::bad_value,
         "OC-113",
         "bad_value",
         exit_usage,
         {"Giá trị không đúng kiểu: {}", "Not a value of this kind: {}"},
         nothing_changed,
         {"Sửa giá trị rồi làm lại.", "Correct the value and try again."}},
        {Errc::bad_encoding,
         "OC-114",
         "bad_encoding",
         exit_usage,
         {"Văn bản không phải UTF-8: {}", "The text is not UTF-8: {}"},
         nothing_changed,
         {"Lưu tệp lại dạng UTF-8 (Excel: «CSV UTF-8»). Phông TCVN3, VNI phải chuyển sang Unicode trước.",
          "Save the file as UTF-8 (Excel: \"CSV UTF-8\"). TCVN3 and VNI text must be converted to Unicode first."}},
        {Errc::bad_file,
         "OC-115",
         "bad_file",
         exit_usage,
         {"Không dùng được tệp: {}", "The file cannot be used: {}"},
         nothing_changed,
         {"Kiểm tra tên và nội dung tệp; nếu tệp được chép sang thì chép lại. Tệp sẽ ghi thì phải là tên mới trong một "
          "thư "
          "mục đã có.",
          "Check the file's name and content; if it was copied here, copy it again. A file to be written needs a new "
          "name in a directory that is there."}},
        {Errc::unknown_conflict,
         "OC-116",
         "unknown_conflict",
         exit_usage,
         {"Không có mục «hai nơi cùng sửa» nào đang mở với mã: {}", "There is no open conflict with this id: {}"},
         nothing_changed,
         {"Xem danh sách: ocop conflicts", "See the list: ocop conflicts"}},
        {Errc::still_referenced,
         "OC-117",
         "still_referenced",
         exit_usage,
         {"Dòng khác còn nhắc đến dòng này: {}", "Another row still refers to this one: {}"},
         nothing_changed,
         {"Xóa hoặc sửa dòng đó trước.", "Remove or change that row first."}},
        {Errc::unknown_batch,
         "OC-130",
         "unknown_batch",
         exit_usage,
         {"Máy này không có lô thay đổi nào mang số: {}", "This node has made no batch with this number: {}"},
         nothing_changed,
         {"Xem số của lô: ocop history BẢNG MÃ; một dòng: ocop undo --of BẢNG MÃ",
          "Find the batch's number: ocop history TABLE ID; one row: ocop undo --of TABLE ID"}},
        // --- the node
        {Errc::no_node,
         "OC-201",
         "no_node",
         exit_no_node,
         {"Thư mục này không có máy OCOP nào: {}", "This directory holds no node: {}"},
         nothing_changed,
         {"Chỉ đúng thư mục bằng -C; hoặc tạo máy: ocop join TỆP_MỜI (ở trung ương: ocop init --root)",
          "Name the right directory with -C; or make a node: ocop join INVITE_FILE (at the centre: ocop init --root)"}},
        {Errc::node_exists,
         "OC-202",
         "node_exists",
         exit_usage,
         {"Thư mục này đã có một máy OCOP: {}", "This directory holds a node already: {}"},
         nothing_changed,
         {"Dùng thư mục khác, hoặc tiếp tục với máy đã có: ocop status",
          "Use another directory, or go on with the node that is there: ocop status"}},
        {Errc::node_busy,
         "OC-203",
         "node_busy",
         exit_busy,
         {"Một chương trình khác đang ghi dữ liệu của máy này: {}", "Another program is writing this node's data: {}"},
         nothing_changed,
         {"Chờ một lát rồi làm lại; đóng chương trình đang mở replica.db.",
          "Wait a moment and try again; close the program that has replica.db open."}},
        {Errc::newer_database,
         "OC-204",
         "newer_database",
         exit_version,
         {"Dữ liệu do phiên bản mới hơn của chương trình ghi: {}", "The data were written by a newer release: {}"},
         nothing_changed,
         {"Cài phiên bản mới của ocop.", "Install the newer release of ocop."}},
        {Errc::corrupt_database,
         "OC-205",
         "corrupt_database",
         exit_integrity,
         {"Tệp dữ liệu bị hỏng hoặc không phải của ocop: {}", "The data file is damaged or not ours: {}"},
         {"Chương trình không ghi gì vào tệp đó.", "Nothing was written to that file."},
         {"Đừng xóa gì. Chép cả thư mục ra nơi khác, rồi khôi phục bản sao lưu gần nhất hoặc gọi người hỗ trợ.",
          "Delete nothing. Copy the whole directory away, then restore the latest backup or call support."}},
        {Errc::not_joined,
         "OC-206",
         "not_joined",
         exit_not_permitted,
         {"Máy này không có máy cấp trên: {}", "This node has no parent: {}"},
         data_safe,
         {"Trung ương không gửi lên đâu cả; máy khác thì cần tệp mời: ocop join TỆP_MỜI",
          "The centre has nowhere to send to; any other node needs an invite: ocop join INVITE_FILE"}},
        {Errc::model_mismatch,
         "OC-207",
         "model_mismatch",
         exit_version,
         {"Các bảng dữ liệu không khớp với chương trình này: {}", "The tables are not those this program knows: {}"},
         nothing_changed,
         {"Cài đúng phiên bản ocop, hoặc khôi phục bảng đã bị sửa cấu trúc từ bản sao lưu.",
          "Install the matching release of ocop, or restore the table whose structure was changed from a backup."}},
        // --- the line
        {Errc::port_in_use,
         "OC-301",
         "port_in_use",
         exit_failed,
         {"Cổng này đang có chương trình khác dùng: {}", "Another program uses this port: {}"},
         nothing_changed,
         {"Chọn cổng khác: --listen 127.0.0.1:CỔNG, hoặc dừng chương trình kia.",
          "Choose another port: --listen 127.0.0.1:PORT, or stop the other program."}},
        {Errc::parent_unreachable,
         "OC-302",
         "parent_unreachable",
         exit_unreachable,
         {"Không liên lạc được với máy cấp trên: {}", "The parent node did not answer: {}"},
         data_wait,
         {"Cứ làm việc bình thường; ocop serve tự thử lại, hoặc thử lại sau: ocop sync",
          "Go on working; ocop serve tries again by itself, or try later: ocop sync"}},
        {Errc::insecure_address,
         "OC-303",
         "insecure_address",
         exit_usage,
         {"HTTP không mã hóa chỉ được dùng trong chính máy này: {}",
          "Plain HTTP is for this machine only (loopback): {}"},
         nothing_changed,
         {"Dùng địa chỉ 127.0.0.1.", "Use an address such as 127.0.0.1."}},
        {Errc::unknown_protocol,
         "OC-304",
         "unknown_protocol",
         exit_version,
         {"Hai máy dùng phiên bản giao thức khác nhau: {}", "The two nodes speak different protocol versions: {}"},
         data_wait,
         {"Nâng cấp ocop ở máy cũ hơn.", "Upgrade ocop on the older of the two."}},
        {Errc::malformed,
         "OC-305",
         "malformed",
         exit_failed,
         {"Câu trả lời nhận được không phải của máy OCOP: {}", "What came back is not a message of a node: {}"},
         not_taken,
         {"Kiểm tra đường mạng (trang đăng nhập wifi?) rồi thử lại: ocop sync",
          "Check the network (a login page of the wifi?) and try again: ocop sync"}},
        {Errc::too_large,
         "OC-306",
         "too_large",
         exit_failed,
         {"Dài hơn giới hạn cho phép: {}", "Longer than the limit: {}"},
         not_taken,
         {"Báo cho người hỗ trợ mã lỗi này.", "Tell support this code."}},
        {Errc::not_enrolled,
         "OC-307",
         "not_enrolled",
         exit_not_permitted,
         {"Máy cấp trên không biết máy này: {}", "The parent does not know this node: {}"},
         data_wait,
         {"Xin máy cấp trên một tệp mời mới: ocop invite", "Ask the parent for a new invite: ocop invite"}},
        {Errc::invite_used,
         "OC-308",
         "invite_used",
         exit_not_permitted,
         {"Tệp mời đã được máy khác dùng, hoặc không có thật: {}",
          "The invite was used by another node, or is unknown: {}"},
         data_wait,
         {"Xin máy cấp trên một tệp mời mới: ocop invite", "Ask the parent for a new invite: ocop invite"}},
        {Errc::behind_mark,
         "OC-309",
         "behind_mark",
         exit_failed,
         {"Máy cấp trên thiếu một đoạn; sẽ gửi lại từ đó: {}", "The parent lacks a part; it will be sent again: {}"},
         data_wait,
         {"Thử lại: ocop sync", "Try again: ocop sync"}},
        {Errc::wrong_parent,
         "OC-310",
         "wrong_parent",
         exit_not_permitted,
         {"Máy trả lời không phải là máy cấp trên của máy này: {}", "The node that answered is not our parent: {}"},
         data_wait,
         {"Kiểm tra địa chỉ với cán bộ cấp trên.", "Check the address with the office above."}},
        {Errc::stale_answer,
         "OC-311",
         "stale_answer",
         exit_failed,
         {"Câu trả lời dành cho một lần gửi cũ: {}", "The answer is to an earlier life of this node: {}"},
         not_taken,
         {"Thử lại: ocop sync", "Try again: ocop sync"}},
        {Errc::verify_failed,
         "OC-312",
         "verify_failed",
         exit_integrity,
         {"Kiểm tra không đạt: {}", "A check failed: {}"},
         {"Không có gì bị xóa hay sửa khi kiểm tra; dữ liệu vẫn còn trên cả hai máy.",
          "Checking deletes and changes nothing; the data are still there on both machines."},
         {"Đừng khôi phục gì. Sao lưu ngay (ocop backup TỆP) rồi gửi kết quả «ocop verify --json» cho người hỗ trợ.",
          "Restore nothing. Make a backup now (ocop backup FILE) and send support the output of: ocop verify --json"}},
    };
}

}  // namespace

const std::vector<Message>& all_messages()
{
    static const std::vector<Message> messages = make_messages();
    return messages;
}

namespace {

constexpr Text undone{"Việc đang làm đã được hủy; những gì đã lưu trước đó vẫn còn.",
                      "What was being done was undone; what was saved before is still there."};

std::vector<Message> make_broken_messages()
{
    return {
        {Errc::usage,
         "OC-499",
         "broken",
         exit_failed,
         {"Chương trình gặp lỗi bất ngờ: {}", "Something unexpected went wrong: {}"},
         undone,
         {"Thử lại; nếu vẫn lỗi, gửi dòng này cho người hỗ trợ.",
          "Try again; if it stays, send this line to support."}},
        {Errc::usage,
         "OC-401",
         "disk",
         exit_disk,
         {"Ổ đĩa hỏng hoặc không đọc, ghi được: {}", "The disk is failing or cannot be used: {}"},
         undone,
         {"Kiểm tra ổ đĩa và thư mục rồi làm lại; nếu lặp lại, sao lưu ngay và thay ổ đĩa.",
          "Check the disk and the directory and try again; if it stays, make a backup now and replace the disk."}},
        {Errc::usage,
         "OC-402",
         "disk_full",
         exit_disk,
         {"Ổ đĩa đã đầy: {}", "The disk is full: {}"},
         nothing_changed,
         {"Giải phóng chỗ trống (dọn thùng rác, xóa tệp không cần; đừng xóa gì trong thư mục của ocop) rồi làm lại. "
          "ocop "
          "serve tự chạy tiếp khi có chỗ.",
          "Free some space (but delete nothing in ocop's own directory) and try again. ocop serve goes on by itself "
          "once "
          "there is room."}},
        {Errc::usage,
         "OC-403",
         "read_only",
         exit_disk,
         {"Ổ đĩa hoặc thư mục không cho ghi: {}", "The disk or directory may not be written: {}"},
         nothing_changed,
         {"Kiểm tra quyền ghi của thư mục; USB hay thẻ nhớ thì xem khóa chống ghi. Rồi làm lại.",
          "Check the permissions of the directory, or the lock of the stick or card, and try again."}},
        {Errc::usage,
         "OC-404",
         "sync_failed",
         exit_disk,
         {"Ổ đĩa không xác nhận đã ghi xong: {}", "The disk did not confirm what was written: {}"},
         {"Những gì đã báo là lưu xong vẫn còn; việc đang làm thì chưa chắc.",
          "What was reported as saved is still there; what was being done may not be."},
         {"Chạy lại: chương trình bắt đầu từ những gì thật sự có trên ổ đĩa. Nếu lặp lại, sao lưu ngay và thay ổ đĩa.",
          "Start again: the program goes on from what is really on the disk. If it stays, make a backup now and "
          "replace "
          "the disk."}},
        {Errc::usage,
         "OC-405",
         "memory",
         exit_failed,
         {"Máy hết bộ nhớ: {}", "The machine is out of memory: {}"},
         undone,
         {"Đóng bớt chương trình khác rồi làm lại.", "Close other programs and try again."}},
    };
}

}  // namespace

const Message& message_of(Broken broken)
{
    static const std::vector<Message> messages = make_broken_messages();
    switch (broken) {
    case Broken::busy: return message_of(Errc::node_busy);
    case Broken::corrupt: return message_of(Errc::corrupt_database);
    case Broken::disk: return messages[1];
    case Broken::disk_full: return messages[2];
    case Broken::read_only: return messages[3];
    case Broken::sync_failed: return messages[4];
    case Broken::memory: return messages[5];
    case Broken::other: break;
    }
    return messages[0];
}

const Message& message_of(Errc cause)
{
    for (const Message& message : all_messages()) {
        if (message.cause == cause) return message;
    }
    OCOP_CHECK(false && "a cause without a message");
    return all_messages().front();
}

const std::vector<ExitMeaning>& exit_meanings()
{
    static const std::vector<ExitMeaning> meanings = {
        {exit_ok, {"xong", "done"}},
        {exit_failed, {"không xong", "failed"}},
        {exit_usage, {"dòng lệnh hoặc dữ liệu nhập vào không đúng", "the command line or the input makes no sense"}},
        {exit_partly, {"xong một phần, phần còn lại được liệt kê", "partly done, the rest is listed"}},
        {exit_not_permitted, {"không được phép, hoặc máy chưa được nhận vào", "not permitted, or not enrolled"}},
        {exit_no_node, {"thư mục không có máy OCOP", "no node here"}},
        {exit_busy, {"chương trình khác đang ghi", "another program is writing"}},
        {exit_unreachable,
         {"không liên lạc được cấp trên, thử lại được", "the parent did not answer, safe to try again"}},
        {exit_version, {"phiên bản không khớp, cần nâng cấp", "versions do not match, an upgrade is needed"}},
        {exit_integrity, {"kiểm tra toàn vẹn không đạt", "an integrity check failed"}},
        {exit_disk, {"ổ đĩa đầy hoặc lỗi", "the disk is full or failing"}},
    };
    return meanings;
}

}  // namespace ocop::cli
