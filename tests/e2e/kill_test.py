"""kill -9 of any process at any moment, and nothing that was acknowledged is lost.

A round: centre, province, district and two communes, each a process; one writer a node (commands of ocop and the stock sqlite3
shell) while a killer hits a random daemon or command with kill -9; daemons are started again, commands are not. The second commune
joins in the middle of it. Then all is left to sync until quiet, and must hold:
  - every write whose command ended with 0 is at every node that should have it;
  - `ocop verify` is sound everywhere and equal to the parent; the tables are equal row for row, the logs in (table, row, version, mask);
  - PRAGMA integrity_check says ok.
A command that was killed may have written or not: both are right. A failing round keeps its directory.
"""
import argparse
import random
import shutil
import sys
import threading
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from nodes import DATA, ROOT, Country, Exchange, Failed, wait_until  # noqa: E402

DATE = "2020-12-31"
LINEAGE = ["organization", "product", "evaluation", "certificate", "conflict"]
MAPPING = ROOT / "schema" / "mappings" / "ocop_products.toml"
UNREACHABLE, BUSY = 13, 11


class Writer(threading.Thread):
    """Writes at one node until told to stop, and remembers what was acknowledged."""

    def __init__(self, node, seed, stop):
        super().__init__()
        self.node, self.stop = node, stop
        self.chance = random.Random(seed)
        self.rows = {}      # (table, name) acknowledged: id, or None
        self.notes = {}     # product id: values its note may have now
        self.products = []  # ids of this node's own products
        self.spare = {}     # organizations without products: name, id
        self.gone = set()   # (table, name): its removal was acknowledged
        self.trouble = []
        self.count = self.acknowledged = 0

    def run(self):
        while not self.stop.is_set():
            self.count += 1
            try:
                self.chance.choice(self.ways())()
            except Exception as error:  # told by the round, in the main thread
                self.trouble.append(f"{self.node.name}: {error!r}")
                return

    def name(self):
        return f"{self.node.name} {self.count}"

    def ended_well(self, answer, *also):
        """Did the command do it? None: it was killed, nobody knows."""
        if answer.code == 0 and not (answer.command[0] == "sqlite3" and answer.err):
            self.acknowledged += 1
            return True
        if answer.code < 0:
            return None
        if answer.code not in also:
            self.trouble.append(repr(answer))
        return False

    def ways(self):
        common = [self.sync, self.look]
        if self.node.tier == "commune":
            return [self.add_by_command, self.add_by_shell, self.note_by_command, self.note_by_shell, self.contend,
                    self.import_rows, self.remove, *common]
        return [self.directive, self.contend, self.judge, *common]

    def sync(self):
        self.ended_well(self.node.try_("sync") if self.node.tier != "central" else self.node.try_("status"), UNREACHABLE, BUSY)

    def look(self):
        self.ended_well(self.node.try_("list", "product"))

    def add_by_command(self):
        name = self.name()
        made = self.node.try_("add", "organization", f"name={name}")
        if not self.ended_well(made):
            return
        self.rows["organization", name] = made.out.strip()
        product = self.node.try_("add", "product", f"name={name}", f"organization={made.out.strip()}")
        if self.ended_well(product):
            self.rows["product", name] = product.out.strip()
            self.products.append(product.out.strip())

    def add_by_shell(self):
        name = self.name()
        count = self.chance.randint(1, 40)
        answer = self.node.shell(f"""
            INSERT INTO organization (unit, name)
            WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})
            SELECT '{self.node.unit}', '{name}.' || i FROM n;""")
        if self.ended_well(answer):
            self.rows.update({("organization", f"{name}.{i}"): None for i in range(1, count + 1)})

    def import_rows(self):
        name = self.name()
        file = Path(f"{self.node.directory}.{self.count}.csv")
        file.write_text("product_name,product_code,entity_name,entity_kind,commune_code\n" +
                        "".join(f"{name}.{i},,{name}.{i},,{self.node.code}\n" for i in range(8)), encoding="utf-8")
        if self.ended_well(self.node.try_("import", file, "--map", MAPPING, "--date", DATE)):
            self.rows.update({(table, f"{name}.{i}"): None for table in ("organization", "product") for i in range(8)})

    def remove(self):
        if not self.spare:
            name = self.name()
            made = self.node.try_("add", "organization", f"name={name}")
            if self.ended_well(made):
                self.spare[name] = made.out.strip()
            return
        name, row = self.spare.popitem()
        if self.ended_well(self.node.shell(f"DELETE FROM organization WHERE id = '{row}';") if self.chance.random() < 0.5
                           else self.node.try_("rm", "organization", row)):
            self.gone.add(("organization", name))

    def note(self, write):
        if not self.products:
            return self.add_by_command()
        product = self.chance.choice(self.products)
        value = self.name()
        ended = self.ended_well(write(product, value))
        if ended:
            self.notes[product] = {value}
        elif ended is None:
            self.notes.setdefault(product, {None}).add(value)

    def note_by_command(self):
        self.note(lambda product, value: self.node.try_("set", "product", product, f"note={value}"))

    def note_by_shell(self):
        self.note(lambda product, value: self.node.shell(f"UPDATE product SET note = '{value}' WHERE id = '{product}';"))

    def contend(self):
        """The field that everybody edits at once."""
        if self.node.tier == "central":
            return self.directive()
        self.ended_well(self.node.shell(
            f"UPDATE product SET packaging = '{self.name()}' WHERE id = (SELECT min(id) FROM product WHERE name LIKE 'xa-%');"))

    def judge(self):
        found = self.node.look("SELECT id FROM product WHERE name LIKE 'xa-%' ORDER BY random() LIMIT 1")
        if not found:
            return
        name = self.name()
        answer = self.node.try_("add", "evaluation", f"product={found[0][0]}", f"level={self.node.tier}", "evaluated_on=2020-12-21",
                                "star=2", f"note={name}")
        if self.ended_well(answer):
            self.rows["evaluation", name] = answer.out.strip()

    def directive(self):
        name = self.name()
        answer = self.node.try_("add", "directive", f"subject={name}")
        if self.ended_well(answer):
            self.rows["directive", name] = answer.out.strip()


