#include <catch2/catch.hpp>

#include "tests/cli/office.h"

using namespace ocop::cli;
using namespace ocop::cli::testing;

namespace json = boost::json;

namespace {

const std::string shipped_mapping = OCOP_SOURCE_DIR "/schema/mappings/ocop_products.toml";

const std::string head = "entity_name,entity_kind,commune_code,product_name,product_code\n";

struct Importing : OfficeFolder {
    explicit Importing(std::string_view unit = district) : OfficeFolder(unit) {}

    Ran import(const std::string& csv, std::vector<std::string> more = {})
    {
        write_file(folder / "in.csv", csv);
        std::vector<std::string> args = {"import", folder / "in.csv", "--map", shipped_mapping};
        args.insert(args.end(), more.begin(), more.end());
        return (*this)(args);
    }
    std::string counts()
    {
        return one("SELECT (SELECT count(*) FROM organization) || ' ' || (SELECT count(*) FROM product)");
    }
};

}  // namespace

// Would catch a second import that doubles the register, or one that overwrites what people have written since.
TEST_CASE("import feeds two tables, and twice adds nothing", "[cli][import]")
{
    Importing office;
    const std::string csv =
        head + "HTX A,hợp tác xã,29338,Dừa sáp,\nHTX A,hợp tác xã,29338,Mứt dừa,\nHTX A,hợp tác xã,29317,Cam sành,\n";
    CHECK(office.import(csv).code == exit_ok);
    CHECK(office.counts() == "2 3");  // one name in two communes is two organizations
    CHECK(
        office.one("SELECT count(*) FROM product p JOIN organization o ON o.id = p.organization AND o.unit = p.unit") ==
        "3");
    office.sql("UPDATE organization SET kind = 'khác'");
    const std::string before = office.everything();
    CHECK(office.import(csv).code == exit_ok);
    CHECK(office.everything() == before);
    const json::object again = office.import(csv, {"--json"}).json();
    CHECK(again.at("tables").at("product").at("kept").as_int64() == 3);
}

// Would catch an import that leaves empty what the file knows by now.
TEST_CASE("import fills what was empty", "[cli][import]")
{
    Importing office;
    office.import(head + "HTX A,,29338,Dừa sáp,\n");
    const json::object filled =
        office.import(head + "HTX A,hợp tác xã,29338,Dừa sáp,84-845-29338-1-2021\n", {"--json"}).json();
    CHECK(filled.at("tables").at("organization").at("filled").as_int64() == 1);
    CHECK(office.one("SELECT product_code FROM product") == "84-845-29338-1-2021");
    CHECK(office.counts() == "1 1");
}

// Would catch one bad row that spoils the good ones, or a refused one that leaves its organization behind.
TEST_CASE("import names each refused row and takes the others", "[cli][import][bad-input]")
{
    Importing office;
    const Ran ran = office.import(head + "HTX A,hợp tác xã,29338,Dừa sáp,C1\n"
                                         "HTX B,hợp tác xã,99999,Kẹo dừa,\n"
                                         "HTX C,xưởng,29338,Mứt dừa,\n"
                                         "HTX D,hợp tác xã,29338,,\n"
                                         "HTX E,hợp tác xã,29338,Cam,C1\n"
                                         "HTX F,hợp tác xã\n"
                                         "HTX G,hợp tác xã,29317,Bưởi,\n",
                                  {"--json"});
    CHECK(ran.code == exit_partly);
    std::string causes;
    const json::object report = ran.json();
    for (const json::value& line : report.at("refused").as_array())
        causes += std::to_string(line.at("line").as_int64()) + std::string{line.at("code").as_string()} + " ";
    CHECK(causes == "3OC-105 4OC-109 5OC-109 6OC-108 7OC-115 ");
    CHECK(office.counts() == "2 2");
    const Ran vi = office.import(head + "HTX B,hợp tác xã,99999,Kẹo dừa,\n", {"--lang", "vi"});
    CHECK(vi.code == exit_failed);
    CHECK(vi.says("Dòng 2: "));
    CHECK(vi.says("99999"));
}

// Would catch a trial run that leaves a trace.
TEST_CASE("import --dry-run says the same and changes nothing", "[cli][import]")
{
    Importing office;
    const std::string csv = head + "HTX A,hợp tác xã,29338,Dừa sáp,\nHTX B,hợp tác xã,99999,Kẹo dừa,\n";
    const std::string before = office.everything();
    const Ran dry = office.import(csv, {"--dry-run"});
    CHECK(dry.code == exit_partly);
    CHECK(dry.says("Dry run"));
    CHECK(office.everything() == before);
    CHECK(office.import(csv).code == exit_partly);
    CHECK(office.counts() == "1 1");
}

