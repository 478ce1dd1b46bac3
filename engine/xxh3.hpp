// XXH3, compiled in place with this build's vector instructions: the shared library's is the slow one for every x86-64 and costs a call.
#pragma once

#define XXH_INLINE_ALL
#include <xxhash.h>
