"""Bad input at the command line: each gets a message with its cause and the next step, its exit code, and changes nothing."""
import unicodedata
import unittest

from common import DATE, ROOT, main, same_tables, small_units
from nodes import Country, wait_until

MAPPING = ROOT / "schema" / "mappings" / "ocop_products.toml"
HEAD = "product_name,product_code,entity_name,entity_kind,commune_code\n"


class Input(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.country = Country()
        cls.addClassCleanup(cls.country.__exit__)
        cls.centre = cls.country.centre(small_units(cls.country.directory), DATE)
        cls.province = cls.country.enrol(cls.centre, "84", "tinh")
        cls.district = cls.country.enrol(cls.province, "845", "huyen")
        cls.here = cls.country.enrol(cls.district, "29338", "xa", serve=False)
        cls.organization = cls.here.ocop("add", "organization", "name=HTX Thạnh Phú")

    def everything(self, node):
        tables = [name for (name,) in node.look("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT GLOB '_*' ORDER BY name")]
        return {name: node.look(f"SELECT * FROM {name} ORDER BY id") for name in tables}

    def refused(self, code, exit_code, *args, node=None):
        """The command is refused so, in both languages, and nothing was changed."""
        if node:  # what an earlier test sent up may still be on its way, and is no doing of this command
            wait_until(lambda: same_tables(self.district, self.province) and same_tables(self.province, self.centre), "quiet")
        node = node or self.here
        before = self.everything(node)
        for language in ("vi", "en"):
            answer = node.try_("--lang", language, *args)
            self.assertEqual(answer.code, exit_code, answer)
            self.assertIn(code, answer.err)
            self.assertIn("→", answer.err)
            self.assertEqual(answer.out, "")
        self.assertEqual(self.everything(node), before)

    def csv(self, name, data):
        path = self.country.directory / name
        path.write_bytes(data if isinstance(data, bytes) else data.encode())
        return path

    def imported(self, path, node=None):
        return (node or self.here).try_("import", path, "--map", MAPPING, "--date", DATE, "--json")

    # Catches a mistyped table, column, row or conflict being taken for an empty one.
    def test_unknown_names(self):
        self.refused("OC-102", 2, "list", "produkt")
        self.refused("OC-102", 2, "add", "produkt", "name=x")
        self.refused("OC-102", 2, "list", "_log")
        self.refused("OC-103", 2, "add", "organization", "nmae=x")
        self.refused("OC-104", 2, "show", "organization", "01900000-0000-7000-8000-00000000ffff")
        self.refused("OC-116", 2, "settle", "ffffffff", "--keep", "winner")

    # Catches a unit that does not exist, or did at another date, being guessed at.
    def test_unknown_units(self):
        self.refused("OC-105", 2, "add", "organization", "name=x", "unit=99999")
        self.refused("OC-106", 2, "add", "organization", "name=x", "unit=29338@2019-01-01")
        self.refused("OC-105", 2, "invite", "--unit", "99999", "--url", "http://127.0.0.1:1", "--out", self.country.directory / "x", node=self.centre)
        self.refused("OC-106", 2, "invite", "--unit", "84@2019-01-01", "--url", "http://127.0.0.1:1", "--out", self.country.directory / "x",
                     node=self.centre)

    # Catches values that the table refuses reaching it, or a message that does not say which value.
    def test_values(self):
        self.refused("OC-109", 2, "add", "organization", "name=x", "kind=công ty")
        self.refused("OC-109", 2, "add", "organization", "name=x", "workers=-1")
        self.refused("OC-113", 2, "add", "organization", "name=x", "workers=nhiều")
        self.refused("OC-109", 2, "add", "organization", "village=ấp 1")
        self.refused("OC-107", 2, "add", "organization", f"id={self.organization}", "name=x")
        self.refused("OC-110", 2, "add", "product", "name=x", "organization=01900000-0000-7000-8000-00000000ffff")

    # Catches a unique value being taken twice, or the message not naming the row that has it.
    def test_not_unique(self):
        self.here.ocop("add", "organization", "name=một", "registration_no=0100-1")
        self.refused("OC-108", 2, "add", "organization", "name=hai", "registration_no=0100-1")

    # Catches a node writing outside its area, or what another tier decides.
    def test_scope_and_tier(self):
        self.refused("OC-111", 4, "add", "organization", "name=x", f"unit=845@{DATE}")
        self.refused("OC-105", 2, "add", "organization", "name=x", f"unit=29335@{DATE}")  # a neighbour: not even known here
        self.refused("OC-112", 4, "add", "directive", "subject=x")
        self.refused("OC-112", 4, "units", "import", self.country.directory / "units.csv", "--date", DATE)

    # Catches a reference to a row of a unit that this node does not hold.
    def test_reference_out_of_scope(self):
        other = self.district.ocop("add", "organization", "name=HTX Thông Hòa", f"unit=29335@{DATE}")
        self.refused("OC-110", 2, "add", "product", "name=x", f"organization={other}")

    # Catches text in another encoding being stored as rubbish.
    def test_csv_in_another_encoding(self):
        path = self.csv("cp1258.csv", HEAD.encode() + "Kẹo,,HTX,hợp tác xã,29338\n".encode("utf-16"))
        self.refused("OC-114", 2, "import", path, "--map", MAPPING, "--date", DATE)
        path = self.csv("latin.csv", HEAD.encode() + b"K\xd1o,,HTX,,29338\n")
        self.refused("OC-114", 2, "import", path, "--map", MAPPING, "--date", DATE)

    # Catches line ends, a byte order mark or decomposed letters making other values of the same text.
    def test_crlf_bom_and_nfd(self):
        text = unicodedata.normalize("NFD", HEAD + "Kẹo dừa sáp,,Cơ sở Ánh Dương,,29338\n").replace("\n", "\r\n")
        answer = self.imported(self.csv("nfd.csv", b"\xef\xbb\xbf" + text.encode()))
        self.assertEqual(answer.code, 0, answer)
        self.assertEqual(self.here.look("SELECT count(*) FROM organization WHERE name = 'Cơ sở Ánh Dương'"), [(1,)])
        again = self.imported(self.csv("nfc.csv", unicodedata.normalize("NFC", text).replace("\r\n", "\n")))
        self.assertEqual(again.json()["tables"]["product"], {"added": 0, "filled": 0, "kept": 1})

    # Catches one bad row taking the good ones with it, or half a row going in.
    def test_some_rows_bad(self):
        answer = self.imported(self.csv("some.csv", HEAD + "tốt,,Cơ sở tốt,,29338\nxấu,,Cơ sở xấu,công ty lạ,29338\nxa,,Cơ sở xa,,29335\nlạ,,Cơ sở lạ,,99999\n"
                                        ",,Cơ sở trống,,29338\n"))
        self.assertEqual(answer.code, 3, answer)
        self.assertEqual(sorted(one["line"] for one in answer.json()["refused"]), [3, 4, 5, 6])
        names = {name for (name,) in self.here.look("SELECT name FROM organization")}
        self.assertIn("Cơ sở tốt", names)
        self.assertFalse(names & {"Cơ sở xấu", "Cơ sở xa", "Cơ sở lạ", "Cơ sở trống"}, names)

    # Catches files that are not what they should be.
    def test_bad_files(self):
        self.refused("OC-115", 2, "import", self.country.directory / "none.csv", "--map", MAPPING)
        self.refused("OC-115", 2, "import", self.csv("ok.csv", HEAD), "--map", self.csv("bad.toml", "format = 'x"))
        self.refused("OC-103", 2, "import", self.csv("short.csv", "product_name\nx\n"), "--map", MAPPING)
        self.refused("OC-115", 2, "units", "import", self.csv("units2.csv", "code,name\n1,x\n"), "--date", DATE, node=self.centre)
        answer = self.country.node("khong").try_("join", self.csv("bad.invite", "x = "))
        self.assertEqual((answer.code, "OC-115" in answer.err), (2, True), answer)

    # Catches a verb making a node, or a mess, where there is none.
    def test_directory_without_a_node(self):
        empty = self.country.node("trong")
        empty.directory.mkdir()
        for verb in (["status"], ["list", "product"], ["sync"], ["verify"], ["conflicts"], ["totals"], ["log"], ["add", "product", "name=x"],
                     ["backup", str(self.country.directory / "copy.db")]):
            answer = empty.try_(*verb)
            self.assertEqual((answer.code, "OC-201" in answer.err), (10, True), answer)
        self.assertEqual(list(empty.directory.iterdir()), [])
        self.assertFalse((self.country.directory / "copy.db").exists())

    # Catches a command line that makes no sense being half done.
    def test_usage(self):
        for args in (["nothing"], ["add"], ["add", "organization"], ["add", "organization", "name"], ["list", "product", "--no-such"],
                     ["set", "organization", self.organization], ["settle", "x"]):
            answer = self.here.try_(*args)
            self.assertEqual(answer.code, 2, answer)


if __name__ == "__main__":
    main()
