# LibTorch as one hand-written imported target, rlr_torch.
#
# The wheel's own TorchConfig demands a CUDA toolkit at configure time and overrides CUDA architectures; the CPU engine
# needs neither.  RLR_TORCH is any prefix that holds include/ and lib/libtorch_cpu.so.
set(RLR_TORCH "${CMAKE_SOURCE_DIR}/.deps/site/torch" CACHE PATH "LibTorch prefix (the folder with include/ and lib/)")
if(NOT EXISTS "${RLR_TORCH}/lib/libtorch_cpu.so")
  message(FATAL_ERROR "${RLR_TORCH}: required lib/libtorch_cpu.so of LibTorch 2.11, found none; run 'make deps' or pass -DRLR_TORCH=<prefix>")
endif()
# The wheel ships headers of another fmt without its library: ours must be found first.
get_target_property(RLR_FMT_INCLUDE fmt::fmt INTERFACE_INCLUDE_DIRECTORIES)
file(MAKE_DIRECTORY "${CMAKE_BINARY_DIR}/fmt_first")
file(CREATE_LINK "${RLR_FMT_INCLUDE}/fmt" "${CMAKE_BINARY_DIR}/fmt_first/fmt" SYMBOLIC)
add_library(rlr_torch INTERFACE)
target_include_directories(rlr_torch SYSTEM INTERFACE "${CMAKE_BINARY_DIR}/fmt_first"
  "${RLR_TORCH}/include" "${RLR_TORCH}/include/torch/csrc/api/include")
target_link_libraries(rlr_torch INTERFACE "${RLR_TORCH}/lib/libtorch_cpu.so" "${RLR_TORCH}/lib/libc10.so")
target_link_options(rlr_torch INTERFACE "LINKER:-rpath,${RLR_TORCH}/lib" "LINKER:-rpath-link,${RLR_TORCH}/../nvidia/cu13/lib"
  "LINKER:--no-as-needed" "LINKER:--allow-shlib-undefined")
# at::parallel_for is a header template: without OpenMP in our own files it runs serially.
target_compile_options(rlr_torch INTERFACE -fopenmp)
if(EXISTS "${RLR_TORCH}/lib/libgomp.so.1")
  target_link_libraries(rlr_torch INTERFACE "${RLR_TORCH}/lib/libgomp.so.1")
else()
  target_link_options(rlr_torch INTERFACE -fopenmp)
endif()
