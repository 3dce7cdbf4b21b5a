// One request that a handler works on: what the handler's thread writes and reads, and what the loop's thread takes and
// gives. Between them stand two bounded buffers. Knows no socket.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "http/message.h"
#include "http/outlet.h"
#include "http/response.h"

namespace sotto::http {

struct ExchangePlan {
  bool head_only = false;      // HEAD: no body is sent
  bool http_1_0 = false;       // no chunks
  bool keep_alive = true;      // unless the server stops meanwhile
  bool has_upload = false;     // the body arrives while the handler runs
  std::vector<Header> fields;  // that every answer gets
};

class Exchange final : public Reply, public Upload, public Outlet {
 public:
  // `wake` asks the loop to call take(), or to go on with give(); it must be callable from any thread at any time.
  Exchange(ExchangePlan plan, std::function<void()> wake);

  // For the handler's thread (message.h).
  void header(std::string_view name, std::string_view value) override;
  void send(int status, std::string_view content_type, std::string_view body) override;
  void begin(int status, std::string_view content_type) override;
  bool write(std::string_view part) override;
  void finish() override;
  bool begun() const override { return begun_; }
  Result<std::size_t> read(std::span<char> buffer) override;
  // When the handler has returned: an answer that has no end is cut.
  void end_handler();

  // For the loop's thread.
  Output take() override;
  // The body goes on with `bytes`. False: enough for now; `wake` is called when there is room again.
  bool give(std::string_view bytes);
  bool wants_bytes();             // there is room, and the body is not whole
  void end_upload();              // the body is whole
  void fail_upload(Error error);  // it will not be whole
  void leave();                   // the client has gone: what is read of it now is read in vain
  void cut() override;
  void close_after() override;  // the connection takes no other request

 private:
  void put_head(int status, std::string_view content_type, std::optional<std::size_t> bytes);
  void put(std::string_view bytes);

  ExchangePlan plan_;  // of the handler's thread, but keep_alive
  Framing framing_ = Framing::kLength;
  bool begun_ = false;  // of the handler's thread

  // What follows is of the lock.
  bool ended_ = false, whole_ = false, cut_ = false;
  std::string in_;
  std::size_t in_read_ = 0;  // bytes of in_ that were read
  bool in_ended_ = false, in_full_ = false;
  std::optional<Error> in_error_;
};

}  // namespace sotto::http
