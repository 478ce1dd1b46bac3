#if RECKONER_CATCH2_MAJOR < 3
#define CATCH_CONFIG_MAIN
#endif
#include "support/catch.hpp"
