#include "tests/museum/exhibits.h"

namespace ocop::museum {

namespace {

using Kind = Check::Kind;

Check simulator(std::uint64_t budget = 60)
{
    return {Kind::simulator, {}, budget};
}
Check property(const char* name, std::uint64_t budget = 200)
{
    return {Kind::property, name, budget};
}
Check power(const char* scenario)
{
    return {Kind::crash, std::string{"power "} + scenario, 10};
}
Check test(const char* name)
{
    return {Kind::test, name, 1};
}

const char* const restores = "F20 F21 F24 nodes put back to any backup of any age lose nothing and end equal";
const char* const refusals = "F70 refusals end in equality, whoever wrote what and whatever was lost on the way";
const char* const forgetting =
    "deletions forgotten at once, with messages cut, lost and late: nothing is lost and nothing comes back";
const char* const converges = "F42 F47 random trees converge: rows, digests and conflicts";

std::vector<Exhibit> of_history()
{
    return {
        {"litestream-781",
         "Litestream #781, Turso #8129",
         "a node put back goes on counting in its old life",
         {property(restores), simulator()}},
        {"syncthing-6335",
         "Syncthing #6335",
         "the last place given out reaches the disk only when a message leaves",
         {power("one write"), power("close and open")}},
        {"couchdb-3897",
         "CouchDB #3897",
         "the cursor is kept although the parent lives another life",
         {property(restores), simulator()}},
        {"couchdb-2029",
         "CouchDB #2029",
         "two machines of one identity: the mark is reset to zero, and all is well",
         {test("F22 an original and its clone that edit one value are asked about"), property(restores), simulator()}},
        {"submersion-309",
         "submersion #309, Harper #2451",
         "how far we are is believed from the database alone, which rewinds: no witness, no tokens",
         {property(restores), simulator()}},
        {"automerge-1367",
         "Automerge #1367",
         "two lives that begin from one backup get one number",
         {test("F20 two lives that begin from one backup are two"), property(restores), simulator()}},
        {"ssb-first-feed",
         "SSB patchwork #24 and #1292, manyverse #111",
         "of two branches the first stands; what the other says is passed over in silence",
         {property(restores), simulator()}},
        {"syncthing-1613",
         "Syncthing #1613",
         "whoever begins again from zero overwrites what is newer",
         {test("F20 who begins again from zero overwrites nothing newer")}},
        {"actuali-188",
         "actuali #188",
         "the parent's digest is taken for ours, and so they are equal",
         {test("unequal digests make the child compare everything, once a day at most")}},
        {"compaction-slow-peer",
         "compaction below a slow peer's cursor (a class)",
         "a deletion is forgotten before the slowest child has heard of it",
         {test("a silent child keeps a deletion alive above it, and its edit brings the row back"),
          property(forgetting)}},
    };
}

std::vector<Exhibit> of_versions()
{
    return {
        {"actual-8904",
         "Actual #8904",
         "a batch that is refused moves the mark all the same",
         {test("F24 a request that leaves a gap moves no mark"), property(restores), simulator()}},
        {"actual-8706",
         "Actual #8706",
         "the count of a row's edits has 16 bits",
         {test("F33 a row's count goes on past every power of two")}},
        {"actual-8905",
         "Actual #8905",
         "a time from the far future is taken over into one's own edits",
         {test("F31 a clock of 2099 infects nobody")}},
        {"jlongster-2",
         "jlongster #2, hlclock #22",
         "how far a clock is off is compared the wrong way round",
         {test("the day of a change is its author's only where that can be believed")}},
        {"couchbase-delete-wins",
         "Couchbase Lite's default",
         "a deletion always wins",
         {simulator(), property(converges)}},
        {"riak-lww",
         "Riak: last write wins",
         "the later clock wins, whoever had seen what",
         {simulator(), property(converges)}},
    };
}

std::vector<Exhibit> of_disk_and_line()
{
    return {
        {"powersync-stuck-upload",
         "PowerSync (Jepsen)",
         "an upload whose answer was lost is under way for ever",
         {simulator(), property(converges)}},
        {"ack-before-commit",
         "a classic",
         "the answer leaves before what it acknowledges is on the disk",
         {power("news both ways, the parent"), power("one write")}},
        {"log-in-next-transaction",
         "a classic",
         "the row is committed, its entry of the log in the next transaction",
         {power("one write"), power("seal of many")}},
        {"fsync-retried",
         "the fsync study (Rebello 2020)",
         "a sync that failed is asked again, and \"succeeds\"",
         {test("F05 after a failed sync a connection refuses everything")}},
        {"rename-without-folder",
         "ALICE (Pillai 2014)",
         "a file is renamed and its folder not synced",
         {power("three changes a message, the child"), power("conflicts, the child")}},
    };
}

std::vector<Exhibit> of_hostility()
{
    return {
        {"cereal-103",
         "cereal #103",
         "a count from the wire is believed before the bytes left are looked at",
         {test("F60: counts are checked against the bytes left")}},
        {"couchdb-cve-2017-12635",
         "CouchDB CVE-2017-12635",
         "a message may name one column of a row twice: judged by one, used by the other",
         {test("F62: a column named twice is refused")}},
        {"matrix-hydra",
         "Matrix, project Hydra (2025)",
         "an edit is judged by what was decided after it",
         {test("F74 what is decided later is not asked of whoever wrote before"), property(refusals), simulator()}},
        {"relay-not-author",
         "confusion of scopes (a class)",
         "the right of the relay is asked, not that of the author",
         {test("F70 what another tier decides is refused, kept with the reason, and given back to its author"),
          property(refusals), simulator()}},
    };
}

}  // namespace

const std::vector<Exhibit>& exhibits()
{
    static const std::vector<Exhibit> all = [] {
        std::vector<Exhibit> list;
        for (auto part : {of_history(), of_versions(), of_disk_and_line(), of_hostility()})
            list.insert(list.end(), part.begin(), part.end());
        return list;
    }();
    return all;
}

std::string title_of(const Check& check)
{
    switch (check.kind) {
    case Kind::simulator: return "simulator";
    case Kind::crash: return "crash: " + check.what;
    default: return check.what;
    }
}

}  // namespace ocop::museum
