// How a task joins: one file with a Task subclass and `const RegisterTask<MyTask> kEntry;`.
#pragma once

#include <memory>

#include "core/registry.h"
#include "datasets/tasks/task.h"

namespace rlreason::data {

Registry<std::shared_ptr<const Task>>& task_registry();

template <class T>
struct RegisterTask {
  RegisterTask() {
    auto task = std::make_shared<const T>();
    const std::string name = task->name();
    task_registry().add(name, std::move(task));
  }
};

}  // namespace rlreason::data
