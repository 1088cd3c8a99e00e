// SPDX-License-Identifier: MIT
// The one place that knows where moodycamel::ConcurrentQueue's header lies.
#pragma once

#if __has_include(<concurrentqueue/concurrentqueue.h>)
#include <concurrentqueue/concurrentqueue.h>
#else
#include <concurrentqueue.h>
#endif
