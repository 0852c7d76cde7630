"""What the end-to-end scripts share: a small country of real processes, and comparing tables of two replicas."""
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from nodes import DATA, ROOT, Country, Failed, binary, environment, wait_until  # noqa: E402, F401

DATE = "2020-12-31"
TABLES = ["organization", "product", "evaluation", "certificate", "conflict"]
FRAMES = ROOT / "tests" / "data" / "frames"


def small_units(directory):
    """The provinces, and what is below huyện Cầu Kè: as much as these tests need of the list."""
    path = Path(directory) / "units.csv"
    lines = (DATA / "admin_units_2020.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if line.startswith(("code,", "845,")) or line.rstrip().endswith((",845", ","))),
                    encoding="utf-8")
    return path


def rows(node, table):
    return node.look(f"SELECT * FROM {table} ORDER BY id")


def same_tables(child, parent):
    return all(rows(child, table) == rows(parent, table) for table in TABLES)


class Case(unittest.TestCase):
    """A test with a country of its own, gone when the test ends."""

    def setUp(self):
        self.country = Country()
        self.addCleanup(self.country.__exit__)

    def centre(self):
        return self.country.centre(small_units(self.country.directory), DATE)

    def assert_proved(self, *nodes):
        """`ocop verify` finds each node sound and equal to its parent."""
        for node in nodes:
            def proved(node=node):
                answer = node.try_("verify", "--json")
                return answer.code == 0 and answer.json()["compared_with_parent"] and answer.json()["equal"]
            wait_until(proved, f"{node.name} is equal to its parent")


def main():
    unittest.main(verbosity=2)
