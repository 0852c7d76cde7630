#include <catch2/catch.hpp>

#include <string>

#include "schema/embedded.h"
#include "schema/model.h"

namespace {

using ocop::Errc;
using ocop::load_model;
using ocop::Model;

const char* const small = R"(version = 1
retired_tables = [9]
[[table]]
id = 1
name = "thing"
audience = "lineage"
label = { vi = "Vật", en = "Thing" }
retired_bits = [8]
columns = [
    { name = "unit", bit = 1, vi = "Đơn vị", en = "Unit" },
    { name = "first", bit = 2, group = true, vi = "Đầu", en = "First" },
    { name = "last", bit = 2, group = true, vi = "Cuối", en = "Last" },
    { name = "star", bit = 3, vi = "Sao", en = "Star" },
]
writers = [
    { columns = ["star"], tiers = ["province"], from = "2020-01-01", to = "2021-01-01", when_column = "star", when_values = [3] },
]
)";

std::string with(const std::string& old_text, const std::string& new_text)
{
    std::string text = small;
    const std::size_t found = text.find(old_text);
    REQUIRE(found != std::string::npos);
    return text.replace(found, old_text.size(), new_text);
}

std::string fault(const std::string& toml)
{
    const ocop::Result<Model> result = load_model(toml);
    if (result.ok()) return "accepted";
    CHECK(result.refusal().code == Errc::bad_file);
    return result.refusal().detail;
}

std::uint64_t fingerprint(const std::string& toml)
{
    const ocop::Result<Model> result = load_model(toml);
    REQUIRE(result.ok());
    return result.value().fingerprint();
}

// The binary's own model must load: catches a slip in ocop.toml, with its position.
TEST_CASE("the model we ship loads")
{
    const ocop::Result<Model> result = load_model(ocop::embedded_ocop_toml());
    INFO((result.ok() ? std::string() : result.refusal().detail));
    REQUIRE(result.ok());
    const Model& model = result.value();
    REQUIRE(model.tables.size() == 8);
    CHECK(model.table("admin_unit")->unit_column == "id");
    CHECK(model.table("admin_unit")->audience == ocop::Audience::line);
    CHECK(model.table("directive")->audience == ocop::Audience::subtree);
    CHECK(model.table("conflict")->engine);
    CHECK(model.table(3) == model.table("product"));
    CHECK(model.table("product")->column("organization")->uuid);
    CHECK(model.table("product")->column("id") == nullptr);
    CHECK(model.table("certificate")->group(7).size() == 2);
    CHECK(model.table("none") == nullptr);
    CHECK(model.table(99) == nullptr);
}

// A permanent id that moves makes old logs mean something else: catches a renumbered table or bit of a release.
TEST_CASE("permanent ids of the first slice stay")
{
    const Model& model = ocop::ocop_model();
    const char* const names[] = {"admin_unit",  "organization", "product", "evaluation",
                                 "certificate", "directive",    "conflict"};
    for (int id = 1; id <= 7; ++id) CHECK(model.table(id)->name == names[id - 1]);
    CHECK(model.table("product")->column("name")->bit == 3);
    CHECK(model.table("evaluation")->column("star")->bit == 6);
    CHECK(model.table("certificate")->column("star")->bit == 4);
}

// The mask of a table's columns must hold each bit once and never bit 0, which is the row's existence.
TEST_CASE("the column mask leaves out existence")
{
    for (const ocop::TableModel& table : ocop::ocop_model().tables) CHECK((table.column_mask() & 1U) == 0);
    CHECK(load_model(small).value().tables[0].column_mask() == 0b1110U);
}

