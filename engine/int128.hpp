// 128-bit integers, an extension that both compilers have, under a name that pedantic warnings accept.
#pragma once

namespace reckoner {

__extension__ using Int128 = __int128;

}  // namespace reckoner
