#include "cli/help.h"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <iomanip>
#include <ostream>

#include "cli/verbs.h"

namespace ocop::cli {

namespace {

constexpr std::size_t indent_of_text = 26;

void print_pair(std::ostream& out, const std::string& left, std::string_view right)
{
    out << "  " << left;
    const std::size_t used = display_width(left) + 2;
    if (used + 2 > indent_of_text)
        out << '\n' << std::string(indent_of_text, ' ');
    else
        out << std::string(indent_of_text - used, ' ');
    out << right << '\n';
}

/// What stands after an option: DATE, N, TEXT; nothing for a flag.
std::string placeholder(const CLI::Option& option)
{
    std::string type = option.get_type_name();  // with a check, CLI11 adds it: "TEXT:{a,b}"
    type.resize(std::min(type.find(':'), type.size()));
    return type.empty() ? type : " " + type;
}

void print_options(std::ostream& out, const CLI::App& app)
{
    for (const CLI::Option* option : app.get_options()) {
        std::string name = option->get_positional() ? option->get_name(true) : option->get_name(false, true);
        std::replace(name.begin(), name.end(), ',', ' ');
        if (!option->get_positional() && option->get_type_size() > 0) name += placeholder(*option);
        print_pair(out, name, option->get_description());
    }
}

std::string upper(std::string name)
{
    std::transform(name.begin(), name.end(), name.begin(),
                   [](unsigned char letter) { return static_cast<char>(std::toupper(letter)); });
    return name;
}

/// " --root", " [--unit TEXT]": all but --help.
void add_options_of(std::string& line, const CLI::App& app)
{
    for (const CLI::Option* option : app.get_options()) {
        const std::string name = option->get_name(false);
        if (option->get_positional() || name == "-h" || name == "--help" || name.find("--help") != std::string::npos)
            continue;
        line += option->get_required() ? " " + name + placeholder(*option) : " [" + name + placeholder(*option) + "]";
    }
}

std::string usage_line(const Verb& verb, const CLI::App& app)
{
    std::string line = "ocop " + std::string(verb.text().name);
    if (!app.get_subcommands({}).empty()) {
        std::string names;
        for (const CLI::App* sub : app.get_subcommands({})) names += (names.empty() ? "" : "|") + sub->get_name();
        line += " " + names;
    }
    for (const CLI::Option* option : app.get_options()) {
        if (!option->get_positional()) continue;
        const std::string name = upper(option->get_name(true));
        line += option->get_required() ? " " + name : " [" + name + "]";
    }
    add_options_of(line, app);
    for (const CLI::App* sub : app.get_subcommands({})) {
        line += "\n      " + sub->get_name() + ":";
        for (const CLI::Option* option : sub->get_options())
            if (option->get_positional()) line += " " + upper(option->get_name(true));
        add_options_of(line, *sub);
    }
    return line;
}

}  // namespace

void print_overview(std::ostream& out, Language language)
{
    out << Text{"ocop: hồ sơ OCOP trên máy này, đồng bộ lên xuống khi có đường truyền\n\n"
                "Cách dùng: ocop [-C THƯ_MỤC] LỆNH ...\n\n",
                "ocop: OCOP records on this machine, synced up and down whenever there is a line\n\n"
                "Usage: ocop [-C DIR] VERB ...\n\n"}
               .in(language);
    for (const auto& verb : all_verbs())
        print_pair(out, std::string(verb->text().name), verb->text().summary.in(language));
    out << Text{"\nỞ mọi lệnh:\n", "\nWith every verb:\n"}.in(language);
    print_pair(out, "-C DIR",
               Text{"thư mục của máy OCOP (mặc định: thư mục hiện tại)", "the node's directory (default: this one)"}.in(
                   language));
    print_pair(
        out, "--lang vi|en",
        Text{"ngôn ngữ; nếu không có thì theo OCOP_LANG, rồi theo máy", "language; else OCOP_LANG, else the machine's"}
            .in(language));
    print_pair(out, "--json", Text{"kết quả dạng JSON", "the result as JSON"}.in(language));
    print_pair(out, "-h --help", Text{"cách dùng và ví dụ", "how to use it, with an example"}.in(language));
    out << Text{"\nThêm: ocop help LỆNH · ocop help exit-codes · ocop help OC-105\n",
                "\nMore: ocop help VERB · ocop help exit-codes · ocop help OC-105\n"}
               .in(language);
}

void print_verb_help(std::ostream& out, const Verb& verb, const CLI::App& app, Language language)
{
    const VerbText text = verb.text();
    out << "ocop " << text.name << ": " << text.summary.in(language) << "\n\n"
        << Text{"Cách dùng: ", "Usage: "}.in(language) << usage_line(verb, app) << "\n\n"
        << text.help.in(language) << "\n\n";
    print_options(out, app);
    for (const CLI::App* sub : app.get_subcommands({})) {
        out << "\n  " << sub->get_name() << ": " << sub->get_description() << '\n';
        print_options(out, *sub);
    }
    out << Text{"\nVí dụ:\n", "\nExamples:\n"}.in(language);
    for (const std::string_view example : text.examples) out << "  " << example << '\n';
    out << Text{"\nMã thoát: ", "\nExit codes: "}.in(language);
    for (const ExitMeaning& meaning : exit_meanings()) {
        const bool given =
            meaning.code <= exit_usage || std::count(text.exits.begin(), text.exits.end(), meaning.code) > 0;
        if (given) out << (meaning.code ? "; " : "") << meaning.code << " " << meaning.meaning.in(language);
    }
    out << '\n';
}

void print_exit_codes(std::ostream& out, Language language)
{
    for (const ExitMeaning& meaning : exit_meanings())
        out << std::setw(4) << meaning.code << "  " << meaning.meaning.in(language) << '\n';
}

bool print_error_help(std::ostream& out, std::string_view code, Language language)
{
    std::vector<Message> messages = all_messages();
    for (const Broken broken :
         {Broken::disk, Broken::disk_full, Broken::read_only, Broken::sync_failed, Broken::memory, Broken::other})
        messages.push_back(message_of(broken));
    for (const Message& message : messages) {
        if (message.code != code && message.name != code) continue;
        out << message.code << " (" << message.name << ")\n"
            << "  " << fill(message.what.in(language), {"..."}) << '\n'
            << "  " << message.safe.in(language) << '\n'
            << "  → " << message.next.in(language) << '\n'
            << Text{"  Mã thoát: ", "  Exit code: "}.in(language) << message.exit << '\n';
        return true;
    }
    return false;
}

namespace {

class Help : public Verb {
public:
    VerbText text() const override
    {
        return {"help",
                {"cách dùng, mã thoát, ý nghĩa mã lỗi", "how to use it, exit codes, what an error code means"},
                {"Không có gì theo sau: danh sách lệnh. Theo sau là tên lệnh, exit-codes hoặc mã lỗi.",
                 "With nothing: the list of verbs. Else: a verb, exit-codes, or an error code."},
                {"ocop help", "ocop help sync", "ocop help exit-codes", "ocop help OC-105"},
                {}};
    }

    void add_options(CLI::App& app, Language language) override
    {
        app.add_option(
            "topic", topic_,
            std::string(Text{"lệnh, exit-codes hoặc mã lỗi", "a verb, exit-codes or an error code"}.in(language)));
    }

    int run(Context& context) override
    {
        if (topic_.empty()) {
            print_overview(context.out, context.language);
        } else if (topic_ == "exit-codes") {
            print_exit_codes(context.out, context.language);
        } else if (!print_error_help(context.out, topic_, context.language)) {
            return verb_help(context);
        }
        return exit_ok;
    }

private:
    int verb_help(Context& context) const
    {
        for (const auto& verb : all_verbs()) {
            if (verb->text().name != topic_) continue;
            CLI::App app;
            app.set_help_flag();
            verb->add_options(app, context.language);
            print_verb_help(context.out, *verb, app, context.language);
            return exit_ok;
        }
        return context.refuse({Errc::usage, topic_});
    }

    std::string topic_;
};

}  // namespace

std::unique_ptr<Verb> make_help()
{
    return std::make_unique<Help>();
}

}  // namespace ocop::cli
