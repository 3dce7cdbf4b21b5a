// Which program listens on a port of this machine, as far as /proc says.
#pragma once

#include <cstdint>
#include <string>

namespace sotto::http {

// "ollama (process 1234)"; empty when nothing listens there, or when it belongs to somebody else.
std::string port_holder(std::uint16_t port);

}  // namespace sotto::http
