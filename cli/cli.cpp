#include "cli/cli.h"

#include <CLI/CLI.hpp>
#include <boost/json.hpp>

#include <algorithm>
#include <optional>
#include <ostream>
#include <system_error>

#include "cli/detail.h"
#include "cli/help.h"
#include "cli/verbs.h"
#include "node/sqlite.h"

namespace ocop::cli {

namespace json = boost::json;

namespace {

constexpr std::string_view version_text = "0.1.0";

// --- Telling a person --------------------------------------------------------------------------------------------

json::object describe_message(const Message& message, const Refusal& refusal)
{
    const auto sentence = [&](Language language) {
        return json::string(fill(message.what.in(language), {detail_of(refusal, language)}));
    };
    const Text special = next_step_of(refusal);
    const Text& next = special.en.empty() ? message.next : special;
    return {{"code", message.code},
            {"cause", message.name},
            {"detail", json::string(detail_of(refusal, Language::en))},
            {"message_vi", sentence(Language::vi)},
            {"message_en", sentence(Language::en)},
            {"safe_vi", message.safe.vi},
            {"safe_en", message.safe.en},
            {"next_vi", next.vi},
            {"next_en", next.en}};
}

int tell(const Context& context, const Message& message, const Refusal& refusal)
{
    const Text special = next_step_of(refusal);
    const Text& next = special.en.empty() ? message.next : special;
    context.err << "ocop: " << fill(message.what.in(context.language), {detail_of(refusal, context.language)}) << " ("
                << message.code << ")\n"
                << "  " << message.safe.in(context.language) << '\n'
                << "  → " << next.in(context.language) << '\n';
    if (context.json) context.print(json::object{{"error", describe_message(message, refusal)}});
    return message.exit;
}

// --- The command line ---------------------------------------------------------------------------------------------

// What CLI11 is asked twice: a language and --json are needed before parsing, to report a line that does not parse.
std::string value_of(const std::vector<std::string>& args, std::string_view option)
{
    for (std::size_t i = 0; i < args.size(); ++i) {
        if (args[i] == option) return i + 1 < args.size() ? args[i + 1] : std::string();
        if (args[i].size() > option.size() && args[i].compare(0, option.size(), option) == 0 &&
            args[i][option.size()] == '=')
            return args[i].substr(option.size() + 1);
    }
    return {};
}

// "vi_VN.UTF-8" and "vi" say Vietnamese; "C" and "POSIX" say nothing of what a person reads.
std::optional<Language> language_of(const std::string& text)
{
    std::string start = text.substr(0, text.find_first_of("_.@-"));
    for (char& letter : start)
        if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
    if (start == "vi") return Language::vi;
    if (start == "en") return Language::en;
    return {};
}

Language find_language(const std::vector<std::string>& args, const Variables& variables)
{
    if (const auto language = language_of(value_of(args, "--lang"))) return *language;
    for (const char* name : {"OCOP_LANG", "LC_ALL", "LC_MESSAGES", "LANG"}) {
        const auto found = variables.find(name);
        if (found == variables.end() || found->second.empty()) continue;
        if (const auto language = language_of(found->second)) return *language;
    }
    return Language::vi;
}

struct CommandLine {
    CLI::App app;
    std::vector<std::unique_ptr<Verb>> verbs = all_verbs();
    std::vector<CLI::App*> apps;
    std::string directory = ".";
    std::string language;
    bool json = false;
    bool version = false;

    explicit CommandLine(Language spoken)
    {
        app.set_help_flag("-h,--help");
        app.require_subcommand(0, 1);
        app.add_option("-C", directory);
        app.add_option("--lang", language)->check(CLI::IsMember({"vi", "en"}, CLI::ignore_case));
        app.add_flag("--json", json);
        app.add_flag("--version", version);
        for (const auto& verb : verbs) {
            CLI::App* sub = app.add_subcommand(std::string(verb->text().name));
            sub->set_help_flag("-h,--help", std::string(Text{"cách dùng và ví dụ", "how to use it"}.in(spoken)));
            sub->fallthrough();
            verb->add_options(*sub, spoken);
            for (CLI::App* below : sub->get_subcommands({})) below->fallthrough();
            apps.push_back(sub);
        }
    }

    /// The place of the verb asked for in `verbs`; nothing if none was.
    std::optional<std::size_t> chosen() const
    {
        for (std::size_t i = 0; i < apps.size(); ++i) {
            if (app.got_subcommand(apps[i])) return i;
        }
        return {};
    }
};

void collect_missing(const CLI::App& app, std::string& names)
{
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_required() && option->count() == 0)
            names += (names.empty() ? "" : ", ") + option->get_name(option->get_positional());
    }
    for (const CLI::App* below : app.get_subcommands()) collect_missing(*below, names);
}

// The option a parse error is about: the longest name that stands in CLI11's sentence.
std::string option_named_in(const CLI::App& app, const std::string& sentence)
{
    std::string found;
    for (const CLI::Option* option : app.get_options()) {
        const std::string name = option->get_name(option->get_positional());
        if (name.size() > found.size() && sentence.find(name) != std::string::npos) found = name;
    }
    for (const CLI::App* below : app.get_subcommands()) {
        const std::string deeper = option_named_in(*below, sentence);
        if (deeper.size() > found.size()) found = deeper;
    }
    return found;
}

