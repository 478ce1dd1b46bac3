# Every third-party library, and the one place where Debian 12's and Debian 13's packages differ.
# Each becomes an interface target third_party_NAME, so that a folder names what it may include (cmake/Layers.cmake).

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

function(reckoner_third_party name)
  add_library(third_party_${name} INTERFACE)
  target_link_libraries(third_party_${name} INTERFACE ${ARGN})
endfunction()

find_package(fmt REQUIRED)
reckoner_third_party(fmt fmt::fmt)

pkg_check_modules(XXHASH REQUIRED IMPORTED_TARGET libxxhash)
reckoner_third_party(xxhash PkgConfig::XXHASH Threads::Threads)

pkg_check_modules(ROCKSDB REQUIRED IMPORTED_TARGET rocksdb)
reckoner_third_party(rocksdb PkgConfig::ROCKSDB)

find_package(simdjson REQUIRED)
reckoner_third_party(simdjson simdjson::simdjson)

pkg_check_modules(RE2 REQUIRED IMPORTED_TARGET re2)
reckoner_third_party(re2 PkgConfig::RE2)

find_package(ZLIB REQUIRED)
reckoner_third_party(zlib ZLIB::ZLIB)

pkg_check_modules(ZSTD REQUIRED IMPORTED_TARGET libzstd)
reckoner_third_party(zstd PkgConfig::ZSTD)

pkg_check_modules(RDKAFKA REQUIRED IMPORTED_TARGET rdkafka)
reckoner_third_party(rdkafka PkgConfig::RDKAFKA)

pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
reckoner_third_party(yaml-cpp PkgConfig::YAMLCPP)

find_package(CLI11 REQUIRED)
reckoner_third_party(cli11 CLI11::CLI11)

find_package(spdlog REQUIRED)
reckoner_third_party(spdlog spdlog::spdlog)

find_package(mimalloc REQUIRED)
# A sanitizer brings an allocator of its own.
if(RECKONER_SANITIZE)
  reckoner_third_party(mimalloc)
else()
  reckoner_third_party(mimalloc mimalloc)
endif()

find_package(benchmark REQUIRED)
reckoner_third_party(benchmark benchmark::benchmark)

# Catch2 2 (Debian 12) and 3 (Debian 13) differ in header and in who brings main(): tests include "support/catch.hpp".
find_package(Catch2 REQUIRED)
if(Catch2_VERSION VERSION_GREATER_EQUAL 3)
  reckoner_third_party(catch2 Catch2::Catch2WithMain)
  set(RECKONER_CATCH2_MAJOR 3)
else()
  reckoner_third_party(catch2 Catch2::Catch2)
  set(RECKONER_CATCH2_MAJOR 2)
endif()
