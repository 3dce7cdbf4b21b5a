#include "api/own/chat_socket.h"

#include <atomic>
#include <utility>

#include "api/openai/completions.h"
#include "api/openai/shapes.h"

namespace sotto::api::own {
namespace {

constexpr std::size_t kMostCancelBytes = 64;  // so that looking for one costs nothing

bool is_cancel(const http::SocketMessage& message) {
  if (!message.is_text || message.data.size() > kMostCancelBytes) return false;
  const auto body = parse_body(message.data);
  return body && body->size() == 1 && body->contains("cancel") && (*body)["cancel"] == true;
}

// An answer as messages, without the head that HTTP has.
class MessageReply final : public http::Reply {
 public:
  explicit MessageReply(http::Socket& socket) : socket_(socket) {}

  void header(std::string_view name, std::string_view value) override {
    if (http::same_word(name, "X-Sotto-Ignored")) ignored_ = value;
  }
  void send(int, std::string_view, std::string_view body) override {
    begun_ = finished_ = true;
    socket_.write_text(body);
  }
  void begin(int, std::string_view) override { begun_ = true; }
  bool write(std::string_view part) override { return socket_.write_text(part); }
  void finish() override { finished_ = true; }
  bool begun() const override { return begun_; }

  bool finished() const { return finished_; }
  const std::string& ignored() const { return ignored_; }

 private:
  http::Socket& socket_;
  bool begun_ = false, finished_ = false;
  std::string ignored_;
};

// Looks at what comes while an answer is made: its end is asked for, or nobody is there to read it.
class Interruption {
 public:
  explicit Interruption(http::Socket& socket) : socket_(socket) {
    socket_.watch([this](const http::SocketMessage* message) {
      const bool cancel = message != nullptr && is_cancel(*message);
      if (cancel || message == nullptr) stop_ = true;
      return cancel;
    });
  }
  ~Interruption() { socket_.watch({}); }
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  const std::atomic<bool>& stop() const { return stop_; }

 private:
  http::Socket& socket_;
  std::atomic<bool> stop_ = false;
};

void refuse_binary(http::Socket& socket) {
  socket.write_text(dump(openai::shape().body(bad_request("a text message is wanted, found a binary one"))));
  socket.write_text(dump({{"object", "done"}}));
}

void answer(const http::Handler& handler, http::Socket& socket, http::SocketMessage message) {
  if (!message.is_text) return refuse_binary(socket);
  MessageReply reply(socket);
  {
    const Interruption interruption(socket);
    http::Request request = socket.request();
    request.body = std::move(message.data);
    request.gone = &interruption.stop();
    handler(request, reply);
  }
  Json done = {{"object", "done"}};
  if (!reply.finished()) done["cancelled"] = true;
  if (!reply.ignored().empty()) done["ignored"] = reply.ignored();
  socket.write_text(dump(done));
}

}  // namespace

http::SocketOpener chat_socket(Service& service) {
  const auto handle = [&service](Call& call) { return openai::chat_completions(service, call); };
  const auto note = [&service](std::string_view line) { service.note(line); };
  return [handler = as_route(openai::shape(), handle, note, Parts::kMessages)]() -> http::SocketHandler {
    return [handler](http::Socket& socket) {
      while (auto message = socket.next()) {
        // One that comes behind the end of its answer has nothing to cancel.
        if (!is_cancel(*message)) answer(handler, socket, std::move(*message));
      }
    };
  };
}

}  // namespace sotto::api::own
