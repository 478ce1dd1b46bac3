// The time zones of a rule set: those it brings itself, in `time_zones`, and those of the machine's IANA database. What was found is kept with the
// resolved rule set, so that a replay on another machine, or after an update of the database, gives the same.
#pragma once

#include <expected>
#include <filesystem>
#include <map>
#include <memory>
#include <string>

#include "operators/time_zone.hpp"

namespace reckoner {

class TimeZones {
 public:
  // `folder` has the compiled zones; it is read when a zone is asked for.
  explicit TimeZones(std::filesystem::path folder = "/usr/share/zoneinfo") : folder_(std::move(folder)) {}

  struct Fault {
    std::string text;
    std::string advice;
  };
  [[nodiscard]] std::expected<std::shared_ptr<const TimeZone>, Fault> find(const std::string& name);
  // In the place of what the folder has.
  void add(TimeZone zone);
  // By name: those that were found, and those that were added.
  [[nodiscard]] const std::map<std::string, std::shared_ptr<const TimeZone>>& zones() const { return zones_; }

 private:
  [[nodiscard]] std::string advice_for(const std::string& name) const;

  std::filesystem::path folder_;
  std::map<std::string, std::shared_ptr<const TimeZone>> zones_;
};

}  // namespace reckoner
