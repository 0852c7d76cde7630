"""kill -9 of a real process at an injected system call (tests/crash/kill_at_preload.cpp).

A trial: a centre and its commune, copied from a template; one process of theirs (a command, or a daemon at work) dies before, in the
middle of or after the n-th write, sync, truncation, rename, unlink or send. n is sampled from the calls of an undisturbed run. Then all
starts again as after any crash, and must hold: what was acknowledged is at both nodes, `ocop verify` is sound and equal, integrity_check ok.
"""
import argparse
import contextlib
import os
import random
import resource
import shutil
import sys
import time
import traceback
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "support"))
from nodes import DATA, ROOT, Country, Failed, wait_until  # noqa: E402

MAPPING = ROOT / "schema" / "mappings" / "ocop_products.toml"
UNREACHABLE = 13


@contextlib.contextmanager
def armed(**settings):
    """Processes started meanwhile carry the killer."""
    os.environ.update({"LD_PRELOAD": KILLER, **settings})
    try:
        yield
    finally:
        for name in ("LD_PRELOAD", *settings):
            del os.environ[name]


class Trial:
    """One country of two and the ways in which one of its processes is at work when it dies."""

    def __init__(self, template, directory, chance):
        self.country = Country(directory)
        self.chance = chance
        self.nodes = []
        for old in template:
            shutil.copytree(old.directory, self.country.directory / old.name)
            self.nodes.append(self.country.node(old.name))
        self.centre, self.commune = self.nodes
        self.port = template[0].port_at_birth
        self.saved = set()
        self.serial = 0
        self.died = False

    def add(self, **settings):
        """A new organization; counted only when the command said so."""
        self.serial += 1
        name = f"hộ {self.serial}"
        with armed(**settings) if settings else contextlib.nullcontext():
            answer = self.commune.try_("add", "organization", f"name={name}")
        if answer.code == 0:
            self.saved.add(name)
        self.heard(answer)

    def heard(self, answer, *also):
        """A command may end well, or by our killer; anything else is a fault."""
        self.died = self.died or answer.code == -9
        if answer.code not in (0, -9, *also):
            raise Failed(repr(answer))

    def import_rows(self, **settings):
        file = self.country.directory / "rows.csv"
        file.write_text("product_name,product_code,entity_name,entity_kind,commune_code\n" +
                        "".join(f"sp {i},,cơ sở {i},,29338\n" for i in range(20)), encoding="utf-8")
        with armed(**settings):
            answer = self.commune.try_("import", file, "--map", MAPPING, "--date", "2020-12-31")
        if answer.code == 0:
            self.saved.update(f"cơ sở {i}" for i in range(20))
        self.heard(answer)

    def sync(self, **settings):
        self.add()
        self.centre.ocop("add", "directive", "subject=chỉ đạo")
        self.centre.serve(self.port)
        with armed(**settings):
            answer = self.commune.try_("sync")
        self.heard(answer)

    def parent(self, **settings):
        """The centre's daemon dies while it answers."""
        self.add()
        self.centre.ocop("add", "directive", "subject=chỉ đạo")
        with armed(**settings):
            self.centre.serve(self.port, wait=False)
        try:
            self.centre.wait_serving()
        except Failed:
            return  # dead before it served
        for _ in range(3):
            self.heard(self.commune.try_("sync"), UNREACHABLE)
            self.add()

    def child(self, **settings):
        """The commune's daemon dies while it calls."""
        self.centre.serve(self.port)
        self.add()
        with armed(**settings):
            self.commune.serve(wait=False)
        try:
            self.commune.wait_serving()
        except Failed:
            return
        end = time.monotonic() + 2.5
        while self.commune.daemon.poll() is None and time.monotonic() < end:
            time.sleep(0.05)
            if self.centre.look("SELECT 1 FROM organization WHERE name = 'hộ 1'") and self.serial < 2:
                self.add()

    def check(self):
        for node in self.nodes:
            if node.daemon is not None:
                if node.daemon.poll() is None:
                    node.stop()
                else:
                    self.died = self.died or node.daemon.returncode == -9
                    if node.daemon.returncode not in (0, -9):
                        raise Failed(f"{node.name}: the daemon ended with {node.daemon.returncode}: {node.log_tail()}")
                    node.daemon.stdout.close()
                    node.daemon = None
        self.centre.serve(self.port)
        self.add()
        wait_until(lambda: self.commune.try_("sync").code == 0, "a sync that succeeds", 30)
        self.commune.ocop("sync")
        proof = self.commune.ask("verify")
        if not (proof["sound"] and proof["compared_with_parent"] and proof["equal"]):
            raise Failed(f"not proved equal: {proof}")
        if not self.centre.ask("verify")["sound"]:
            raise Failed("the centre is not sound")
        self.centre.stop()
        rows = [node.look("SELECT id, name FROM organization ORDER BY id") for node in self.nodes]
        if rows[0] != rows[1]:
            raise Failed(f"organizations differ: {rows}")
        missing = self.saved - {name for _, name in rows[0]}
        if missing:
            raise Failed(f"saved and lost: {missing}")
        for node in self.nodes:
            if node.look("PRAGMA integrity_check") != [("ok",)]:
                raise Failed(f"{node.name}: integrity_check")


