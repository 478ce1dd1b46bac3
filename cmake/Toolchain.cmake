# Compiler settings shared by every target.

set(RECKONER_ARCH "x86-64-v3" CACHE STRING "Instruction set passed to -march; 'native' for this machine only")
option(RECKONER_WERROR "Treat warnings as errors" ON)
set(RECKONER_SANITIZE "" CACHE STRING "Sanitizers, as in -fsanitize= (address,undefined or thread)")
option(RECKONER_COVERAGE "Build with coverage counters" OFF)

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

add_library(reckoner_flags INTERFACE)
# simdjson picks its slow fallback under x86-64-v3 alone, since that level lacks carry-less multiplication.
target_compile_options(reckoner_flags INTERFACE
  -march=${RECKONER_ARCH} $<$<NOT:$<STREQUAL:${RECKONER_ARCH},native>>:-mpclmul>
  -fno-omit-frame-pointer -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wold-style-cast
  -Wnon-virtual-dtor -Woverloaded-virtual -Wimplicit-fallthrough)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  # std::expected of libstdc++ 12 is hidden unless concepts are reported as of C++20's final text.
  target_compile_options(reckoner_flags INTERFACE -Wno-builtin-macro-redefined -Wno-macro-redefined -D__cpp_concepts=202002L -Wno-gnu-statement-expression
    # libstdc++ 12's own std::stable_sort calls what it calls deprecated; g++ reports uses of ours.
    -Wno-deprecated-declarations)
endif()
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 sees overlaps in std::string's operator+ (GCC bug 105651) and overruns in fmt's buffers that are not there; ASan watches the real ones.
  target_compile_options(reckoner_flags INTERFACE -Wno-array-bounds -Wno-maybe-uninitialized -Wno-restrict -Wno-stringop-overflow)
  # The compiler collects its garbage only beyond 500 MB, which most files never need: a seventh of its time.
  target_compile_options(reckoner_flags INTERFACE --param=ggc-min-heapsize=500000)
endif()
if(RECKONER_WERROR)
  target_compile_options(reckoner_flags INTERFACE -Werror)
endif()
if(RECKONER_SANITIZE)
  target_compile_options(reckoner_flags INTERFACE -fsanitize=${RECKONER_SANITIZE} -fno-sanitize-recover=all)
  target_link_options(reckoner_flags INTERFACE -fsanitize=${RECKONER_SANITIZE})
endif()
if(RECKONER_COVERAGE)
  target_compile_options(reckoner_flags INTERFACE --coverage)
  target_link_options(reckoner_flags INTERFACE --coverage)
endif()

# Checks are this project's own macro and stay on in every build; -O3 only where a person asked for speed.
set(CMAKE_CXX_FLAGS_RELEASE "-O3 -g1")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g")
