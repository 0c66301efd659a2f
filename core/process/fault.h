// Faults at the I/O seam: every changing file operation of core/process/io.h is one numbered call
// that can be made to fail.
//
// Counted: open for writing, write, fsync, fdatasync, close of a file opened for writing, rename,
// mkdir, unlink, rmdir. A call is numbered before it is made; numbering is per process and starts
// at 1.
//   RLREASON_KILL_AT=n            SIGKILL to this process before call n
//   RLREASON_FAIL_AT=n:KIND       call n and all later ones fail; KIND is ENOSPC, EIO, EDQUOT,
//   EFBIG, EINTR or SHORT RLREASON_FAIL_AT=n:KIND:once  only call n
// SHORT makes a write transfer half of its bytes and leaves the other operations alone.  Not a
// sandbox, not for users. Errors: a malformed variable is a UserError at the first call. Thread
// safety: everything here may be called from any thread.
#pragma once

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <string_view>

namespace rlreason::process {

struct FaultPlan {
  int64_t kill_at = 0;  // 0: never
  int64_t fail_at = 0;  // 0: never
  int error = 0;        // errno of a failing call
  bool short_write = false;
  bool once = false;
};

// The plan that the two variables describe; an empty text is no fault.
FaultPlan parse_fault_plan(std::string_view kill_at, std::string_view fail_at);

void set_faults(
    const FaultPlan& plan);  // replaces the environment's plan and starts counting at 1 again
int64_t io_calls();          // calls made since the start or the last set_faults()

// Told what became of names and bytes, so that a test can take back at death what a power loss would.  None by default.
class IoObserver {
 public:
  virtual ~IoObserver() = default;
  virtual void created(const std::filesystem::path& path) = 0;  // a new file or directory
  virtual void synced(const std::filesystem::path& file) = 0;
  virtual void directory_synced(const std::filesystem::path& directory) = 0;
  virtual void renaming(const std::filesystem::path& from,
                        const std::filesystem::path& to) = 0;  // before it happens
  virtual void dying() = 0;                                    // before the SIGKILL of a plan
};
void observe_io(IoObserver* observer);  // nullptr: nobody
IoObserver* io_observer();

struct Fault {
  int error = 0;  // != 0: the call must not be made and fails with this errno
  bool short_write = false;
};
Fault next_io_call();  // counts one call; raises SIGKILL when it is that call's turn

// One counted system call: what `call` returns, or -1 with errno when a fault is due.  For
// core/process only.
template <class Call>
auto through_seam(Call call) -> decltype(call()) {
  if (const Fault fault = next_io_call(); fault.error != 0) {
    errno = fault.error;
    return -1;
  }
  return call();
}

}  // namespace rlreason::process
