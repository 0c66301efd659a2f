# Arrow and Parquet as one hand-written imported target, rlr_arrow, out of the pyarrow wheel (headers and two libraries).
#
# Only rlreason-parquet links it.  RLR_ARROW is any folder that holds include/ and libarrow.so.*, libparquet.so.*.
# RLR_PARQUET says whether the program is built; without the wheel it is not, and reading Parquet says so.
set(RLR_ARROW "${CMAKE_SOURCE_DIR}/.deps/arrow/pyarrow" CACHE PATH "Arrow prefix (the folder with include/, libarrow.so.* and libparquet.so.*)")
file(GLOB arrow_library "${RLR_ARROW}/libarrow.so.*")
file(GLOB parquet_library "${RLR_ARROW}/libparquet.so.*")
if(arrow_library AND parquet_library AND EXISTS "${RLR_ARROW}/include/parquet/arrow/reader.h")
  set(arrow_found ON)
else()
  set(arrow_found OFF)
endif()
option(RLR_PARQUET "Build rlreason-parquet, which links Arrow" ON)
if(RLR_PARQUET AND NOT arrow_found)
  message(STATUS "rlreason-parquet is not built: no Arrow in ${RLR_ARROW}; run 'make deps' or pass -DRLR_ARROW=<folder of pyarrow>")
endif()
if(RLR_PARQUET AND arrow_found)
  add_library(rlr_arrow INTERFACE)
  target_include_directories(rlr_arrow SYSTEM INTERFACE "${RLR_ARROW}/include")
  target_link_libraries(rlr_arrow INTERFACE "${parquet_library}" "${arrow_library}")
  target_link_options(rlr_arrow INTERFACE "LINKER:-rpath,${RLR_ARROW}")
  rlr_program(rlreason-parquet SOURCES cli/parquet.cpp datasets/parquet/*.cpp LINK rlr_datasets rlr_arrow CLI11::CLI11)
endif()
