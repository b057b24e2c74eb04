// The caching allocator for CPU tensors.
#pragma once

#include <cstddef>
#include <cstdint>

namespace c10 { struct Allocator; }

namespace segsharp::allocator {

struct Statistics {
    int64_t live_bytes;    ///< asked for by tensors that exist
    int64_t peak_bytes;    ///< the most live_bytes has been since it was last restarted
    int64_t cached_bytes;  ///< mapped, held for reuse
    int64_t allocations;   ///< since they were last reset
};

/// Makes libtorch allocate CPU tensors here, or where it did before. Tensors that exist are freed the way they were made.
void use(bool on);
bool in_use();

/// The most bytes the free list may hold.
void set_cache_limit(int64_t bytes);
int64_t cache_limit();

/// Gives every cached block back to the system.
void empty_cache();

Statistics statistics();
void restart_peak();
void reset_allocations();

}  // namespace segsharp::allocator
