// /v1/chat/socket: chats over a WebSocket, through the same code as /v1/chat/completions (docs/api-own.md). Knows
// nothing of frames.
#pragma once

#include "api/service.h"
#include "http/socket.h"

namespace sotto::api::own {

// For http::Router::add_socket(). service: must outlive the sockets.
http::SocketOpener chat_socket(Service& service);

}  // namespace sotto::api::own