// A model with a fault would corrupt logs for ever: catches a loader that lets one pass or says not where it is.
TEST_CASE("the loader refuses what is wrong and says where")
{
    REQUIRE(fault(small) == "accepted");
    CHECK(fault(with("bit = 3", "bit = 63")) == "13:28 bit outside 1..62");
    CHECK(fault(with("bit = 3", "bit = 0")) == "13:28 bit outside 1..62");
    CHECK(fault(with("bit = 3", "bit = \"3\"")) == "13:28 bit outside 1..62");
    CHECK(fault(with("bit = 3", "bit = 1")) == "10:5 duplicate bit 1");
    CHECK(fault(with("bit = 2, group = true", "bit = 2")) == "11:5 duplicate bit 2");
    CHECK(fault(with("bit = 3", "bit = 3, group = true")) == "13:5 group of one 3");
    CHECK(fault(with("bit = 3", "bit = 8")) == "13:5 retired bit 8");
    CHECK(fault(with("\"star\", bit", "\"unit\", bit")) == "13:5 duplicate column unit");
    CHECK(fault(with("\"star\", bit", "\"id\", bit")) == "13:5 duplicate column id");
    CHECK(fault(with("id = 1", "id = 9")) == "3:1 retired table id 9");
    CHECK(fault(with("id = 1", "id = 0")) == "4:6 id outside 1..1000000");
    CHECK(fault(with("\"lineage\"", "\"everybody\"")) == "3:1 unknown audience everybody");
    CHECK(fault(with("\"province\"", "\"hamlet\"")) == "16:36 unknown tier hamlet");
    CHECK(fault(with("\"2021-01-01\"", "\"2019-01-01\"")) == "16:5 dates out of order 2020-01-01 2019-01-01");
    CHECK(fault(with("\"2021-01-01\"", "\"1/1/2021\"")) == "16:5 not a date 1/1/2021");
    CHECK(fault(with("columns = [\"star\"]", "columns = [\"sao\"]")) == "16:5 unknown column sao");
    CHECK(fault(with(", when_values = [3]", "")) == "16:5 when_column and when_values go together");
    CHECK(fault(with("writers =", "writer =")) == "15:10 unknown key writer");
    CHECK(fault(with("version = 1\n", "")).find("missing version") != std::string::npos);
    CHECK(fault(with("tiers = [\"province\"]", "tiers = []")) == "16:35 tiers: a list expected");
    CHECK(fault(with("audience", "unit_column = \"commune\"\naudience")) == "3:1 unknown column commune");
    CHECK(fault(with("[[table]]", "[[table]")).rfind("3:", 0) == 0);
    CHECK(fault("") != "accepted");
}

// Two tables under one id or name would mix their logs: catches a copied block.
TEST_CASE("the loader refuses two tables of one id or one name")
{
    const std::string text = small;
    const std::string block = text.substr(text.find("[[table]]"));
    CHECK(fault(text + block) == "18:1 duplicate table id 1");
    std::string other = block;
    other.replace(other.find("id = 1"), 6, "id = 2");
    CHECK(fault(text + other) == "18:1 duplicate table thing");
}

// Two nodes compare fingerprints to skip describing tables: catches one that misses a change of meaning, or sees one in a label.
TEST_CASE("the fingerprint follows meaning, not labels")
{
    const std::uint64_t base = fingerprint(small);
    CHECK(fingerprint(with("\"Sao\"", "\"Hạng sao\"")) == base);
    CHECK(fingerprint(with("\"2021-01-01\"", "\"2022-01-01\"")) == base);
    CHECK(fingerprint(with("bit = 3", "bit = 4")) != base);
    CHECK(fingerprint(with("id = 1", "id = 2")) != base);
    CHECK(fingerprint(with("\"thing\"", "\"things\"")) != base);
    CHECK(fingerprint(with("\"last\"", "\"end\"")) != base);
    CHECK(fingerprint(with("\"lineage\"", "\"subtree\"")) != base);
    CHECK(fingerprint(with("bit = 3", "bit = 3, uuid = true")) != base);
}

// The order of a form is free: catches a fingerprint that depends on the order of columns or tables.
TEST_CASE("the fingerprint does not follow the order of the form")
{
    Model model = load_model(small).value();
    const std::uint64_t base = model.fingerprint();
    std::swap(model.tables[0].columns[0], model.tables[0].columns[3]);
    std::swap(model.tables[0].columns[1], model.tables[0].columns[2]);
    CHECK(model.fingerprint() == base);
    Model ours = ocop::ocop_model();
    std::swap(ours.tables[0], ours.tables[5]);
    CHECK(ours.fingerprint() == ocop::ocop_model().fingerprint());
}

}  // namespace
