"""Can a foreign program with an old SQLite corrupt a replica by writing and checkpointing beside us? (SQLite 3.7.0-3.51.2 have the WAL-reset bug.)

Not part of ./run test: it takes as long as it is given. Two processes with Python's own SQLite and two with our binary write one replica and
checkpoint as often as they can; then every write that was acknowledged must be there and the file must be sound.

    python3 tests/e2e/wal_race.py [SECONDS]
"""
import multiprocessing
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
OCOP = os.environ.get("OCOP_BINARY") or str(ROOT / "build" / "ocop")


def foreign(path, name, until, counts):
    """Writes, and checkpoints after every write, with the SQLite that Python links."""
    db = sqlite3.connect(path, timeout=30, isolation_level=None)
    db.execute("PRAGMA wal_autocheckpoint = 1")
    number = 0
    while time.monotonic() < until:
        db.execute("INSERT INTO organization (unit, name) VALUES ('VN', ?)", (f"{name}-{number}",))
        db.execute("PRAGMA wal_checkpoint(RESTART)")
        number += 1
    counts[name] = number


def ours(directory, name, until, counts):
    number = 0
    while time.monotonic() < until:
        done = subprocess.run([OCOP, "-C", directory, "add", "directive", "kind=CV", "issuer=x", f"subject={name}-{number}", "issued_on=2020-12-31"],
                              capture_output=True, check=False)
        if done.returncode == 0:
            number += 1
            subprocess.run([OCOP, "-C", directory, "status", "--json"], capture_output=True, check=False)   # seals
        else:
            print(done.stdout, done.stderr)
    counts[name] = number


def main():
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 60
    with tempfile.TemporaryDirectory() as directory:
        subprocess.run([OCOP, "-C", directory, "init", "--root"], check=True, capture_output=True)
        path = os.path.join(directory, "replica.db")
        until = time.monotonic() + seconds
        counts = multiprocessing.Manager().dict()
        workers = [multiprocessing.Process(target=foreign, args=(path, f"f{i}", until, counts)) for i in range(2)]
        workers += [multiprocessing.Process(target=ours, args=(directory, f"o{i}", until, counts)) for i in range(2)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        db = sqlite3.connect(path)
        sound = db.execute("PRAGMA integrity_check").fetchone()[0]
        foreign_rows = db.execute("SELECT count(*) FROM organization").fetchone()[0]
        our_rows = db.execute("SELECT count(*) FROM directive").fetchone()[0]
        want_foreign = sum(n for name, n in counts.items() if name.startswith("f"))
        want_ours = sum(n for name, n in counts.items() if name.startswith("o"))
        print(f"SQLite {sqlite3.sqlite_version} beside ours, {seconds:.0f} s: {foreign_rows} of {want_foreign} foreign rows, "
              f"{our_rows} of {want_ours} of ours, integrity_check: {sound}")
        sys.exit(0 if sound == "ok" and foreign_rows == want_foreign and our_rows == want_ours else 1)


if __name__ == "__main__":
    main()
