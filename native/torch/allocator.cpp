// The caching allocator for CPU tensors.
//
// Large tensors come from mmap, and the page faults of fresh mappings cost 15 to 30 % of a training step. So blocks of 1 MiB and
// more live in one reserved range of addresses, on huge pages: best fit, neighbours joined when they are freed, the memory kept.
// Two rules bound what is kept: the free part holds no more than its limit, and live and free memory together exceed what was
// live at the busiest moment by a sixteenth at most, so caching does not raise the peak of the process.
//
// Smaller blocks are malloc's, with their size in the 64 bytes before the data. The counters hold what was asked for, exactly.
#include "allocator.h"
#include "environment_variables.h"
#include "segsharp_torch.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <sys/mman.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <unordered_map>
#include <vector>

namespace segsharp::allocator {
namespace {

constexpr size_t Alignment = 64;
constexpr size_t HugePage = size_t{2} << 20;
constexpr size_t LargeBlock = size_t{1} << 20;
constexpr size_t Granularity = size_t{64} << 10;

constexpr size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

/// A reserved range of addresses from which large blocks are cut. Not thread-safe: its owner holds a lock.
class Arena {
public:
    Arena() { reserve(); }

    void* take(size_t bytes)
    {
        if (base_ == 0) return nullptr;
        size_t size = round_up(bytes, Granularity);
        auto best = free_.end();
        for (auto range = free_.begin(); range != free_.end(); ++range) {
            if (range->second >= size && (best == free_.end() || range->second < best->second)) best = range;
        }
        uintptr_t start;
        if (best != free_.end()) {
            start = best->first;
            size_t rest = best->second - size;
            free_.erase(best);
            if (rest > 0) free_.emplace(start + size, rest);
        } else {
            // Grow at the top, from the last free range when it ends there.
            start = top_;
            auto last = free_.empty() ? free_.end() : std::prev(free_.end());
            if (last != free_.end() && last->first + last->second == top_) start = last->first;
            if (!make_usable(start + size)) return nullptr;
            if (start != top_) free_.erase(last);
            top_ = start + size;
        }
        blocks_.emplace(start, size);
        live_ += size;
        most_live_ = std::max(most_live_, live_);
        for (size_t chunk = chunk_of(start); chunk <= chunk_of(start + size - 1); ++chunk) set_resident(chunk, true);
        size_t bound = most_live_ + most_live_ / 16;
        if (resident_ * HugePage > bound) purge(resident_ * HugePage - bound);
        return reinterpret_cast<void*>(start);
    }

    bool holds(const void* data) const
    {
        auto address = reinterpret_cast<uintptr_t>(data);
        return address >= base_ && address < end_;
    }

    void give_back(void* data)
    {
        auto block = blocks_.find(reinterpret_cast<uintptr_t>(data));
        if (block == blocks_.end()) return;
        auto [start, size] = *block;
        blocks_.erase(block);
        live_ -= size;
        auto next = free_.lower_bound(start);
        if (next != free_.end() && start + size == next->first) {
            size += next->second;
            next = free_.erase(next);
        }
        if (next != free_.begin()) {
            auto before = std::prev(next);
            if (before->first + before->second == start) {
                before->second += size;
                keep_limit();
                return;
            }
        }
        free_.emplace_hint(next, start, size);
        keep_limit();
    }

    void set_limit(size_t bytes)
    {
        limit_ = bytes;
        keep_limit();
    }

    size_t limit() const { return limit_; }

    /// Memory of free ranges that could be given to the system: whole huge pages.
    size_t cached() const
    {
        size_t chunks = 0;
        for (const auto& range : free_) {
            for_each_whole_chunk(range.first, range.second, [&](size_t chunk) { chunks += is_resident_[chunk]; });
        }
        return chunks * HugePage;
    }

    void empty() { purge(SIZE_MAX); }

private:
    void reserve()
    {
        // Addresses cost nothing; where they are limited (ulimit -v), fewer will do, and without any all blocks are malloc's.
        for (size_t size = size_t{1} << 40; size >= (size_t{1} << 30); size /= 4) {
            void* area = mmap(nullptr, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
            if (area == MAP_FAILED) continue;
            base_ = round_up(reinterpret_cast<uintptr_t>(area), HugePage);
            end_ = reinterpret_cast<uintptr_t>(area) + size;
            top_ = usable_ = base_;
            return;
        }
    }

    bool make_usable(uintptr_t to)
    {
        if (to > end_) return false;
        if (to <= usable_) return true;
        uintptr_t next = std::min<uintptr_t>(base_ + round_up(to - base_, 32 * HugePage), end_);
        auto* from = reinterpret_cast<void*>(usable_);
        if (mprotect(from, next - usable_, PROT_READ | PROT_WRITE) != 0) return false;
#ifdef MADV_HUGEPAGE
        madvise(from, next - usable_, MADV_HUGEPAGE);
#endif
        usable_ = next;
        is_resident_.resize((next - base_) / HugePage + 1, 0);
        return true;
    }

    size_t chunk_of(uintptr_t address) const { return (address - base_) / HugePage; }

    void set_resident(size_t chunk, bool resident)
    {
        resident_ += resident ? !is_resident_[chunk] : 0;
        resident_ -= !resident ? is_resident_[chunk] : 0;
        is_resident_[chunk] = resident;
    }

    template <class Body>
    void for_each_whole_chunk(uintptr_t start, size_t size, Body body) const
    {
        size_t first = (start - base_ + HugePage - 1) / HugePage, end = (start + size - base_) / HugePage;
        for (size_t chunk = first; chunk < end; ++chunk) body(chunk);
    }

    void keep_limit()
    {
        // The count of cached bytes is only an upper bound here; it is exact where it matters.
        if (resident_ * HugePage <= limit_) return;
        size_t now = cached();
        if (now > limit_) purge(now - limit_);
    }

    /// Gives at least `bytes` of free memory back to the system, or all there is, from the highest addresses down.
    void purge(size_t bytes)
    {
        size_t given = 0;
        for (auto range = free_.rbegin(); range != free_.rend() && given < bytes; ++range) {
            for_each_whole_chunk(range->first, range->second, [&](size_t chunk) {
                if (!is_resident_[chunk] || given >= bytes) return;
                madvise(reinterpret_cast<void*>(base_ + chunk * HugePage), HugePage, MADV_DONTNEED);
                set_resident(chunk, false);
                given += HugePage;
            });
        }
    }

    uintptr_t base_ = 0, end_ = 0, top_ = 0, usable_ = 0;
    std::map<uintptr_t, size_t> free_;             // start, size; never two neighbours
    std::unordered_map<uintptr_t, size_t> blocks_;  // live
    std::vector<uint8_t> is_resident_;              // by huge page
    size_t resident_ = 0, live_ = 0, most_live_ = 0, limit_ = 0;
};

struct State {
    std::mutex mutex;
    Arena arena;
    std::unordered_map<void*, size_t> requested;  // of blocks in the arena