NAME_COLUMN = {"organization": "name", "product": "name", "evaluation": "note", "directive": "subject"}


class Round:
    def __init__(self, template, directory, seed, seconds):
        self.seed, self.seconds = seed, seconds
        self.chance = random.Random(seed)
        self.country = Country(directory)
        self.stop = threading.Event()
        self.writers = []
        self.kills = 0
        self.found = {}  # (node, table): names, at the end
        self.nodes = []
        self.exchange = template.exchange
        for old in template.nodes:
            shutil.copytree(old.directory, self.country.directory / old.name)
            node = self.country.node(old.name)
            node.code, node.tier, node.unit, node.line = old.code, old.tier, old.unit, old.line
            node.parent = next((one for one in self.nodes if one.name == old.parent), None)
            node.joined = True
            self.nodes.append(node)
        self.late = self.country.node("xa-thong-hoa")
        self.late.code, self.late.tier, self.late.unit = "29335", "commune", template.late_unit
        self.late.parent, self.late.line, self.late.joined = self.nodes[2], template.late_line, False

    def serve(self, node):
        node.serve(wait=True)
        for one in [*self.nodes, self.late]:
            if one.parent is node:
                one.line.target = node.port

    def write(self, node):
        writer = Writer(node, self.chance.random(), self.stop)
        self.writers.append(writer)
        writer.start()

    def run(self):
        for node in self.nodes:
            self.serve(node)
        for node in self.nodes:
            self.write(node)
        joining = threading.Thread(target=self.join_late)
        joining.start()
        try:
            self.kill_for(self.seconds)
        finally:
            self.stop.set()
            joining.join()
            for writer in self.writers:
                writer.join()
        self.no_trouble()
        self.restart_dead()
        self.wait_quiet()
        self.check()

    def no_trouble(self):
        for writer in self.writers:
            if writer.trouble:
                raise Failed("\n".join(writer.trouble))

    def join_late(self):
        """The second commune comes in while things are being killed; a killed join is simply tried again."""
        try:
            invite = self.country.directory / "late.invite"
            for _ in range(50):
                if invite.exists() and invite.stat().st_size > 0:
                    break
                invite.unlink(missing_ok=True)
                self.late.parent.try_("invite", "--unit", f"29335@{DATE}", "--url", self.late.line.url, "--out", invite)
            for _ in range(50):
                if self.late.try_("status").code == 0:
                    break
                said = self.late.try_("join", invite)
            else:
                self.late.trouble = repr(said)
                return
            # Its unit comes with the first exchange that is whole.
            wait_until(lambda: self.late.try_("sync").code == 0, "the late commune's first sync")
            self.serve(self.late)
            self.nodes.append(self.late)
            self.late.joined = True
            if not self.stop.is_set():
                self.write(self.late)
        except Exception:
            self.late.trouble = traceback.format_exc()

    def kill_for(self, seconds):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            time.sleep(self.chance.uniform(0.02, 0.35))
            node = self.chance.choice([*self.nodes, self.late])
            commands = list(node.running)
            if commands and self.chance.random() < 0.5:
                self.chance.choice(commands).kill()
                self.kills += 1
            elif node.daemon is not None and node.joined:
                node.stop(how=9)
                self.kills += 1
                time.sleep(self.chance.uniform(0, 0.2))
                self.serve(node)

    def restart_dead(self):
        if not self.late.joined:
            raise Failed(f"the late commune did not join: {getattr(self.late, 'trouble', '?')}")
        for node in self.nodes:
            if node.daemon is None or node.daemon.poll() is not None:
                raise Failed(f"{node.name}: the daemon ended by itself: {node.log_tail()}")

    def wait_quiet(self):
        """Until everybody has called up and down the tree, no log has grown by it, and every node is equal to its parent."""
        below = [node for node in self.nodes if node.parent is not None]
        deepest_first = sorted(below, key=lambda node: -len(list(self.above(node))))

        def tops():
            return [node.look("SELECT max(lsn) FROM _log") for node in self.nodes]

        def quiet():
            before = tops()
            for node in [*deepest_first, *reversed(deepest_first)]:
                if node.try_("sync").code != 0:
                    return False
            proofs = [node.ask("verify") for node in below]
            return tops() == before and all(proof["compared_with_parent"] and proof["equal"] for proof in proofs)

        try:
            wait_until(quiet, "all nodes equal to their parents", 120)
        except Failed as failure:
            told = [f"{node.name}: {node.try_('verify').out}{node.try_('status').out}" for node in self.nodes]
            raise Failed(str(failure) + "\n" + "\n".join(told)) from None

    def check(self):
        for node in reversed(self.nodes):
            if node.stop() != 0:
                raise Failed(f"{node.name}: the daemon did not end with 0")
        for node in self.nodes:
            proof = node.try_("verify", "--json")
            if proof.code != 0 or not proof.json()["sound"]:
                raise Failed(repr(proof))
            if node.look("PRAGMA integrity_check") != [("ok",)] or node.look("PRAGMA foreign_key_check"):
                raise Failed(f"{node.name}: integrity_check, foreign_key_check")
        for writer in self.writers:
            self.check_writer(writer)
        for node in self.nodes:
            if node.parent is not None:
                self.check_equal(node, node.parent)

    def above(self, node):
        while node is not None:
            yield node
            node = node.parent

    def below(self, top):
        return [node for node in self.nodes if top in self.above(node)]

    def check_writer(self, writer):
        for (table, name), _ in writer.rows.items():
            places = self.below(writer.node) if table == "directive" else self.above(writer.node)
            for node in places:
                if name not in self.names(node, table):
                    raise Failed(f"{table} {name!r}, acknowledged at {writer.node.name}, is not at {node.name}")
        for table, name in writer.gone:
            for node in self.above(writer.node):
                if name in self.names(node, table):
                    raise Failed(f"{table} {name!r}, whose removal was acknowledged at {writer.node.name}, is still at {node.name}")
        for product, values in writer.notes.items():
            for node in self.above(writer.node):
                found = node.look("SELECT note FROM product WHERE id = ?", product)
                if not found or found[0][0] not in values:
                    raise Failed(f"product {product} at {node.name} has note {found}, not one of {values}")

    def names(self, node, table):
        if (node, table) not in self.found:
            self.found[node, table] = {row[0] for row in node.look(f"SELECT {NAME_COLUMN[table]} FROM {table}")}
        return self.found[node, table]

    def check_equal(self, child, parent):
        """Row for row, what both hold; and their logs in (table, row, version, mask)."""
        units = tuple(one.unit for one in self.below(child))
        marks = ",".join("?" * len(units))
        for table in LINEAGE:
            query = f"SELECT * FROM {table} WHERE unit IN ({marks}) ORDER BY id"
            if child.look(query, *units) != parent.look(query, *units):
                raise Failed(f"{table} differs between {child.name} and {parent.name}")
        query = f"""SELECT tbl, row, mask, gone, gen, time, node, incarnation FROM _log
            JOIN _origin ON _origin.ref = origin JOIN _unit ON _unit.ref = _log.unit
            WHERE tbl IN (2, 3, 4, 5, 7) AND _unit.id IN ({marks}) ORDER BY tbl, row, mask"""
        if child.look(query, *units) != parent.look(query, *units):
            raise Failed(f"the logs of {child.name} and {parent.name} differ in (table, row, version, mask)")
        query = "SELECT * FROM directive ORDER BY id"
        if not set(parent.look(query)) <= set(child.look(query)):
            raise Failed(f"directives of {parent.name} are missing at {child.name}")


