#include "cli/import_rows.h"

#include <algorithm>
#include <map>
#include <optional>

#include "cli/detail.h"
#include "node/record_values.h"
#include "node/savepoint.h"
#include "node/text.h"

namespace ocop::cli {

namespace {

using Made = std::map<std::string, Row>;  // table -> the row found or made for this CSV row

enum class Outcome { added, filled, kept };

struct Block {
    const MappedTable* mapped;
    const TableInfo* table;
};

class Importer {
public:
    Importer(Replica& replica, const CsvFile& file, const Mapping& mapping, const ImportOptions& options)
        : replica_(replica), file_(file), options_(options), records_(replica, options.today)
    {
        for (const MappedTable& mapped : mapping.into) {
            const TableInfo* table = replica.catalog().table(mapped.table);
            OCOP_CHECK(table != nullptr);  // parse_mapping has looked
            blocks_.push_back({&mapped, table});
            report_.tables.push_back({mapped.table});
        }
        for (const TypedFields* fields : {&mapping.filter, &options.where}) {
            for (const auto& [column, value] : *fields) wanted_.emplace_back(column, to_nfc(trimmed(value)));
        }
    }

    Result<ImportReport> run()
    {
        if (auto columns = check_columns(); !columns) return columns.refusal();
        for (const CsvRecord& record : file_.records) take(record);
        return std::move(report_);
    }

private:
    Status check_columns() const
    {
        for (const auto& [column, value] : wanted_) {
            if (!file_.column(column)) return Refusal{Errc::unknown_column, "CSV: " + column};
        }
        for (const Block& block : blocks_) {
            for (const MappedColumn& column : block.mapped->columns) {
                if (!column.csv.empty() && !column.optional && !file_.column(column.csv))
                    return Refusal{Errc::unknown_column, "CSV: " + column.csv};
            }
        }
        return Done{};
    }

    void take(const CsvRecord& record)
    {
        ++report_.rows;
        if (record.fields.size() != file_.header.size()) {
            report_.refused.push_back(
                {record.line, {Errc::bad_file, wrong_length(record.fields.size(), file_.header.size())}});
            return;
        }
        for (const auto& [column, value] : wanted_) {
            if (record.fields[*file_.column(column)] == value) continue;
            ++report_.skipped;
            return;
        }
        Savepoint step(replica_.db());
        std::vector<Outcome> outcomes;
        if (auto done = take_blocks(record, outcomes); !done) {
            report_.refused.push_back({record.line, done.refusal()});
            return;
        }
        step.keep();
        count(outcomes);
    }

    void count(const std::vector<Outcome>& outcomes)
    {
        ++report_.taken;
        for (std::size_t i = 0; i < outcomes.size(); ++i) {
            TableCount& table = report_.tables[i];
            ++(outcomes[i] == Outcome::added    ? table.added
               : outcomes[i] == Outcome::filled ? table.filled
                                                : table.kept);
        }
    }

    Status take_blocks(const CsvRecord& record, std::vector<Outcome>& outcomes)
    {
        if (auto complete = has_required(record); !complete) return complete;
        Made made;
        for (const Block& block : blocks_) {
            auto fields = values(block, record, made);
            if (!fields) return fields.refusal();
            auto outcome = put(block, *fields, made);
            if (!outcome) return outcome.refusal();
            outcomes.push_back(*outcome);
        }
        return Done{};
    }

    std::string_view csv_text(const MappedColumn& column, const CsvRecord& record) const
    {
        const auto place = file_.column(column.csv);
        return place ? std::string_view{record.fields[*place]} : std::string_view{};
    }

    /// A row without one of these is refused before any block of it is done.
    Status has_required(const CsvRecord& record) const
    {
        for (const Block& block : blocks_) {
            for (const std::string& name : block.mapped->required) {
                const MappedColumn& column = *block.mapped->column(name);
                if (column.csv.empty() || !csv_text(column, record).empty()) continue;
                return Refusal{Errc::check_failed,
                               block.table->name + "." + name + " = NULL (CSV: " + column.csv + ")"};
            }
        }
        return Done{};
    }

    Result<Value> value(const Block& block, const MappedColumn& column, const CsvRecord& record, const Made& made) const
    {
        switch (column.way) {
        case MappedColumn::Way::earlier: {
            const Row& row = made.at(column.row);
            return column.column == "id" ? Value{row.id} : row.value(column.column);
        }
        case MappedColumn::Way::unit_code: {
            const std::string_view code = csv_text(column, record);
            if (code.empty()) return Value{};
            auto unit = replica_.units().by_code(code, options_.date);
            if (!unit) return unit.refusal();
            return Value{(*unit)->id};
        }
        default: break;
        }
        const bool constant = column.way == MappedColumn::Way::constant;
        const std::string_view text = constant ? std::string_view{column.constant} : csv_text(column, record);
        return parse_value(*block.table, column.name, text, replica_.units(), options_.date);
    }

    Result<Fields> values(const Block& block, const CsvRecord& record, const Made& made) const
    {
        Fields fields;
        for (const MappedColumn& column : block.mapped->columns) {
            auto found = value(block, column, record, made);
            if (!found) return found.refusal();
            if (found->index() != 0) fields.emplace_back(column.name, std::move(*found));
        }
        return fields;
    }

    /// The row that is there already; NULL equals nothing.
    Result<std::optional<Row>> existing(const Block& block, const Fields& fields) const
    {
        if (block.mapped->match.empty()) return std::optional<Row>{};
        Row given{{}, fields};
        RowQuery query;
        query.limit = 1;
        for (const std::string& name : block.mapped->match) query.where.emplace_back(name, given.value(name));
        if (!block.table->unit_is_key()) {
            const Value& unit = given.value(block.table->unit_column);
            query.where.emplace_back(block.table->unit_column, unit.index() != 0 ? unit : Value{replica_.state().unit});
        }
        for (const auto& [name, wanted] : query.where) {
            if (wanted.index() == 0) return std::optional<Row>{};
        }
        auto rows = records_.list(*block.table, query);
        if (!rows) return rows.refusal();
        if (rows->empty()) return std::optional<Row>{};
        return std::optional<Row>{std::move(rows->front())};
    }

    Result<Outcome> put(const Block& block, const Fields& fields, Made& made)
    {
        auto found = existing(block, fields);
        if (!found) return found.refusal();
        std::string id;
        Outcome outcome = Outcome::added;
        if (*found) {
            id = (*found)->id;
            Fields missing;
            for (const auto& field : fields) {
                if (field.first != "id" && (*found)->value(field.first).index() == 0) missing.push_back(field);
            }
            outcome = missing.empty() ? Outcome::kept : Outcome::filled;
            if (!missing.empty()) {
                if (auto updated = records_.update(*block.table, id, missing); !updated) return updated.refusal();
            }
        } else {
            auto inserted = records_.insert(*block.table, fields);
            if (!inserted) return inserted.refusal();
            id = *inserted;
        }
        auto row = records_.get(*block.table, id);
        if (!row) return row.refusal();
        made.insert_or_assign(block.table->name, std::move(*row));
        return outcome;
    }

    Replica& replica_;
    const CsvFile& file_;
    const ImportOptions& options_;
    Records records_;
    std::vector<Block> blocks_;
    TypedFields wanted_;
    ImportReport report_;
};

}  // namespace

Result<ImportReport> import_rows(Replica& replica, const CsvFile& file, const Mapping& mapping,
                                 const ImportOptions& options)
{
    return Importer(replica, file, mapping, options).run();
}

}  // namespace ocop::cli
