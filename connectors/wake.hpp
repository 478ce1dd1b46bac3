// What a thread waits for that has nothing to do: that records arrive, or another thread is done with something.
#pragma once

namespace reckoner {

// notify() from any thread, or by who writes to the descriptor, as librdkafka's queues do; wait() from one.
class Wake {
 public:
  Wake();
  ~Wake();
  Wake(const Wake&) = delete;
  Wake& operator=(const Wake&) = delete;

  [[nodiscard]] int descriptor() const { return descriptor_; }  // of an eventfd
  void notify() const;
  // Until it was notified, for `wait_ms` at most. How often it was since the last time is forgotten.
  void wait(int wait_ms) const;

 private:
  int descriptor_;
};

}  // namespace reckoner