    std::atomic<int64_t> live{0};
    std::atomic<int64_t> peak{0};
    std::atomic<int64_t> allocations{0};
};

/// Never destroyed: tensors in static storage may be freed after it.
State& state()
{
    static State& instance = *new State();
    return instance;
}

void count_in(size_t bytes)
{
    auto& s = state();
    auto change = static_cast<int64_t>(bytes);
    int64_t now = s.live.fetch_add(change, std::memory_order_relaxed) + change;
    int64_t peak = s.peak.load(std::memory_order_relaxed);
    while (now > peak && !s.peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {}
    s.allocations.fetch_add(1, std::memory_order_relaxed);
}

void* take_large(size_t bytes)
{
    auto& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    void* data = s.arena.take(bytes);
    if (data != nullptr) s.requested.emplace(data, bytes);
    return data;
}

void* take_small(size_t bytes)
{
    void* base = nullptr;
    if (bytes > SIZE_MAX - Alignment || posix_memalign(&base, Alignment, Alignment + bytes) != 0) return nullptr;
    *static_cast<size_t*>(base) = bytes;
    return static_cast<char*>(base) + Alignment;
}

void release(void* data)
{
    if (data == nullptr) return;
    auto& s = state();
    size_t bytes;
    if (s.arena.holds(data)) {
        std::lock_guard<std::mutex> lock(s.mutex);
        auto found = s.requested.find(data);
        if (found == s.requested.end()) return;
        bytes = found->second;
        s.requested.erase(found);
        s.arena.give_back(data);
    } else {
        void* base = static_cast<char*>(data) - Alignment;
        bytes = *static_cast<size_t*>(base);
        std::free(base);
    }
    s.live.fetch_sub(static_cast<int64_t>(bytes), std::memory_order_relaxed);
}

class CachingAllocator final : public c10::Allocator {
public:
    c10::DataPtr take(size_t bytes) const
    {
        if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
        void* data = bytes >= LargeBlock ? take_large(bytes) : nullptr;
        if (data == nullptr) data = take_small(bytes);
        TORCH_CHECK(data != nullptr, "can't allocate memory: ", bytes, " bytes for a tensor were asked for");
        count_in(bytes);
        return {data, data, &release, c10::Device(c10::DeviceType::CPU)};
    }

    // Const up to 2.2, not const after: without "override" both are declared, and the one that fits overrides.
    c10::DataPtr allocate(size_t bytes) const { return take(bytes); }
    c10::DataPtr allocate(size_t bytes) { return take(bytes); }

    c10::DeleterFnPtr raw_deleter() const override { return &release; }

    // Pure virtual from 2.3 on, absent before.
    void copy_data(void* to, const void* from, std::size_t bytes) const { std::memcpy(to, from, bytes); }
};

CachingAllocator& instance()
{
    static CachingAllocator& allocator = *new CachingAllocator();
    return allocator;
}

constexpr uint8_t Priority = 100;

/// Before the first tensor: when the library is loaded.
const bool installed_at_load = [] {
    set_cache_limit(environment_variable("SEGSHARP_CACHE_MB", 2048) << 20);
    if (environment_variable("SEGSHARP_ALLOCATOR", 1) != 0) use(true);
    return true;
}();

}  // namespace

void use(bool on)
{
    c10::SetCPUAllocator(on ? static_cast<c10::Allocator*>(&instance()) : c10::GetDefaultCPUAllocator(), Priority);
}

bool in_use()
{
    return c10::GetCPUAllocator() == &instance();
}

void set_cache_limit(int64_t bytes)
{
    auto& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    s.arena.set_limit(static_cast<size_t>(std::max<int64_t>(bytes, 0)));
}

int64_t cache_limit()
{
    auto& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    return static_cast<int64_t>(s.arena.limit());
}

void empty_cache()
{
    auto& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    s.arena.empty();
}

Statistics statistics()
{
    auto& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    return {s.live.load(), s.peak.load(), static_cast<int64_t>(s.arena.cached()), s.allocations.load()};
}

void restart_peak()
{
    auto& s = state();
    s.peak.store(s.live.load());
}

void reset_allocations()
{
    state().allocations.store(0);
}

}  // namespace segsharp::allocator
