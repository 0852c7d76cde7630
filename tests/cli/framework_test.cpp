// The frame of the command: languages, help, the command line, messages, tables.
#include <catch2/catch.hpp>

#include <algorithm>
#include <set>

#include "cli/table.h"
#include "cli/text.h"
#include "cli/verbs.h"
#include "sync/http_status.h"
#include "tests/cli/command.h"

using namespace ocop;
using namespace ocop::cli;
using namespace ocop::cli::testing;

// Catches a verb without help, without an example of itself, or in one language only.
TEST_CASE("every verb explains itself in both languages")
{
    Shell shell;
    for (const auto& verb : all_verbs()) {
        const std::string name(verb->text().name);
        CAPTURE(name);
        const Ran vi = shell({name, "--help", "--lang", "vi"});
        const Ran en = shell({name, "--help", "--lang", "en"});
        CHECK(vi.code == exit_ok);
        CHECK(en.code == exit_ok);
        CHECK(vi.out != en.out);
        CHECK(vi.err.empty());
        const VerbText text = verb->text();
        CHECK(std::any_of(text.examples.begin(), text.examples.end(),
                          [&](std::string_view example) { return example.find(name) != std::string_view::npos; }));
        CHECK(en.says("Exit codes: 0 done"));
        CHECK(shell({}).says(name));
    }
}

// Catches a cause without words, two causes under one code, and a name that differs from the one on the wire.
TEST_CASE("every cause has one code, one name, and a whole message in both languages")
{
    std::set<std::string_view> codes;
    for (int i = 0; i <= static_cast<int>(Errc::verify_failed); ++i) {
        const Message& message = message_of(static_cast<Errc>(i));
        CAPTURE(message.name);
        CHECK(codes.insert(message.code).second);
        CHECK(message.name == sync::error_name(message.cause));
        CHECK(message.exit != exit_ok);
        for (const Text& text : {message.what, message.safe, message.next}) {
            CHECK(!text.vi.empty());
            CHECK(!text.en.empty());
        }
        for (const std::string_view sentence : {message.what.vi, message.what.en}) {
            CHECK(sentence.find("{}") != std::string_view::npos);
            CHECK(sentence.find("{}") == sentence.rfind("{}"));
        }
    }
    for (const Broken broken :
         {Broken::other, Broken::disk, Broken::disk_full, Broken::read_only, Broken::sync_failed, Broken::memory})
        CHECK(codes.insert(message_of(broken).code).second);
}

// Catches an exit code that scripts meet but no page explains.
TEST_CASE("every exit code is documented")
{
    Shell shell;
    const std::string readme = file_bytes(std::string(OCOP_SOURCE_DIR) + "/cli/README.md");
    const std::string page = shell({"help", "exit-codes"}).out;
    for (const Message& message : all_messages()) {
        const bool known = std::any_of(exit_meanings().begin(), exit_meanings().end(),
                                       [&](const ExitMeaning& meaning) { return meaning.code == message.exit; });
        CHECK(known);
    }
    for (const ExitMeaning& meaning : exit_meanings()) {
        CAPTURE(meaning.code);
        CHECK(readme.find("| " + std::to_string(meaning.code) + " |") != std::string::npos);
        CHECK(page.find(std::string(meaning.meaning.en)) != std::string::npos);
    }
    CHECK(shell({"help", "OC-105"}).says("unknown_unit"));
    CHECK(shell({"help", "nonsense"}).code == exit_usage);
}

// Catches a machine set to "C" that answers in English, and an option that loses to the environment.
TEST_CASE("the language is --lang, then OCOP_LANG, then the locale, then Vietnamese")
{
    Shell shell;
    const auto speaks_vi = [&](std::vector<std::string> extra, const Variables& variables) {
        extra.insert(extra.begin(), "help");
        return shell(extra, variables).out.find("Cách dùng") != std::string::npos;
    };
    CHECK(speaks_vi({}, {}));
    CHECK(speaks_vi({}, {{"LANG", "C.UTF-8"}}));
    CHECK(speaks_vi({}, {{"LANG", "en_US.UTF-8"}, {"LC_ALL", "vi_VN.UTF-8"}}));
    CHECK(!speaks_vi({}, {{"LANG", "en_US.UTF-8"}}));
    CHECK(!speaks_vi({}, {{"LANG", "vi_VN.UTF-8"}, {"OCOP_LANG", "en"}}));
    CHECK(speaks_vi({"--lang", "vi"}, {{"OCOP_LANG", "en"}}));
    CHECK(!speaks_vi({"--lang=en"}, {}));
}

