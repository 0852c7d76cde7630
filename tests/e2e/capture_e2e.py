"""What any program writes into replica.db while the daemon runs arrives at the parent, and nothing else does.

Each case is written twice: with the stock sqlite3 shell and with Python's sqlite3. Afterwards the parent's tables must be equal to
the child's row for row, and the parent's log must name exactly the rows that were touched: nothing else was sent.
"""
import sqlite3
import unittest

from common import DATE, main, same_tables, small_units, wait_until
from nodes import Country

ORGANIZATION = "01900000-0000-7000-8000-0000000000{:02x}"


def by_shell(node, script):
    node.sql(script)


def by_python(node, script):
    connection = sqlite3.connect(node.db, timeout=20, isolation_level=None)
    try:
        connection.executescript(script)
    finally:
        connection.close()


class Capture(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.country = Country()
        cls.addClassCleanup(cls.country.__exit__)
        cls.parent = cls.country.centre(small_units(cls.country.directory), DATE)
        cls.child = cls.country.enrol(cls.parent, "84", "tinh-tra-vinh")
        cls.unit = cls.child.ask("status")["unit"]
        cls.used = 0

    def id(self):
        type(self).used += 1
        return ORGANIZATION.format(self.used)

    def arrives(self, script, touched):
        """Runs the script both ways (with fresh {a}, {b}, {c} each) and looks at the parent."""
        for write in (by_shell, by_python):
            with self.subTest(write.__name__):
                names = {"a": self.id(), "b": self.id(), "c": self.id(), "unit": self.unit}
                seed = "".join(f"INSERT INTO organization (id, unit, name, registration_no) VALUES ('{names[one]}', '{self.unit}', "
                               f"'seed {names[one][-2:]}', 'R{names[one][-2:]}');" for one in "ab")
                by_shell(self.child, seed)
                self.quiet()
                before = self.parent.look("SELECT max(lsn) FROM _log")[0][0]
                write(self.child, script.format(**names, ra="R" + names["a"][-2:], rb="R" + names["b"][-2:]))
                self.quiet()
                sent = self.parent.look("SELECT count(DISTINCT row) FROM _log WHERE lsn > ? AND tbl = 2", before)[0][0]
                self.assertEqual(sent, touched)
                proof = self.child.ask("verify")
                self.assertTrue(proof["sound"], proof)
                self.assertEqual(self.parent.ask("verify")["sound"], True)
                self.names = names

    def quiet(self):
        wait_until(lambda: self.child.ask("status")["unsent"] == 0 and same_tables(self.child, self.parent), "equal tables")

    # Catches an upsert by REPLACE whose removal of the old row is not journalled.
    def test_insert_or_replace(self):
        self.arrives("INSERT OR REPLACE INTO organization (id, unit, name) VALUES ('{a}', '{unit}', 'replaced');", 1)

    # Catches a REPLACE that silently removes another row by a UNIQUE value: no delete trigger fires for it.
    def test_replace_removes_another_row(self):
        self.arrives("INSERT OR REPLACE INTO organization (id, unit, name, registration_no) VALUES ('{c}', '{unit}', 'new', '{ra}');", 2)

    # Catches the same by an UPDATE OR REPLACE.
    def test_update_or_replace(self):
        self.arrives("UPDATE OR REPLACE organization SET registration_no = '{ra}' WHERE id = '{b}';", 2)

    # Catches an UPSERT journalled as an insert although it updated.
    def test_upsert(self):
        self.arrives("INSERT INTO organization (id, unit, name) VALUES ('{a}', '{unit}', 'x') ON CONFLICT (id) DO UPDATE SET name = 'upserted';", 1)

    # Catches an INSERT OR IGNORE that is journalled although it did nothing.
    def test_insert_or_ignore_of_a_row_that_is_there(self):
        self.arrives("INSERT OR IGNORE INTO organization (id, unit, name) VALUES ('{a}', '{unit}', 'ignored');", 0)

    # Catches a change of the key that leaves the old row at the parent.
    def test_update_of_the_key(self):
        self.arrives("UPDATE organization SET id = '{c}' WHERE id = '{a}';", 2)

    # Catches a statement of many rows of which only one is journalled.
    def test_many_rows_in_one_statement(self):
        self.arrives("UPDATE organization SET note = 'all ' || '{a}' WHERE id IN ('{a}', '{b}');", 2)

    # Catches a change that was taken back being sent.
    def test_rolled_back_savepoint(self):
        self.arrives("""BEGIN; SAVEPOINT s; UPDATE organization SET name = 'taken back' WHERE id = '{a}';
                        DELETE FROM organization WHERE id = '{b}'; ROLLBACK TO s; RELEASE s;
                        UPDATE organization SET note = 'kept' WHERE id = '{a}'; COMMIT;""", 1)
        found = self.child.look("SELECT name FROM organization WHERE id = ?", self.names["a"])
        self.assertNotEqual(found[0][0], "taken back")

    # Catches a row added and removed within one transaction being sent as a removal of nothing.
    def test_row_that_never_was(self):
        self.arrives("BEGIN; INSERT INTO organization (id, unit, name) VALUES ('{c}', '{unit}', 'x'); DELETE FROM organization WHERE id = '{c}'; COMMIT;", 0)

    # Catches the capture depending on foreign keys being on: many programs leave them off.
    def test_delete_with_foreign_keys_off(self):
        self.arrives("PRAGMA foreign_keys = OFF; DELETE FROM organization WHERE id = '{a}';", 1)

    # Catches values that do not change being sent.
    def test_update_that_changes_nothing(self):
        self.arrives("UPDATE organization SET name = name WHERE id = '{a}';", 0)

    # Catches VACUUM making rows come again, or rowids in the journal going stale.
    def test_vacuum(self):
        self.arrives("UPDATE organization SET note = 'before' WHERE id = '{a}'; VACUUM; UPDATE organization SET note = 'after' WHERE id = '{b}';", 2)

    # Catches rows of the shell's own CSV import going unseen.
    def test_import_of_the_shell(self):
        csv = self.country.directory / "rows.csv"
        ids = [self.id(), self.id()]
        csv.write_text("".join(f"{one},{self.unit},Hợp tác xã {one[-2:]}\n" for one in ids), encoding="utf-8")
        self.child.sql(f"CREATE TEMP VIEW v AS SELECT id, unit, name FROM organization;\n"
                       f"CREATE TEMP TRIGGER t INSTEAD OF INSERT ON v BEGIN INSERT INTO organization (id, unit, name) VALUES (new.id, new.unit, new.name); END;\n"
                       f".import --csv {csv} v\n")
        self.quiet()
        for one in ids:
            self.assertTrue(self.parent.look("SELECT 1 FROM organization WHERE id = ?", one))

    # Catches a table rebuilt as DB Browser does it (a copy, the old one dropped, the copy renamed) losing its capture.
    def test_table_rebuilt_as_db_browser_does_it(self):
        row = self.id()
        columns = ", ".join(name for _, name, *_ in self.child.look("PRAGMA table_info(organization)"))
        made = self.child.look("SELECT sql FROM sqlite_schema WHERE name = 'organization'")[0][0]
        copy = made.replace("organization", "sqlb_temp_table_1", 1)
        by_python(self.child, f"""PRAGMA foreign_keys = OFF; PRAGMA legacy_alter_table = ON; BEGIN; {copy};
            INSERT INTO sqlb_temp_table_1 ({columns}) SELECT {columns} FROM organization;
            DROP TABLE organization; ALTER TABLE sqlb_temp_table_1 RENAME TO organization; COMMIT;""")
        # The triggers are gone with the old table; the node must put them back and say so.
        wait_until(lambda: self.child.ask("status") and self.child.look(
            "SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = 'organization'"), "the triggers are back")
        by_shell(self.child, f"INSERT INTO organization (id, unit, name) VALUES ('{row}', '{self.unit}', 'after the rebuild');")
        self.quiet()
        self.assertTrue(self.parent.look("SELECT 1 FROM organization WHERE id = ?", row))



if __name__ == "__main__":
    main()
