#include "sync/exchange_frame.h"

namespace ocop::sync {

Token token_of(const std::string& bytes)
{
    Token token{};
    if (bytes.size() == token.size()) std::memcpy(token.data(), bytes.data(), token.size());
    return token;
}

std::string bytes_of(const Token& token)
{
    return {reinterpret_cast<const char*>(token.data()), token.size()};
}

bool anything_held(Replica& replica)
{
    return replica.db().query("SELECT 1 FROM _held LIMIT 1").step();
}

}  // namespace ocop::sync