// Catches a wrong command line that runs anyway, or is answered in the words of a library.
TEST_CASE("a command line that makes no sense is refused in our own words, with exit code 2")
{
    Shell shell;
    TempFolder folder;
    const std::vector<std::pair<std::vector<std::string>, std::string>> wrong = {
        {{"frobnicate"}, "frobnicate"},
        {{"--frobnicate", "status"}, "frobnicate"},
        {{"status", "extra"}, "extra"},
        {{"invite", "--unit", "84"}, "--url"},
        {{"log", "--limit", "many"}, "--limit"},
        {{"log", "--limit"}, "--limit"},
        {{"--lang", "fr", "status"}, "--lang"},
        {{"units"}, "import|list"},
        {{"units", "import", "x.csv"}, "--date"},
        {{"serve", "--listen", "127.0.0.1:0", "--interval", "0"}, "--interval"},
    };
    for (const auto& [args, word] : wrong) {
        const Ran ran = shell(args);
        CAPTURE(args, ran.err);
        CHECK(ran.code == exit_usage);
        CHECK(ran.out.empty());
        CHECK(ran.err.find("OC-101") != std::string::npos);
        CHECK(ran.err.find(word) != std::string::npos);
    }
    CHECK(shell({}).code == exit_usage);
    CHECK(shell({"--help"}).code == exit_ok);
    CHECK(shell({"--version"}).says("SQLite"));
}

// Catches errors that a script cannot read, and data mixed with remarks.
TEST_CASE("with --json an error is one object on stdout, with the same words on stderr")
{
    Shell shell;
    TempFolder folder;
    for (const std::vector<std::string>& args : {std::vector<std::string>{"--json", "-C", folder / "none", "status"},
                                                 {"status", "-C", folder / "none", "--json"}}) {
        const Ran ran = shell(args);
        CHECK(ran.code == exit_no_node);
        const auto error = ran.json().at("error").as_object();
        CHECK(error.at("code") == "OC-201");
        CHECK(error.at("cause") == "no_node");
        CHECK(error.at("detail").as_string() == boost::json::string_view(folder / "none"));
        for (const char* key : {"message_vi", "message_en", "safe_vi", "safe_en", "next_vi", "next_en"})
            CHECK(!error.at(key).as_string().empty());
        CHECK(ran.says("OC-201"));
    }
    CHECK(shell({"frobnicate", "--json"}).json().at("error").at("cause") == "usage");
}

// Catches a table that breaks its columns on Vietnamese letters, or lets a value of somebody else steer the terminal.
TEST_CASE("columns are as wide as letters are on the screen")
{
    CHECK(display_width("Huyện Cầu Kè") == 12);
    CHECK(display_width("Huye\u0323\u0302n") == 5);  // decomposed
    CHECK(display_width("日本") == 4);
    CHECK(fit("Cầu Kè", 8) == "Cầu Kè  ");
    CHECK(fit("Cầu Kè", 4) == "Cầu…");
    CHECK(display_width(fit("日本語", 4)) == 4);
    CHECK(printable("a\x1b[31mb\nc\u202e\xff") == "a[31mb c\uFFFD");

    Table table({"mã", "tên"});
    table.add({"84", "Trà Vinh"});
    table.add({"29317", "An Phú Tân"});
    std::ostringstream out;
    table.print(out);
    CHECK(out.str() == "mã     tên\n84     Trà Vinh\n29317  An Phú Tân\n");
}

// Catches figures and days written as no Vietnamese reader would, and days that are none.
TEST_CASE("numbers, sizes and days are written as their reader does")
{
    CHECK(number(1234567, Language::vi) == "1.234.567");
    CHECK(number(1234567, Language::en) == "1,234,567");
    CHECK(number(999, Language::vi) == "999");
    CHECK(byte_count(1'234'567, Language::vi) == "1,2 MB");
    CHECK(byte_count(512, Language::en) == "512 B");
    CHECK(moment(1'609'380'000'000) == "09:00 31/12/2020");
    CHECK(rfc3339(1'609'380'000'000) == "2020-12-31T02:00:00Z");
    CHECK(iso_date(1'609'380'000'000) == "2020-12-31");
    CHECK(iso_date(-1) == "1970-01-01");
    CHECK(is_date("2020-02-29"));
    for (const char* wrong : {"2021-02-29", "2020-13-01", "31/12/2020", "2020-1-1", "2020-12-3a", "", "2020-12-311"})
        CHECK(!is_date(wrong));
}
