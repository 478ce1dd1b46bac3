// What one writes first: each line parsed into a tree, a string map of members, one RocksDB get and put an event for the account's totals.
// It computes less than the seed workload (the day's count and sum of an account), and is there for the ratio alone.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/options.h>
#include <simdjson.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>

#include "engine/check.hpp"

namespace reckoner {

// Returns how many lines of `path` were processed, at most `most`.
inline std::uint64_t run_naive_engine(const std::string& path, const std::string& directory, std::uint64_t most) {
  std::filesystem::remove_all(directory);
  rocksdb::Options options;
  options.create_if_missing = true;
  rocksdb::DB* opened = nullptr;
  RECKONER_CHECK(rocksdb::DB::Open(options, directory, &opened).ok(), "{}", directory);
  const std::unique_ptr<rocksdb::DB> database(opened);
  simdjson::dom::parser parser;
  std::ifstream lines(path);
  std::uint64_t events = 0;
  for (std::string line; events < most && std::getline(lines, line); ++events) {
    std::map<std::string, std::string> event;
    const simdjson::dom::object members = parser.parse(line).get_object();
    for (const auto member : members) event[std::string(member.key)] = simdjson::minify(member.value);
    std::string held;
    const std::string key = event["account_id"];
    std::map<std::string, double> totals{{"count", 0}, {"sum", 0}};
    if (database->Get(rocksdb::ReadOptions(), key, &held).ok()) {
      for (const auto member : simdjson::dom::object(parser.parse(held).get_object())) totals[std::string(member.key)] = double(member.value);
    }
    totals["count"] += 1;
    totals["sum"] += std::stod(event["amount"]);
    const std::string text = "{\"count\":" + std::to_string(totals["count"]) + ",\"sum\":" + std::to_string(totals["sum"]) + "}";
    rocksdb::WriteOptions write;
    write.disableWAL = true;
    RECKONER_CHECK(database->Put(write, key, text).ok(), "{}", key);
  }
  return events;
}

}  // namespace reckoner
