#!/usr/bin/env bash
# kill -9 at random moments; './run kill-test --rounds N [--seed S]' builds and calls it. See kill_test.py.
exec python3 -B "$(dirname "${BASH_SOURCE[0]}")/kill_test.py" "$@"
