// YAML that is read again and again: a plan of thousands of cells names the same few recipe, setting and suite files.
//
// Remembered by file name and text, so a file that has changed is parsed again.
// Errors: as parse_yaml; a text with an error is not remembered.
// Thread safety: locked.
#pragma once

#include <string>

#include "core/config/node.h"

namespace rlreason::config {

Node parse_yaml_once(const std::string& text, const std::string& file);

}  // namespace rlreason::config
