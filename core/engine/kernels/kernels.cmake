# CPU kernels: raw pointers, no LibTorch.
file(GLOB kernel_sources CONFIGURE_DEPENDS core/engine/kernels/*_cpu.cpp)
if(kernel_sources)
  rlr_module(rlr_kernels SOURCES core/engine/kernels/*_cpu.cpp LINK PUBLIC rlr_base)
  target_compile_options(rlr_kernels PRIVATE -O3)
else()
  add_library(rlr_kernels INTERFACE)
endif()