def template(home):
    country = Country(home / "template")
    units = home / "units.csv"
    lines = (DATA / "admin_units_2020.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    units.write_text("".join(line for line in lines if line.startswith("code,") or line.split(",")[0] in ("84", "845", "29338")),
                     encoding="utf-8")
    centre = country.centre(units)
    centre.port_at_birth = centre.port
    commune = country.enrol(centre, "29338", "xa-thanh-phu", serve=False)
    centre.stop()
    return [centre, commune]


WAYS = ["add", "import_rows", "sync", "parent", "child"]


def calls_of(ground, home):
    """How many system calls of our kinds each way makes when nobody disturbs it."""
    counts = {}
    for way in WAYS:
        trial = Trial(ground, home / f"count-{way}", random.Random(0))
        file = home / f"{way}.count"
        getattr(trial, way)(OCOP_KILL_COUNT=str(file))
        for node in trial.nodes:
            node.stop()
        counts[way] = int(file.read_text())
        trial.country.stop()
    return counts


def main():
    global KILLER
    parser = argparse.ArgumentParser(prog="./run kill-test --syscalls")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--killer", default=os.environ.get("OCOP_KILLER", ""), help="libkill_at_preload.so")
    parser.add_argument("--keep", metavar="DIR", help="where failing trials are kept")
    options = parser.parse_args()
    KILLER = str(Path(options.killer).resolve())
    if not Path(KILLER).is_file():
        raise SystemExit(f"there is no {KILLER}")
    failed = killed = tried = 0
    begun = time.monotonic()
    with Country(options.keep) as home:
        ground = template(home.directory)
        counts = calls_of(ground, home.directory)
        print("kill at system calls:", ", ".join(f"{way} {count}" for way, count in counts.items()), flush=True)
        while killed < options.kills and tried < 2 * options.kills + 20:
            seed = options.seed * 1_000_003 + tried
            chance = random.Random(seed)
            way = WAYS[tried % len(WAYS)]
            at, side = chance.randint(1, counts[way]), chance.choice(["before", "half", "after"])
            tried += 1
            directory = home.directory / f"trial-{tried}"
            trial = Trial(ground, directory, chance)
            try:
                getattr(trial, way)(OCOP_KILL_AT=str(at), OCOP_KILL_SIDE=side)
                trial.check()
                killed += trial.died
                shutil.rmtree(directory)
            except Exception as failure:
                failed += 1
                print(f"FAILED {way}, {side} call {at} (trial {tried}): "
                      f"{failure if isinstance(failure, Failed) else traceback.format_exc()}", flush=True)
            finally:
                trial.country.stop()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"kill at system calls: seed {options.seed}: {killed} kills in {tried} trials, {time.monotonic() - begun:.1f} s, {failed} failed")
    print(f"ledger: seeds {options.seed}; crash points {killed}; CPU-hours {(used.ru_utime + used.ru_stime) / 3600:.2f}; failures {failed}")
    return 1 if failed else 0


KILLER = ""
if __name__ == "__main__":
    sys.exit(main())
