#include "rules/time_zones.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <fstream>
#include <system_error>
#include <vector>

#include "rules/diagnostic.hpp"
#include "rules/time_zone_file.hpp"

namespace reckoner {

namespace {

constexpr std::size_t kNameBytesMax = 64;
constexpr std::size_t kNamesMax = 5000;

bool is_name(std::string_view name) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+-/";
  return !name.empty() && name.size() <= kNameBytesMax && name.find_first_not_of(kLetters) == std::string_view::npos && name.front() != '/';
}

}  // namespace

std::expected<std::shared_ptr<const TimeZone>, TimeZones::Fault> TimeZones::find(const std::string& name) {
  if (const auto known = zones_.find(name); known != zones_.end()) return known->second;
  std::ifstream stream;
  std::error_code error;
  if (is_name(name) && std::filesystem::is_regular_file(folder_ / name, error)) stream.open(folder_ / name, std::ios::binary);
  if (!stream.is_open()) return std::unexpected(Fault{fmt::format("'{}' is no time zone", name), advice_for(name)});
  std::string bytes(kZoneFileBytesMax, '\0');
  stream.read(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  bytes.resize(static_cast<std::size_t>(stream.gcount()));
  std::expected<TimeZone, std::string> zone = read_zone_file(name, bytes);
  if (!zone) return std::unexpected(Fault{fmt::format("{}: {}", (folder_ / name).string(), zone.error()), "write the name of an IANA zone"});
  add(std::move(*zone));
  return zones_.at(name);
}

void TimeZones::add(TimeZone zone) {
  std::string name = zone.name();
  zones_.insert_or_assign(std::move(name), std::make_shared<const TimeZone>(std::move(zone)));
}

std::string TimeZones::advice_for(const std::string& name) const {
  std::error_code error;
  if (!std::filesystem::is_directory(folder_, error))
    return fmt::format("{} is not there: install tzdata, or give the zone in time_zones", folder_.string());
  std::vector<std::string> names;
  for (std::filesystem::recursive_directory_iterator entry(folder_, error), end; !error && entry != end && names.size() < kNamesMax;
       entry.increment(error)) {
    std::error_code ignored;
    const std::string found = entry->path().lexically_relative(folder_).generic_string();
    if (entry->is_regular_file(ignored) && is_name(found)) names.push_back(found);
  }
  std::sort(names.begin(), names.end());
  const std::string_view near = nearest_name(name, names);
  return near.empty() ? "write the name of an IANA zone, for example 'Europe/Berlin'" : fmt::format("did you mean '{}'?", near);
}

}  // namespace reckoner
