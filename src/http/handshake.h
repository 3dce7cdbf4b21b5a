// How a request becomes a WebSocket (RFC 6455, section 4). Pure functions over a request's head, which has passed the
// doors.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/head.h"
#include "http/router.h"

namespace sotto::http {

// Nothing when `head` asks for a WebSocket as it must; 426 when it asks for none or for another version, 400 when it
// asks wrongly.
std::optional<Refusal> refuse_handshake(const Head& head);

// The fields of the answer 101 to a head that was not refused.
std::vector<Header> handshake_fields(const Headers& request, const Route& route);

// Those of the answer 426, which say what is spoken here.
std::vector<Header> upgrade_fields();

// Sec-WebSocket-Accept for a Sec-WebSocket-Key.
std::string accept_of(std::string_view key);

}  // namespace sotto::http
