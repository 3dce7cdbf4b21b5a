#include "http/loop.h"

#include <utility>

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

namespace sotto::http {

namespace asio = boost::asio;

struct Loop::Impl {
  asio::io_context context{1};  // one thread runs it
  asio::executor_work_guard<asio::io_context::executor_type> work{context.get_executor()};
};

Loop::Loop() : impl_(std::make_unique<Impl>()) {}

Loop::~Loop() = default;

void Loop::run() { impl_->context.run(); }

void Loop::stop() { impl_->context.stop(); }

void Loop::post(std::function<void()> call) { asio::post(impl_->context, std::move(call)); }

// Outlives its Watch while Asio still has calls of it to make, which then do nothing.
struct Watch::Impl : std::enable_shared_from_this<Watch::Impl> {
  Impl(asio::io_context& context, int number) : descriptor(context, number), timer(context) {}

  using Wait = asio::posix::stream_descriptor::wait_type;
  struct Side {
    std::function<void()> call;  // empty: not waited for
  };

  void wait(Wait kind, Side& side, std::function<void()> call) {
    if (side.call) return;
    side.call = std::move(call);
    descriptor.async_wait(kind, [self = shared_from_this(), &side](const boost::system::error_code& failure) {
      const auto ready = std::exchange(side.call, nullptr);
      if (!self->closed && failure != asio::error::operation_aborted && ready) ready();
    });
  }

  asio::posix::stream_descriptor descriptor;
  asio::steady_timer timer;
  Side read, write;
  std::function<void()> alarm;
  Clock::time_point alarm_time = Clock::time_point::max();  // that was asked for
  Clock::time_point timer_time = Clock::time_point::max();  // that the timer runs to: not later
  bool closed = false;

  void run_timer(Clock::time_point time) {
    timer_time = time;
    timer.expires_at(time);
    timer.async_wait([self = shared_from_this()](const boost::system::error_code& failure) {
      if (!self->closed && !failure) self->on_timer();
    });
  }

  // The alarm may have been put off since the timer was started.
  void on_timer() {
    timer_time = Clock::time_point::max();
    if (alarm_time == Clock::time_point::max()) return;
    if (Clock::now() < alarm_time) return run_timer(alarm_time);
    alarm_time = Clock::time_point::max();
    if (const auto call = std::exchange(alarm, nullptr)) call();
  }
};

Watch::Watch(Loop& loop, base::Descriptor descriptor)
    : impl_(std::make_shared<Impl>(loop.impl_->context, descriptor.get())) {
  descriptor.release();  // Asio closes it
}

Watch::~Watch() {
  impl_->closed = true;
  impl_->alarm = nullptr;
  boost::system::error_code ignored;
  impl_->descriptor.close(ignored);
  impl_->timer.cancel(ignored);
}

int Watch::descriptor() const { return impl_->descriptor.native_handle(); }

void Watch::when_readable(std::function<void()> call) {
  impl_->wait(Impl::Wait::wait_read, impl_->read, std::move(call));
}

void Watch::when_writable(std::function<void()> call) {
  impl_->wait(Impl::Wait::wait_write, impl_->write, std::move(call));
}

void Watch::set_alarm(Clock::time_point time, std::function<void()> call) {
  impl_->alarm = std::move(call);
  impl_->alarm_time = time;
  // Most alarms are put off long before their time: the timer that runs is left alone then.
  if (time < impl_->timer_time) impl_->run_timer(time);
}

}  // namespace sotto::http
