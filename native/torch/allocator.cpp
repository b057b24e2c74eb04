// The caching allocator for CPU tensors.
//
// Large tensors come from mmap, and the page faults of fresh mappings cost 15 to 30 % of a training step. Blocks of 1 MiB and
// more are therefore kept when they are freed, on huge pages, and handed out again by best fit. Two rules bound what is kept:
// the free list holds no more than its limit, and live and cached blocks together never exceed what was live at the busiest
// moment, so caching does not raise the peak of the process.
//
// Every block, large or small, carries a header in the 64 bytes before its data. The counters hold what was asked for, exactly.
#include "allocator.h"
#include "environment_variables.h"
#include "segsharp_torch.h"

#include <c10/core/Allocator.h>
#include <c10/core/CPUAllocator.h>

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <cstring>
#include <map>
#include <mutex>
#include <vector>

namespace segsharp::allocator {
namespace {

constexpr size_t Alignment = 64;
constexpr size_t HugePage = size_t{2} << 20;
constexpr size_t LargeBlock = size_t{1} << 20;
constexpr size_t Granularity = size_t{64} << 10;

struct Header {
    size_t requested;
    size_t capacity;  // of a large block; 0 for a small one
    void* mapping;    // of a large block
    size_t mapped;
};
static_assert(sizeof(Header) <= Alignment, "the header must fit before the data");

Header* header_of(void* data)
{
    return reinterpret_cast<Header*>(static_cast<char*>(data) - Alignment);
}

constexpr size_t round_up(size_t n, size_t to)
{
    return (n + to - 1) / to * to;
}

struct CachedBlock {
    void* data;
    uint64_t stamp;
};

struct State {
    std::mutex mutex;
    std::multimap<size_t, CachedBlock> cached;  // by capacity
    size_t cached_capacity = 0;
    size_t live_capacity = 0;       // of large blocks
    size_t most_live_capacity = 0;  // ever
    uint64_t clock = 0;
    size_t limit = 0;

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

void count_in(int64_t bytes)
{
    auto& s = state();
    int64_t now = s.live.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    int64_t peak = s.peak.load(std::memory_order_relaxed);
    while (now > peak && !s.peak.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {}
    s.allocations.fetch_add(1, std::memory_order_relaxed);
}

void unmap(const std::vector<void*>& blocks)
{
    for (void* data : blocks) {
        Header header = *header_of(data);
        munmap(header.mapping, header.mapped);
    }
}

/// Takes cached blocks out, the longest unused first, until no more than `target` bytes are cached. The caller holds the mutex.
void evict(State& s, size_t target, std::vector<void*>& out)
{
    while (s.cached_capacity > target) {
        auto oldest = std::min_element(s.cached.begin(), s.cached.end(),
            [](const auto& a, const auto& b) { return a.second.stamp < b.second.stamp; });
        s.cached_capacity -= oldest->first;
        out.push_back(oldest->second.data);
        s.cached.erase(oldest);
    }
}

void* map_block(size_t capacity)
{
    static const auto page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    size_t alignment = capacity >= HugePage ? HugePage : page;
    // One page before the data for the header, so that the data itself begins on a huge page.
    size_t reserve = capacity + alignment + page;
    void* area = mmap(nullptr, reserve, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED) return nullptr;
    auto begin = reinterpret_cast<uintptr_t>(area);
    uintptr_t data = round_up(begin + page, alignment);
    uintptr_t first = data - page;
    uintptr_t end = data + capacity;
    if (first > begin) munmap(area, first - begin);
    if (begin + reserve > end) munmap(reinterpret_cast<void*>(end), begin + reserve - end);
#ifdef MADV_HUGEPAGE
    if (capacity >= HugePage) madvise(reinterpret_cast<void*>(data), capacity, MADV_HUGEPAGE);
#endif
    *header_of(reinterpret_cast<void*>(data)) = Header{0, capacity, reinterpret_cast<void*>(first), end - first};
    return reinterpret_cast<void*>(data);
}

void* take_large(size_t bytes)
{
    auto& s = state();
    size_t capacity = round_up(bytes, Granularity);
    void* data = nullptr;
    std::vector<void*> evicted;
    {
        std::lock_guard<std::mutex> lock(s.mutex);
        auto fit = s.cached.lower_bound(capacity);
        if (fit != s.cached.end() && fit->first <= capacity + capacity / 8) {
            data = fit->second.data;
            s.cached_capacity -= fit->first;
            s.live_capacity += fit->first;
            s.cached.erase(fit);
        } else {
            s.live_capacity += capacity;
            size_t room = s.most_live_capacity > s.live_capacity ? s.most_live_capacity - s.live_capacity : 0;
            evict(s, room, evicted);
        }
    }
    unmap(evicted);
    if (data == nullptr) data = map_block(capacity);
    if (data == nullptr) {
        empty_cache();
        data = map_block(capacity);
    }
    std::lock_guard<std::mutex> lock(s.mutex);
    if (data == nullptr) s.live_capacity -= capacity;
    s.most_live_capacity = std::max(s.most_live_capacity, s.live_capacity);
    return data;
}

void return_large(void* data, size_t capacity)
{
    auto& s = state();
    std::vector<void*> evicted;
    {
        std::lock_guard<std::mutex> lock(s.mutex);
        s.live_capacity -= capacity;
        s.cached.emplace(capacity, CachedBlock{data, s.clock++});
        s.cached_capacity += capacity;
        evict(s, s.limit, evicted);
    }
    unmap(evicted);
}

void* take_small(size_t bytes)
{
    void* base = nullptr;
    if (posix_memalign(&base, Alignment, Alignment + bytes) != 0) return nullptr;
    void* data = static_cast<char*>(base) + Alignment;
    *header_of(data) = Header{0, 0, nullptr, 0};
    return data;
}

void release(void* data)
{
    if (data == nullptr) return;
    Header* header = header_of(data);
    state().live.fetch_sub(static_cast<int64_t>(header->requested), std::memory_order_relaxed);
    if (header->capacity == 0) {
        std::free(header);
    } else {
        return_large(data, header->capacity);
    }
}

class CachingAllocator final : public c10::Allocator {
public:
    c10::DataPtr take(size_t bytes) const
    {
        if (bytes == 0) return {nullptr, nullptr, &release, c10::Device(c10::DeviceType::CPU)};
        void* data = bytes >= LargeBlock ? take_large(bytes) : take_small(bytes);
        TORCH_CHECK(data != nullptr, "can't allocate memory: ", bytes, " bytes for a tensor were asked for");
        header_of(data)->requested = bytes;
        count_in(static_cast<int64_t>(bytes));
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
    std::vector<void*> evicted;
    {
        std::lock_guard<std::mutex> lock(s.mutex);
        s.limit = static_cast<size_t>(std::max<int64_t>(bytes, 0));
        evict(s, s.limit, evicted);
    }
    unmap(evicted);
}

int64_t cache_limit()
{
    auto& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    return static_cast<int64_t>(s.limit);
}

void empty_cache()
{
    auto& s = state();
    std::vector<void*> evicted;
    {
        std::lock_guard<std::mutex> lock(s.mutex);
        evict(s, 0, evicted);
    }
    unmap(evicted);
}

Statistics statistics()
{
    auto& s = state();
    std::lock_guard<std::mutex> lock(s.mutex);
    return {s.live.load(), s.peak.load(), static_cast<int64_t>(s.cached_capacity), s.allocations.load()};
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
