# rlr_embed(target files...): puts text files into a library of ours; core/embedded.h reads them by their path in the tree.
# The generated .cpp follows its inputs: a changed file rebuilds one translation unit, a new one reruns the glob.
# Run as a script (cmake -P), this same file writes that .cpp.
if(CMAKE_SCRIPT_MODE_FILE)
  string(REPLACE "|" ";" files "${FILES}")
  set(body "#include \"core/embedded.h\"\n\nnamespace rlreason {\nnamespace {\nconstexpr EmbeddedFile kFiles[] = {\n    {{}, {}},\n")
  foreach(file ${files})
    file(READ "${ROOT}/${file}" content)
    string(APPEND body "    {\"${file}\", R\"rlr_embed(${content})rlr_embed\"},\n")
  endforeach()
  string(APPEND body "};\n}  // namespace\nstd::span<const EmbeddedFile> embedded_table() { return std::span(kFiles).subspan(1); }\n}  // namespace rlreason\n")
  file(WRITE "${OUT}" "${body}")
  return()
endif()

function(rlr_embed target)
  file(GLOB files RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS ${ARGN})
  list(SORT files)
  list(TRANSFORM files PREPEND "${CMAKE_SOURCE_DIR}/" OUTPUT_VARIABLE inputs)
  string(REPLACE ";" "|" joined "${files}")
  set(generated ${CMAKE_BINARY_DIR}/generated/embedded_${target}.cpp)
  set(script ${CMAKE_SOURCE_DIR}/core/cmake/embed.cmake)
  add_custom_command(OUTPUT ${generated} DEPENDS ${inputs} ${script} VERBATIM
    COMMAND ${CMAKE_COMMAND} -DROOT=${CMAKE_SOURCE_DIR} -DOUT=${generated} -DFILES=${joined} -P ${script}
    COMMENT "Embedding text files into ${target}")
  target_sources(${target} PRIVATE ${generated})
endfunction()
