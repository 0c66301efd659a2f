# Gives core/build_info.cpp its facts.  The commit is read at each build; the header changes only when the commit does.
set(RLR_COMMIT_HEADER "${CMAKE_BINARY_DIR}/generated/rlr_commit.h")
add_custom_target(rlr_commit BYPRODUCTS "${RLR_COMMIT_HEADER}"
  COMMAND ${CMAKE_COMMAND} -DSOURCE=${CMAKE_SOURCE_DIR} -DOUTPUT=${RLR_COMMIT_HEADER} -P ${CMAKE_SOURCE_DIR}/core/cmake/commit.cmake
  COMMENT "" VERBATIM)
add_dependencies(rlr_base rlr_commit)
target_include_directories(rlr_base PRIVATE "${CMAKE_BINARY_DIR}/generated")

set(torch_version none)
if(RLR_ENGINE AND EXISTS "${RLR_TORCH}/include/torch/headeronly/version.h")
  file(READ "${RLR_TORCH}/include/torch/headeronly/version.h" header)
  set(torch_version)
  foreach(part MAJOR MINOR PATCH)
    string(REGEX MATCH "TORCH_VERSION_${part} ([0-9]+)" found "${header}")
    list(APPEND torch_version "${CMAKE_MATCH_1}")
  endforeach()
  list(JOIN torch_version "." torch_version)
endif()
set_source_files_properties(core/build_info.cpp PROPERTIES COMPILE_DEFINITIONS
  "RLR_VERSION=\"${PROJECT_VERSION}\";RLR_BUILD_TYPE=\"${CMAKE_BUILD_TYPE}\";RLR_COMPILER=\"${CMAKE_CXX_COMPILER_ID} ${CMAKE_CXX_COMPILER_VERSION}\";RLR_LIBTORCH=\"${torch_version}\"")
