#!/usr/bin/env bash
# The demonstration: real processes at four tiers, on real data. './run demo' builds and calls it; demo.py tells the story.
exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/demo.py" "$@"
