#include "node/os/machine.h"

#include <fstream>

namespace ocop {

std::string machine_id()
{
    std::ifstream file{"/etc/machine-id"};
    std::string id;
    std::getline(file, id);
    return id;
}

}  // namespace ocop