def template(directory):
    """A centre, province, district and one commune, joined and at rest; each round begins with a copy of it."""
    units = directory / "units.csv"
    lines = (DATA / "admin_units_2020.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    units.write_text("".join(line for line in lines if line.startswith("code,") or line.split(",")[0] in ("84", "845")
                             or line.rstrip().endswith(",845") or line.rstrip().endswith(",")), encoding="utf-8")
    country = Country(directory / "template")
    country.exchange = Exchange()
    nodes = [country.centre(units, DATE)]
    for code, name in (("84", "tinh-tra-vinh"), ("845", "huyen-cau-ke"), ("29338", "xa-thanh-phu")):
        nodes.append(country.enrol(nodes[-1], code, name, line=True, date=DATE))
    country.late_unit = nodes[0].look("SELECT id FROM admin_unit WHERE code = '29335'")[0][0]
    for tier, node in zip(("central", "province", "district", "commune"), nodes):
        node.tier = tier
        node.unit = node.ask("status")["unit"]
        node.line = getattr(node, "line", None)
        node.code = getattr(node, "code", "VN")
        node.stop()
    for node in nodes:
        node.parent = node.parent.name if getattr(node, "parent", None) else None
    country.late_line = country.exchange.line()
    return country


def main():
    parser = argparse.ArgumentParser(prog="./run kill-test")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, help="of the first round; the next ones count on")
    parser.add_argument("--seconds", type=float, default=3, help="of killing, a round")
    parser.add_argument("--keep", metavar="DIR", help="where a failing round is kept")
    options = parser.parse_args()
    first = options.seed if options.seed is not None else random.randrange(1_000_000)
    failed = kills = writes = 0
    with Country(options.keep) as home:
        ground = template(home.directory)
        for number in range(options.rounds):
            seed = first + number
            begun = time.monotonic()
            directory = home.directory / f"round-{seed}"
            game = Round(ground, directory, seed, options.seconds)
            try:
                game.run()
                verdict = "ok"
            except Exception as failure:
                verdict = f"FAILED: {failure if isinstance(failure, Failed) else traceback.format_exc()}"
                failed += 1
            finally:
                game.stop.set()
                game.country.stop()
            acknowledged = sum(writer.acknowledged for writer in game.writers)
            kills, writes = kills + game.kills, writes + acknowledged
            print(f"kill test [{number + 1}/{options.rounds}] seed {seed}: {game.kills} kills, {acknowledged} commands acknowledged, "
                  f"{time.monotonic() - begun:.1f} s: {verdict}", flush=True)
            if verdict == "ok":
                shutil.rmtree(directory)
            else:
                home.kept = True
                print(f"    kept: {directory}", flush=True)
        ground.stop()
    print(f"kill test: {options.rounds - failed} of {options.rounds} rounds good, {kills} kills, {writes} commands acknowledged", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
