cmake_minimum_required(VERSION 3.25)
# cmake -DSOURCE=<tree> -DOUTPUT=<header> -P commit.cmake: writes the commit, and touches the header only when it changed.
execute_process(COMMAND git -C "${SOURCE}" describe --always --dirty --abbrev=10 --exclude=*
  OUTPUT_VARIABLE commit ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE status)
if(NOT status EQUAL 0 OR commit STREQUAL "")
  set(commit "unknown")
endif()
file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT "#pragma once\n#define RLR_COMMIT \"${commit}\"\n")
