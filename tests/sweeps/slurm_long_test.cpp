// The Slurm pool on a real Slurm of one host: munged, slurmctld and slurmd of Debian, started here without systemd.
// Skips where they are not installed (apt install slurmctld slurmd slurm-client munge) or we are not root.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <thread>

#include "sweeps/pool/command.h"
#include "sweeps/pool/slurm.h"
#include "tests/sweeps/fixture.h"

namespace rlreason::sweep {
namespace {

bool in_path(const std::string& program) {
  for (const char* folder : {"/usr/sbin/", "/usr/bin/"})
    if (fs::exists(folder + program)) return true;
  return false;
}

class RealSlurmTest : public SweepTest {
 protected:
  void SetUp() override {
    for (const char* program : {"munged", "slurmctld", "slurmd", "sbatch", "squeue"})
      if (!in_path(program))
        GTEST_SKIP() << program
                     << " is not installed: apt install slurmctld slurmd slurm-client munge";
    if (geteuid() != 0) GTEST_SKIP() << "Slurm's daemons are started as root";
    if (std::getenv("SLURM_CONF") != nullptr)
      GTEST_SKIP() << "SLURM_CONF is set: another Slurm is in use";
    fs::create_directories(root_ / "state");
    fs::create_directories(root_ / "spool");
    fs::permissions(root_, fs::perms(0755));
    write_key();
    write_configuration();
    ::setenv("SLURM_CONF", (root_ / "slurm.conf").c_str(), 1);
    run_command({"munged", "--force", "--key-file=" + (root_ / "munge.key").string(),
                 "--socket=" + (root_ / "munge.socket").string(),
                 "--pid-file=" + (root_ / "munge.pid").string(),
                 "--log-file=" + (root_ / "munge.log").string(),
                 "--seed-file=" + (root_ / "munge.seed").string()});
    run_command({"slurmctld", "-c"});
    run_command({"slurmd", "-c"});
    for (int i = 0; i < 100 && !idle(); ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds(200));
    if (!idle())
      GTEST_SKIP() << "Slurm did not come up on this host; see " << (root_ / "ctld.log").string();
  }

  void TearDown() override {
    for (const char* file : {"d.pid", "ctld.pid", "munge.pid"})
      if (fs::exists(root_ / file)) kill(std::stoi(process::read_file(root_ / file)), SIGTERM);
    std::this_thread::sleep_for(std::chrono::seconds(1));
    ::unsetenv("SLURM_CONF");
  }

  bool idle() const {
    const auto answer = try_command({"sinfo", "-h", "-o", "%T"});
    return answer && answer->starts_with("idle");
  }

  void write_key() {
    std::ofstream key(root_ / "munge.key", std::ios::binary);
    std::ifstream("/dev/urandom", std::ios::binary).read(bytes_, sizeof bytes_);
    key.write(bytes_, sizeof bytes_);
    key.close();
    fs::permissions(root_ / "munge.key", fs::perms(0600));
  }

  void write_configuration() {
    const std::string host = process::host_name(), at = root_.string();
    std::ofstream(root_ / "slurm.conf")
        << "ClusterName=one\nSlurmctldHost=" << host
        << "\nAuthType=auth/munge\nAuthInfo=socket=" << at << "/munge.socket\n"
        << "SlurmUser=root\nSlurmctldPort=17117\nSlurmdPort=17118\nStateSaveLocation=" << at
        << "/state\nSlurmdSpoolDir=" << at << "/spool\nSlurmctldPidFile=" << at
        << "/ctld.pid\nSlurmdPidFile=" << at << "/d.pid\nSlurmctldLogFile=" << at
        << "/ctld.log\nSlurmdLogFile=" << at
        << "/d.log\nProctrackType=proctrack/linuxproc\nTaskPlugin=task/none\n"
        << "SwitchType=switch/none\nMpiDefault=none\nSelectType=select/"
           "cons_tres\nSelectTypeParameters=CR_Core\n"
        << "JobAcctGatherType=jobacct_gather/none\nAccountingStorageType=accounting_storage/"
           "none\nReturnToService=2\n"
        << "MaxArraySize=4\nGresTypes=gpu\nNodeName=" << host
        << " NodeAddr=127.0.0.1 CPUs=2 RealMemory=1000 Gres=gpu:2 "
           "State=UNKNOWN\nPartitionName=main Nodes="
        << host << " Default=YES MaxTime=INFINITE State=UP\n";
    std::ofstream(root_ / "gres.conf")
        << "NodeName=" << host << " Name=gpu File=/dev/null\nNodeName=" << host
        << " Name=gpu File=/dev/zero\n";
  }

  char bytes_[1024] = {};
};

TEST_F(RealSlurmTest, AGraphWithAKilledWorkerAndAKilledCoordinator) {
  const size_t base = train("base");
  std::vector<size_t> rows;
  for (int i = 0; i < 5; ++i)
    rows.push_back(
        train("row" + std::to_string(i), {{"steps", 20}, {"step_ms", 20}}, {{"init", base}}));
  const size_t victim = train("victim", {{"steps", 6}, {"die_at", 3}}, {{"init", base}});
  PoolOptions pool = options();
  pool.resources.gpus = 1;
  SlurmOptions slurm;
  slurm.poll = std::chrono::milliseconds(500);
  slurm.program = process::find_sibling("rlreason");
  const pid_t first = fork();
  if (first == 0) {
    run_slurm(graph_, pool, slurm);
    _exit(0);
  }
  for (int i = 0; i < 600 && !fs::exists(directory(rows[0]) / "counter"); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(100));
  kill(first, SIGKILL);
  int status = 0;
  waitpid(first, &status, 0);
  const PoolReport report = run_slurm(graph_, pool, slurm);
  EXPECT_EQ(report.count(NodeState::done) + report.count(NodeState::reused), graph_.specs.size())
      << report.nodes[victim].sentence;
  for (const size_t row : rows) EXPECT_EQ(iterations(row).size(), 20u);
  EXPECT_EQ(iterations(victim), (std::vector<int64_t>{1, 2, 3, 4, 5, 6}));
  EXPECT_EQ(run_slurm(graph_, pool, slurm).count(NodeState::reused), graph_.specs.size());
}

}  // namespace
}  // namespace rlreason::sweep
