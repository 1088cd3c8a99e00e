// SPDX-License-Identifier: MIT
// Where threads meet, a test may have them stumble: with -Dshaken=true each of these places yields
// or sleeps at random, so that in minutes schedules are seen which take months otherwise. In any
// other build there is nothing.
#pragma once

namespace narrows {

#if defined(NARROWS_SHAKEN)
/// From any thread. Which steps stumble follows from NARROWS_SHAKE_SEED (a number; 1) and from the
/// order in which threads came here first; what the machine's scheduler makes of it does not.
void shake();
#else
inline void shake() {}
#endif

}  // namespace narrows
