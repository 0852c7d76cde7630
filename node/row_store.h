// Where a row's values stand, and how the merge writes them.
//
// Usually they stand in the domain table. A row that its table does not show (gone, parked) has them in the side store, and a single value
// that its row cannot show for now (another row has it, a CHECK refuses it) is displaced. Whoever reads values for a message, a
// digest or a conflict reads them here: they are always those of the version the log names.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "node/catalog.h"
#include "node/change.h"
#include "node/replica.h"

namespace ocop {

class RowStore {
public:
    explicit RowStore(Replica& replica);

    bool in_table(const TableInfo& table, const std::string& row);
    /// 'gone', 'parked', 'shown_as_gone'; empty when the row is not in the side store.
    std::string side_reason(const TableInfo& table, const std::string& row);

    /// Values of the columns in `mask`, ordered by (bit, part), from wherever they stand. NULL where nothing is known.
    std::vector<Cell> read(const TableInfo& table, const std::string& row, std::uint64_t mask);

    /// What writing did to the domain table.
    enum class Written { updated, inserted, not_shown, refused };
    /// From now on values that a CHECK or NOT NULL does not let pass are not displaced (nor such new rows parked) but dropped, to be asked for
    /// by refused_bits(), or told by Written::refused.
    void refuse_unwritable(bool refuse) { refuse_ = refuse; }
    /// Of the last show(). Those columns show what they showed before.
    std::uint64_t refused_bits() const { return refused_bits_; }

    /// The log says the row is live: show it. `cells` are the values that changed (all values for a row never seen).
    /// `was_live`: the log said so before, so the row is most likely in its table.
    Written show(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells, bool was_live);
    /// The log says the row is gone: keep its values, with `cells` on top, beside the table.
    void put_away(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells,
                  const std::string& reason);
    /// Keeps the values of a row that a person removed (its last values, in catalogue order; may be empty).
    void keep_last(const TableInfo& table, const std::string& row, const std::vector<Value>& last);

    /// Takes a row out of its table, or puts it back, without touching the log. `bring_back` is false if a constraint refuses.
    void park(const TableInfo& table, const std::string& row, const std::string& reason);
    bool bring_back(const TableInfo& table, const std::string& row);
    void set_reason(const TableInfo& table, const std::string& row, const std::string& reason);
    void forget_side(const TableInfo& table, const std::string& row);
    /// Forgets the row and all its values, wherever they stand.
    void drop(const TableInfo& table, const std::string& row);

    /// For a store that lives beside others: values may have been displaced since.
    void look_again() { any_displaced_ = db_.query("SELECT 1 FROM _displaced LIMIT 1").step(); }
    /// What the side store holds of a row; empty if nothing.
    std::vector<Cell> side_cells(const TableInfo& table, const std::string& row);
    void overlay_displaced(const TableInfo& table, const std::string& row, std::vector<Cell>& cells);

    struct Displaced {
        const TableInfo* table = nullptr;
        std::string row;
        int bit = 0;
        std::vector<Cell> cells;  // all parts of the bit
        std::string reason;
    };
    std::vector<Displaced> displaced();
    /// Tries to show a displaced value. False while a constraint still refuses.
    bool try_place(const Displaced& value);
    /// A newer value was written: what was displaced is history.
    void forget_displaced(const TableInfo& table, const std::string& row, std::uint64_t mask);

    struct Waiting {
        const TableInfo* table = nullptr;
        std::string row;
    };
    std::vector<Waiting> waiting(const std::string& reason);
    /// A row or value that its table does not show for now.
    bool anything_waits();

private:
    std::vector<Cell> read_unknown(const TableInfo& table, const std::string& row, std::uint64_t mask);
    /// Puts the cells of columns that only a newer model knows where they wait; returns the others.
    std::vector<Cell> keep_unknown(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells);
    std::vector<Cell> read_table(const TableInfo& table, const std::string& row, std::uint64_t mask);
    std::vector<Cell> read_side(const TableInfo& table, const std::string& row, std::uint64_t mask);
    void insert(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells);
    /// False when the table does not show the row.
    bool update(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells);
    bool update_bit_by_bit(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells);
    bool update_or_displace(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells);
    Written insert_or_park(const TableInfo& table, const std::string& row, std::vector<Cell> cells);
    void displace(const TableInfo& table, const std::string& row, const Cell& cell, const std::string& reason);
    /// Takes the cells that may clash out (NULL in their place) and displaces them.
    std::vector<Cell> set_aside(const TableInfo& table, const std::string& row, std::vector<Cell> cells);
    void store_side_cells(const TableInfo& table, const std::string& row, const std::vector<Cell>& cells);
    const std::string& select_sql(const TableInfo& table, std::uint64_t mask);
    const std::string& update_sql(const TableInfo& table, std::uint64_t mask);
    const std::string& insert_sql(const TableInfo& table);

    Replica& replica_;
    sqlite::Connection& db_;
    bool any_displaced_ = false;
    bool refuse_ = false;
    std::uint64_t refused_bits_ = 0;
    std::map<std::pair<std::uint32_t, std::uint64_t>, std::string> select_sql_, update_sql_;
    std::map<std::uint32_t, std::string> insert_sql_;
};

/// The columns of `mask`, in catalogue order.
std::vector<const ColumnInfo*> columns_of(const TableInfo& table, std::uint64_t mask);
std::vector<Cell> cells_of(const std::vector<Cell>& cells, std::uint64_t mask);
/// `base` with the cells of `top` in place of those of equal (bit, part).
std::vector<Cell> overlay(std::vector<Cell> base, const std::vector<Cell>& top);

}  // namespace ocop
