# One generated file that includes every piece header of trainers/<axis>/<name>.h, so that a new piece needs no edit.
file(GLOB piece_headers CONFIGURE_DEPENDS RELATIVE ${CMAKE_SOURCE_DIR} trainers/*/*.h)
list(FILTER piece_headers EXCLUDE REGEX "trainers/(catalog|replay)/")
set(text "// Generated: every piece header.\n")
foreach(header ${piece_headers})
  string(APPEND text "#include \"${header}\"\n")
endforeach()
string(APPEND text "namespace rlreason::train {\nvoid all_pieces_declared() {}\n}  // namespace rlreason::train\n")
file(GENERATE OUTPUT ${CMAKE_BINARY_DIR}/generated/all_pieces.cpp CONTENT "${text}")
