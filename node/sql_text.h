// Names in generated SQL.
#pragma once

#include <string>

namespace ocop {

/// The name as an SQL identifier. Names come from the model, never from a message.
inline std::string sql_name(const std::string& name)
{
    return '"' + name + '"';
}

}  // namespace ocop
