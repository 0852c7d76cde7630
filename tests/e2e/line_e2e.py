"""Real processes and the line between them: four tiers, a line that breaks, a daemon that stops, two programs on one replica."""
import sqlite3
import threading

from common import DATE, Case, main, rows, same_tables, wait_until


class Lines(Case):
    # Catches any break in the way of a record: a row added at a commune must be listed at the centre, through four processes.
    def test_a_row_of_a_commune_is_listed_at_the_centre(self):
        centre = self.centre()
        province = self.country.enrol(centre, "84", "tinh")
        district = self.country.enrol(province, "845", "huyen")
        commune = self.country.enrol(district, "29338", "xa")
        organization = commune.ocop("add", "organization", "name=Hợp tác xã dừa sáp")
        product = commune.ocop("add", "product", "name=Dừa sáp sợi", f"organization={organization}")
        wait_until(lambda: product in centre.ocop("list", "product", "--json"), "the row at the centre")
        self.assertIn("Dừa sáp sợi", centre.ocop("show", "product", product))
        self.assert_proved(province, district, commune)

    # Catches a write made between a request and its answer being taken for acknowledged, and lost.
    def test_a_write_between_a_request_and_its_answer(self):
        centre = self.centre()
        child = self.country.enrol(centre, "84", "tinh", line=True, serve=False)
        first = child.ocop("add", "organization", "name=trước")
        child.line.holding = True
        syncing = threading.Thread(target=child.try_, args=("sync",))
        syncing.start()
        wait_until(lambda: centre.look("SELECT 1 FROM organization WHERE id = ?", first), "the request has arrived")
        child.sql("INSERT INTO organization (unit, name) SELECT unit, 'giữa' FROM organization;"
                  f"UPDATE organization SET note = 'giữa' WHERE id = '{first}';")
        child.line.holding = False
        syncing.join()
        child.ocop("sync")
        self.assertEqual(rows(child, "organization"), rows(centre, "organization"))
        self.assertEqual(len(rows(centre, "organization")), 2)
        self.assert_proved(child)

    # Catches an answer that is lost on the way being taken for a refusal, or its request being applied twice.
    def test_F03_a_lost_answer(self):
        centre = self.centre()
        child = self.country.enrol(centre, "84", "tinh", line=True, serve=False)
        made = child.ocop("add", "organization", "name=một")
        child.line.holding = True
        syncing = threading.Thread(target=child.try_, args=("sync",))
        syncing.start()
        wait_until(lambda: centre.look("SELECT 1 FROM organization WHERE id = ?", made), "the request has arrived")
        child.line.cut()
        syncing.join()
        child.line.holding = False
        child.line.restore()
        before = centre.look("SELECT max(lsn) FROM _log")
        self.assertEqual(child.try_("sync").code, 0)
        self.assertEqual(centre.look("SELECT max(lsn) FROM _log"), before)
        self.assert_proved(child)

    # Catches a node that stops working, or gives up for ever, because its parent is down.
    def test_F47_parent_down_then_up_again(self):
        centre = self.centre()
        child = self.country.enrol(centre, "84", "tinh", line=True)
        centre.stop()
        made = child.ocop("add", "organization", "name=khi mất đường")
        self.assertEqual(child.try_("sync").code, 13)
        wait_until(lambda: child.ask("status")["parent"]["last_error"] == "parent_unreachable", "the status says so")
        centre.serve()
        child.line.target = centre.port
        wait_until(lambda: centre.look("SELECT 1 FROM organization WHERE id = ?", made), "the daemon came back by itself")
        self.assert_proved(child)

    # Catches a batch that is lost whole when the line dies every few kilobytes: each must be durable progress.
    def test_F41_a_line_that_keeps_dying(self):
        centre = self.centre()
        child = self.country.enrol(centre, "84", "tinh", line=True, serve=False)
        child.sql("""INSERT INTO organization (unit, name, note)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 4000)
            SELECT (SELECT unit FROM _state), 'Hộ ' || i, hex(randomblob(60)) FROM n;""".replace(
                "(SELECT unit FROM _state)", f"'{child.ask('status')['unit']}'"))
        tries = 0
        while True:
            tries += 1
            self.assertLess(tries, 60)
            carried = child.line.up
            syncing = threading.Thread(target=child.try_, args=("sync",))
            syncing.start()
            wait_until(lambda: not syncing.is_alive() or child.line.up - carried > 150_000, "the line carried its share")
            child.line.cut()
            syncing.join()
            child.line.restore()
            if same_tables(child, centre):
                break
        self.assertGreater(tries, 1)
        self.assertEqual(child.try_("sync").code, 0)
        self.assert_proved(child)

    # Catches two nodes coming in by one invite.
    def test_two_children_with_the_same_invite(self):
        centre = self.centre()
        invite = self.country.directory / "tinh.invite"
        centre.ocop("invite", "--unit", f"84@{DATE}", "--url", centre.url, "--out", invite)
        first, second = self.country.node("mot"), self.country.node("hai")
        first.ocop("join", invite)
        answer = second.try_("join", invite)
        self.assertEqual(answer.code, 4, answer)
        self.assertIn("OC-", answer.err)
        self.assertEqual(second.try_("sync").code, 10)  # a refused join leaves no node behind
        self.assertEqual(first.try_("sync").code, 0)
        self.assertEqual(centre.ask("status")["children"], 1)

    # Catches an invite that is used up by a join whose parent was down.
    def test_join_while_the_parent_is_down(self):
        centre = self.centre()
        invite = self.country.directory / "tinh.invite"
        centre.ocop("invite", "--unit", f"84@{DATE}", "--url", centre.url, "--out", invite)
        port = centre.port
        centre.stop()
        child = self.country.node("tinh")
        child.ocop("join", invite)
        self.assertEqual(child.try_("sync").code, 13)
        centre.serve(port)
        child.ocop("sync")
        self.assertEqual(child.ask("status")["name"], "Tỉnh Trà Vinh")

    # Catches a join that was cut off halfway leaving a directory that is neither a node nor free for one; and a key being overwritten.
    def test_join_again_after_one_that_was_cut_off(self):
        centre = self.centre()
        invite = self.country.directory / "tinh.invite"
        centre.ocop("invite", "--unit", f"84@{DATE}", "--url", centre.url, "--out", invite)
        child = self.country.node("tinh")
        child.directory.mkdir()
        key = child.directory / "node.key"
        key.write_bytes(b"k" * 32)
        self.assertIn("OC-202", child.try_("join", invite).err)
        self.assertEqual(key.read_bytes(), b"k" * 32)
        for name in ("replica.db.new", "replica.db.new-wal", "node.key.part"):
            (child.directory / name).write_bytes(b"half of something")
        child.ocop("join", invite)
        self.assertEqual(child.ask("status")["name"], "Tỉnh Trà Vinh")
        self.assertEqual(sorted(path.name for path in child.directory.iterdir()), ["node.key", "replica.db", "witness", "writer.lock"])
        self.assertIn("OC-202", child.try_("join", invite).err)

    # Catches a daemon that ends badly on SIGTERM, or leaves a WAL that only it can read.
    def test_sigterm_ends_with_zero_and_a_sound_file(self):
        centre = self.centre()
        made = centre.ocop("add", "directive", "subject=Kế hoạch")
        self.assertEqual(centre.stop(), 0)
        self.assertEqual(centre.sql("PRAGMA integrity_check"), "ok")
        self.assertTrue(centre.look("SELECT 1 FROM directive WHERE id = ?", made))
        self.assertTrue(centre.ask("verify")["sound"])

    # Catches a backup that is torn because the daemon, or another program, writes meanwhile.
    def test_F15_backup_while_others_write(self):
        centre = self.centre()
        stop = threading.Event()

        def write():
            connection = sqlite3.connect(centre.db, timeout=20, isolation_level=None)
            while not stop.is_set():
                connection.execute("BEGIN IMMEDIATE")
                connection.execute("INSERT INTO directive (unit, subject) VALUES ('VN', 'một')")
                connection.execute("INSERT INTO directive (unit, subject) VALUES ('VN', 'hai')")
                connection.execute("COMMIT")
            connection.close()

        writing = threading.Thread(target=write)
        writing.start()
        try:
            for number in range(5):
                file = self.country.directory / f"copy-{number}.db"
                centre.ocop("backup", file)
                copy = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
                self.assertEqual(copy.execute("PRAGMA integrity_check").fetchall(), [("ok",)])
                self.assertEqual(copy.execute("SELECT count(*) % 2 FROM directive").fetchone(), (0,))
                copy.close()
                self.assertEqual(centre.try_("backup", file).code, 2)
        finally:
            stop.set()
            writing.join()
        self.assertTrue(centre.ask("verify")["sound"])

    # Catches two daemons on one replica, or on one port, that fight silently.
    def test_port_in_use(self):
        centre = self.centre()
        child = self.country.enrol(centre, "84", "tinh", serve=False)
        answer = child.try_("serve", "--listen", f"127.0.0.1:{centre.port}")
        self.assertNotEqual(answer.code, 0)
        self.assertIn("OC-301", answer.err)
        child.ocop("sync")

    # Catches a corrupt, foreign, newer or missing replica.db being served, or changed by the attempt.
    def test_F86_serve_of_a_bad_replica(self):
        centre = self.centre()
        centre.stop()
        whole = centre.db.read_bytes()
        empty = self.country.node("trong")
        empty.directory.mkdir()
        self.assertEqual(empty.try_("serve", "--listen", "127.0.0.1:0").code, 10)
        self.assertEqual(list(empty.directory.iterdir()), [])
        for bad in (b"not a database", whole[:100] + b"\xa5" * (len(whole) - 100), whole[:5000]):
            centre.db.write_bytes(bad)
            answer = centre.try_("serve", "--listen", "127.0.0.1:0")
            self.assertEqual(answer.code, 15, answer)
            self.assertEqual(centre.db.read_bytes(), bad)
        centre.db.write_bytes(whole)
        version = int(centre.sql("PRAGMA user_version"))
        centre.sql(f"PRAGMA user_version = {version + 100}")
        answer = centre.try_("serve", "--listen", "127.0.0.1:0")
        self.assertEqual(answer.code, 14, answer)
        centre.sql(f"PRAGMA user_version = {version}")
        centre.serve()
        self.assertTrue(centre.ask("verify")["sound"])


if __name__ == "__main__":
    main()
