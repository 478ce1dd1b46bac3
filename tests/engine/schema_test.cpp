#include "engine/schema.hpp"

#include "support/catch.hpp"

namespace reckoner {
namespace {

TEST_CASE("a schema finds a field by its name, not by its path") {
  Schema schema;
  schema.fields.resize(2);
  schema.fields[0].name = "time";
  schema.fields[1].name = "amount";
  schema.fields[1].path = "payment.amount";
  CHECK(schema.find("amount") == 1);
  CHECK(schema.find("time") == 0);
  CHECK(!schema.find("payment.amount").has_value());
  CHECK(!schema.find("").has_value());
}

}  // namespace
}  // namespace reckoner
