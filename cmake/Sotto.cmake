# One static library a folder: sotto_layer(<folder> <lower layers…>) builds sotto_<folder> from src/<folder>.
# A folder that needs a library or flags of its own says so in src/<folder>/CMakeLists.txt,
# where ${LAYER} is its target.
function(sotto_layer name)
  set(LAYER sotto_${name})
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${name}/*.cpp)
  add_library(${LAYER} STATIC ${sources})
  target_include_directories(${LAYER} PUBLIC ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/include)
  foreach(lower ${ARGN})
    target_link_libraries(${LAYER} PUBLIC sotto_${lower})
  endforeach()
  if(EXISTS ${PROJECT_SOURCE_DIR}/src/${name}/CMakeLists.txt)
    include(${PROJECT_SOURCE_DIR}/src/${name}/CMakeLists.txt)
  endif()
endfunction()

# sotto_test(<folder>): tests/<folder>/*_test.cpp become the one executable <folder>_test.
function(sotto_test name)
  file(GLOB_RECURSE sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/tests/${name}/*_test.cpp)
  if(NOT sources)
    return()
  endif()
  add_executable(${name}_test ${sources})
  target_include_directories(${name}_test PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(${name}_test PRIVATE SOTTO_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  target_link_libraries(${name}_test PRIVATE sotto_${name} ${ARGN} GTest::gtest GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name}_test)
  set_tests_properties(${name} PROPERTIES TIMEOUT 1200)
endfunction()
