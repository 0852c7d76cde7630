// The texts the build puts into the binary: schema/ocop.toml and schema/migrations/*.sql. The definitions are generated.
#pragma once

#include <string_view>

namespace ocop {

/// schema/ocop.toml, whole.
std::string_view embedded_ocop_toml();

// const std::vector<Migration>& ocop_migrations(), declared in schema/model.h, is generated beside it.

}  // namespace ocop
