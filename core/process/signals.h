// Stopping on request: SIGTERM, SIGINT and SIGUSR1 set a flag that long work polls; the second one
// exits at once with 75.
//
// Also ignores SIGXFSZ, so that a file size limit is an EFBIG error with a sentence instead of a
// silent death. Not a way to wait: loops test stop_requested() at least once a decode step, a file
// or 100 ms. Thread safety: the flag may be read from any thread.
#pragma once

namespace rlreason::process {

void install_stop_signals();  // once, early in main()
// For a coordinator of other processes: nothing exits by itself, the caller acts on stop_level().  SIGINT raises the level
// by one; SIGTERM and SIGUSR1 come from machines that will not ask twice and raise it to 2 at least.
void install_stop_levels();
// What the second stop signal does before it exits at once, e.g. to put a terminal back; safe in a signal handler, may be null.
void before_exit_at_once(void (*act)());
int stop_level();  // 0 go on, 1 start nothing more, 2 stop the children with a checkpoint, 3 kill them
bool stop_requested();
int stop_signal();    // the signal that asked, 0 when none did
void reset_stop();    // tests: as if none had come
void request_stop();  // the same flag from inside, e.g. when a time budget ends

}  // namespace rlreason::process