// Would catch rows of other communes that come along.
TEST_CASE("import --where takes the rows of one commune", "[cli][import]")
{
    Importing office(commune);
    const std::string csv = head + "HTX A,hợp tác xã,29338,Dừa sáp,\nHTX B,hợp tác xã,29317,Cam,\n";
    CHECK(office.import(csv, {"--where", "commune_code=29338"}).code == exit_ok);
    CHECK(office.counts() == "1 1");
    const Ran all = office.import(csv, {"--json"});
    CHECK(all.code == exit_partly);
    CHECK(all.json().at("refused").at(0).at("code").as_string() == "OC-111");
    CHECK(refusal_code(office.import(csv, {"--where", "colour=red"})) == "OC-103");
}

// Would catch the shipped mapping and the real products drifting apart.
TEST_CASE("import takes the real products of a commune by the shipped mapping", "[cli][import]")
{
    OfficeFolder office(commune);
    const Ran ran = office({"import", OCOP_SOURCE_DIR "/schema/data/ocop_products_cau_ke.csv", "--map", shipped_mapping,
                            "--where", "commune_code=29338"});
    INFO(ran.out << ran.err);
    CHECK(ran.code == exit_ok);
    CHECK(office.one("SELECT count(*) FROM product") == "11");
}

// Would catch a code that is read as of today when the list is of another day.
TEST_CASE("import reads units' codes as of --date", "[cli][import]")
{
    Importing office;
    office.shell.clock.now = 946'684'800'000;  // 01/01/2000: before these units
    const std::string csv = head + "HTX A,hợp tác xã,29338,Dừa sáp,\n";
    CHECK(refusal_code(office.import(csv)) == "OC-106");
    CHECK(office.import(csv, {"--date", "2021-06-01"}).code == exit_ok);
    CHECK(refusal_code(office.import(csv, {"--date", "01/06/2021"})) == "OC-113");
}

// Would catch a CSV in the dress of Excel or macOS that makes twins, or one we cannot read that is taken.
TEST_CASE("import takes CRLF, BOM and NFD; refuses other files whole", "[cli][import][bad-input]")
{
    Importing office;
    CHECK(office.import(head + "HTX Dừa,hợp tác xã,29338,Dừa sáp,\n").code == exit_ok);
    CHECK(office
              .import("\xEF\xBB\xBF"
                      "entity_name,entity_kind,commune_code,product_name,product_code\r\n"
                      "HTX Du\xCC\x9B\xCC\x80"
                      "a,hợp tác xã,29338,Du\xCC\x9B\xCC\x80"
                      "a sáp,\r\n")
              .code == exit_ok);
    CHECK(office.counts() == "1 1");
    const std::string before = office.everything();
    const auto code = [&](const std::string& csv) { return refusal_code(office.import(csv)); };
    CHECK(code("") == "OC-115");
    CHECK(code(head + "HTX D\xF5"
                      "a,,29338,x,\n") == "OC-114");
    CHECK(code(head + "\"HTX,,29338,x,\n") == "OC-115");
    CHECK(code("entity_name,commune_code\nA,29338\n") == "OC-103");
    CHECK(office.import(head + "A,," + std::string((1U << 20) + 1, 'x') + ",y,\n").code != exit_ok);
    CHECK(office.everything() == before);
    CHECK(refusal_code(office({"import", office.folder / "none.csv", "--map", shipped_mapping})) == "OC-115");
}

// Would catch a mapping with a slip of the hand that is half obeyed.
TEST_CASE("import refuses a mapping it does not understand, with the place", "[cli][import][bad-input]")
{
    Importing office;
    write_file(office.folder / "in.csv", head);
    const auto told = [&](const std::string& toml) {
        write_file(office.folder / "m.toml", toml);
        const Ran ran = office({"import", office.folder / "in.csv", "--map", office.folder / "m.toml"});
        CHECK(ran.code == exit_usage);
        return refusal_code(ran);
    };
    const std::string block = "[[into]]\ntable = 'organization'\n";
    CHECK(told("") == "OC-115");
    CHECK(told("format = 2\n" + block + "columns = [{ name = 'name', csv = 'entity_name' }]\n") == "OC-115");
    CHECK(told("format = 1\nformat = 1\n") == "OC-115");
    CHECK(told("format = 1\n" + block + "columns = [{ name = 'colour', csv = 'entity_name' }]\n") == "OC-115");
    CHECK(told("format = 1\n" + block + "columns = [{ name = 'name', csv = 'entity_name', as = 'upper' }]\n") ==
          "OC-115");
    CHECK(told("format = 1\n" + block + "matches = ['name']\ncolumns = [{ name = 'name', csv = 'entity_name' }]\n") ==
          "OC-115");
    CHECK(told("format = 1\n" + block + "match = ['village']\ncolumns = [{ name = 'name', csv = 'entity_name' }]\n") ==
          "OC-115");
    CHECK(told("format = 1\n" + block + "columns = [{ name = 'name', row = 'product', column = 'id' }]\n") == "OC-115");
    CHECK(told("format = 1\n[[into]]\ntable = 'conflict'\ncolumns = [{ name = 'kind', value = 'edit' }]\n") ==
          "OC-115");
}
