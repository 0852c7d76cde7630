// Catch2's main, compiled once, here, and nowhere else.
#define CATCH_CONFIG_MAIN
#include <catch2/catch.hpp>
