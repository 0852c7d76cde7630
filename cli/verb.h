// The frame every verb of `ocop` stands in.
//
// A verb is one file, cli/verb_NAME.cpp, with one class derived from Verb and one function make_NAME(), declared and listed
// in cli/verbs.h and cli/verbs.cpp. The frame (cli/cli.cpp) reads the command line, finds the language, prints help, turns
// refusals and exceptions into messages and exit codes. A verb only says what it takes and does its work:
//
//     class Rm : public Verb {
//     public:
//         VerbText text() const override { return {"rm", {"xóa một dòng", "remove a row"}, {...}, {"ocop rm product 0190..."}, {...}}; }
//         void add_options(CLI::App& app, Language language) override
//         {
//             app.add_option("table", table_, std::string(Text{"tên bảng", "name of the table"}.in(language)))->required();
//         }
//         int run(Context& context) override
//         {
//             auto replica = context.open();
//             if (!replica) return context.refuse(replica.refusal());
//             ...
//             context.say({"Đã xóa {}.", "Removed {}."}, {id_});
//             return exit_ok;
//         }
//     };
//     std::unique_ptr<Verb> make_rm() { return std::make_unique<Rm>(); }
//
// Data go to `out`, remarks and errors to `err`. With --json, `out` gets JSON and nothing else: one object by `print`.
// Options -C, --lang, --json and -h are the frame's and may stand before or after the verb.
#pragma once

#include <boost/json/fwd.hpp>

#include <filesystem>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "cli/messages.h"
#include "cli/text.h"
#include "node/environment.h"
#include "node/replica.h"
#include "schema/base/result.h"

namespace CLI {
class App;
}

namespace ocop::cli {

struct Context {
    std::filesystem::path directory;  // -C DIR, else "."
    Language language = Language::vi;
    bool json = false;
    std::ostream& out;
    std::ostream& err;
    Environment environment;

    /// The node in `directory`.
    Result<std::unique_ptr<Replica>> open() const;
    /// Today in Vietnam, "2026-11-21", as the machine's clock has it.
    std::string today() const;

    /// The text in the person's language, its {} replaced.
    std::string text(const Text& text, std::initializer_list<std::string_view> arguments = {}) const;
    /// A line to `out`; nothing with --json.
    void say(const Text& text, std::initializer_list<std::string_view> arguments = {}) const;
    /// A remark to `err`.
    void warn(const Text& text, std::initializer_list<std::string_view> arguments = {}) const;
    /// One JSON value and a line end to `out`; only call it with --json.
    void print(const boost::json::value& value) const;
    /// Tells the refusal (to `err`; with --json also as an object on `out`) and returns the exit code.
    int refuse(const Refusal& refusal) const;
    /// The object {"code", "cause", "detail", ...} that `refuse` prints; for verbs that list many refusals.
    boost::json::object describe(const Refusal& refusal) const;
};

struct VerbText {
    std::string_view name;
    Text summary;  // a few words, for the list of verbs
    Text help;     // what it does, in a few lines
    std::vector<std::string_view> examples;
    std::vector<int> exits;  // which exit codes it gives, besides 0, 1 and 2
};

class Verb {
public:
    virtual ~Verb() = default;
    virtual VerbText text() const = 0;
    /// Options, positionals, and subcommands if it has some. Descriptions in the given language.
    virtual void add_options(CLI::App& app, Language language) = 0;
    /// Returns the exit code. May throw what a broken machine throws: the frame knows what to say.
    virtual int run(Context& context) = 0;
};

}  // namespace ocop::cli