// CLI11's complaint in our own words.
std::string complaint(const CommandLine& line, const CLI::ParseError& error, Language language)
{
    const auto chosen = line.chosen();
    const std::vector<std::string> left = line.app.remaining(true);
    // An option nobody knows comes first: what else is missing may be missing because of it.
    const bool unknown_option =
        std::any_of(left.begin(), left.end(), [](const auto& at) { return at.rfind('-', 0) == 0; });
    if (unknown_option || dynamic_cast<const CLI::ExtrasError*>(&error)) {
        std::string extras;
        for (const std::string& extra : left) extras += (extras.empty() ? "" : " ") + extra;
        return fill(chosen ? Text{"không hiểu «{}»", "\"{}\" is not understood here"}.in(language)
                           : Text{"không có lệnh hay tùy chọn «{}»", "there is no verb or option \"{}\""}.in(language),
                    {extras});
    }
    if (dynamic_cast<const CLI::RequiredError*>(&error)) {
        std::string missing;
        collect_missing(line.app, missing);
        if (missing.empty() && chosen) {
            for (const CLI::App* below : line.apps[*chosen]->get_subcommands({}))
                missing += (missing.empty() ? "" : "|") + below->get_name();
        }
        return fill(Text{"thiếu {}", "{} is missing"}.in(language), {missing});
    }
    const std::string option = option_named_in(line.app, error.what());
    if (option.empty()) return error.what();
    return fill(
        Text{"giá trị của {} bị thiếu hoặc không đúng", "the value of {} is missing or makes no sense"}.in(language),
        {option});
}

// --- Running ------------------------------------------------------------------------------------------------------

// A path somebody typed that leads nowhere is their mistake, not a fault of the program.
Text path_mistake(const std::error_code& code)
{
    if (code == std::errc::no_such_file_or_directory)
        return {"không có tệp hay thư mục đó", "there is no such file or directory"};
    if (code == std::errc::not_a_directory)
        return {"một phần của đường dẫn không phải thư mục", "part of the path is no directory"};
    if (code == std::errc::is_a_directory) return {"đó là một thư mục", "it is a directory"};
    if (code == std::errc::file_exists) return {"đã có tệp này", "it already exists"};
    if (code == std::errc::filename_too_long) return {"tên quá dài", "the name is too long"};
    return {};
}

std::string path_in(const std::system_error& error)
{
    const auto* file = dynamic_cast<const std::filesystem::filesystem_error*>(&error);
    return file != nullptr ? file->path1().string() : error.what();
}

// A broken machine, said as well as it can be.
int tell_broken(const Context& context, const std::exception& error)
{
    if (const auto* system = dynamic_cast<const std::system_error*>(&error)) {
        if (const Text why = path_mistake(system->code()); !why.en.empty())
            return context.refuse({Errc::bad_file, path_in(*system) + ": " + both(why)});
    }
    return tell(context, message_of(what_broke(error)), {Errc::usage, error.what()});
}

int run_verb(CommandLine& line, Context& context, std::ostream& out)
{
    const auto chosen = line.chosen();
    if (line.version) {
        out << "ocop " << version_text << " (SQLite " << sqlite::Connection::library_version() << ")\n";
        return exit_ok;
    }
    if (!chosen) {
        print_overview(context.err, context.language);
        return exit_usage;
    }
    try {
        return line.verbs[*chosen]->run(context);
    } catch (const std::exception& error) {
        return tell_broken(context, error);
    }
}

}  // namespace

Result<std::unique_ptr<Replica>> Context::open() const
{
    return Replica::open(directory, environment);
}

std::string Context::today() const
{
    return iso_date(environment.clock->now_ms());
}

std::string Context::text(const Text& text, std::initializer_list<std::string_view> arguments) const
{
    return fill(text.in(language), arguments);
}

void Context::say(const Text& sentence, std::initializer_list<std::string_view> arguments) const
{
    if (!json) out << text(sentence, arguments) << '\n';
}

void Context::warn(const Text& sentence, std::initializer_list<std::string_view> arguments) const
{
    err << text(sentence, arguments) << '\n';
}

void Context::print(const json::value& value) const
{
    out << json::serialize(value) << '\n';
}

int Context::refuse(const Refusal& refusal) const
{
    return tell(*this, message_of(refusal.code), refusal);
}

json::object Context::describe(const Refusal& refusal) const
{
    return describe_message(message_of(refusal.code), refusal);
}

int run_cli(const std::vector<std::string>& args, std::ostream& out, std::ostream& err, const Environment& environment,
            const Variables& variables)
{
    const Language language = find_language(args, variables);
    Context context{".", language, std::find(args.begin(), args.end(), "--json") != args.end(), out, err, environment};
    CommandLine line(language);
    try {
        line.app.parse(std::vector<std::string>(args.rbegin(), args.rend()));
    } catch (const CLI::CallForHelp&) {
        if (const auto chosen = line.chosen())
            print_verb_help(out, *line.verbs[*chosen], *line.apps[*chosen], language);
        else
            print_overview(out, language);
        return exit_ok;
    } catch (const CLI::ParseError& error) {
        return context.refuse({Errc::usage, complaint(line, error, language)});
    }
    context.directory = line.directory;
    context.json = line.json;
    return run_verb(line, context, out);
}

}  // namespace ocop::cli
