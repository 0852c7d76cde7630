"""Sums llvm-cov's report by folder; fails below what is asked for. `./run coverage` calls it."""
import argparse
import re
import sys

parser = argparse.ArgumentParser()
parser.add_argument("report")
parser.add_argument("--lines", type=float, required=True)
parser.add_argument("--branches", type=float, required=True)
asked = parser.parse_args()

# File, then triples (all, missed, per cent): functions, lines, branches, whichever the header names.
sums = {}
poorest = []
header = []
for line in open(asked.report, encoding="utf-8"):
    words = line.split()
    if line.startswith("Filename"):
        header = [name for name in ("Regions", "Functions", "Lines", "Branches") if re.search(rf"(^|\s){name}\s", line)]
        continue
    folder = re.search(r"(?:^|/)(node|sync)/", words[0]) if words else None
    if not folder or not header:
        continue
    numbers = words[1:]
    got = {name: (int(numbers[3 * i]), int(numbers[3 * i + 1])) for i, name in enumerate(header)}
    for name in ("Lines", "Branches"):
        total = sums.setdefault((folder.group(1), name), [0, 0])
        total[0] += got[name][0]
        total[1] += got[name][1]
    poorest.append((got["Lines"][1] + got["Branches"][1], words[0], got))

if not sums:
    sys.exit("coverage: the report names no file of node/ or sync/")
for missed, file, got in sorted(poorest, reverse=True)[:25]:
    print(f"{file:40} {got['Lines'][1]:4} of {got['Lines'][0]:4} lines and {got['Branches'][1]:4} of {got['Branches'][0]:4} branches not run")
failed = False
for (folder, name), (everything, missed) in sorted(sums.items()):
    least = asked.lines if name == "Lines" else asked.branches
    share = 100 * (everything - missed) / everything
    failed = failed or share < least
    print(f"{folder}/ {name.lower()}: {share:.1f} % of {everything} (at least {least:g} %)")
sys.exit(1 if failed else 0)
