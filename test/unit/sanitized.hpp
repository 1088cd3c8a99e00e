// SPDX-License-Identifier: MIT
// NARROWS_SANITIZED: 1 where AddressSanitizer or ThreadSanitizer has put its own allocator in place
// of malloc's, which tells no sizes and ends the process where there is no memory.
#pragma once

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define NARROWS_SANITIZED 1
#elif defined(__has_feature)
#define NARROWS_SANITIZED (__has_feature(thread_sanitizer) || __has_feature(address_sanitizer))
#else
#define NARROWS_SANITIZED 0
#endif
