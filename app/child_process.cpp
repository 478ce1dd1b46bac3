#include "app/child_process.hpp"

#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstring>

namespace reckoner {

Result<ChildProcess> ChildProcess::start(const std::vector<std::string>& arguments) {
  std::vector<std::string> words = {"reckoner"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  pointers.reserve(words.size() + 1);
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  pid_t pid = 0;
  const int failed = posix_spawn(&pid, "/proc/self/exe", nullptr, nullptr, pointers.data(), environ);
  if (failed != 0)
    return fail(ErrorKind::kExternal, fmt::format("this program cannot be started again: {}; is /proc mounted?", std::strerror(failed)));
  return ChildProcess(pid);
}

void ChildProcess::send(int signal) const { ::kill(pid_, signal); }

bool ChildProcess::has_ended() const {
  siginfo_t found{};
  return waitid(P_PID, static_cast<id_t>(pid_), &found, WEXITED | WNOHANG | WNOWAIT) == 0 && found.si_pid == pid_;
}

int ChildProcess::wait() const {
  int status = 0;
  waitpid(pid_, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace reckoner
