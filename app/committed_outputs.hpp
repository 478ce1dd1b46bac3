// What is committed of a job's outputs, found from what a person names: the outputs directory, or the job.
#pragma once

#include <string>
#include <vector>

#include "app/job_file.hpp"
#include "connectors/committed_sidecar.hpp"
#include "engine/files.hpp"

namespace reckoner {

struct OutputPlace {
  std::string directory;      // of the outputs
  std::string log_directory;  // "" = not known: the sidecar says what is committed, and may lag a second behind
  std::string output;         // name
};

// `where` is a job file, an outputs directory, or, when `output` is empty, DIRECTORY/OUTPUT. kConfiguration when it is none of them.
[[nodiscard]] Result<OutputPlace> find_output(const std::string& where, const std::string& output, const std::vector<std::string>& overrides);

// What is committed now. kConfiguration, with the names there are, when there is no such output.
[[nodiscard]] Result<CommittedState> committed_at(Files& files, const OutputPlace& place);

}  // namespace reckoner
