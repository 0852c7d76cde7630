#!/usr/bin/env bash
# './run bench' comes here after a build: the table of targets; 'codec' as the first word: the codec alone.
set -euo pipefail
programs=build/release/tests
case ${1:-} in
    codec) exec "$programs/codec_bench" ;;
    *) exec "$programs/ocop_bench" "$@" ;;
esac
